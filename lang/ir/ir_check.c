// SPDX-License-Identifier: Apache-2.0
// ir_check: everything that passes and the emitter take for granted about a Program. It
// runs after the checker and after each pass; what it finds is a bug of ours.
#include "lang/ir/ir.h"

#include "engine/base/bug.h"

typedef struct Checker {
    const Program *program;
    const Type *elements[MAX_LOOP_DEPTH]; // of the enclosing loops, outermost first
    uint32_t loops;
    const Tool *kept; // in a pattern: the tool whose calls are looked at
} Checker;

static bool is_kind(const Expr *expr, Kind kind)
{
    return type_kind(expr->type) == kind;
}

static bool is_ordered(Kind kind)
{
    return kind == KIND_INT || kind == KIND_DECIMAL || kind == KIND_DURATION ||
           kind == KIND_TIME || kind == KIND_STRING;
}

static bool is_scalar(Kind kind)
{
    return is_ordered(kind) || kind == KIND_BOOL || kind == KIND_IP || kind == KIND_NET;
}

static void check_bools(const Expr *expr)
{
    CHECK(is_kind(expr, KIND_BOOL));
    for (uint32_t i = 0; i < expr->arg_count; i++)
        CHECK(is_kind(expr->args[i], KIND_BOOL));
}

static void check_compare(const Expr *expr)
{
    CHECK(expr->arg_count == 2 && is_kind(expr, KIND_BOOL));
    Kind kind = type_kind(expr->args[0]->type);
    CHECK(is_kind(expr->args[1], kind));
    CHECK(expr->op == IR_EQ ? is_scalar(kind) : is_ordered(kind));
}

static void check_arithmetic(const Expr *expr)
{
    CHECK(expr->arg_count == 2);
    Kind left = type_kind(expr->args[0]->type);
    Kind right = type_kind(expr->args[1]->type);
    Kind result = type_kind(expr->type);
    if (left == KIND_TIME && right == KIND_TIME)
        CHECK(expr->op == IR_SUB && result == KIND_DURATION);
    else if (left == KIND_TIME)
        CHECK(expr->op != IR_MUL && right == KIND_DURATION && result == KIND_TIME);
    else if (left == KIND_DURATION && expr->op == IR_MUL)
        CHECK(right == KIND_INT && result == KIND_DURATION);
    else
        CHECK(left == right && left == result &&
              (left == KIND_INT || left == KIND_DECIMAL || left == KIND_DURATION));
}

static void check_builtin(const Expr *expr)
{
    static const struct {
        uint8_t arity;
        const char *kinds;
    } BUILTINS[] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) {arity, kinds},
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    CHECK(expr->number < BUILTINS_COUNT);
    CHECK(expr->arg_count == BUILTINS[expr->number].arity);
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        char kind = BUILTINS[expr->number].kinds[i];
        CHECK(is_kind(expr->args[i], kind == 's' ? KIND_STRING : KIND_LIST));
    }
}

static void check_key(const Program *program, const Expr *expr)
{
    CHECK(expr->number < program->table_count);
    const Table *table = &program->tables[expr->number];
    CHECK(expr->arg_count == table->key_count);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        CHECK(is_kind(expr->args[i], type_kind(table->columns[i].type)));
}

static void check_column(const Program *program, const Expr *expr)
{
    CHECK(expr->arg_count == 1 && is_kind(expr->args[0], KIND_ROW));
    const Table *table = &program->tables[expr->args[0]->type->table];
    CHECK(expr->number < table->column_count);
    CHECK(is_kind(expr, type_kind(table->columns[expr->number].type)));
}

static void check_field(const Expr *expr)
{
    CHECK(expr->arg_count == 1 && is_kind(expr->args[0], KIND_RECORD));
    const Type *record = expr->args[0]->type;
    CHECK(expr->number < record->field_count);
    CHECK(is_kind(expr, type_kind(record->fields[expr->number].type)));
}

static void check_in_list(const Expr *expr)
{
    CHECK(expr->arg_count == 2 && is_kind(expr->args[1], KIND_LIST));
    Kind kind = type_kind(expr->args[1]->type->element);
    CHECK(is_scalar(kind) && is_kind(expr->args[0], kind));
}

static void check_leaf(const Checker *checker, const Expr *expr)
{
    const Program *program = checker->program;
    Kind kind = type_kind(expr->type);
    CHECK(expr->arg_count == 0);
    if (expr->op == IR_CONST) {
        CHECK(expr->value != NULL && type_kind(expr->value->type) == kind);
        CHECK(!expr->may_unknown && !expr->may_absent);
    } else if (expr->op == IR_SLOT) {
        CHECK(expr->number < program->slot_count);
        CHECK(type_kind(program->slots[expr->number].type) == kind);
    } else if (expr->op == IR_MEMO) {
        CHECK(expr->number < program->memo_count);
        CHECK(type_kind(program->memos[expr->number].type) == kind);
    } else {
        CHECK(expr->number < checker->loops);
        uint32_t loop = checker->loops - 1 - expr->number;
        CHECK(type_kind(checker->elements[loop]) == kind);
    }
}

static void check_node(const Checker *checker, const Expr *expr)
{
    const Program *program = checker->program;
    switch ((IrOp)expr->op) {
    case IR_CONST:
    case IR_SLOT:
    case IR_MEMO:
    case IR_ELEMENT:
        check_leaf(checker, expr);
        return;
    case IR_LABEL:
        CHECK(expr->number < program->label_count && is_kind(expr, KIND_BOOL));
        return;
    case IR_KEPT:
        CHECK(checker->kept && expr->number < checker->kept->keep_count);
        CHECK(is_kind(checker->kept->keeps[expr->number].value, type_kind(expr->type)));
        return;
    case IR_KEPT_AT:
        CHECK(checker->kept && is_kind(expr, KIND_TIME));
        return;
    case IR_FIELD:
        check_field(expr);
        return;
    case IR_HAS:
    case IR_KNOWN:
        CHECK(expr->arg_count == 1 && is_kind(expr, KIND_BOOL));
        return;
    case IR_ELSE:
        CHECK(expr->arg_count == 2);
        CHECK(is_kind(expr->args[0], type_kind(expr->type)));
        CHECK(is_kind(expr->args[1], type_kind(expr->type)));
        return;
    case IR_NOT:
        CHECK(expr->arg_count == 1);
        check_bools(expr);
        return;
    case IR_AND:
    case IR_OR:
        CHECK(expr->arg_count >= 2);
        check_bools(expr);
        return;
    case IR_EQ:
    case IR_LT:
    case IR_LE:
        check_compare(expr);
        return;
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
        check_arithmetic(expr);
        return;
    case IR_DECIMAL:
        CHECK(expr->arg_count == 1 && is_kind(expr->args[0], KIND_INT));
        CHECK(is_kind(expr, KIND_DECIMAL));
        return;
    case IR_LIKE:
        CHECK(expr->arg_count == 2 && expr->args[1]->op == IR_CONST);
        CHECK(is_kind(expr->args[0], KIND_STRING) &&
              is_kind(expr->args[1], KIND_STRING));
        return;
    case IR_IN_LIST:
        check_in_list(expr);
        return;
    case IR_IN_NET:
        CHECK(expr->arg_count == 2 && is_kind(expr->args[1], KIND_NET));
        CHECK(is_kind(expr->args[0], KIND_IP) || is_kind(expr->args[0], KIND_NET));
        return;
    case IR_IN_GROUP:
        CHECK(expr->arg_count == 0 && expr->number < program->group_count);
        return;
    case IR_ROW:
        check_key(program, expr);
        CHECK(is_kind(expr, KIND_ROW) && expr->type->table == expr->number);
        return;
    case IR_IN_TABLE:
        check_key(program, expr);
        return;
    case IR_COLUMN:
        check_column(program, expr);
        return;
    case IR_CALL:
        check_builtin(expr);
        return;
    case IR_ALL:
    case IR_ANY:
        CHECK(expr->arg_count == 2 && is_kind(expr->args[0], KIND_LIST));
        CHECK(is_kind(expr->args[1], KIND_BOOL));
        return;
    }
    unreachable_bug();
}

static void check_expr(Checker *checker, const Expr *expr)
{
    CHECK(expr->type != NULL && expr->type->form != TYPE_POISON);
    check_node(checker, expr);
    bool is_loop = expr->op == IR_ALL || expr->op == IR_ANY;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        bool is_body = is_loop && i == 1;
        if (is_body) {
            CHECK(checker->loops < MAX_LOOP_DEPTH);
            checker->elements[checker->loops++] = expr->args[0]->type->element;
        }
        check_expr(checker, expr->args[i]);
        if (is_body)
            checker->loops--;
    }
}

static void check_root(const Program *program, const Expr *expr, Kind kind)
{
    if (expr == NULL)
        return;
    Checker checker = {.program = program};
    CHECK(is_kind(expr, kind));
    check_expr(&checker, expr);
}

static void check_pattern(const Program *program, const Memo *memo)
{
    CHECK(memo->pattern->tool < program->tool_count);
    CHECK(memo->pattern->scope <= PATTERN_AGENT && memo->pattern->within >= 0);
    CHECK(memo->value != NULL && is_kind(memo->value, KIND_BOOL));
    Checker checker = {.program = program,
                       .kept = &program->tools[memo->pattern->tool]};
    check_expr(&checker, memo->value);
}

// A memo is one expression, or one for each of several tools.
static void check_memos(const Program *program)
{
    for (uint32_t i = 0; i < program->memo_count; i++) {
        const Memo *memo = &program->memos[i];
        Kind kind = type_kind(memo->type);
        CHECK((memo->value != NULL) == (memo->tool_count == 0));
        if (memo->pattern != NULL)
            check_pattern(program, memo);
        else
            check_root(program, memo->value, kind);
        for (uint32_t k = 0; k < memo->tool_count; k++) {
            CHECK(memo->tools[k].tool < program->tool_count);
            check_root(program, memo->tools[k].value, kind);
        }
    }
}

// How many things a dimension's number can name; NONE where the atom is a text.
static uint32_t dim_size(const Program *program, Dim dim)
{
    switch (dim) {
    case DIM_GATEWAY:
        return program->gateway_count;
    case DIM_AGENT:
        return program->agent_count;
    case DIM_AGENT_GROUP:
    case DIM_USER_GROUP:
        return program->group_count;
    case DIM_INTENT:
        return program->intent_count;
    case DIM_TOOL:
        return program->tool_count;
    case DIM_AUDIENCE:
        return program->audience_count;
    case DIM_FAMILY:
        return program->family_count;
    case DIM_AGENT_TAG:
    case DIM_USER:
    case DIM_TOOL_TAG:
    case DIM_TENANT:
    case DIM_RESOURCE:
        return NONE;
    case DIM_EQUAL:
        break;
    }
    unreachable_bug();
}

static void check_head(const Program *program, const Head *head)
{
    for (uint32_t i = 0; i < head->count; i++) {
        const HeadTerm *term = &head->terms[i];
        uint32_t size = dim_size(program, term->atom.dim);
        CHECK(size == NONE || term->atom.number == ATOM_ABSENT ||
              term->atom.number < size);
        CHECK(term->audience == NONE ||
              (term->audience < program->audience_count &&
               (term->atom.dim == DIM_TOOL || term->atom.dim == DIM_TOOL_TAG)));
    }
}

// ---- what is remembered ----

static void check_values(const Program *program, Expr *const *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        check_root(program, values[i], type_kind(values[i]->type));
}

static void check_budgets(const Program *program)
{
    for (uint32_t i = 0; i < program->budget_count; i++) {
        const PolicyBudget *budget = &program->budgets[i];
        CHECK(budget->most != NULL && budget->kind <= BUDGET_OF_DISTINCT);
        CHECK((budget->kind == BUDGET_OF_DISTINCT) == (budget->distinct_count > 0));
        check_root(program, budget->most, KIND_DECIMAL);
        check_values(program, budget->keys, budget->key_count);
        check_values(program, budget->distinct, budget->distinct_count);
    }
}

static void check_spends(const Program *program, const Rule *rule)
{
    for (uint32_t i = 0; i < rule->spend_count; i++) {
        CHECK(rule->spends[i].budget < program->budget_count);
        check_root(program, rule->spends[i].amount, KIND_DECIMAL);
        check_root(program, rule->spends[i].settle, KIND_DECIMAL);
    }
}

static void check_tool_memory(const Program *program, const Tool *tool)
{
    for (uint32_t i = 0; i < tool->yield_count; i++) {
        CHECK(tool->yields[i].label < program->label_count);
        check_root(program, tool->yields[i].when, KIND_BOOL);
    }
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        CHECK(tool->keeps[i].value != NULL);
        check_root(program, tool->keeps[i].value,
                   type_kind(tool->keeps[i].value->type));
    }
}

static void check_memory(const Program *program)
{
    check_budgets(program);
    for (uint32_t i = 0; i < program->tool_count; i++)
        check_tool_memory(program, &program->tools[i]);
    for (uint32_t i = 0; i < program->intent_count; i++) {
        const Intent *intent = &program->intents[i];
        for (uint32_t k = 0; k < intent->delegate_count; k++) {
            CHECK(intent->delegates[k].intent < program->intent_count);
            check_root(program, intent->delegates[k].when, KIND_BOOL);
        }
    }
}

// ---- rules ----

static void check_rule(const Program *program, const Rule *rule)
{
    CHECK(rule->kind < RULE_KIND_COUNT);
    for (uint32_t i = 0; i < rule->head_count; i++)
        check_head(program, &rule->heads[i]);
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        CHECK(rule->conditions[i].expr != NULL);
        check_root(program, rule->conditions[i].expr, KIND_BOOL);
    }
    check_root(program, rule->across_agent, KIND_STRING);
    check_root(program, rule->across_user, KIND_STRING);
    check_root(program, rule->across_audience, KIND_STRING);
    for (uint32_t i = 0; i < rule->requirement_count; i++)
        CHECK(rule->requirements[i].kind != REQUIRE_ACR ||
              rule->requirements[i].of < program->acr_count);
    check_spends(program, rule);
    CHECK((rule->token.says & TOKEN_ACR) == 0 || rule->token.acr < program->acr_count);
}

// A family's tools are neighbours.
static void check_families(const Program *program)
{
    for (uint32_t i = 0; i < program->family_count; i++) {
        const Family *family = &program->families[i];
        CHECK(family->tool <= program->tool_count &&
              family->tool_count <= program->tool_count - family->tool);
        for (uint32_t k = 0; k < family->tool_count; k++)
            CHECK(program->tools[family->tool + k].family == i);
    }
    for (uint32_t i = 0; i < program->audience_count; i++)
        CHECK(program->audiences[i].family < program->family_count);
}

static void check_slots(const Program *program)
{
    static const uint8_t KINDS[] = {
#define SLOT(name, text, kind, certain) KIND_##kind,
#include "engine/bytecode/slot.def"
#undef SLOT
    };
    CHECK(program->slot_count >= FIXED_SLOT_COUNT);
    for (uint32_t i = 0; i < FIXED_SLOT_COUNT; i++) {
        CHECK(type_kind(program->slots[i].type) == (Kind)KINDS[i]);
        CHECK(program->slots[i].root == SLOT_ROOT_FIXED);
    }
}

void ir_check(const Program *program)
{
    check_slots(program);
    check_families(program);
    check_memos(program);
    check_memory(program);
    for (uint32_t i = 0; i < program->rule_count; i++)
        check_rule(program, &program->rules[i]);
}
