// SPDX-License-Identifier: Apache-2.0
#include "lang/check/identity.h"

// The parties of one kind that have been seen.
typedef struct Seen {
    Checker *checker;
    DeclKind kind;
    Str what;   // "id", "uri"
    Map texts;  // id or uri to position in `names`
    Str *names; // as the policy calls them
    Span *spans;
    uint32_t count;
    uint32_t span_count;
} Seen;

static Seen seen_nothing(Checker *checker, DeclKind kind, Str what)
{
    return (Seen){
        .checker = checker, .kind = kind, .what = what, .texts = checker_map(checker)};
}

static void see(Seen *seen, Str text, Str name, Span span)
{
    Checker *checker = seen->checker;
    if (text.len == 0)
        return;
    bool is_new = false;
    uint32_t first = *map_insert(&seen->texts, text, seen->count, &is_new);
    if (is_new) {
        *ARRAY_PUSH(checker->arena, seen->names, seen->count) = name;
        *ARRAY_PUSH(checker->arena, seen->spans, seen->span_count) = span;
        return;
    }
    Diag *diag = diag_report3(checker->diags, DIAG_IDENTITY_TWICE, span, name,
                              seen->what, seen->names[first]);
    diag_label(diag, seen->spans[first], STR("the other is here"));
}

static Span span_of(const Seen *seen, uint32_t number)
{
    return seen->checker->scope.decls[seen->kind][number]->span;
}

void identity_check(Checker *checker)
{
    const Program *program = checker->program;
    Seen issuers = seen_nothing(checker, DECL_ISSUER, STR("uri"));
    for (uint32_t i = 0; i < program->issuer_count; i++)
        see(&issuers, program->issuers[i].uri, program->issuers[i].name,
            span_of(&issuers, i));
    Seen gateways = seen_nothing(checker, DECL_GATEWAY, STR("uri"));
    for (uint32_t i = 0; i < program->gateway_count; i++)
        see(&gateways, program->gateways[i].uri, program->gateways[i].name,
            span_of(&gateways, i));
    // The rows of `agents from` stand behind the agents that are declared.
    Seen agents = seen_nothing(checker, DECL_AGENT, STR("id"));
    for (uint32_t i = 0; i < checker->scope.decl_count[DECL_AGENT]; i++)
        see(&agents, program->agents[i].id, program->agents[i].name,
            span_of(&agents, i));
    Seen audiences = seen_nothing(checker, DECL_AUDIENCE, STR("uri"));
    for (uint32_t i = 0; i < program->audience_count; i++)
        see(&audiences, program->audiences[i].uri, program->audiences[i].name,
            span_of(&audiences, program->audiences[i].family));
}
