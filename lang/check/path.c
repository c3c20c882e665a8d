// SPDX-License-Identifier: Apache-2.0
#include "lang/check/path.h"

#include "lang/check/catalog.h"
#include "lang/check/hint.h"
#include "lang/check/history.h"
#include "lang/check/past.h"
#include "lang/check/literal.h"
#include "lang/check/nocase.h"
#include "lang/check/reach.h"
#include "lang/check/slot.h"

typedef struct RootRow {
    Str name;
    unsigned bit;
    uint32_t slot;
} RootRow;

static RootRow root_row(RootKind kind)
{
    switch (kind) {
#define ROOT(name, text, bit, slot)                                                    \
    case ROOT_KIND_##name:                                                             \
        return (RootRow){STR(text), bit, slot};
#include "lang/check/root.def"
#undef ROOT
    case ROOT_KIND_NONE:
        break;
    }
    unreachable_bug();
}

static RootKind root_by_name(Str name)
{
    int kind = 0;
    while (kind < ROOT_KIND_NONE && !str_eq(root_row((RootKind)kind).name, name))
        kind++;
    return (RootKind)kind;
}

const Local *path_local(const Env *env, Str name)
{
    const Local *local = env->locals;
    while (local != NULL && !str_eq(local->name, name))
        local = local->next;
    return local;
}

RootKind path_root(const Env *env, const Node *node)
{
    if (node->kind != NODE_NAME || path_local(env, node->text) != NULL ||
        scope_find(&env->checker->scope, DECL_CONST, node->text, node->span) != NULL)
        return ROOT_KIND_NONE;
    return root_by_name(node->text);
}

// What a package declares, if nothing nearer has the first name of the path.
static Decl *imported(const Env *env, DeclKind kind, const Node *path)
{
    const Scope *scope = &env->checker->scope;
    const Node *first = path;
    while (first->kind == NODE_FIELD && first->child != NULL)
        first = first->child;
    if (first->kind != NODE_NAME || path_local(env, first->text) != NULL ||
        root_by_name(first->text) != ROOT_KIND_NONE ||
        scope_find(scope, DECL_CONST, first->text, first->span) != NULL ||
        scope_find(scope, DECL_TABLE, first->text, first->span) != NULL)
        return NULL;
    return checker_find(env->checker, kind, path);
}

Decl *path_named(const Env *env, DeclKind kind, const Node *node)
{
    if (node->kind == NODE_FIELD)
        return imported(env, kind, node);
    if (node->kind != NODE_NAME || path_local(env, node->text) != NULL)
        return NULL;
    Decl *constant = checker_find(env->checker, DECL_CONST, node);
    if (kind == DECL_CONST || constant == NULL)
        return kind == DECL_CONST ? constant : checker_find(env->checker, kind, node);
    return NULL;
}

// An optional value that is known to be there is what it is without `?`.
static Expr *narrowed(const Env *env, Expr *expr)
{
    if (expr->type->is_optional && given_has(env->given, expr, env->level))
        return make_typed(env->checker, expr, expr->type->bare);
    return expr;
}

// ---- names ----

const Const *path_constant(Checker *checker, Decl *decl)
{
    if (decl->state == DECL_DONE)
        return decl->detail;
    if (decl->state == DECL_BUSY) {
        diag_report2(checker->diags, DIAG_CIRCLE, decl->span, STR("const"), decl->name);
        return NULL;
    }
    decl->state = DECL_BUSY;
    decl->detail = catalog_const(checker, decl);
    decl->state = DECL_DONE;
    return decl->detail;
}

static Expr *local_value(const Env *env, const Local *local, Span span)
{
    uint32_t number =
        local->parameter != 0 ? local->parameter : env->level - 1 - local->level;
    Expr *expr = make_leaf(env->checker, IR_ELEMENT, span, local->type, number);
    return narrowed(env, expr);
}

static Expr *unknown_name(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Diag *diag =
        diag_report1(checker->diags, DIAG_NAME_UNDEFINED, node->span, node->text);
    if (hint_name(env, diag, node))
        return make_poison(checker, node->span);
    Nearest nearest = nearest_start(node->text);
    for (const Local *local = env->locals; local != NULL; local = local->next)
        nearest_offer(&nearest, local->name);
    for (int kind = 0; kind < ROOT_KIND_NONE; kind++)
        nearest_offer(&nearest, root_row((RootKind)kind).name);
    scope_offer(&checker->scope, DECL_CONST, node->span, &nearest);
    scope_offer(&checker->scope, DECL_TABLE, node->span, &nearest);
    diag_suggest(diag, node->span, &nearest);
    if (nearest.best.len == 0 && env->roots == 0 && env->locals == NULL)
        diag_help(diag, STR("a text is written in double quotes"));
    return make_poison(checker, node->span);
}

static void report_root_alone(const Env *env, RootKind root, const Node *node)
{
    Diag *diag =
        diag_report1(env->checker->diags, DIAG_ROOT_ALONE, node->span, node->text);
    if (root == ROOT_KIND_AGENT)
        diag_help(diag, STR("name the agent in the head of the rule, as in `agent "
                            "support_bot`, or compare `agent.id`"));
    else if (root == ROOT_KIND_USER)
        diag_help(diag,
                  STR("write `has user`, `user in` a group, or compare `user.id`"));
    else if (root == ROOT_KIND_INTENT)
        diag_help(diag, STR("name the intent in the head of the rule, as in `intent "
                            "resolve_ticket`"));
}

// A root or a table where a value is wanted.
static Expr *not_a_value(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    RootKind root = root_by_name(node->text);
    if (root == ROOT_KIND_CHAIN)
        return (env->roots & ROOT_REQUEST) != 0
                   ? slot_read(checker, SLOT_CHAIN, node->span)
                   : expr_unreadable(env, node->span, node->text);
    if (root != ROOT_KIND_NONE) {
        report_root_alone(env, root, node);
        return make_poison(checker, node->span);
    }
    if (scope_find(&checker->scope, DECL_TABLE, node->text, node->span) != NULL) {
        diag_report1(checker->diags, DIAG_TABLE_ALONE, node->span, node->text);
        return make_poison(checker, node->span);
    }
    return unknown_name(env, node);
}

static Expr *constant_value(const Env *env, Decl *decl, Span span)
{
    const Const *value = path_constant(env->checker, decl);
    return value == NULL ? make_poison(env->checker, span)
                         : make_const(env->checker, span, value);
}

static Expr *check_name(const Env *env, const Node *node)
{
    const Local *local = path_local(env, node->text);
    if (local != NULL)
        return local_value(env, local, node->span);
    Decl *decl = path_named(env, DECL_CONST, node);
    return decl == NULL ? not_a_value(env, node)
                        : constant_value(env, decl, node->span);
}

// ---- fields of roots ----

// What requests may say of these roots is declared.
static Str attribute_help(Checker *checker, Str root, Str field)
{
    if (str_eq(root, STR("agent")) && str_eq(field, STR("tags")))
        return STR("a tag stands in the head of the rule, as in `agent @nightly`");
    static const char *const roots[] = {"agent", "user", "audience", "resource",
                                        "context"};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (str_eq(root, str_from_c(roots[i])))
            return arena_format(
                checker->arena,
                "if requests say it, declare it with its type: `attribute "
                "%.*s.%.*s: string`",
                STR_ARG(root), STR_ARG(field));
    return STR("");
}

static Expr *unknown_field(const Env *env, const Node *node, Str owner, Str help,
                           Nearest *nearest)
{
    Diag *diag = diag_report2(env->checker->diags, DIAG_FIELD_UNKNOWN,
                              node_name_span(node), owner, node->text);
    diag_help(diag, help);
    diag_suggest(diag, node_name_span(node), nearest);
    return make_poison(env->checker, node->span);
}

static Str holder_name(const Env *env, bool is_arg, uint32_t number)
{
    const Program *program = env->checker->program;
    return is_arg ? program->tools[number].full : program->intents[number].name;
}

static Expr *binding_conflict(const Env *env, const Node *node, bool is_arg,
                              const Binding *binding)
{
    Checker *checker = env->checker;
    Str text = checker_text(checker, node->span);
    diag_report3(checker->diags, DIAG_BINDING_CONFLICT, node->span, text,
                 holder_name(env, is_arg, binding->one),
                 holder_name(env, is_arg, binding->other));
    return make_poison(checker, node->span);
}

// Nobody has it.
static Expr *binding_unknown(const Env *env, const Node *node, bool is_arg)
{
    Checker *checker = env->checker;
    const Reach *reach = env->reach;
    uint32_t count = is_arg ? reach->tool_count : reach->intent_count;
    if (count == 0 && is_arg)
        return make_poison(checker, node->span);
    Str owner = is_arg ? STR("the tools here") : STR("the intents here");
    if (count == 1)
        owner = arena_format(
            checker->arena, "`%.*s`",
            STR_ARG(holder_name(env, is_arg,
                                is_arg ? reach->tools[0] : reach->intents[0])));
    Diag *diag =
        diag_report3(checker->diags, DIAG_BINDING_UNKNOWN, node_name_span(node), owner,
                     is_arg ? STR("argument") : STR("parameter"), node->text);
    Nearest nearest = nearest_start(node->text);
    if (is_arg)
        reach_suggest_args(checker, reach, &nearest);
    else
        reach_suggest_params(checker, reach, &nearest);
    diag_suggest(diag, node_name_span(node), &nearest);
    return make_poison(checker, node->span);
}

// An argument or parameter that only some of the tools or intents have.
static Expr *binding_lacking(const Env *env, const Node *node, bool is_arg,
                             uint32_t lacking)
{
    Checker *checker = env->checker;
    Str text = checker_text(checker, node->span);
    Diag *diag = diag_report3(checker->diags, DIAG_BINDING_LACKING, node->span,
                              holder_name(env, is_arg, lacking),
                              is_arg ? STR("argument") : STR("parameter"), node->text);
    if (env->anchor.end == 0)
        diag_help(diag, STR("name in the head of the rule only those that have it"));
    else
        diag_fix(diag, span_make(env->anchor.start, env->anchor.start),
                 arena_format(checker->arena, "has %.*s and ", STR_ARG(text)),
                 STR("test that it is there"));
    return make_poison(checker, node->span);
}

static Expr *check_binding(const Env *env, const Node *node, bool is_arg,
                           bool is_tested)
{
    Checker *checker = env->checker;
    if (env->reach == NULL)
        return make_poison(checker, node->span);
    const Binding *found = is_arg ? reach_arg(checker, env->reach, node->text)
                                  : reach_param(checker, env->reach, node->text);
    Binding binding = *found;
    if (binding.one != NONE)
        return binding_conflict(env, node, is_arg, &binding);
    if (binding.slot == NONE)
        return binding_unknown(env, node, is_arg);
    Expr *expr = slot_read(checker, binding.slot, node->span);
    if (is_tested)
        return expr;
    expr = narrowed(env, expr);
    if (expr->type->is_optional && binding.lacking != NONE && !env->takes_absent)
        return binding_lacking(env, node, is_arg, binding.lacking);
    return expr;
}

// A field of what a tool returned, or of the parameters of a sub-task's intent.
static Expr *check_delivered(const Env *env, const Node *node, const Schema *record,
                             uint8_t root, bool is_tested)
{
    Checker *checker = env->checker;
    uint32_t slot = reach_delivered(checker, record, root, node->text);
    if (slot != NONE) {
        Expr *expr = slot_read(checker, slot, node->span);
        return is_tested ? expr : narrowed(env, expr);
    }
    Nearest nearest = nearest_start(node->text);
    for (uint32_t i = 0; i < record->field_count; i++)
        nearest_offer(&nearest, record->fields[i].name);
    Str owner = root == SLOT_ROOT_RESULT ? STR("`result`") : STR("`child`");
    return unknown_field(env, node, owner, STR(""), &nearest);
}

// Of several tools `result` has what all of them return. A tool that doesn't say what
// it returns has nothing there.
static Expr *check_result(const Env *env, const Node *node, bool is_tested)
{
    Checker *checker = env->checker;
    const Reach *reach = env->reach;
    if (env->result != NULL)
        return check_delivered(env, node, env->result, SLOT_ROOT_RESULT, is_tested);
    uint32_t lacking = NONE;
    uint32_t slot = env->is_call || reach == NULL || reach->tool_count == 0
                        ? NONE
                        : reach_result(checker, reach, node->text, &lacking);
    if (slot != NONE) {
        Expr *expr = slot_read(checker, slot, node->span);
        return is_tested ? expr : narrowed(env, expr);
    }
    Nearest nearest = nearest_start(node->text);
    Str help = STR("the tool doesn't say what it returns: `returns { ... }`");
    if (lacking != NONE)
        help = arena_format(
            checker->arena,
            checker->program->tools[lacking].result != NULL
                ? "`%.*s` doesn't return it, or returns another type"
                : "`%.*s` doesn't say what it returns, by `returns { ... }` or, in "
                  "a tool list, by an `outputSchema` that names members",
            STR_ARG(checker->program->tools[lacking].full));
    return unknown_field(env, node, STR("`result`"), help, &nearest);
}

static Expr *check_let(const Env *env, const Node *node, bool is_tested)
{
    Checker *checker = env->checker;
    uint32_t slot = slot_fixed(
        checker, arena_format(checker->arena, "tool.%.*s", STR_ARG(node->text)));
    if (slot != NONE)
        return slot_read(checker, slot, node->span);
    Expr *expr = catalog_let(env, node);
    return is_tested || expr == NULL ? expr : narrowed(env, expr);
}

static Expr *check_request_field(const Env *env, const Node *node, Str root,
                                 bool is_tested)
{
    Checker *checker = env->checker;
    Str name =
        arena_format(checker->arena, "%.*s.%.*s", STR_ARG(root), STR_ARG(node->text));
    uint32_t slot = slot_fixed(checker, name);
    if (slot == NONE)
        slot = slot_attribute(checker, root, node->text);
    if (slot != NONE) {
        Expr *expr = slot_read(checker, slot, node->span);
        return is_tested ? expr : narrowed(env, expr);
    }
    Nearest nearest = nearest_start(node->text);
    slot_suggest(checker, root, &nearest);
    Str owner = arena_format(checker->arena, "`%.*s`", STR_ARG(root));
    Str help = attribute_help(checker, root, node->text);
    if (str_eq(root, STR("task")) && hint_is_parameter(env, node->text))
        help = arena_format(checker->arena,
                            "what a task is given is read as `intent.%.*s`",
                            STR_ARG(node->text));
    return unknown_field(env, node, owner, help, &nearest);
}

static Expr *value_field(const Env *env, const Node *node, Expr *base, Str owner,
                         bool is_tested);

static Expr *check_root_field(const Env *env, const Node *node, RootKind root,
                              bool is_tested)
{
    RootRow row = root_row(root);
    if ((env->roots & row.bit) == 0)
        return expr_unreadable(env, node->child->span, row.name);
    if (root == ROOT_KIND_ARGS || root == ROOT_KIND_INTENT)
        return check_binding(env, node, root == ROOT_KIND_ARGS, is_tested);
    if (root == ROOT_KIND_TOOL)
        return check_let(env, node, is_tested);
    if (root == ROOT_KIND_RESULT && !env->is_proof)
        return check_result(env, node, is_tested);
    if (root == ROOT_KIND_CHILD && env->child != NULL)
        return check_delivered(env, node, env->child, SLOT_ROOT_CHILD, is_tested);
    const Type *record = history_root_type(env, root);
    if (record != NULL) {
        Expr *base = history_value(env, node->child->span, record);
        return value_field(env, node, base, row.name, is_tested);
    }
    Expr *level = root == ROOT_KIND_TASK ? history_level(env, node) : NULL;
    if (level != NULL)
        return level;
    return check_request_field(env, node, row.name, is_tested);
}

// ---- fields of values ----

static Expr *row_column(const Env *env, const Node *node, Expr *row, bool is_tested)
{
    Checker *checker = env->checker;
    const Table *table = &checker->program->tables[row->type->table];
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Column *column = &table->columns[i];
        if (!str_eq(column->name, node->text))
            continue;
        const Type *type = column->type->bare;
        if (column->is_optional)
            type = type_optional(checker->types, type);
        Expr *expr = make_many(checker, IR_COLUMN, node->span, type, i, &row, 1);
        expr->may_absent = column->is_optional;
        return is_tested ? expr : narrowed(env, expr);
    }
    Nearest nearest = nearest_start(node->text);
    for (uint32_t i = 0; i < table->column_count; i++)
        nearest_offer(&nearest, table->columns[i].name);
    Str owner = arena_format(checker->arena, "table `%.*s`", STR_ARG(table->name));
    return unknown_field(env, node, owner, STR(""), &nearest);
}

static Expr *record_field(const Env *env, const Node *node, Expr *record, Str owner,
                          bool is_tested)
{
    Checker *checker = env->checker;
    uint32_t at = type_field(record->type, node->text);
    if (at != NONE) {
        const Type *type = record->type->fields[at].type;
        Expr *expr = make_many(checker, IR_FIELD, node->span, type, at, &record, 1);
        expr->may_absent = type->is_optional;
        return is_tested ? expr : narrowed(env, expr);
    }
    Nearest nearest = nearest_start(node->text);
    for (uint32_t i = 0; i < record->type->field_count; i++)
        nearest_offer(&nearest, record->type->fields[i].name);
    Str quoted = arena_format(checker->arena, "`%.*s`", STR_ARG(owner));
    return unknown_field(env, node, quoted, STR(""), &nearest);
}

static Expr *value_field(const Env *env, const Node *node, Expr *base, Str owner,
                         bool is_tested)
{
    Checker *checker = env->checker;
    base = expr_need(env, base);
    if (is_poison(base))
        return base;
    if (base->type->form == TYPE_ROW)
        return row_column(env, node, base, is_tested);
    if (base->type->form == TYPE_RECORD)
        return record_field(env, node, base, owner, is_tested);
    Diag *diag = diag_report2(checker->diags, DIAG_FIELDLESS, node_name_span(node),
                              checker_type_text(checker, base->type), node->text);
    if (str_eq(node->text, STR("length")) || str_eq(node->text, STR("count")))
        diag_help(diag,
                  arena_format(checker->arena, "functions stand before: `%.*s(%.*s)`",
                               STR_ARG(node->text), STR_ARG(owner)));
    return make_poison(checker, node->span);
}

const Const *path_column_set(Checker *checker, const Table *table, uint32_t column)
{
    const Type *type = table->columns[column].type->bare;
    Const *items = ARENA_ARRAY(checker->arena, table->row_count + 1, Const);
    uint32_t count = 0;
    for (uint32_t row = 0; row < table->row_count; row++) {
        const Const *cell = table->cells[(size_t)row * table->column_count + column];
        if (cell != NULL)
            items[count++] =
                table->columns[column].is_nocase ? nocase_lower(checker, cell) : *cell;
    }
    return literal_set(checker, type, items, count);
}

// T.column: the values of a column as a set.
static Expr *table_column(const Env *env, const Node *node, const Decl *decl)
{
    Checker *checker = env->checker;
    if (decl->number == UINT32_MAX)
        return make_poison(checker, node->span);
    const Table *table = &checker->program->tables[decl->number];
    if (table->row != NULL) {
        diag_report2(checker->diags, DIAG_LIVE_COLUMN, node->span, node->text,
                     table->name);
        return make_poison(checker, node->span);
    }
    for (uint32_t i = 0; i < table->column_count; i++)
        if (str_eq(table->columns[i].name, node->text)) {
            Expr *set =
                make_const(checker, node->span, path_column_set(checker, table, i));
            set->is_nocase = table->columns[i].is_nocase;
            return set;
        }
    Nearest nearest = nearest_start(node->text);
    for (uint32_t i = 0; i < table->column_count; i++)
        nearest_offer(&nearest, table->columns[i].name);
    Str owner = arena_format(checker->arena, "table `%.*s`", STR_ARG(table->name));
    return unknown_field(env, node, owner, STR(""), &nearest);
}

static Expr *check_field(const Env *env, const Node *node, bool is_tested)
{
    const Node *of = node->child;
    if (of == NULL)
        return past_call_time(env, node);
    RootKind root = path_root(env, of);
    if (root != ROOT_KIND_NONE && root != ROOT_KIND_CHAIN)
        return check_root_field(env, node, root, is_tested);
    if (root == ROOT_KIND_CHAIN)
        return check_request_field(env, node, STR("chain"), is_tested);
    Decl *constant = path_named(env, DECL_CONST, node);
    if (constant != NULL)
        return constant_value(env, constant, node->span);
    const Decl *table = path_named(env, DECL_TABLE, of);
    if (table != NULL)
        return table_column(env, node, table);
    Expr *base = expr_check(env, of);
    return value_field(env, node, base, checker_text(env->checker, of->span),
                       is_tested);
}

// ---- rows ----

// How a row is named: "the key is (owner, repo)".
static Str key_help(Checker *checker, const Table *table)
{
    Str list = table->columns[0].name;
    for (uint32_t i = 1; i < table->key_count; i++)
        list = arena_format(checker->arena, "%.*s, %.*s", STR_ARG(list),
                            STR_ARG(table->columns[i].name));
    return arena_format(checker->arena, "a row is `%.*s[%.*s]`, its key `(%.*s)`",
                        STR_ARG(table->name), STR_ARG(list), STR_ARG(list));
}

Expr **path_keys(const Env *env, uint32_t number, const Node *nodes, Span span,
                 uint32_t *count)
{
    Checker *checker = env->checker;
    const Table *table = &checker->program->tables[number];
    uint32_t given = 0;
    for (const Node *node = nodes; node != NULL; node = node->next)
        given++;
    if (given != table->key_count) {
        Diag *diag =
            diag_report3(checker->diags, DIAG_KEY_COUNT, span, table->name,
                         diag_count(checker->arena, table->key_count, "column"),
                         arena_format(checker->arena, "%u", given));
        diag_help(diag, key_help(checker, table));
        return NULL;
    }
    Expr **keys = ARENA_ARRAY(checker->arena, given, Expr *);
    bool is_good = true;
    for (uint32_t i = 0; i < given; i++, nodes = nodes->next) {
        keys[i] = expr_check_as(env, nodes, table->columns[i].type->bare);
        is_good = is_good && !is_poison(keys[i]);
    }
    *count = given;
    return is_good ? keys : NULL;
}

static Expr *check_index(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if (path_root(env, node->child) != ROOT_KIND_NONE &&
        checker_find(checker, DECL_TABLE, node->child) == NULL) {
        Diag *diag = diag_report2(checker->diags, DIAG_NAME_UNKNOWN, node->child->span,
                                  STR("table"), node->child->text);
        hint_index(env, diag, node);
        return make_poison(checker, node->span);
    }
    Decl *decl = checker_need(checker, DECL_TABLE, node->child);
    if (decl == NULL || decl->number == UINT32_MAX)
        return make_poison(checker, node->span);
    uint32_t count = 0;
    Expr **keys = path_keys(env, decl->number, node->child->next, node->span, &count);
    if (keys == NULL)
        return make_poison(checker, node->span);
    return make_many(checker, IR_ROW, node->span,
                     type_row(checker->types, decl->number), decl->number, keys, count);
}

Expr *path_check(const Env *env, const Node *node)
{
    if (node->kind == NODE_NAME)
        return check_name(env, node);
    if (node->kind == NODE_INDEX)
        return check_index(env, node);
    return check_field(env, node, false);
}

Expr *path_check_tested(const Env *env, const Node *node)
{
    RootKind root = path_root(env, node);
    if (root == ROOT_KIND_NONE)
        return node->kind == NODE_FIELD ? check_field(env, node, true)
                                        : check_name(env, node);
    RootRow row = root_row(root);
    Checker *checker = env->checker;
    if ((env->roots & row.bit) == 0)
        return expr_unreadable(env, node->span, row.name);
    if (row.slot != NONE)
        return slot_read(checker, row.slot, node->span);
    report_root_alone(env, root, node);
    return make_poison(checker, node->span);
}
