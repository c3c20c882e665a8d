// SPDX-License-Identifier: Apache-2.0
#include "lang/check/proof.h"

#include "lang/check/expr.h"
#include "lang/check/item.h"
#include "lang/check/reach.h"

static void add_tag(Checker *checker, Head *head, const Node *item)
{
    if (map_find(&checker->tags, item->text) != NULL) {
        *ARRAY_PUSH(checker->arena, head->terms, head->count) =
            (HeadTerm){{DIM_TOOL_TAG, 0, item->text}, NONE};
        return;
    }
    Diag *diag = diag_report2(checker->diags, DIAG_TAG_UNKNOWN, item->span, STR("tool"),
                              item->text);
    Nearest nearest = nearest_start(item->text);
    for (uint32_t i = 0; i < checker->tags.count; i++)
        nearest_offer(&nearest, map_at(&checker->tags, i)->key);
    Span name = span_make(item->span.start + 1, item->span.end);
    diag_suggest(diag, name, &nearest);
}

static void add_item(Checker *checker, Head *head, const Node *item, DeclKind kind)
{
    if (item->kind == NODE_TAG) {
        add_tag(checker, head, item);
        return;
    }
    if (item->kind != NODE_NAME && item->kind != NODE_FIELD) {
        diag_report1(checker->diags, DIAG_EXPRESSION_MISPLACED, item->span,
                     STR("this"));
        return;
    }
    HeadTerm term = {{DIM_TOOL, NONE, STR("")}, NONE};
    if (kind == DECL_INTENT) {
        const Decl *intent = checker_need(checker, DECL_INTENT, item);
        term.atom.dim = DIM_INTENT;
        term.atom.number = intent == NULL ? NONE : intent->number;
    } else {
        term.atom.number = item_tool(checker, item);
    }
    if (term.atom.number != NONE)
        *ARRAY_PUSH(checker->arena, head->terms, head->count) = term;
}

// The calls that a claim is about; NULL if some name of it is unknown.
static Reach *claim_reach(Checker *checker, const Node *claim)
{
    Head heads[2] = {0};
    uint32_t count = 0;
    static const struct {
        NodeKind part;
        DeclKind kind;
    } PARTS[] = {{NODE_CLAIM_TOOLS, DECL_AUDIENCE}, {NODE_CLAIM_INTENTS, DECL_INTENT}};
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const Node *part = node_find(claim, PARTS[i].part);
        if (part == NULL)
            continue;
        for (const Node *item = part->child; item != NULL; item = item->next)
            add_item(checker, &heads[count], item, PARTS[i].kind);
        if (heads[count].count == 0)
            return NULL;
        count++;
    }
    return reach_of_heads(checker, heads, count, false, RULE_PERMIT);
}

static void check_claim(Checker *checker, const Node *claim)
{
    Env env = {.checker = checker,
               .roots = ROOT_RULE | ROOT_TOKEN,
               .place = "a proof",
               .reach = claim_reach(checker, claim),
               .is_proof = true};
    if (env.reach == NULL)
        return;
    const Node *when = node_find(claim, NODE_WHEN);
    if (when != NULL) {
        Expr *premise = expr_check_bool(&env, when->child);
        env.given = given_by(checker, NULL, premise, 0, true);
    }
    const Node *implies = node_find(claim, NODE_IMPLIES);
    if (implies != NULL)
        expr_check_bool(&env, implies->child);
    const Node *after = node_find(claim, NODE_AFTER);
    for (const Node *label = after == NULL ? NULL : after->child; label != NULL;
         label = label->next)
        checker_need(checker, DECL_LABEL, label);
}

void proof_check(Checker *checker, const Node *node)
{
    for (const Node *claim = node_first(node); claim != NULL; claim = claim->next)
        if (claim->kind == NODE_PROVE_ALLOW || claim->kind == NODE_PROVE_NEVER)
            check_claim(checker, claim);
}
