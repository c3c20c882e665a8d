// SPDX-License-Identifier: Apache-2.0
#include "lang/check/past.h"

#include "lang/check/history.h"
#include "lang/check/item.h"
#include "lang/check/reach.h"
#include "lang/check/slot.h"

// ---- of which call an expression speaks ----

typedef struct Speaks {
    bool is_past;   // of the earlier one
    bool is_now;    // of the one that is decided
    uint32_t loops; // enclosing quantifiers whose elements it needs
} Speaks;

static bool is_loop(const Expr *expr)
{
    return expr->op == IR_ALL || expr->op == IR_ANY;
}

static Speaks leaf_speaks(const Checker *checker, const Expr *expr)
{
    bool is_param = expr->op == IR_ELEMENT && expr->number >= MAKE_PARAM;
    if (expr->op == IR_ELEMENT && !is_param)
        return (Speaks){.loops = expr->number + 1};
    if (is_param)
        return (Speaks){.is_past = true};
    if (expr->op == IR_KEPT_AT) // known of every call, so nothing more is kept for it
        return (Speaks){.is_past = true, .is_now = true};
    if (expr->op == IR_SLOT)
        return checker->program->slots[expr->number].root == SLOT_ROOT_RESULT
                   ? (Speaks){.is_past = true}
                   : (Speaks){.is_now = true};
    return (Speaks){.is_now = expr->op == IR_MEMO || expr->op == IR_LABEL ||
                              expr->op == IR_IN_GROUP};
}

static Speaks speaks(const Checker *checker, const Expr *expr)
{
    Speaks all = leaf_speaks(checker, expr);
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        Speaks one = speaks(checker, expr->args[i]);
        if (is_loop(expr) && i == 1 && one.loops > 0)
            one.loops--;
        all.is_past |= one.is_past;
        all.is_now |= one.is_now;
        all.loops = one.loops > all.loops ? one.loops : all.loops;
    }
    return all;
}

bool past_reads_result(const Checker *checker, const Expr *expr)
{
    bool reads = expr->op == IR_SLOT &&
                 checker->program->slots[expr->number].root == SLOT_ROOT_RESULT;
    for (uint32_t i = 0; !reads && i < expr->arg_count; i++)
        reads = past_reads_result(checker, expr->args[i]);
    return reads;
}

// ---- what is kept ----

typedef struct Keeper {
    Checker *checker;
    uint32_t tool;
    Expr **args; // the tool's arguments, as the call itself reads them
} Keeper;

// The value as one that is kept of the tool's calls.
static Expr *kept(Keeper *keeper, Expr *expr)
{
    Checker *checker = keeper->checker;
    Tool *tool = &checker->program->tools[keeper->tool];
    Expr *value = make_instance(checker, expr, keeper->args);
    uint32_t number = 0;
    while (number < tool->keep_count &&
           !expr_same(tool->keeps[number].value, 0, value, 0))
        number++;
    if (number == tool->keep_count)
        *ARRAY_PUSH(checker->arena, tool->keeps, tool->keep_count) =
            (Keep){value, past_reads_result(checker, value), 0};
    Expr *read = make_leaf(checker, IR_KEPT, expr->span, expr->type, number);
    read->may_unknown = 1;
    read->may_absent = expr->type->is_optional;
    return read;
}

// The largest parts that speak of the earlier call alone are kept.
static Expr *keep_parts(Keeper *keeper, Expr *expr)
{
    Speaks of = speaks(keeper->checker, expr);
    if (!of.is_past || expr->op == IR_KEPT_AT)
        return expr;
    if (!of.is_now && of.loops == 0)
        return kept(keeper, expr);
    Expr **args = ARENA_ARRAY(keeper->checker->arena, expr->arg_count, Expr *);
    for (uint32_t i = 0; i < expr->arg_count; i++)
        args[i] = keep_parts(keeper, expr->args[i]);
    return make_many(keeper->checker, (IrOp)expr->op, expr->span, expr->type,
                     expr->number, args, expr->arg_count);
}

// ---- which fields of kept records are read ----

static uint64_t field_bit(uint32_t field)
{
    return field < KEEP_FIELDS ? UINT64_C(1) << field : 0;
}

// The fields that a loop's body reads of its elements, `level` loops out; all, where it
// reads an element as a whole.
static uint64_t fields_of_element(const Expr *expr, uint32_t level)
{
    uint64_t fields = 0;
    if (expr->op == IR_FIELD && expr->args[0]->op == IR_ELEMENT &&
        expr->args[0]->number == level)
        return field_bit(expr->number);
    if (expr->op == IR_ELEMENT)
        return expr->number == level ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < expr->arg_count; i++)
        fields |= fields_of_element(expr->args[i], level + (is_loop(expr) && i == 1));
    return fields;
}

// Notes what the pattern's condition reads of the values that are kept for it.
static void note_fields(Tool *tool, const Expr *expr)
{
    if (expr->op == IR_KEPT)
        tool->keeps[expr->number].fields = UINT64_MAX;
    for (uint32_t i = 0; i < expr->arg_count; i++) {
        bool is_list = is_loop(expr) && i == 0 && expr->args[0]->op == IR_KEPT;
        if (is_list)
            tool->keeps[expr->args[0]->number].fields |=
                fields_of_element(expr->args[1], 0);
        else
            note_fields(tool, expr->args[i]);
    }
}

// ---- patterns ----

// The arguments of the earlier call are names in its conditions.
static const Local *call_arguments(const Env *env, const Schema *args)
{
    Checker *checker = env->checker;
    const Local *locals = env->locals;
    for (uint32_t i = 0; i < args->field_count; i++) {
        Local *local = ARENA_NEW(checker->arena, Local);
        *local =
            (Local){args->fields[i].name, schema_field_type(checker, &args->fields[i]),
                    0, MAKE_PARAM + i, locals};
        locals = local;
    }
    return locals;
}

// Tests of presence go first, as in a rule. Poison after a message.
static Expr *check_conditions(const Env *env, const Node *node, const Tool *tool)
{
    const Node *conditions = node_find(node, NODE_CONDITIONS);
    const Node *first = conditions == NULL ? NULL : conditions->child;
    Env inner = *env;
    inner.locals = call_arguments(env, tool->args);
    inner.result = tool->result;
    inner.roots |= ROOT_RESULT;
    inner.is_call = true;
    Expr **all = NULL;
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (const Node *at = first; at != NULL; at = at->next) {
            if (given_is_test(at, true) != (pass == 0))
                continue;
            Expr *expr = expr_check_bool(&inner, at);
            if (is_poison(expr))
                return expr;
            inner.given = given_by(env->checker, inner.given, expr, env->level, true);
            *ARRAY_PUSH(env->checker->arena, all, count) = expr;
        }
    return make_logic(env->checker, IR_AND, node->span, all, count);
}

static uint32_t scope_of(const Node *node)
{
    Str name = node_first(node)->text;
    return str_eq(name, STR("subtask")) ? PATTERN_SUBTASK
           : str_eq(name, STR("user"))  ? PATTERN_USER
           : str_eq(name, STR("agent")) ? PATTERN_AGENT
                                        : PATTERN_TASK;
}

// The tool keeps its calls where the pattern looks for them.
static void mark_kept(Tool *tool, const Pattern *pattern)
{
    if (pattern->scope == PATTERN_USER && tool->user_past < pattern->within)
        tool->user_past = pattern->within;
    if (pattern->scope == PATTERN_AGENT && tool->agent_past < pattern->within)
        tool->agent_past = pattern->within;
    if (pattern->scope == PATTERN_TASK || pattern->scope == PATTERN_SUBTASK)
        tool->is_kept_in_task = true;
}

static Expr **own_arguments(Checker *checker, uint32_t number, Span span)
{
    const Schema *args = checker->program->tools[number].args;
    Reach *reach = reach_of_tools(checker, &number, 1);
    Expr **reads = ARENA_ARRAY(checker->arena, args->field_count + 1, Expr *);
    for (uint32_t i = 0; i < args->field_count; i++)
        reads[i] = slot_read(
            checker, reach_arg(checker, reach, args->fields[i].name)->slot, span);
    return reads;
}

static Expr *add_pattern(const Env *env, const Node *node, Pattern pattern, Expr *when)
{
    Checker *checker = env->checker;
    Keeper keeper = {checker, pattern.tool,
                     own_arguments(checker, pattern.tool, node->span)};
    Pattern *copy = ARENA_NEW(checker->arena, Pattern);
    *copy = pattern;
    Memo memo = {.name = checker_text(checker, node->span),
                 .type = type_plain(checker->types, TYPE_BOOL),
                 .value = keep_parts(&keeper, when),
                 .pattern = copy};
    mark_kept(&checker->program->tools[pattern.tool], copy);
    note_fields(&checker->program->tools[pattern.tool], memo.value);
    Program *program = checker->program;
    *ARRAY_PUSH(checker->arena, program->memos, program->memo_count) = memo;
    Expr *read =
        make_leaf(checker, IR_MEMO, node->span, memo.type, program->memo_count - 1);
    read->may_unknown = 1;
    return read;
}

// What is found out once for a decision can't depend on elements, or on another call.
static Expr *misplaced(const Env *env, const Node *node, const char *place)
{
    Env told = *env;
    told.place = place;
    return expr_unreadable(&told, node->span, STR("task called"));
}

Expr *past_check_called(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if ((env->roots & ROOT_HISTORY) == 0)
        return expr_unreadable(env, node->span, STR("task called"));
    if (env->is_call)
        return misplaced(env, node, "the conditions of an earlier call");
    Pattern pattern = {.tool = item_tool(checker, node->child->next),
                       .scope = scope_of(node)};
    const Node *last = node_find(node, NODE_LAST);
    if (last != NULL)
        expr_constant_duration(checker, last->child, &pattern.within);
    if (pattern.tool == NONE)
        return make_poison(checker, node->span);
    Expr *when = check_conditions(env, node, &checker->program->tools[pattern.tool]);
    if (is_poison(when))
        return when;
    if (speaks(checker, when).loops > 0)
        return misplaced(env, node, "`all` or `any`, of whose elements it speaks");
    if (env->is_proof)
        return history_value(env, node->span, type_plain(checker->types, TYPE_BOOL));
    return add_pattern(env, node, pattern, when);
}

Expr *past_call_time(const Env *env, const Node *node)
{
    Checker *checker = env->checker;
    if (env->is_call && str_eq(node->text, STR("at")))
        return make_leaf(checker, IR_KEPT_AT, node->span,
                         type_plain(checker->types, TYPE_TIME), 0);
    return expr_unreadable(env, node->span,
                           arena_format(checker->arena, ".%.*s", STR_ARG(node->text)));
}
