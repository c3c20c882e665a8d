// SPDX-License-Identifier: Apache-2.0
#include "lang/check/expect.h"

#include "lang/check/expr.h"
#include "lang/check/sample.h"

bool expect_is(const Node *step, Str what)
{
    const Node *expect = node_find(step, NODE_EXPECT);
    return expect != NULL && str_eq(expect->text, what);
}

bool expect_allows(const Node *step, Str code)
{
    if (!expect_is(step, STR("deny")))
        return false;
    const Node *said = node_find(node_find(step, NODE_EXPECT), NODE_CODE);
    const Node *name = said == NULL ? NULL : said->child;
    while (name != NULL && !str_eq(name->text, code))
        name = name->next;
    return said == NULL || name != NULL;
}

static void check_code(Checker *checker, const Node *code)
{
    static const Str CODES[] = {
#define CODE(name, text, stage, next, what) {text, sizeof(text) - 1},
#include "engine/bytecode/code.def"
#undef CODE
    };
    Nearest nearest = nearest_start(code->text);
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++) {
        if (str_eq(CODES[i], code->text))
            return;
        nearest_offer(&nearest, CODES[i]);
    }
    Diag *diag =
        diag_report1(checker->diags, DIAG_CODE_UNKNOWN, code->span, code->text);
    diag_suggest(diag, code->span, &nearest);
}

static void check_remedies(Checker *checker, const Node *remedy)
{
    static const Str NAMES[] = {{"approval", 8}, {"consent", 7},      {"step_up", 7},
                                {"budget", 6},   {"attestation", 11}, {"none", 4}};
    for (const Node *name = remedy->child; name != NULL; name = name->next) {
        Nearest nearest = nearest_start(name->text);
        bool is_known = false;
        for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
            is_known = is_known || str_eq(NAMES[i], name->text);
            nearest_offer(&nearest, NAMES[i]);
        }
        if (is_known)
            continue;
        Diag *diag =
            diag_report1(checker->diags, DIAG_REMEDY_UNKNOWN, name->span, name->text);
        diag_suggest(diag, name->span, &nearest);
    }
}

// The type of a dimension of the token, or NULL.
static const Type *dimension_type(Checker *checker, Str name)
{
    Types *types = checker->types;
    const Type *text = type_plain(types, TYPE_STRING);
    if (str_eq(name, STR("ttl")))
        return type_plain(types, TYPE_DURATION);
    if (str_eq(name, STR("uses")) || str_eq(name, STR("depth")))
        return type_plain(types, TYPE_INT);
    if (str_eq(name, STR("tenant")) || str_eq(name, STR("acr")))
        return text;
    if (str_eq(name, STR("scope")) || str_eq(name, STR("audience")))
        return type_set(types, text, MAX_LIST_DEFAULT);
    return NULL;
}

// Kinds of sender stand there without quotes.
static void check_sender(Checker *checker, const Node *value)
{
    static const Str SENDERS[] = {{"none", 4}, {"dpop", 4}, {"mtls", 4}};
    Str sender = value->kind == NODE_NONE ? SENDERS[0] : value->text;
    Nearest nearest = nearest_start(sender);
    for (size_t i = 0; i < sizeof SENDERS / sizeof *SENDERS; i++) {
        if (str_eq(SENDERS[i], sender))
            return;
        nearest_offer(&nearest, SENDERS[i]);
    }
    Diag *diag = diag_report2(checker->diags, DIAG_VALUE_UNKNOWN, value->span, sender,
                              STR("sender"));
    diag_suggest(diag, value->span, &nearest);
}

// A single text has no order.
static void check_relation(Checker *checker, const Node *compare, const Node *name)
{
    bool is_ordered = !str_eq(name->text, STR("sender")) &&
                      !str_eq(name->text, STR("tenant")) &&
                      !str_eq(name->text, STR("acr"));
    if (is_ordered || compare->kind == NODE_EQ || compare->kind == NODE_NE)
        return;
    diag_report2(checker->diags, DIAG_ORDER_TYPE, compare->span, name->text,
                 STR("< <= > >="));
}

static void check_dimension(Checker *checker, const Node *compare)
{
    const Node *name = compare->child;
    const Node *value = name == NULL ? NULL : name->next;
    if (value == NULL || str_eq(name->text, STR("free")))
        return;
    check_relation(checker, compare, name);
    if (str_eq(name->text, STR("sender"))) {
        check_sender(checker, value);
        return;
    }
    const Type *type = dimension_type(checker, name->text);
    if (type == NULL) {
        diag_report2(checker->diags, DIAG_FIELD_UNKNOWN, name->span, STR("`token`"),
                     name->text);
        return;
    }
    bool is_one = type_is_list(type) && value->kind == NODE_STRING;
    sample_check(checker, value, is_one ? type->element : type);
}

// ---- what goes together ----

// The verdicts that a kind of step can have; steps that ask nothing have none.
static const struct {
    NodeKind step;
    const char *word;
    const char *verdicts[4];
} VERDICTS[] = {
    {NODE_STEP_AGENT, "agent", {NULL}},
    {NODE_STEP_USER, "user", {NULL}},
    {NODE_STEP_GATEWAY, "gateway", {NULL}},
    {NODE_STEP_NOW, "now", {NULL}},
    {NODE_STEP_CONTEXT, "context", {NULL}},
    {NODE_STEP_ADVANCE, "advance", {NULL}},
    {NODE_STEP_TASK, "task", {"allow", "deny"}},
    {NODE_STEP_CALL, "call", {"allow", "deny", "deliver", "withhold"}},
    {NODE_STEP_OUTCOME, "outcome", {"allow", "deny", "deliver", "withhold"}},
    {NODE_STEP_RETRY, "retry", {"allow", "deny"}},
    {NODE_STEP_APPROVE, "approve", {"allow", "deny"}},
    {NODE_STEP_CONSENT, "consent", {"allow", "deny"}},
    {NODE_STEP_REVOKE, "revoke", {"allow", "deny"}},
    {NODE_STEP_CLOSE, "close", {"allow", "deny"}},
    {NODE_STEP_CHECK, "check", {"good", "dead"}},
};

enum { MOST_VERDICTS = sizeof VERDICTS[0].verdicts / sizeof VERDICTS[0].verdicts[0] };

static bool has_verdict(size_t row, Str word)
{
    for (size_t i = 0; i < MOST_VERDICTS && VERDICTS[row].verdicts[i] != NULL; i++)
        if (str_eq(word, str_from_c(VERDICTS[row].verdicts[i])))
            return true;
    return false;
}

// Another word has been mended, and reported, by the parser.
static bool is_verdict(Str word)
{
    for (size_t row = 0; row < sizeof VERDICTS / sizeof VERDICTS[0]; row++)
        if (has_verdict(row, word))
            return true;
    return false;
}

static void check_verdict(Checker *checker, const Node *step, const Node *expect)
{
    size_t row = 0;
    while (VERDICTS[row].step != (NodeKind)step->kind)
        row++;
    if (has_verdict(row, expect->text))
        return;
    diag_report2(checker->diags, DIAG_CLAUSE_UNFIT, expect->span,
                 arena_format(checker->arena, "`%s`", VERDICTS[row].word),
                 arena_format(checker->arena, "expect %.*s", STR_ARG(expect->text)));
}

// A deny has no token, an allow no code and no remedy, and each is said once.
static void check_parts(Checker *checker, const Node *expect)
{
    static const struct {
        NodeKind kind;
        const char *word;
        Str only; // under this verdict
    } PARTS[] = {
        {NODE_CODE, "(CODE)", {"deny", 4}},
        {NODE_REMEDY, "remedy", {"deny", 4}},
        {NODE_EXPECT_TOKEN, "token", {"allow", 5}},
        {NODE_BY, "by", {NULL, 0}},
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const Node *part = node_find(expect, PARTS[i].kind);
        const Node *again = part == NULL ? NULL : node_find_next(part, PARTS[i].kind);
        if (again != NULL)
            diag_report1(checker->diags, DIAG_CLAUSE_TWICE, again->span,
                         str_from_c(PARTS[i].word));
        if (part == NULL || PARTS[i].only.len == 0 ||
            str_eq(PARTS[i].only, expect->text))
            continue;
        Str owner =
            arena_format(checker->arena, "`expect %.*s`", STR_ARG(expect->text));
        diag_report2(checker->diags, DIAG_CLAUSE_UNFIT, part->span, owner,
                     str_from_c(PARTS[i].word));
    }
}

void expect_check(Checker *checker, const Node *step)
{
    const Node *expect = node_find(step, NODE_EXPECT);
    if (expect == NULL)
        return;
    if (is_verdict(expect->text)) {
        check_verdict(checker, step, expect);
        check_parts(checker, expect);
    }
    const Node *code = node_find(expect, NODE_CODE);
    for (const Node *name = code == NULL ? NULL : code->child; name; name = name->next)
        check_code(checker, name);
    const Node *by = node_find(expect, NODE_BY);
    for (const Node *rule = by == NULL ? NULL : by->child; rule != NULL;
         rule = rule->next)
        checker_need(checker, DECL_RULE, rule);
    const Node *remedy = node_find(expect, NODE_REMEDY);
    if (remedy != NULL)
        check_remedies(checker, remedy);
    const Node *token = node_find(expect, NODE_EXPECT_TOKEN);
    for (const Node *at = token == NULL ? NULL : token->child; at != NULL;
         at = at->next)
        check_dimension(checker, at);
}
