// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/reason.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "lang/scene/near.h"

enum { MAX_LABELS = 4 };

static Str text_member(const JsonValue *object, Str name)
{
    const JsonValue *member = json_member(object, name);
    return member == NULL ? STR("") : member->text;
}

static const Rule *rule_named(const Program *program, Str name)
{
    for (uint32_t i = 0; i < program->rule_count; i++)
        if (str_eq(program->rules[i].name, name))
            return &program->rules[i];
    return NULL;
}

// ---- rules that an answer names ----

static const char *role_of(const Rule *rule, bool is_allow, bool is_open)
{
    if (rule->kind == RULE_PERMIT)
        return is_open ? "this asks for more" : "this allows it";
    if (rule->kind == RULE_FORBID || rule->kind == RULE_RESULT)
        return is_open ? "this may forbid it" : "this forbids it";
    return is_allow ? "this narrows the token" : "this asks for more";
}

static void label_rules(const Judge *judge, Diag *diag, const JsonValue *answer)
{
    const JsonValue *rules = json_member(answer, STR("rules"));
    bool is_allow = json_member(answer, STR("token")) != NULL;
    bool is_open =
        !is_allow && !str_eq(text_member(answer, STR("code")), STR("forbidden"));
    uint32_t count = 0;
    for (const JsonValue *at = rules == NULL ? NULL : rules->first;
         at != NULL && count < MAX_LABELS; at = at->next) {
        const Rule *rule = rule_named(judge->program, text_member(at, STR("name")));
        if (rule == NULL)
            continue;
        diag_label(diag, rule->span, str_from_c(role_of(rule, is_allow, is_open)));
        if (diag->help.len == 0 && rule->because.len > 0)
            diag_help(diag, rule->because);
        count++;
    }
}

// ---- conditions that a trace names ----

// Where the condition stands whose text an EXPLAIN gives; else the rule.
static Span condition_span(const Judge *judge, const Rule *rule, Str text)
{
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        const Condition *condition = &rule->conditions[i];
        Buf own = buf_on(judge->arena);
        buf_c(&own, condition->is_unless ? "not (" : "");
        ir_format(&own, judge->program, condition->expr);
        buf_c(&own, condition->is_unless ? ")" : "");
        if (str_eq(buf_view(&own), text) && !span_is_nowhere(condition->span))
            return condition->span;
    }
    return rule->span;
}

static void label_entry(const Judge *judge, Diag *diag, const Rule *rule,
                        const JsonValue *entry)
{
    Str condition = text_member(entry, STR("condition"));
    Str truth = text_member(entry, STR("truth"));
    if (json_member(entry, STR("tenant")) != NULL && str_eq(truth, STR("true"))) {
        diag_label(diag, rule->span,
                   STR("holds, but the parties are not of one tenant"));
        return;
    }
    const char *came_to =
        str_eq(truth, STR("unknown")) ? "can't be known" : "doesn't hold";
    diag_label(diag, condition_span(judge, rule, condition),
               arena_format(judge->arena, "`%.*s` %s", STR_ARG(condition), came_to));
}

// The rules of one kind that were asked and did not apply. How many.
static uint32_t label_trace(const Judge *judge, Diag *diag, Str kind,
                            bool is_unknown_only)
{
    const JsonValue *explained = judge->explain(judge->context);
    const JsonValue *trace = json_member(explained, STR("trace"));
    uint32_t count = 0;
    for (const JsonValue *at = trace == NULL ? NULL : trace->first;
         at != NULL && count < MAX_LABELS; at = at->next) {
        bool is_unknown = str_eq(text_member(at, STR("truth")), STR("unknown"));
        const Rule *rule = rule_named(judge->program, text_member(at, STR("rule")));
        if (rule == NULL || !str_eq(text_member(at, STR("kind")), kind) ||
            (is_unknown_only && !is_unknown))
            continue;
        label_entry(judge, diag, rule, at);
        count++;
    }
    return count;
}

// ---- what to do about it ----

static void help_missing(const Judge *judge, Diag *diag, const JsonValue *missing)
{
    Cut cut = str_cut(missing->first->text, '.');
    diag_help(diag,
              arena_format(judge->arena,
                           "the call doesn't say `%.*s`; add `with %.*s { %.*s: ... }`",
                           STR_ARG(missing->first->text), STR_ARG(cut.head),
                           STR_ARG(cut.tail)));
}

// What a step before the call would do about it. False: none would.
static bool help_step(const Judge *judge, Diag *diag, const JsonValue *remedy)
{
    Str code = text_member(remedy, STR("code"));
    const JsonValue *wait = json_member(remedy, STR("retry_after"));
    if (str_eq(code, STR("approval")))
        diag_help(diag,
                  arena_format(judge->arena,
                               "`approve NAME by ...` gives it, by someone from `%.*s`",
                               STR_ARG(text_member(remedy, STR("from")))));
    else if (str_eq(code, STR("consent")))
        diag_help(diag, STR("`consent NAME by ...` gives it, by the user of the call"));
    else if (wait != NULL)
        diag_help(diag, arena_format(judge->arena, "`advance %.*ss` gives enough back",
                                     STR_ARG(wait->text)));
    else
        return false;
    return true;
}

static void help_remedy(const Judge *judge, Diag *diag, const JsonValue *remedy)
{
    if (help_step(judge, diag, remedy))
        return;
    Str acr = text_member(remedy, STR("acr_values"));
    const JsonValue *age = json_member(remedy, STR("max_age"));
    Buf help = buf_on(judge->arena);
    if (str_eq(text_member(remedy, STR("code")), STR("attestation"))) {
        diag_help(diag,
                  STR("the agent isn't attested; add `with agent { attested: true }`"));
        return;
    }
    if (acr.len == 0)
        return;
    buf_printf(&help,
               "the user's sign-in is not enough; add `with user { acr: \"%.*s\"",
               STR_ARG(acr));
    if (age != NULL)
        buf_printf(&help, ", auth_time: ... }`, at most %.*s seconds before the call",
                   STR_ARG(age->text));
    else
        buf_c(&help, " }`");
    diag_help(diag, buf_view(&help));
}

// No permit was asked: the one that comes nearest.
static void label_nearest(const Judge *judge, Diag *diag)
{
    Near near = near_permit(judge->arena, judge->program, &judge->asked);
    if (near.permit != NULL) {
        diag_label(diag, near.span, near.text);
        diag_help(diag,
                  arena_format(judge->arena,
                               "no permit speaks of this call; `%.*s` comes nearest",
                               STR_ARG(near.permit->name)));
    } else if (diag->help.len == 0) {
        diag_help(diag, STR("no permit speaks of this tool"));
    }
}

static bool is_any(Str code, Str a, Str b)
{
    return str_eq(code, a) || str_eq(code, b);
}

static void reason_deny(const Judge *judge, Diag *diag, const JsonValue *answer)
{
    Str code = text_member(answer, STR("code"));
    Str detail = text_member(answer, STR("detail"));
    const JsonValue *missing = json_member(answer, STR("missing"));
    const JsonValue *remedies = json_member(answer, STR("remedies"));
    if (detail.len > 0)
        diag_help(diag, detail);
    else if (missing != NULL && missing->count > 0)
        help_missing(judge, diag, missing);
    else if (remedies != NULL && remedies->count > 0)
        help_remedy(judge, diag, remedies->first);
    if (is_any(code, STR("undetermined"), STR("missing")))
        label_trace(judge, diag, STR("forbid"), true);
    bool is_of_permits =
        is_any(code, STR("no_permit"), STR("tenant")) || str_eq(code, STR("missing"));
    if (!is_of_permits) {
        label_rules(judge, diag, answer);
        return;
    }
    if (label_trace(judge, diag, STR("permit"), false) == 0)
        label_nearest(judge, diag);
}

void reason_add(const Judge *judge, Diag *diag, const JsonValue *answer)
{
    if (json_member(answer, STR("token")) != NULL)
        label_rules(judge, diag, answer);
    else
        reason_deny(judge, diag, answer);
}

void reason_add_token(const Judge *judge, Diag *diag, const JsonValue *answer)
{
    label_rules(judge, diag, answer);
}
