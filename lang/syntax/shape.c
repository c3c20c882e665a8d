// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/shape.h"

#include "engine/base/buf.h"

// Kinds of declaration whose grammar takes more clauses than they mean anything in.
enum {
    ISSUERS = 1 << 0,
    GATEWAYS = 1 << 1,
    AGENTS = 1 << 2,
    PERMITS = 1 << 3,
    FORBIDS = 1 << 4,
    LIMITS = 1 << 5,
    RULES = PERMITS | FORBIDS | LIMITS,
    GRANTING = PERMITS | LIMITS,
};

typedef struct Clause {
    const char *word; // how a message calls it; NULL: no clause
    bool may_repeat;  // given again, it adds up
    uint8_t takers;   // which of the declarations above take it; others are never asked
} Clause;

static const Clause clauses[] = {
    [NODE_URI] = {"uri", false, ISSUERS | GATEWAYS},
    [NODE_BEARER] = {"bearer", false, ISSUERS},
    [NODE_ACCEPTS] = {"accepts", false, GATEWAYS},
    [NODE_CHECKS] = {"checks", false, 0},
    [NODE_TENANT] = {"tenant", false, AGENTS},
    [NODE_ID] = {"id", false, AGENTS},
    [NODE_CLIENT] = {"client", false, AGENTS},
    [NODE_TAGS] = {"tags", true, AGENTS},
    [NODE_WITHIN] = {"within", false, 0},
    [NODE_DEPTH] = {"depth", false, 0},
    [NODE_INHERITS] = {"inherits", false, 0},
    [NODE_HEAD_GATEWAY] = {"gateway", false, RULES},
    [NODE_HEAD_AGENT] = {"agent", false, RULES},
    [NODE_HEAD_USER] = {"user", false, RULES},
    [NODE_HEAD_INTENT] = {"intent", false, RULES},
    [NODE_HEAD_TOOL] = {"tool", false, RULES},
    [NODE_HEAD_AUDIENCE] = {"audience", false, RULES},
    [NODE_HEAD_TENANT] = {"tenant", false, RULES},
    [NODE_HEAD_RESOURCE] = {"resource", false, RULES},
    [NODE_WHEN] = {"when", true, RULES},
    [NODE_UNLESS] = {"unless", false, RULES},
    [NODE_TOKEN] = {"token", false, GRANTING},
    [NODE_REQUIRE_APPROVAL] = {"require", true, GRANTING},
    [NODE_REQUIRE_CONSENT] = {"require", true, GRANTING},
    [NODE_REQUIRE_ACR] = {"require", true, GRANTING},
    [NODE_REQUIRE_ATTESTED] = {"require", false, GRANTING},
    [NODE_AT_MOST] = {"at most", true, GRANTING},
    [NODE_SPEND] = {"spend", true, GRANTING},
    [NODE_REVOCABLE] = {"revocable", false, GRANTING},
    [NODE_BECAUSE] = {"because", false, RULES},
    [NODE_CONTROL] = {"control", true, RULES},
    [NODE_ACROSS] = {"across", false, PERMITS},
    [NODE_TOKEN_TTL] = {"ttl", false, 0},
    [NODE_TOKEN_USES] = {"uses", false, 0},
    [NODE_TOKEN_DEPTH] = {"depth", false, 0},
    [NODE_TOKEN_SCOPE] = {"scope", false, 0},
    [NODE_TOKEN_AUDIENCE] = {"audience", false, 0},
    [NODE_TOKEN_FREE] = {"free", false, 0},
    [NODE_TOKEN_SENDER] = {"sender", false, 0},
    [NODE_TOKEN_TENANT] = {"tenant", false, 0},
    [NODE_TOKEN_ACR] = {"acr", false, 0},
};

typedef struct Taker {
    NodeKind kind;
    uint8_t flag;
    const char *phrase;
} Taker;

static const Taker takers[] = {
    {NODE_ISSUER, ISSUERS, "an issuer"}, {NODE_GATEWAY, GATEWAYS, "a gateway"},
    {NODE_AGENT, AGENTS, "an agent"},    {NODE_PERMIT, PERMITS, "a permit"},
    {NODE_FORBID, FORBIDS, "a forbid"},  {NODE_LIMIT, LIMITS, "a limit"},
};

static const Clause *clause_of(const Node *node)
{
    bool is_listed = node->kind < sizeof clauses / sizeof clauses[0] &&
                     clauses[node->kind].word != NULL;
    return is_listed ? &clauses[node->kind] : NULL;
}

static const Taker *taker_of(const Node *node)
{
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (takers[i].kind == node->kind)
            return &takers[i];
    }
    return NULL;
}

static void check_twice(Diags *diags, const Node *parent, const Node *node,
                        const Clause *clause)
{
    const Node *first = node_find(parent, (NodeKind)node->kind);
    if (clause->may_repeat || first == node)
        return;
    Diag *diag = node->kind == NODE_UNLESS
                     ? diag_report(diags, DIAG_UNLESS_TWICE, node->span)
                     : diag_report1(diags, DIAG_CLAUSE_TWICE, node->span,
                                    str_from_c(clause->word));
    diag_label(diag, first->span, STR("the first stands here"));
}

static void check_fit(Diags *diags, const Taker *taker, const Node *node,
                      const Clause *clause)
{
    if ((clause->takers & taker->flag) != 0)
        return;
    Diag *diag = diag_report2(diags, DIAG_CLAUSE_UNFIT, node->span,
                              str_from_c(taker->phrase), str_from_c(clause->word));
    if (taker->kind == NODE_FORBID)
        diag_help(diag, STR("a forbid denies and grants nothing; what narrows a yes is "
                            "written in a limit"));
    if (taker->kind == NODE_LIMIT)
        diag_help(diag, STR("only a permit can hold across tenants"));
}

// Words that are no keywords, and the nodes whose text must be one of them.
typedef struct Words {
    NodeKind kind;
    const char *words[11];
} Words;

static const Words words[] = {
    {NODE_REQUIRE_CONSENT, {"audience", "tool", "intent", "args"}},
    {NODE_TOKEN_SENDER, {"mtls", "dpop", "none"}},
    {NODE_PARTY, {"agent", "user", "audience"}},
    {NODE_WITH,
     {"credential", "context", "ask", "user", "agent", "resource", "audience",
      "grant"}},
    {NODE_STEP_REVOKE,
     {"user", "agent", "task", "grant", "consent", "key", "tenant", "issuer",
      "audience", "tool", "before"}},
};

enum { WORDS_PER_NODE = sizeof words[0].words / sizeof words[0].words[0] };

static void report_word(Diags *diags, const Node *node, const Words *row)
{
    Buf list = buf_on(diags->arena);
    Nearest nearest = nearest_start(node->text);
    for (size_t i = 0; i < WORDS_PER_NODE && row->words[i] != NULL; i++) {
        bool is_last = i + 1 == WORDS_PER_NODE || row->words[i + 1] == NULL;
        if (i > 0)
            buf_c(&list, is_last ? " or " : ", ");
        buf_printf(&list, "`%s`", row->words[i]);
        nearest_offer(&nearest, str_from_c(row->words[i]));
    }
    Str found = arena_format(diags->arena, "`%.*s`", STR_ARG(node->text));
    Diag *diag = diag_report2(diags, DIAG_SYNTAX_EXPECTED, node_name_span(node),
                              buf_view(&list), found);
    diag_suggest(diag, node_name_span(node), &nearest);
}

static void check_word(Diags *diags, const Node *node)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].kind != node->kind)
            continue;
        for (size_t j = 0; j < WORDS_PER_NODE && words[i].words[j] != NULL; j++) {
            if (str_eq(node->text, str_from_c(words[i].words[j])))
                return;
        }
        report_word(diags, node, &words[i]);
        return;
    }
}

static bool check_node(void *context, const Node *node, unsigned depth)
{
    Diags *diags = (Diags *)context;
    NodeClass class = node_class((NodeKind)node->kind);
    if (class == CLASS_EXPRESSION || class == CLASS_TYPE)
        return false; // they hold no clauses
    if (depth == 0)
        return true;
    check_word(diags, node);
    const Taker *taker = taker_of(node);
    for (const Node *child = node->child; child != NULL; child = child->next) {
        const Clause *clause = clause_of(child);
        if (clause == NULL)
            continue;
        if (taker != NULL)
            check_fit(diags, taker, child, clause);
        check_twice(diags, node, child, clause);
    }
    return true;
}

static void check_package(Diags *diags, const Node *file)
{
    const Node *node = node_find(file, NODE_PACKAGE);
    if (node != NULL && node == file->child)
        node = node_find_next(node, NODE_PACKAGE);
    for (; node != NULL; node = node_find_next(node, NODE_PACKAGE))
        diag_report(diags, DIAG_PACKAGE_LATE, node->span);
}

void shape_check(Diags *diags, const Node *file)
{
    check_package(diags, file);
    node_walk(file, check_node, diags);
}
