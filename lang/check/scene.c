// SPDX-License-Identifier: Apache-2.0
#include "lang/check/scene.h"

#include "lang/check/expect.h"
#include "lang/check/expr.h"
#include "lang/check/item.h"
#include "lang/check/reach.h"
#include "lang/check/sample.h"
#include "lang/check/slot.h"

// What has been named so far in a test.
typedef struct Scene {
    Checker *checker;
    Map tasks; // by their `as`
    Map calls; // name to tool number
} Scene;

// ---- who and where ----

static void check_agent(Scene *scene, const Node *item)
{
    Checker *checker = scene->checker;
    if (item->kind != NODE_STRING) {
        checker_need(checker, DECL_AGENT, item);
        return;
    }
    if (map_find(&checker->agent_ids, item->text) != NULL)
        return;
    Diag *diag = diag_report2(checker->diags, DIAG_NAME_UNKNOWN, item->span,
                              STR("agent with the id"), item->text);
    Nearest nearest = nearest_start(item->text);
    for (uint32_t i = 0; i < checker->program->agent_count; i++)
        nearest_offer(&nearest, checker->program->agents[i].id);
    if (nearest.best.len > 0)
        diag_fix(diag, item->span,
                 arena_format(checker->arena, "\"%.*s\"", STR_ARG(nearest.best)),
                 STR("write the nearest id"));
}

static void check_user(Scene *scene, const Node *item)
{
    Checker *checker = scene->checker;
    uint32_t number = checker->program->users_table;
    if (item->kind != NODE_STRING || number == NONE)
        return;
    const Table *users = &checker->program->tables[number];
    Nearest nearest = nearest_start(item->text);
    for (uint32_t row = 0; row < users->row_count; row++) {
        const Const *id = users->cells[(size_t)row * users->column_count];
        if (id != NULL && str_eq(id->text, item->text))
            return;
        if (id != NULL)
            nearest_offer(&nearest, id->text);
    }
    Diag *diag = diag_report2(checker->diags, DIAG_NAME_UNKNOWN, item->span,
                              STR("user with the id"), item->text);
    if (nearest.best.len > 0)
        diag_fix(diag, item->span,
                 arena_format(checker->arena, "\"%.*s\"", STR_ARG(nearest.best)),
                 STR("write the nearest id"));
}

static void check_context(Checker *checker, const Node *record, Str root)
{
    for (const Node *entry = record->child; entry != NULL; entry = entry->next) {
        if (entry->kind != NODE_ENTRY)
            continue;
        Str name = arena_format(checker->arena, "%.*s.%.*s", STR_ARG(root),
                                STR_ARG(entry->text));
        uint32_t slot = slot_fixed(checker, name);
        slot = slot != NONE ? slot : slot_attribute(checker, root, entry->text);
        if (slot != NONE) {
            if (!sample_is_nothing(entry->child))
                sample_check(checker, entry->child, checker->program->slots[slot].type);
            continue;
        }
        Diag *diag = diag_report2(
            checker->diags, DIAG_FIELD_UNKNOWN, node_name_span(entry),
            arena_format(checker->arena, "`%.*s`", STR_ARG(root)), entry->text);
        Nearest nearest = nearest_start(entry->text);
        slot_suggest(checker, root, &nearest);
        diag_suggest(diag, node_name_span(entry), &nearest);
    }
}

// ---- names that steps give and take ----

static void name_as(const Node *step, Map *names, uint32_t value)
{
    const Node *as = node_find(step, NODE_AS);
    if (as == NULL)
        return;
    bool is_new = false;
    *map_insert(names, as->text, value, &is_new) = value;
}

static void need_named(Scene *scene, const Map *names, Str name, Span span, Str what)
{
    if (map_find(names, name) != NULL)
        return;
    Diag *diag =
        diag_report2(scene->checker->diags, DIAG_STEP_UNKNOWN, span, what, name);
    Nearest nearest = nearest_start(name);
    for (uint32_t i = 0; i < names->count; i++)
        nearest_offer(&nearest, map_at(names, i)->key);
    diag_suggest(diag, span, &nearest);
}

static void need_call(Scene *scene, const Node *step)
{
    need_named(scene, &scene->calls, step->text, node_name_span(step), STR("call"));
}

// ---- with ... ----

static void check_with(Scene *scene, const Node *with, bool may_be_unknown)
{
    Checker *checker = scene->checker;
    const Node *value = node_first(with);
    if (value == NULL)
        return;
    bool is_grant = str_eq(with->text, STR("grant"));
    if (is_grant && value->kind != NODE_NAME) {
        diag_report2(checker->diags, DIAG_ITEM_UNFIT, value->span,
                     checker_text(checker, value->span), STR("with grant"));
        return;
    }
    if (value->kind == NODE_RECORD) {
        check_context(checker, value, with->text);
        return;
    }
    if (str_eq(with->text, STR("agent")) && !may_be_unknown)
        check_agent(scene, value);
    if (str_eq(with->text, STR("user")) && !may_be_unknown)
        check_user(scene, value);
    if (is_grant)
        need_named(scene, &scene->calls, value->text, value->span, STR("call"));
}

// `with user "u-1" with user { ... }` is two things; the same said twice is a mistake.
static void check_with_once(Scene *scene, const Node *with)
{
    bool is_record = node_first(with) != NULL && node_first(with)->kind == NODE_RECORD;
    for (const Node *later = node_find_next(with, NODE_WITH); later != NULL;
         later = node_find_next(later, NODE_WITH)) {
        const Node *value = node_first(later);
        if (value == NULL || !str_eq(later->text, with->text) ||
            (value->kind == NODE_RECORD) != is_record)
            continue;
        diag_report1(
            scene->checker->diags, DIAG_CLAUSE_TWICE, later->span,
            arena_format(scene->checker->arena, "with %.*s", STR_ARG(with->text)));
        return;
    }
}

static void check_withs(Scene *scene, const Node *step)
{
    for (const Node *with = node_find(step, NODE_WITH); with != NULL;
         with = node_find_next(with, NODE_WITH)) {
        check_with_once(scene, with);
        check_with(scene, with, expect_allows(step, STR("unknown")));
    }
}

// ---- tasks and calls ----

static void check_task(Scene *scene, const Node *step)
{
    Checker *checker = scene->checker;
    const Decl *intent = checker_need(checker, DECL_INTENT, node_first(step));
    const Node *arguments = node_find(step, NODE_ARGUMENTS);
    if (intent != NULL && intent->number != UINT32_MAX && arguments != NULL &&
        !expect_allows(step, STR("argument")))
        sample_check_fields(checker, arguments,
                            checker->program->intents[intent->number].params,
                            intent->name, STR("parameter"));
    const Node *under = node_find(step, NODE_STEP_UNDER);
    if (under != NULL)
        need_named(scene, &scene->tasks, under->text, node_name_span(under),
                   STR("task"));
    check_withs(scene, step);
    name_as(step, &scene->tasks, 0);
}

static void check_result(Scene *scene, const Node *step, uint32_t tool)
{
    const Node *result = node_find(step, NODE_RESULT);
    if (result == NULL || result->child == NULL || tool == NONE)
        return;
    const Schema *schema = scene->checker->program->tools[tool].result;
    if (schema != NULL && !expect_is(step, STR("withhold")))
        sample_check(scene->checker, result->child, schema->type);
}

static void check_call(Scene *scene, const Node *step)
{
    Checker *checker = scene->checker;
    bool may_be_unknown = expect_allows(step, STR("unknown"));
    uint32_t tool = NONE;
    if (!may_be_unknown)
        tool = item_tool(checker, node_first(step));
    const Node *arguments = node_find(step, NODE_ARGUMENTS);
    if (tool != NONE && arguments != NULL && !expect_allows(step, STR("argument")))
        sample_check_fields(checker, arguments, checker->program->tools[tool].args,
                            checker->program->tools[tool].full, STR("argument"));
    const Node *in = node_find(step, NODE_IN_TASK);
    if (in != NULL)
        need_named(scene, &scene->tasks, in->text, node_name_span(in), STR("task"));
    check_withs(scene, step);
    check_result(scene, step, tool);
    name_as(step, &scene->calls, tool);
}

static void check_outcome(Scene *scene, const Node *step)
{
    need_call(scene, step);
    const uint32_t *tool = map_find(&scene->calls, step->text);
    if (tool != NULL)
        check_result(scene, step, *tool);
}

// ---- the other steps ----

static void check_now(Scene *scene, const Node *step)
{
    const Node *value = node_first(step);
    if (value != NULL)
        expr_constant(scene->checker, value,
                      type_plain(scene->checker->types, TYPE_TIME));
}

static void check_advance(Scene *scene, const Node *step)
{
    int64_t duration = 0;
    if (node_first(step) != NULL)
        expr_constant_duration(scene->checker, node_first(step), &duration);
}

static void check_times(Scene *scene, const Node *times)
{
    enum { MAX_TIMES = 1000 };
    uint32_t count = 0;
    if (times != NULL && times->kind == NODE_INT)
        expr_constant_count(scene->checker, times, 1, MAX_TIMES, &count);
}

static void check_who(Scene *scene, const Node *step)
{
    need_call(scene, step);
    const Node *who = node_first(step);
    if (who != NULL && who->kind == NODE_STRING)
        check_user(scene, who);
}

// ---- what can be revoked ----

static void revoked_task(Scene *scene, const Node *item)
{
    need_named(scene, &scene->tasks, item->text, item->span, STR("task"));
}

static void revoked_call(Scene *scene, const Node *item)
{
    need_named(scene, &scene->calls, item->text, item->span, STR("call"));
}

static void revoked_text(Scene *scene, const Node *item)
{
    Checker *checker = scene->checker;
    if (item->kind != NODE_STRING)
        diag_report2(checker->diags, DIAG_ITEM_UNFIT, item->span,
                     checker_text(checker, item->span), STR("revoke"));
}

static void revoked_user(Scene *scene, const Node *item)
{
    revoked_text(scene, item);
    check_user(scene, item);
}

static void revoked_time(Scene *scene, const Node *item)
{
    expr_constant(scene->checker, item, type_plain(scene->checker->types, TYPE_TIME));
}

static void revoked_issuer(Scene *scene, const Node *item)
{
    if (item->kind != NODE_STRING)
        checker_need(scene->checker, DECL_ISSUER, item);
}

static void revoked_audience(Scene *scene, const Node *item)
{
    if (item->kind != NODE_STRING)
        checker_need(scene->checker, DECL_AUDIENCE, item);
}

static void revoked_tool(Scene *scene, const Node *item)
{
    if (item->kind != NODE_STRING)
        item_tool(scene->checker, item);
}

static const struct {
    Str kind;
    void (*check)(Scene *scene, const Node *item);
} REVOCABLES[] = {
    {{"agent", 5}, check_agent},         {{"user", 4}, revoked_user},
    {{"task", 4}, revoked_task},         {{"grant", 5}, revoked_call},
    {{"consent", 7}, revoked_call},      {{"key", 3}, revoked_text},
    {{"tenant", 6}, revoked_text},       {{"issuer", 6}, revoked_issuer},
    {{"audience", 8}, revoked_audience}, {{"tool", 4}, revoked_tool},
    {{"before", 6}, revoked_time},
};

// Another kind has been reported by the parser.
static void check_revoke(Scene *scene, const Node *step)
{
    const Node *what = node_first(step);
    for (size_t i = 0; i < sizeof REVOCABLES / sizeof *REVOCABLES; i++)
        if (str_eq(REVOCABLES[i].kind, step->text) && what != NULL)
            REVOCABLES[i].check(scene, what);
}

static void check_step(Scene *scene, const Node *step);

static void check_steps(Scene *scene, const Node *step)
{
    for (; step != NULL; step = step->next)
        if (node_class((NodeKind)step->kind) == CLASS_STEP) {
            check_step(scene, step);
            expect_check(scene->checker, step);
        }
}

static void check_step(Scene *scene, const Node *step)
{
    const Node *first = node_first(step);
    switch ((int)step->kind) {
    case NODE_STEP_AGENT:
        check_agent(scene, first);
        return;
    case NODE_STEP_USER:
        check_user(scene, first);
        return;
    case NODE_STEP_GATEWAY:
        checker_need(scene->checker, DECL_GATEWAY, first);
        return;
    case NODE_STEP_NOW:
        check_now(scene, step);
        return;
    case NODE_STEP_CONTEXT:
        check_context(scene->checker, first, STR("context"));
        return;
    case NODE_STEP_TASK:
        check_task(scene, step);
        return;
    case NODE_STEP_CALL:
        check_call(scene, step);
        return;
    case NODE_STEP_OUTCOME:
        check_outcome(scene, step);
        return;
    case NODE_STEP_RETRY:
    case NODE_STEP_CHECK:
        need_call(scene, step);
        return;
    case NODE_STEP_APPROVE:
    case NODE_STEP_CONSENT:
        check_who(scene, step);
        return;
    case NODE_STEP_REVOKE:
        check_revoke(scene, step);
        return;
    case NODE_STEP_ADVANCE:
        check_advance(scene, step);
        return;
    case NODE_STEP_CLOSE:
        need_named(scene, &scene->tasks, step->text, node_name_span(step), STR("task"));
        return;
    case NODE_STEP_REPEAT:
        check_times(scene, first);
        check_steps(scene, first);
        return;
    default:
        return;
    }
}

// A member, or an argument, stands once in its record.
static bool check_members(void *context, const Node *node, unsigned depth)
{
    Checker *checker = context;
    (void)depth;
    if (node->kind != NODE_RECORD && node->kind != NODE_ARGUMENTS)
        return true;
    Map names = checker_map(checker);
    for (const Node *entry = node_find(node, NODE_ENTRY); entry != NULL;
         entry = node_find_next(entry, NODE_ENTRY)) {
        bool is_new = false;
        map_insert(&names, entry->text, 0, &is_new);
        if (!is_new)
            diag_report1(checker->diags, DIAG_CLAUSE_TWICE, node_name_span(entry),
                         entry->text);
    }
    return true;
}

void scene_check(Checker *checker, const Node *node)
{
    node_walk(node, check_members, checker);
    Scene scene = {checker, checker_map(checker), checker_map(checker)};
    check_steps(&scene, node->child);
}
