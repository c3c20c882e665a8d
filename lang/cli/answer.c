// SPDX-License-Identifier: Apache-2.0
#include "lang/cli/answer.h"

#include "lang/source/source.h"

enum { LABEL_WIDTH = 10 };

static Str text_of(const JsonValue *object, Str name)
{
    const JsonValue *member = json_member(object, name);
    return member == NULL ? STR("") : member->text;
}

static const JsonValue *first_of(const JsonValue *object, Str name)
{
    const JsonValue *list = json_member(object, name);
    return list == NULL ? NULL : list->first;
}

static void put_label(Buf *out, const char *label)
{
    size_t start = out->len;
    buf_printf(out, "  %s", label);
    buf_fill(out, ' ', LABEL_WIDTH + 2 - (out->len - start));
}

static void put_row(Buf *out, const char *label, Str text)
{
    if (text.len == 0)
        return;
    put_label(out, label);
    source_show(out, text);
    buf_char(out, '\n');
}

// Texts of a list on one line; nothing if it is empty.
static void put_list(Buf *out, const char *label, const JsonValue *first)
{
    if (first == NULL)
        return;
    put_label(out, label);
    for (; first != NULL; first = first->next) {
        source_show(out, first->text);
        buf_c(out, first->next == NULL ? "\n" : ", ");
    }
}

// ---- the decision ----

static void put_rules(Buf *out, const JsonValue *answer)
{
    const JsonValue *rule = first_of(answer, STR("rules"));
    for (const char *before = " by "; rule != NULL; rule = rule->next) {
        buf_c(out, before);
        buf_str(out, text_of(rule, STR("name")));
        before = ", ";
    }
}

static void put_reasons(Buf *out, const JsonValue *answer)
{
    for (const JsonValue *rule = first_of(answer, STR("rules")); rule;
         rule = rule->next)
        put_row(out, "because", text_of(rule, STR("because")));
    const JsonValue *rule = first_of(answer, STR("observed"));
    for (; rule != NULL; rule = rule->next)
        put_row(out, "observed", text_of(rule, STR("name")));
}

// ---- an allow ----

// name "value", name: any
static void put_arguments(Buf *out, const JsonValue *token)
{
    const JsonValue *detail = first_of(token, STR("authorization_details"));
    const JsonValue *argument = first_of(detail, STR("arguments"));
    if (argument == NULL)
        return;
    put_label(out, "arguments");
    for (; argument != NULL; argument = argument->next) {
        const JsonValue *value = json_member(argument, STR("value"));
        source_show(out, argument->name);
        buf_c(out, value == NULL ? ": any" : " = ");
        source_show(out, value == NULL ? STR("") : value->raw);
        buf_c(out, argument->next == NULL ? "\n" : ", ");
    }
}

static void put_token(Buf *out, const JsonValue *token)
{
    put_label(out, "token");
    buf_printf(out, "ttl %.*ss, uses %.*s, depth %.*s, sender %.*s",
               STR_ARG(text_of(token, STR("token_lifetime"))),
               STR_ARG(text_of(token, STR("uses"))),
               STR_ARG(text_of(token, STR("delegation_depth"))),
               STR_ARG(text_of(token, STR("sender"))));
    if (json_member(token, STR("tenant")) != NULL)
        buf_printf(out, ", tenant %.*s", STR_ARG(text_of(token, STR("tenant"))));
    if (json_member(token, STR("acr")) != NULL)
        buf_printf(out, ", acr %.*s", STR_ARG(text_of(token, STR("acr"))));
    if (json_member(token, STR("revalidate_after")) != NULL)
        buf_printf(out, ", revalidate after %.*ss",
                   STR_ARG(text_of(token, STR("revalidate_after"))));
    buf_char(out, '\n');
    put_list(out, "audience", first_of(token, STR("audience")));
    put_row(out, "scope", text_of(token, STR("granted_scope")));
    put_arguments(out, token);
    put_row(out, "grant", text_of(token, STR("grant_id")));
}

// ---- a deny ----

static void put_remedies(Buf *out, const JsonValue *answer)
{
    const JsonValue *remedy = first_of(answer, STR("remedies"));
    for (; remedy != NULL; remedy = remedy->next) {
        put_label(out, "remedy");
        buf_str(out, text_of(remedy, STR("code")));
        if (json_member(remedy, STR("from")) != NULL)
            buf_printf(out, " by %.*s of %.*s, as %.*s",
                       STR_ARG(text_of(remedy, STR("count"))),
                       STR_ARG(text_of(remedy, STR("from"))),
                       STR_ARG(text_of(remedy, STR("id"))));
        if (json_member(remedy, STR("retry_after")) != NULL)
            buf_printf(out, ", in %.*s s",
                       STR_ARG(text_of(remedy, STR("retry_after"))));
        if (json_member(remedy, STR("acr_values")) != NULL)
            buf_printf(out, ", acr %.*s", STR_ARG(text_of(remedy, STR("acr_values"))));
        if (json_member(remedy, STR("max_age")) != NULL)
            buf_printf(out, ", at most %.*s s old",
                       STR_ARG(text_of(remedy, STR("max_age"))));
        buf_char(out, '\n');
    }
}

static void put_deny(Buf *out, const JsonValue *answer)
{
    put_row(out, "reason", text_of(answer, STR("reason_user")));
    put_row(out, "detail", text_of(answer, STR("detail")));
    put_list(out, "missing", first_of(answer, STR("missing")));
    put_remedies(out, answer);
    put_row(out, "next", text_of(answer, STR("next_action")));
}

// ---- EXPLAIN ----

static void put_entry(Buf *out, const JsonValue *entry)
{
    Str condition = text_of(entry, STR("condition"));
    put_label(out, "asked");
    buf_printf(out, "%.*s %.*s: %.*s", STR_ARG(text_of(entry, STR("kind"))),
               STR_ARG(text_of(entry, STR("rule"))),
               STR_ARG(text_of(entry, STR("truth"))));
    if (json_member(entry, STR("tenant")) != NULL)
        buf_c(out, ", but the parties are not of one tenant");
    if (condition.len > 0) {
        buf_c(out, ", by `");
        source_show(out, condition);
        buf_char(out, '`');
    }
    buf_char(out, '\n');
}

// What tells most comes first: rules that hold or may hold, then permits and limits
// that don't, then forbids that don't.
static int rank_of(const JsonValue *entry)
{
    if (!str_eq(text_of(entry, STR("truth")), STR("false")))
        return 0;
    return str_eq(text_of(entry, STR("kind")), STR("forbid")) ? 2 : 1;
}

static void put_trace(Buf *out, const JsonValue *answer)
{
    for (int rank = 0; rank <= 2; rank++)
        for (const JsonValue *entry = first_of(answer, STR("trace")); entry != NULL;
             entry = entry->next)
            if (rank_of(entry) == rank)
                put_entry(out, entry);
}

void answer_text(Buf *out, const JsonValue *answer, bool is_coloured)
{
    const JsonValue *token = json_member(answer, STR("token"));
    const JsonValue *decision = json_member(answer, STR("decision"));
    bool is_done = decision != NULL && decision->truth;
    buf_c(out, !is_coloured ? "" : is_done ? "\x1b[32m" : "\x1b[1;31m");
    if (is_done)
        buf_c(out, token != NULL ? "allow" : "done");
    else
        buf_printf(out, "deny (%.*s)", STR_ARG(text_of(answer, STR("code"))));
    buf_c(out, is_coloured ? "\x1b[0m" : "");
    put_rules(out, answer);
    buf_char(out, '\n');
    if (token != NULL)
        put_token(out, token);
    put_row(out, "ends", text_of(answer, STR("ends")));
    if (!is_done)
        put_deny(out, answer);
    put_reasons(out, answer);
    put_trace(out, answer);
    put_row(out, "policy", text_of(answer, STR("policy")));
}
