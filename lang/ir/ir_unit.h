// SPDX-License-Identifier: Apache-2.0
// ir_unit: Programs made by hand. For *_test.c only.
//
// A Build starts with the fixed slots; the capacities of its arrays are fixed and
// checked.
#ifndef PROVISO_LANG_IR_IR_UNIT_H
#define PROVISO_LANG_IR_IR_UNIT_H

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/unit.h"
#include "lang/ir/ir.h"

enum { BUILD_MOST = 32, BUILD_CLAUSES = 6 };

typedef struct Build {
    Arena arena;
    Types *types;
    Program program;
    uint32_t rule_capacity;
} Build;

static inline const Type *build_fixed_type(Types *types, uint32_t slot, Kind kind)
{
    const Type *string = type_plain(types, TYPE_STRING);
    TypeField actor[] = {{STR("id"), string},
                         {STR("tenant"), type_optional(types, string)}};
    if (slot == SLOT_CHAIN)
        return type_list(types, type_record(types, actor, 2), MAX_CHAIN);
    switch (kind) {
    case KIND_BOOL:
        return type_plain(types, TYPE_BOOL);
    case KIND_INT:
        return type_plain(types, TYPE_INT);
    case KIND_STRING:
        return string;
    case KIND_DURATION:
        return type_plain(types, TYPE_DURATION);
    case KIND_TIME:
        return type_plain(types, TYPE_TIME);
    case KIND_IP:
        return type_plain(types, TYPE_IP);
    case KIND_LIST:
        return type_set(types, string, MAX_LIST_DEFAULT);
    case KIND_NONE:
    case KIND_DECIMAL:
    case KIND_NET:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

static inline void build_fixed_slots(Build *build)
{
    static const struct {
        const char *name;
        Kind kind;
        bool is_certain;
    } FIXED[] = {
#define SLOT(name, text, kind, certain) {text, KIND_##kind, certain},
#include "engine/bytecode/slot.def"
#undef SLOT
    };
    for (uint32_t i = 0; i < FIXED_SLOT_COUNT; i++) {
        Str name = str_from_c(FIXED[i].name);
        Cut cut = str_cut(name, '.');
        build->program.slots[i] =
            (Slot){.name = name,
                   .field = cut.found ? cut.tail : name,
                   .type = build_fixed_type(build->types, i, FIXED[i].kind),
                   .root = SLOT_ROOT_FIXED,
                   .flags = FIXED[i].is_certain ? SLOT_CERTAIN : 0};
    }
    build->program.slot_count = FIXED_SLOT_COUNT;
}

static inline void build_start(Build *build, size_t memory, uint32_t rules)
{
    memset(build, 0, sizeof *build);
    arena_init(&build->arena, memory);
    Arena *arena = &build->arena;
    build->types = types_new(arena);
    build->rule_capacity = rules;
    Program *program = &build->program;
    program->package = STR("test");
    program->users_table = NONE;
    program->slots = ARENA_ARRAY(arena, FIXED_SLOT_COUNT + BUILD_MOST, Slot);
    program->issuers = ARENA_ARRAY(arena, BUILD_MOST, Issuer);
    program->gateways = ARENA_ARRAY(arena, BUILD_MOST, Gateway);
    program->groups = ARENA_ARRAY(arena, BUILD_MOST, Group);
    program->agents = ARENA_ARRAY(arena, rules + BUILD_MOST, Agent);
    program->families = ARENA_ARRAY(arena, BUILD_MOST, Family);
    program->audiences = ARENA_ARRAY(arena, BUILD_MOST, Audience);
    program->tools = ARENA_ARRAY(arena, 1024, Tool);
    program->intents = ARENA_ARRAY(arena, BUILD_MOST, Intent);
    program->tables = ARENA_ARRAY(arena, BUILD_MOST, Table);
    program->memos = ARENA_ARRAY(arena, BUILD_MOST, Memo);
    program->rules = ARENA_ARRAY(arena, rules, Rule);
    build_fixed_slots(build);
}

static inline const Type *build_type(Build *build, TypeForm form)
{
    return type_plain(build->types, form);
}

// ---- declarations; each gives the number ----

static inline uint32_t build_slot(Build *build, const char *name, const Type *type,
                                  uint8_t root, uint8_t flags)
{
    uint32_t number = build->program.slot_count++;
    CHECK(number < FIXED_SLOT_COUNT + BUILD_MOST);
    Str text = str_from_c(name);
    build->program.slots[number] = (Slot){.name = text,
                                          .field = str_cut(text, '.').tail,
                                          .type = type,
                                          .root = root,
                                          .flags = flags};
    return number;
}

static inline uint32_t build_argument(Build *build, const char *name, const Type *type,
                                      bool is_certain)
{
    return build_slot(build, name, type, SLOT_ROOT_ARGUMENT,
                      is_certain ? SLOT_CERTAIN : 0);
}

static inline uint32_t build_agent(Build *build, Str name)
{
    uint32_t number = build->program.agent_count++;
    build->program.agents[number] = (Agent){
        .name = name,
        .id = arena_format(&build->arena, "spiffe://acme.example/%.*s", STR_ARG(name)),
        .tenant = STR("acme"),
        .table = NONE,
        .row = NONE};
    return number;
}

static inline uint32_t build_audience(Build *build, const char *name, const char *uri)
{
    uint32_t number = build->program.audience_count++;
    CHECK(number < BUILD_MOST);
    build->program.families[number] =
        (Family){.name = str_from_c(name), .tool = build->program.tool_count};
    build->program.audiences[number] = (Audience){.name = str_from_c(name),
                                                  .uri = str_from_c(uri),
                                                  .tenant = STR("acme"),
                                                  .family = number};
    build->program.family_count = build->program.audience_count;
    return number;
}

static inline Schema *build_record(Build *build, const Type *type)
{
    Schema *schema = ARENA_NEW(&build->arena, Schema);
    *schema = (Schema){.type = type, .flags = SCHEMA_CLOSED, .key_of = NONE};
    schema->fields = ARENA_ARRAY(&build->arena, BUILD_MOST, SchemaField);
    return schema;
}

// A tool of the audience that was built last, with no arguments yet.
static inline uint32_t build_tool(Build *build, Str name)
{
    uint32_t number = build->program.tool_count++;
    CHECK(number < 1024);
    uint32_t family = build->program.family_count - 1;
    build->program.families[family].tool_count++;
    const Type *record = type_record(build->types, NULL, 0);
    build->program.tools[number] =
        (Tool){.name = name,
               .full = arena_format(&build->arena, "%.*s.%.*s",
                                    STR_ARG(build->program.families[family].name),
                                    STR_ARG(name)),
               .family = family,
               .args = build_record(build, record)};
    return number;
}

// Gives a tool an argument (in ascending order of names) that fills a slot.
static inline void build_tool_argument(Build *build, uint32_t tool, const char *name,
                                       const Type *type, bool is_required,
                                       uint32_t slot)
{
    Schema *args = build->program.tools[tool].args;
    Schema *schema = ARENA_NEW(&build->arena, Schema);
    *schema = (Schema){.type = type, .key_of = NONE};
    if (type->element != NULL) {
        Schema *element = ARENA_NEW(&build->arena, Schema);
        *element = (Schema){.type = type->element, .key_of = NONE};
        schema->element = element;
    }
    BundleFill *fill = ARENA_NEW(&build->arena, BundleFill);
    *fill = (BundleFill){.slot = slot, .convert = CONVERT_NONE};
    CHECK(args->field_count < BUILD_MOST);
    args->fields[args->field_count++] = (SchemaField){.name = str_from_c(name),
                                                      .schema = schema,
                                                      .is_required = is_required,
                                                      .tenant_table = NONE,
                                                      .fills = fill,
                                                      .fill_count = 1};
    TypeField fields[BUILD_MOST];
    for (uint32_t i = 0; i < args->field_count; i++)
        fields[i] = (TypeField){args->fields[i].name, args->fields[i].schema->type};
    args->type = type_record(build->types, fields, args->field_count);
}

static inline Str *build_texts(Build *build, const char *const *texts, uint32_t count)
{
    Str *copies = ARENA_ARRAY(&build->arena, count, Str);
    for (uint32_t i = 0; i < count; i++)
        copies[i] = str_from_c(texts[i]);
    return copies;
}

// ---- expressions ----

static inline Expr *build_leaf(Build *build, IrOp op, uint32_t number, const Type *type)
{
    Expr *expr = ARENA_NEW(&build->arena, Expr);
    *expr = (Expr){.op = (uint8_t)op, .number = number, .type = type};
    return expr;
}

static inline Expr *build_slot_of(Build *build, uint32_t slot)
{
    const Slot *from = &build->program.slots[slot];
    Expr *expr = build_leaf(build, IR_SLOT, slot, from->type);
    expr->may_unknown = (from->flags & SLOT_CERTAIN) == 0;
    expr->may_absent = from->type->is_optional;
    return expr;
}

static inline Expr *build_const(Build *build, Const value)
{
    Expr *expr = build_leaf(build, IR_CONST, 0, value.type);
    Const *copy = ARENA_NEW(&build->arena, Const);
    *copy = value;
    expr->value = copy;
    return expr;
}

static inline Expr *build_text(Build *build, Str text)
{
    return build_const(build,
                       (Const){.type = build_type(build, TYPE_STRING), .text = text});
}

static inline Expr *build_int(Build *build, int64_t number)
{
    return build_const(build,
                       (Const){.type = build_type(build, TYPE_INT), .number = number});
}

static inline Expr *build_bool(Build *build, bool truth)
{
    return build_const(build,
                       (Const){.type = build_type(build, TYPE_BOOL), .number = truth});
}

// So many thousandths.
static inline Expr *build_decimal(Build *build, int64_t thousandths)
{
    __extension__ typedef __int128 Wide;
    Wide coefficient = (Wide)thousandths * 1000000000000000;
    Decimal decimal = {.hi = (int64_t)(coefficient >> 64), .lo = (uint64_t)coefficient};
    return build_const(
        build, (Const){.type = build_type(build, TYPE_DECIMAL), .decimal = decimal});
}

static inline Expr *build_set(Build *build, const char *const *texts, uint32_t count)
{
    Const *items = ARENA_ARRAY(&build->arena, count, Const);
    const Type *string = build_type(build, TYPE_STRING);
    for (uint32_t i = 0; i < count; i++)
        items[i] = (Const){.type = string, .text = str_from_c(texts[i])};
    return build_const(build, (Const){.type = type_set(build->types, string, count),
                                      .items = items,
                                      .count = count});
}

static inline Expr *build_expr(Build *build, IrOp op, uint32_t number, const Type *type,
                               Expr *const *args, uint32_t count)
{
    Expr *expr = build_leaf(build, op, number, type);
    expr->args = ARENA_ARRAY(&build->arena, count, Expr *);
    memcpy(expr->args, args, count * sizeof *args);
    expr->arg_count = count;
    for (uint32_t i = 0; i < count; i++)
        expr->may_unknown |= args[i]->may_unknown | args[i]->may_absent;
    return expr;
}

// An operation that gives a bool.
static inline Expr *build_test(Build *build, IrOp op, Expr *left, Expr *right)
{
    Expr *args[] = {left, right};
    return build_expr(build, op, 0, build_type(build, TYPE_BOOL), args,
                      right == NULL ? 1 : 2);
}

// An operation that gives its first operand's type.
static inline Expr *build_number(Build *build, IrOp op, Expr *left, Expr *right)
{
    Expr *args[] = {left, right};
    return build_expr(build, op, 0, left->type->bare, args, 2);
}

static inline Expr *build_call(Build *build, Builtin builtin, const Type *type,
                               Expr *left, Expr *right)
{
    Expr *args[] = {left, right};
    Expr *expr = build_expr(build, IR_CALL, builtin, type, args, right == NULL ? 1 : 2);
    expr->may_unknown = 1;
    return expr;
}

// ---- rules ----

static inline Rule *build_rule(Build *build, uint8_t kind, Str name)
{
    CHECK(build->program.rule_count < build->rule_capacity);
    Rule *rule = &build->program.rules[build->program.rule_count++];
    *rule = (Rule){.kind = kind, .name = name};
    rule->heads = ARENA_ARRAY(&build->arena, BUILD_CLAUSES, Head);
    rule->conditions = ARENA_ARRAY(&build->arena, BUILD_CLAUSES, Condition);
    return rule;
}

static inline void build_when(Rule *rule, Expr *expr)
{
    rule->conditions[rule->condition_count++] = (Condition){.expr = expr};
}

static inline void build_unless(Rule *rule, Expr *expr)
{
    rule->conditions[rule->condition_count++] =
        (Condition){.expr = expr, .is_unless = true};
}

static inline Head *build_head(Build *build, Rule *rule)
{
    Head *head = &rule->heads[rule->head_count++];
    head->terms = ARENA_ARRAY(&build->arena, BUILD_CLAUSES, HeadTerm);
    return head;
}

static inline void build_term(Head *head, Dim dim, uint32_t number, const char *text)
{
    CHECK(head->count < BUILD_CLAUSES);
    HeadAtom atom = {.dim = dim, .number = number, .text = str_from_c(text)};
    head->terms[head->count++] = (HeadTerm){.atom = atom, .audience = NONE};
}

static inline void build_scope(Build *build, Rule *rule, Dim dim, uint32_t number)
{
    build_term(build_head(build, rule), dim, number, "");
}

static inline Str build_format(Build *build, const Expr *expr)
{
    Buf buf = buf_on(&build->arena);
    ir_format(&buf, &build->program, expr);
    return buf_view(&buf);
}

#endif
