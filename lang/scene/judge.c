// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/judge.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "lang/scene/claim.h"
#include "lang/scene/reason.h"

// A view of a member that is a text; empty if it is not there.
static Str text_member(const JsonValue *object, Str name)
{
    const JsonValue *member = json_member(object, name);
    return member == NULL ? STR("") : member->text;
}

static bool is_allow(const JsonValue *answer)
{
    const JsonValue *decision = json_member(answer, STR("decision"));
    return decision != NULL && decision->truth;
}

static bool names_rule(const JsonValue *answer, Str name)
{
    const JsonValue *rules = json_member(answer, STR("rules"));
    const JsonValue *rule = rules == NULL ? NULL : rules->first;
    while (rule != NULL && !str_eq(text_member(rule, STR("name")), name))
        rule = rule->next;
    return rule != NULL;
}

static bool has_remedy(const JsonValue *answer, Str code)
{
    const JsonValue *remedies = json_member(answer, STR("remedies"));
    const JsonValue *remedy = remedies == NULL ? NULL : remedies->first;
    while (remedy != NULL && !str_eq(text_member(remedy, STR("code")), code))
        remedy = remedy->next;
    return remedy != NULL;
}

// ---- answers in words ----

// The texts under `key` of the elements of a list.
static void put_list(Buf *out, const JsonValue *list, Str key)
{
    for (const JsonValue *at = list == NULL ? NULL : list->first; at; at = at->next) {
        buf_str(out, text_member(at, key));
        buf_c(out, at->next == NULL ? "" : ", ");
    }
}

// The words for the answers to a question.
typedef struct Words {
    Str yes, no;
} Words;

static Words words_of(SceneQuestion question)
{
    switch (question) {
    case SCENE_OUTCOME:
        return (Words){STR("deliver"), STR("withhold")};
    case SCENE_CHECK:
        return (Words){STR("good"), STR("dead")};
    case SCENE_DECIDE:
    case SCENE_EXPLAIN:
    case SCENE_TASK_OPEN:
    case SCENE_TASK_CLOSE:
    case SCENE_APPROVE:
    case SCENE_CONSENT:
    case SCENE_REVOKE:
        return (Words){STR("allow"), STR("deny")};
    }
    unreachable_bug();
}

// "deny (forbidden) by interns", as a test would say it.
static Str answer_text(const Judge *judge, const JsonValue *answer)
{
    Buf text = buf_on(judge->arena);
    Words words = words_of(judge->question);
    const JsonValue *rules = json_member(answer, STR("rules"));
    if (is_allow(answer))
        buf_str(&text, words.yes);
    else
        buf_printf(&text, "%.*s (%.*s)", STR_ARG(words.no),
                   STR_ARG(text_member(answer, STR("code"))));
    buf_c(&text, rules == NULL || rules->count == 0 ? "" : " by ");
    put_list(&text, rules, STR("name"));
    return buf_view(&text);
}

static Str expected_text(Arena *arena, const Expect *expect)
{
    Buf text = buf_on(arena);
    buf_str(&text, expect->verdict);
    for (uint32_t i = 0; i < expect->code_count; i++)
        buf_printf(&text, "%s%.*s", i == 0 ? " (" : ", ",
                   STR_ARG(expect->codes[i].text));
    buf_c(&text, expect->code_count > 0 ? ")" : "");
    return buf_view(&text);
}

// ---- differences ----

// Where the step begins on an earlier line than what it expects, both are shown.
static Diag *differ(const Judge *judge, Span span, Str expected, Str got)
{
    const char *word = step_word(judge->step->kind);
    uint32_t start = judge->step->span.start;
    const Sources *sources = judge->diags->sources;
    Diag *diag =
        diag_report2(judge->diags, DIAG_EXPECTATION_FAILED, span, expected, got);
    if (sources_locate(sources, start).line != sources_locate(sources, span.start).line)
        diag_label(diag, span_make(start, start + (uint32_t)strlen(word)),
                   arena_format(judge->arena, "of this %s", word));
    return diag;
}

// What went without saying can't be mended where it stands.
static void fix(const Judge *judge, Diag *diag, Span span, Str replacement)
{
    if (judge->step->expect != NULL)
        diag_fix(diag, span, replacement,
                 STR("if the policy is right, expect what it does"));
}

// The expectation is about another question than the one that was answered.
static bool is_aside(const Judge *judge)
{
    Words words = words_of(judge->question);
    Str verdict = judge->expect->verdict;
    return !str_eq(verdict, words.yes) && !str_eq(verdict, words.no);
}

static bool wants_yes(const Judge *judge)
{
    Str verdict = judge->expect->verdict;
    return str_eq(verdict, words_of(judge->question).yes) ||
           (is_aside(judge) && !str_eq(verdict, STR("deny")));
}

// What should be expected instead.
static Str expect_text(const Judge *judge, const JsonValue *answer)
{
    Words words = words_of(judge->question);
    Str code = text_member(answer, STR("code"));
    if (is_allow(answer))
        return arena_format(judge->arena, "expect %.*s", STR_ARG(words.yes));
    if (!str_eq(words.no, STR("deny")))
        return arena_format(judge->arena, "expect %.*s", STR_ARG(words.no));
    return arena_format(judge->arena, "expect deny (%.*s)", STR_ARG(code));
}

static bool has_code(const Expect *expect, Str code)
{
    uint32_t i = 0;
    while (i < expect->code_count && !str_eq(expect->codes[i].text, code))
        i++;
    return expect->code_count == 0 || i < expect->code_count;
}

static Span codes_span(const Expect *expect)
{
    return span_make(expect->codes[0].span.start,
                     expect->codes[expect->code_count - 1].span.end);
}

static bool judge_verdict(const Judge *judge, const Expect *expect,
                          const JsonValue *answer)
{
    Str code = text_member(answer, STR("code"));
    bool is_same = wants_yes(judge) == is_allow(answer);
    if (is_same && has_code(expect, code))
        return true;
    Diag *diag =
        differ(judge, is_same ? codes_span(expect) : expect->verdict_span,
               expected_text(judge->arena, expect), answer_text(judge, answer));
    reason_add(judge, diag, answer);
    if (is_same)
        fix(judge, diag, codes_span(expect), code);
    else
        fix(judge, diag, expect->span, expect_text(judge, answer));
    return false;
}

static bool judge_rules(const Judge *judge, const Expect *expect,
                        const JsonValue *answer)
{
    bool is_good = true;
    for (uint32_t i = 0; i < expect->rule_count; i++) {
        const Expected *rule = &expect->rules[i];
        if (names_rule(answer, rule->text))
            continue;
        Str expected = arena_format(judge->arena, "%.*s by %.*s",
                                    STR_ARG(expect->verdict), STR_ARG(rule->text));
        Diag *diag = differ(judge, rule->span, expected, answer_text(judge, answer));
        reason_add(judge, diag, answer);
        is_good = false;
    }
    return is_good;
}

static bool judge_remedies(const Judge *judge, const Expect *expect,
                           const JsonValue *answer)
{
    if (!expect->says_remedies)
        return true;
    const JsonValue *remedies = json_member(answer, STR("remedies"));
    uint32_t offered = remedies == NULL ? 0 : remedies->count, found = 0;
    Buf expected = buf_on(judge->arena), got = buf_on(judge->arena);
    buf_c(&expected, expect->remedy_count == 0 ? "no remedy" : "remedy ");
    for (uint32_t i = 0; i < expect->remedy_count; i++) {
        found += has_remedy(answer, expect->remedies[i].text);
        buf_c(&expected, i > 0 ? ", " : "");
        buf_str(&expected, expect->remedies[i].text);
    }
    if (found == expect->remedy_count && found == offered)
        return true;
    buf_c(&got, offered == 0 ? "no remedy" : "remedy ");
    put_list(&got, remedies, STR("code"));
    differ(judge, expect->remedy_span, buf_view(&expected), buf_view(&got));
    return false;
}

static bool judge_token(const Judge *judge, const Expect *expect,
                        const JsonValue *answer)
{
    const JsonValue *token = json_member(answer, STR("token"));
    bool is_good = true;
    for (uint32_t i = 0; i < expect->test_count; i++) {
        const TokenTest *test = &expect->tests[i];
        if (claim_holds(judge->arena, test, token))
            continue;
        Buf expected = buf_on(judge->arena), got = buf_on(judge->arena);
        claim_format(&expected, test);
        claim_format_token(&got, judge->arena, test->dimension, token);
        Diag *diag = differ(judge, test->span, buf_view(&expected), buf_view(&got));
        reason_add_token(judge, diag, answer);
        if (test->relation == RELATION_EQ && claim_has(test->dimension, token))
            fix(judge, diag, test->span, buf_view(&got));
        is_good = false;
    }
    return is_good;
}

bool judge_answer(const Judge *judge, const JsonValue *answer)
{
    const Expect *expect = judge->expect;
    if (!judge_verdict(judge, expect, answer))
        return false;
    if (is_aside(judge))
        return true;
    bool are_rules = judge_rules(judge, expect, answer);
    bool are_remedies = judge_remedies(judge, expect, answer);
    bool is_token = judge_token(judge, expect, answer);
    return are_rules && are_remedies && is_token;
}
