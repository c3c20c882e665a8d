// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/verdict.h"

#include "engine/base/bug.h"
#include "engine/base/number.h"
#include "engine/wire/transcode.h"
#include "lang/check/array.h"

bool names_have(const Names *names, Str text)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (str_eq(names->at[i], text))
            return true;
    return false;
}

void names_add(Arena *arena, Names *names, Str text)
{
    if (!names_have(names, text))
        *ARRAY_PUSH(arena, names->at, names->count) = text;
}

bool names_same(const Names *a, const Names *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (!names_have(b, a->at[i]))
            return false;
    return a->count == b->count;
}

Names names_meet(Arena *arena, const Names *a, const Names *b)
{
    Names both = {0};
    for (uint32_t i = 0; i < a->count; i++)
        if (names_have(b, a->at[i]))
            names_add(arena, &both, a->at[i]);
    return both;
}

bool verdict_int(const JsonValue *value, int64_t *out)
{
    return value && json_to_i64(value, out);
}

// ---- from the engine's answer ----

static const JsonValue *member(const JsonValue *object, const char *name)
{
    return json_member(object, str_from_c(name));
}

static Str text_of(const JsonValue *object, const char *name)
{
    const JsonValue *value = member(object, name);
    return value ? value->text : STR("");
}

static int64_t number_of(const JsonValue *object, const char *name)
{
    int64_t number = 0;
    bool is_there = verdict_int(member(object, name), &number);
    return is_there ? number : 0;
}

// The elements of a list; of objects their `name`.
static Names list_of(Arena *arena, const JsonValue *object, const char *name)
{
    Names names = {0};
    const JsonValue *list = member(object, name);
    for (const JsonValue *at = list ? list->first : NULL; at; at = at->next)
        names_add(arena, &names,
                  at->kind == JSON_OBJECT ? text_of(at, "name") : at->text);
    return names;
}

static Names remedies_of(Arena *arena, const JsonValue *answer)
{
    Names names = {0};
    const JsonValue *list = member(answer, "remedies");
    for (const JsonValue *at = list ? list->first : NULL; at; at = at->next)
        names_add(arena, &names,
                  arena_format(arena, "%.*s %.*s %lld", STR_ARG(text_of(at, "code")),
                               STR_ARG(text_of(at, "acr_values")),
                               (long long)number_of(at, "max_age")));
    return names;
}

Str verdict_bound(Arena *arena, Str name, const JsonValue *value)
{
    Buf out = buf_on(arena);
    Decimal number;
    buf_printf(&out, "%.*s = ", STR_ARG(name));
    if (!value)
        buf_char(&out, '*');
    else if (value->kind == JSON_NUMBER && decimal_parse(value->text, &number))
        decimal_format(&out, number);
    else
        CHECK(json_canonical(arena, value->raw, &out) == STATUS_OK);
    return buf_view(&out);
}

static Names bound_of(Arena *arena, const JsonValue *detail)
{
    Names names = {0};
    const JsonValue *arguments = member(detail, "arguments");
    for (const JsonValue *at = arguments ? arguments->first : NULL; at; at = at->next)
        names_add(arena, &names, verdict_bound(arena, at->name, member(at, "value")));
    return names;
}

static void read_token(Arena *arena, const JsonValue *token, Verdict *out)
{
    const JsonValue *detail = member(token, "authorization_details")->first;
    out->audience = member(token, "audience")->first->text;
    out->tool = member(detail, "datatypes")->first->text;
    out->tenant = text_of(token, "tenant");
    out->acr = text_of(token, "acr");
    out->sender = text_of(token, "sender");
    out->ttl = number_of(token, "token_lifetime");
    out->expires = number_of(token, "expires");
    out->uses = number_of(token, "uses");
    out->depth = number_of(token, "delegation_depth");
    out->revalidate = number_of(token, "revalidate_after");
    out->free = list_of(arena, token, "free");
    out->bound = bound_of(arena, detail);
    Str scope = text_of(token, "granted_scope");
    while (scope.len > 0) {
        Cut cut = str_cut(scope, ' ');
        names_add(arena, &out->scope, cut.head);
        scope = cut.tail;
    }
}

static const JsonValue *read_body(Arena *arena, Str cbor)
{
    Buf json = buf_on(arena);
    const JsonValue *answer = NULL;
    JsonError error;
    CHECK(transcode_to_json(cbor, 0, &json) == STATUS_OK);
    CHECK(json_parse(arena, buf_view(&json), &answer, &error) == STATUS_OK);
    return answer;
}

bool verdict_lists(Arena *arena, Str cbor, Str tool)
{
    const JsonValue *tools = member(read_body(arena, cbor), "tools");
    for (const JsonValue *at = tools ? tools->first : NULL; at; at = at->next)
        if (str_eq(text_of(at, "tool"), tool))
            return true;
    return false;
}

Verdict verdict_from_answer(Arena *arena, Str cbor)
{
    const JsonValue *answer = read_body(arena, cbor);
    Verdict out = {.allow = member(answer, "decision")->truth,
                   .code = text_of(answer, "code"),
                   .rules = list_of(arena, answer, "rules"),
                   .missing = list_of(arena, answer, "missing"),
                   .observed = list_of(arena, answer, "observed"),
                   .remedies = remedies_of(arena, answer)};
    if (out.allow)
        read_token(arena, member(answer, "token"), &out);
    return out;
}

// ---- comparing ----

// What one field of a verdict is: X(field, kind).
#define VERDICT_FIELDS(X)                                                              \
    X(code, text)                                                                      \
    X(rules, names)                                                                    \
    X(missing, names)                                                                  \
    X(observed, names)                                                                 \
    X(remedies, names)                                                                 \
    X(audience, text)                                                                  \
    X(tool, text)                                                                      \
    X(tenant, text)                                                                    \
    X(acr, text)                                                                       \
    X(sender, text)                                                                    \
    X(ttl, number)                                                                     \
    X(expires, number)                                                                 \
    X(uses, number)                                                                    \
    X(depth, number)                                                                   \
    X(revalidate, number)                                                              \
    X(scope, names)                                                                    \
    X(free, names)                                                                     \
    X(bound, names)

#define differ_text(a, b) (!str_eq(a, b))
#define differ_names(a, b) (!names_same(&(a), &(b)))
#define differ_number(a, b) ((a) != (b))

const char *verdict_difference(const Verdict *a, const Verdict *b)
{
    if (a->allow != b->allow)
        return "decision";
#define X(field, kind)                                                                 \
    if (differ_##kind(a->field, b->field))                                             \
        return #field;
    VERDICT_FIELDS(X)
#undef X
    return NULL;
}

static void print_text(Buf *out, const char *name, Str text)
{
    if (text.len > 0)
        buf_printf(out, "  %-10s %.*s\n", name, STR_ARG(text));
}

static void print_number(Buf *out, const char *name, int64_t number)
{
    if (number != 0)
        buf_printf(out, "  %-10s %lld\n", name, (long long)number);
}

static void print_names(Buf *out, const char *name, Names names)
{
    if (names.count == 0)
        return;
    buf_printf(out, "  %-10s", name);
    for (uint32_t i = 0; i < names.count; i++)
        buf_printf(out, " %.*s%s", STR_ARG(names.at[i]),
                   i + 1 < names.count ? "," : "");
    buf_char(out, '\n');
}

void verdict_print(Buf *out, const Verdict *verdict)
{
    buf_c(out, verdict->allow ? "  allow\n" : "  deny\n");
#define X(field, kind) print_##kind(out, #field, verdict->field);
    VERDICT_FIELDS(X)
#undef X
}
