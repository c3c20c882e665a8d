// SPDX-License-Identifier: Apache-2.0
#include "lang/check/call.h"

#include "lang/check/typing.h"

typedef struct BuiltinRow {
    Str name;
    uint32_t arity;
    Kind result; // KIND_LIST: of strings
    const char *kinds;
} BuiltinRow;

enum { KIND_STRINGS = KIND_LIST };

static const BuiltinRow BUILTINS[] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what)                          \
    {{text, sizeof(text) - 1}, arity, (Kind)KIND_##result, kinds},
#include "engine/bytecode/builtin.def"
#undef BUILTIN
};

static uint32_t count_operands(const Node *node)
{
    uint32_t count = 0;
    for (const Node *child = node->child->next; child != NULL; child = child->next)
        count++;
    return count;
}

static bool has_arity(const Env *env, const Node *node, Str name, uint32_t arity)
{
    uint32_t count = count_operands(node);
    if (count == arity)
        return true;
    Arena *arena = env->checker->arena;
    diag_report3(env->checker->diags, DIAG_CALL_ARITY, node->span, name,
                 diag_count(arena, arity, "operand"), arena_format(arena, "%u", count));
    return false;
}

// ---- builtins ----

Expr *call_read_time(Checker *checker, Expr *text)
{
    return make_many(checker, IR_CALL, text->span,
                     type_plain(checker->types, TYPE_TIME), BUILTIN_TIME_READ, &text,
                     1);
}

static const Type *builtin_type(Checker *checker, Kind result)
{
    if (result == KIND_BOOL)
        return type_plain(checker->types, TYPE_BOOL);
    if (result == KIND_INT)
        return type_plain(checker->types, TYPE_INT);
    if (result == KIND_TIME)
        return type_plain(checker->types, TYPE_TIME);
    const Type *text = type_plain(checker->types, TYPE_STRING);
    return result == KIND_LIST ? type_list(checker->types, text, MAX_LIST_DEFAULT)
                               : text;
}

static Expr *check_operand(const Env *env, const Node *node, char kind)
{
    Expr *expr = expr_check_needed(env, node);
    if (is_poison(expr))
        return expr;
    if (kind == 's' && !type_is_text(expr->type))
        return expr_refuse(env, expr, STR("a text"));
    if (kind == 'l' && !type_is_list(expr->type))
        return expr_refuse(env, expr, STR("a list or a set"));
    return expr;
}

static Expr *check_builtin(const Env *env, const Node *node, uint32_t number)
{
    Checker *checker = env->checker;
    const BuiltinRow *row = &BUILTINS[number];
    if (!has_arity(env, node, row->name, row->arity))
        return make_poison(checker, node->span);
    Expr **args = ARENA_ARRAY(checker->arena, row->arity, Expr *);
    const Node *operand = node->child->next;
    bool is_good = true;
    for (uint32_t i = 0; i < row->arity; i++, operand = operand->next) {
        args[i] = check_operand(env, operand, row->kinds[i]);
        is_good = is_good && !is_poison(args[i]);
    }
    if (!is_good)
        return make_poison(checker, node->span);
    return make_many(checker, IR_CALL, node->span, builtin_type(checker, row->result),
                     number, args, row->arity);
}

static Expr *check_known(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if (!has_arity(env, node, STR("known"), 1))
        return make_poison(checker, node->span);
    Expr *of = expr_check_needed(env, node->child->next);
    if (is_poison(of))
        return of;
    return make_unary(checker, IR_KNOWN, node->span,
                      type_plain(checker->types, TYPE_BOOL), of);
}

// ---- defs ----

// What a `def` has become.
typedef struct Template {
    const Type **types; // of the parameters
    uint32_t count;
    Expr *body; // poison after a message
} Template;

static Template *check_template(Checker *checker, const Node *node)
{
    Template *template = ARENA_NEW(checker->arena, Template);
    const Local *locals = NULL;
    const Node *params = node_find(node, NODE_PARAMS);
    for (const Node *param = params->child; param != NULL; param = param->next) {
        const Type *type = typing_type(checker, param->child);
        Local *local = ARENA_NEW(checker->arena, Local);
        *local = (Local){param->text, type, 0, MAKE_PARAM + template->count, locals};
        locals = local;
        *ARRAY_PUSH(checker->arena, template->types, template->count) = type;
    }
    const Node *returns = node_find(node, NODE_RETURNS);
    Env env = {.checker = checker,
               .place = "a `def`",
               .advice = "make it a parameter of the `def`",
               .locals = locals};
    const Type *result = typing_type(checker, returns->child);
    template->body = expr_check_as(&env, returns->next, result);
    return template;
}

// NULL after a message about a circle.
static const Template *template_of(Checker *checker, Decl *decl)
{
    if (decl->state == DECL_BUSY) {
        diag_report2(checker->diags, DIAG_CIRCLE, decl->span, STR("def"), decl->name);
        return NULL;
    }
    if (decl->state == DECL_FRESH) {
        decl->state = DECL_BUSY;
        decl->detail = node_has(decl->node, NODE_BROKEN)
                           ? NULL
                           : check_template(checker, decl->node);
        decl->state = DECL_DONE;
    }
    return decl->detail;
}

void call_check_def(Checker *checker, Decl *decl)
{
    template_of(checker, decl);
}

static Expr *check_def(const Env *env, const Node *node, Decl *decl)
{
    Checker *checker = env->checker;
    const Template *template = template_of(checker, decl);
    if (template == NULL || !has_arity(env, node, decl->name, template->count))
        return make_poison(checker, node->span);
    Expr **args = ARENA_ARRAY(checker->arena, template->count + 1, Expr *);
    const Node *operand = node->child->next;
    bool is_good = !is_poison(template->body);
    for (uint32_t i = 0; i < template->count; i++, operand = operand->next) {
        args[i] = expr_check_as(env, operand, template->types[i]);
        is_good = is_good && !is_poison(args[i]);
    }
    if (!is_good)
        return make_poison(checker, node->span);
    Expr *made = make_instance(checker, template->body, args);
    made->span = node->span;
    return made;
}

// ---- both ----

static Expr *unknown_function(const Env *env, const Node *node, Str name)
{
    Checker *checker = env->checker;
    Diag *diag =
        diag_report1(checker->diags, DIAG_FUNCTION_UNKNOWN, node->child->span, name);
    Nearest nearest = nearest_start(name);
    Cut cut = str_cut_last(name, '.');
    Str last = cut.found ? cut.tail : name; // of `contains` and `args.a.contains`
    Str same = {0};
    for (uint32_t i = 0; i < BUILTINS_COUNT; i++) {
        Str builtin = BUILTINS[i].name;
        nearest_offer(&nearest, builtin);
        if (same.len == 0 && str_eq(str_cut_last(builtin, '.').tail, last))
            same = builtin;
    }
    if (same.len > 0)
        diag_help(diag,
                  arena_format(checker->arena, "there is `%.*s(...)`", STR_ARG(same)));
    if (str_eq(name, STR("len")) || str_eq(name, STR("size")))
        diag_help(
            diag,
            STR("`length(text)` is the number of bytes, `count(list)` of elements"));
    Str head = str_cut(name, '.').head;
    if (scope_find(&checker->scope, DECL_TABLE, head, node->child->span) != NULL)
        diag_help(diag,
                  arena_format(checker->arena, "a row of the table is `%.*s[...]`",
                               STR_ARG(head)));
    scope_offer(&checker->scope, DECL_DEF, node->child->span, &nearest);
    diag_suggest(diag, node->child->span, &nearest);
    return make_poison(checker, node->span);
}

Expr *call_check(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    Str name = checker_path(checker, node->child);
    Decl *decl = scope_find(&checker->scope, DECL_DEF, name, node->child->span);
    uint32_t builtin = 0;
    while (builtin < BUILTINS_COUNT && !str_eq(BUILTINS[builtin].name, name))
        builtin++;
    // A package can't put its `under` in the place of `path.under`.
    bool is_hidden = builtin < BUILTINS_COUNT && node->child->kind == NODE_FIELD;
    if (decl != NULL && !is_hidden)
        return check_def(env, node, decl);
    if (builtin < BUILTINS_COUNT)
        return check_builtin(env, node, builtin);
    if (str_eq(name, STR("known")))
        return check_known(env, node);
    return unknown_function(env, node, name);
}
