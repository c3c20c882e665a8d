// SPDX-License-Identifier: Apache-2.0
#include "lang/check/script.h"

#include "lang/check/expr.h"
#include "lang/check/sample.h"
#include "lang/ir/scene.h"

// The test that is being written down.
typedef struct Script {
    Checker *checker;
    Test *test;
    Map tasks; // by their `as`: numbers
    Map calls;
    bool has_agent;
    bool has_gateway;
} Script;

// ---- values ----

static const Const *constant_of(Checker *checker, const Node *node)
{
    Env env = expr_constants(checker);
    const Expr *expr = expr_check_needed(&env, node);
    if (expr->op == IR_CONST)
        return expr->value;
    if (!is_poison(expr))
        diag_report(checker->diags, DIAG_CONSTANT_WANTED, node->span);
    return NULL;
}

static Sample sample_of(Checker *checker, Str name, const Node *node);

// The ENTRYs, or elements, of a node.
static Sample sample_of_items(Checker *checker, Str name, const Node *node,
                              bool is_record)
{
    Sample *items = NULL;
    Sample all = {.name = name, .is_record = is_record};
    for (const Node *item = node->child; item != NULL; item = item->next) {
        bool is_entry = item->kind == NODE_ENTRY;
        if (is_entry != is_record)
            continue;
        Sample one = is_entry ? sample_of(checker, item->text, item->child)
                              : sample_of(checker, STR(""), item);
        *ARRAY_PUSH(checker->arena, items, all.count) = one;
    }
    all.items = items;
    return all;
}

static Sample sample_of(Checker *checker, Str name, const Node *node)
{
    if (node->kind == NODE_RECORD)
        return sample_of_items(checker, name, node, true);
    if (node->kind == NODE_LIST || node->kind == NODE_SET)
        return sample_of_items(checker, name, node, false);
    if (sample_is_nothing(node))
        return (Sample){.name = name, .is_nothing = true};
    return (Sample){.name = name, .value = constant_of(checker, node)};
}

static Str text_of(Checker *checker, const Node *node)
{
    Str text = STR("");
    if (node->kind == NODE_STRING)
        return node->text;
    if (node->kind != NODE_NONE)
        expr_constant_text(checker, node, &text);
    return text;
}

// The name of what a path means, with its package.
static Str full_name(Checker *checker, DeclKind kind, const Node *path)
{
    const Decl *decl = checker_find(checker, kind, path);
    return decl == NULL ? checker_path(checker, path) : decl->full;
}

// ---- who and where ----

static Str agent_id(Checker *checker, const Node *item)
{
    if (item->kind == NODE_STRING)
        return item->text;
    const Decl *decl = checker_find(checker, DECL_AGENT, item);
    bool is_known = decl != NULL && decl->number < checker->program->agent_count;
    return is_known ? checker->program->agents[decl->number].id : STR("");
}

static void script_agent(Script *script, const Node *node, Step *step)
{
    step->text = agent_id(script->checker, node_first(node));
    script->has_agent = true;
}

static void script_user(Script *script, const Node *node, Step *step)
{
    step->text = text_of(script->checker, node_first(node));
}

static void script_gateway(Script *script, const Node *node, Step *step)
{
    step->text = full_name(script->checker, DECL_GATEWAY, node_first(node));
    script->has_gateway = true;
}

static void script_now(Script *script, const Node *node, Step *step)
{
    const Type *time = type_plain(script->checker->types, TYPE_TIME);
    const Const *value = expr_constant(script->checker, node_first(node), time);
    step->time = value == NULL ? 0 : value->number;
}

static void script_advance(Script *script, const Node *node, Step *step)
{
    expr_constant_duration(script->checker, node_first(node), &step->time);
}

static void script_context(Script *script, const Node *node, Step *step)
{
    step->said = sample_of(script->checker, STR(""), node_first(node));
}

// A test that has one agent, or gateway, to choose from needn't name it.
static void need_parties(Script *script, const Node *node, bool has_own_agent)
{
    Checker *checker = script->checker;
    const Program *program = checker->program;
    if (!script->has_agent && !has_own_agent && program->agent_count != 1) {
        checker_lacks(checker, node->span, STR("a call in a test"), STR("agent"));
        script->has_agent = true;
    }
    if (!script->has_gateway && program->gateway_count != 1) {
        checker_lacks(checker, node->span, STR("a call in a test"), STR("gateway"));
        script->has_gateway = true;
    }
}

// ---- tasks and calls ----

static void name_as(const Node *node, Map *names, uint32_t number)
{
    const Node *as = node_find(node, NODE_AS);
    if (as != NULL)
        *map_insert(names, as->text, number, NULL) = number;
}

static uint32_t named(const Map *names, const Node *part)
{
    const uint32_t *number = part == NULL ? NULL : map_find(names, part->text);
    return number == NULL ? NONE : *number;
}

static bool has_agent(const Step *step)
{
    for (uint32_t i = 0; i < step->with_count; i++)
        if (str_eq(step->withs[i].what, STR("agent")) && step->withs[i].who.len > 0)
            return true;
    return false;
}

static void add_withs(Script *script, const Node *node, Step *step)
{
    Checker *checker = script->checker;
    With *withs = NULL;
    for (const Node *at = node_find(node, NODE_WITH); at != NULL;
         at = node_find_next(at, NODE_WITH)) {
        const Node *value = node_first(at);
        With with = {.what = at->text, .of = NONE};
        if (value->kind == NODE_RECORD)
            with.said = sample_of(checker, STR(""), value);
        else if (str_eq(at->text, STR("agent")))
            with.who = agent_id(checker, value);
        else if (str_eq(at->text, STR("user")))
            with.who = text_of(checker, value);
        else if (str_eq(at->text, STR("grant")))
            with.of = named(&script->calls, value);
        *ARRAY_PUSH(checker->arena, withs, step->with_count) = with;
    }
    step->withs = withs;
}

static void add_arguments(Checker *checker, const Node *node, Step *step)
{
    const Node *arguments = node_find(node, NODE_ARGUMENTS);
    step->said.is_record = true;
    if (arguments != NULL)
        step->said = sample_of_items(checker, STR(""), arguments, true);
}

static void add_result(Checker *checker, const Node *node, Step *step)
{
    const Node *result = node_find(node, NODE_RESULT);
    step->has_result = result != NULL;
    if (result != NULL)
        step->result = sample_of(checker, STR(""), result->child);
}

static void script_task(Script *script, const Node *node, Step *step)
{
    const Node *under = node_find(node, NODE_STEP_UNDER);
    step->text = full_name(script->checker, DECL_INTENT, node_first(node));
    add_arguments(script->checker, node, step);
    add_withs(script, node, step);
    step->of = named(&script->tasks, under);
    step->number = script->test->task_count++;
    name_as(node, &script->tasks, step->number);
}

// The name of the audience that a path means; empty if nobody knows it.
static Str audience_name(Checker *checker, const Node *path)
{
    const Decl *decl = checker_find(checker, DECL_AUDIENCE, path);
    if (decl != NULL || path->kind != NODE_FIELD || path->child == NULL)
        return decl == NULL ? STR("") : decl->full;
    decl = checker_find(checker, DECL_AUDIENCE, path->child);
    return decl == NULL ? STR("")
                        : arena_format(checker->arena, "%.*s.%.*s", STR_ARG(decl->full),
                                       STR_ARG(path->text));
}

// The first audience of a family stands for it in the help.
static void report_family(Checker *checker, const Node *path, uint32_t family)
{
    const Program *program = checker->program;
    Diag *diag =
        diag_report2(checker->diags, DIAG_NAME_UNKNOWN, path->span,
                     STR("single audience"), checker_text(checker, path->span));
    for (uint32_t i = 0; i < program->audience_count; i++)
        if (program->audiences[i].family == family) {
            diag_help(diag, arena_format(checker->arena, "say which one, as in `%.*s`",
                                         STR_ARG(program->audiences[i].name)));
            return;
        }
}

// The audience that a call names before the last dot, and the tool's own name. What
// nobody knows goes into the request as it is written.
static void find_tool(Checker *checker, const Node *path, Step *step)
{
    const Program *program = checker->program;
    const Node *of =
        path->kind == NODE_FIELD && path->child != NULL ? path->child : path;
    Str owner = audience_name(checker, of);
    uint32_t audience = 0;
    step->text = path->text;
    step->uri = checker_path(checker, of);
    step->tool = NONE;
    while (audience < program->audience_count &&
           !str_eq(program->audiences[audience].name, owner))
        audience++;
    if (audience < program->audience_count)
        step->uri = program->audiences[audience].uri;
    for (uint32_t i = 0; i < program->tool_count && owner.len > 0; i++) {
        const Tool *tool = &program->tools[i];
        if (!str_eq(tool->name, path->text))
            continue;
        if (audience == program->audience_count &&
            str_eq(program->families[tool->family].name, owner))
            report_family(checker, of, tool->family);
        else if (audience < program->audience_count &&
                 program->audiences[audience].family == tool->family)
            step->tool = i;
    }
}

static void script_call(Script *script, const Node *node, Step *step)
{
    const Node *in = node_find(node, NODE_IN_TASK);
    find_tool(script->checker, node_first(node), step);
    add_arguments(script->checker, node, step);
    add_withs(script, node, step);
    add_result(script->checker, node, step);
    need_parties(script, node, has_agent(step));
    step->of = named(&script->tasks, in);
    step->number = script->test->call_count++;
    name_as(node, &script->calls, step->number);
}

// ---- what refers to earlier steps ----

static void script_outcome(Script *script, const Node *node, Step *step)
{
    step->of = named(&script->calls, node);
    add_result(script->checker, node, step);
}

static void script_retry(Script *script, const Node *node, Step *step)
{
    step->of = named(&script->calls, node);
}

static void script_check(Script *script, const Node *node, Step *step)
{
    step->of = named(&script->calls, node);
}

static void script_close(Script *script, const Node *node, Step *step)
{
    step->of = named(&script->tasks, node);
}

static void script_approve(Script *script, const Node *node, Step *step)
{
    step->of = named(&script->calls, node);
    step->text = text_of(script->checker, node_first(node));
}

static void script_consent(Script *script, const Node *node, Step *step)
{
    script_approve(script, node, step);
}

static Str issuer_uri(Checker *checker, const Node *item)
{
    const Decl *decl = checker_find(checker, DECL_ISSUER, item);
    bool is_known = decl != NULL && decl->number < checker->program->issuer_count;
    return is_known ? checker->program->issuers[decl->number].uri : STR("");
}

static Str audience_uri(Checker *checker, const Node *item)
{
    Str name = audience_name(checker, item);
    for (uint32_t i = 0; i < checker->program->audience_count; i++)
        if (str_eq(checker->program->audiences[i].name, name))
            return checker->program->audiences[i].uri;
    return STR("");
}

static Str tool_name(Checker *checker, const Node *item)
{
    Step call = {0};
    find_tool(checker, item, &call);
    return call.tool == NONE ? STR("") : checker->program->tools[call.tool].full;
}

// What the state calls the thing that is revoked.
static Str revoked_name(Checker *checker, Str kind, const Node *item)
{
    if (str_eq(kind, STR("agent")))
        return agent_id(checker, item);
    if (item->kind == NODE_STRING)
        return item->text;
    if (str_eq(kind, STR("issuer")))
        return issuer_uri(checker, item);
    if (str_eq(kind, STR("audience")))
        return audience_uri(checker, item);
    return str_eq(kind, STR("tool")) ? tool_name(checker, item) : STR("");
}

static void script_revoke(Script *script, const Node *node, Step *step)
{
    Checker *checker = script->checker;
    const Node *what = node_first(node);
    bool is_task = str_eq(node->text, STR("task"));
    bool is_call =
        str_eq(node->text, STR("grant")) || str_eq(node->text, STR("consent"));
    step->text = node->text;
    if (str_eq(node->text, STR("before"))) {
        const Const *time =
            expr_constant(checker, what, type_plain(checker->types, TYPE_TIME));
        step->time = time == NULL ? 0 : time->number;
    } else if (is_task || is_call) {
        step->of = named(is_task ? &script->tasks : &script->calls, what);
    } else {
        step->name = revoked_name(checker, node->text, what);
    }
}

// ---- expectations ----

static Dimension dimension_of(Str name)
{
    static const Str NAMES[] = {{"ttl", 3},    {"uses", 4},     {"depth", 5},
                                {"scope", 5},  {"audience", 8}, {"free", 4},
                                {"sender", 6}, {"tenant", 6},   {"acr", 3}};
    uint32_t dimension = 0;
    while (dimension < DIMENSION_ACR && !str_eq(NAMES[dimension], name))
        dimension++;
    return (Dimension)dimension;
}

static Relation relation_of(const Node *compare)
{
    return compare->kind == NODE_EQ   ? RELATION_EQ
           : compare->kind == NODE_NE ? RELATION_NE
           : compare->kind == NODE_LT ? RELATION_LT
           : compare->kind == NODE_LE ? RELATION_LE
           : compare->kind == NODE_GT ? RELATION_GT
                                      : RELATION_GE;
}

// Names of arguments and senders stand there without quotes.
static Str word_of(Checker *checker, const Node *node)
{
    if (node->kind == NODE_NONE)
        return STR("none");
    return node->kind == NODE_NAME ? node->text : text_of(checker, node);
}

static void add_texts(Checker *checker, const Node *value, TokenTest *test)
{
    bool is_word =
        test->dimension == DIMENSION_FREE || test->dimension == DIMENSION_SENDER;
    bool is_many = value->kind == NODE_SET || value->kind == NODE_LIST;
    for (const Node *item = is_many ? value->child : value; item != NULL;
         item = is_many ? item->next : NULL)
        *ARRAY_PUSH(checker->arena, test->texts, test->text_count) =
            is_word ? word_of(checker, item) : text_of(checker, item);
    test->text_count = array_sort_texts(test->texts, test->text_count);
}

static void add_token_test(Checker *checker, const Node *compare, Expect *expect)
{
    const Node *name = compare->child, *value = name->next;
    TokenTest test = {.dimension = dimension_of(name->text),
                      .relation = relation_of(compare),
                      .span = compare->span};
    if (test.dimension > DIMENSION_DEPTH) {
        add_texts(checker, value, &test);
    } else {
        const Const *number = constant_of(checker, value);
        test.number = number == NULL ? 0 : number->number;
    }
    *ARRAY_PUSH(checker->arena, expect->tests, expect->test_count) = test;
}

static void add_remedies(Checker *checker, const Node *remedy, Expect *expect)
{
    expect->says_remedies = remedy != NULL;
    if (remedy == NULL)
        return;
    expect->remedy_span = remedy->span;
    for (const Node *name = remedy->child; name != NULL; name = name->next)
        if (!str_eq(name->text, STR("none")))
            *ARRAY_PUSH(checker->arena, expect->remedies, expect->remedy_count) =
                (Expected){name->text, name->span};
}

static const Expect *expect_of(Checker *checker, const Node *node)
{
    const Node *said = node_find(node, NODE_EXPECT);
    if (said == NULL)
        return NULL;
    Expect *expect = ARENA_NEW(checker->arena, Expect);
    *expect = (Expect){.verdict = said->text,
                       .span = said->span,
                       .verdict_span = node_name_span(said)};
    const Node *code = node_find(said, NODE_CODE);
    for (const Node *name = code == NULL ? NULL : code->child; name; name = name->next)
        *ARRAY_PUSH(checker->arena, expect->codes, expect->code_count) =
            (Expected){name->text, name->span};
    const Node *by = node_find(said, NODE_BY);
    for (const Node *rule = by == NULL ? NULL : by->child; rule; rule = rule->next)
        *ARRAY_PUSH(checker->arena, expect->rules, expect->rule_count) =
            (Expected){full_name(checker, DECL_RULE, rule), rule->span};
    add_remedies(checker, node_find(said, NODE_REMEDY), expect);
    const Node *token = node_find(said, NODE_EXPECT_TOKEN);
    for (const Node *at = token == NULL ? NULL : token->child; at; at = at->next)
        add_token_test(checker, at, expect);
    return expect;
}

// ---- steps ----

static const Step *script_steps(Script *script, const Node *node, uint32_t *count);

static void script_repeat(Script *script, const Node *node, Step *step)
{
    const Node *times = node_first(node);
    const Const *value = constant_of(script->checker, times);
    step->times = value == NULL ? 0 : (uint32_t)value->number;
    step->steps = script_steps(script, times->next, &step->step_count);
}

static const struct {
    NodeKind kind;
    void (*write)(Script *script, const Node *node, Step *step);
} STEPS[] = {
#define STEP(name, word, what) [STEP_##name] = {NODE_STEP_##name, script_##word},
#include "lang/ir/step.def"
#undef STEP
};

static const Step *script_steps(Script *script, const Node *node, uint32_t *count)
{
    Step *steps = NULL;
    for (; node != NULL; node = node->next)
        for (uint32_t kind = 0; kind < STEP_KIND_COUNT; kind++) {
            if (STEPS[kind].kind != (NodeKind)node->kind)
                continue;
            Step step = {.kind = (StepKind)kind,
                         .span = node->span,
                         .of = NONE,
                         .expect = expect_of(script->checker, node)};
            STEPS[kind].write(script, node, &step);
            *ARRAY_PUSH(script->checker->arena, steps, *count) = step;
        }
    return steps;
}

void script_add(Checker *checker, const Node *node)
{
    Test test = {.name = node->text, .span = node_name_span(node)};
    Script script = {checker, &test, checker_map(checker), checker_map(checker),
                     false,   false};
    test.steps = script_steps(&script, node->child, &test.step_count);
    Program *program = checker->program;
    *ARRAY_PUSH(checker->arena, program->tests, program->test_count) = test;
}
