// SPDX-License-Identifier: Apache-2.0
#include "lang/source/diag.h"

#include <string.h>

#include "engine/base/bug.h"
#include "engine/base/buf.h"

static const DiagRow rows[] = {
#define DIAG(name, code, severity, message, help)                                      \
    {#name, code, SEVERITY_##severity, message, help},
#include "lang/source/diag.def"
#undef DIAG
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

void diags_init(Diags *diags, Arena *arena, const Sources *sources)
{
    *diags = (Diags){.arena = arena, .sources = sources};
}

bool diags_has_errors(const Diags *diags)
{
    return diags->errors > 0;
}

const DiagRow *diag_row(DiagId id)
{
    CHECK((size_t)id < ROW_COUNT);
    return &rows[id];
}

size_t diag_row_count(void)
{
    return ROW_COUNT;
}

bool diag_by_code(Str code, DiagId *id)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (str_eq(code, str_from_c(rows[i].code))) {
            *id = (DiagId)i;
            return true;
        }
    }
    return false;
}

// ---- order ----

static void diags_count(Diags *diags, Severity severity, uint32_t change)
{
    switch (severity) {
    case SEVERITY_ERROR:
        diags->errors += change;
        return;
    case SEVERITY_WARNING:
        diags->warnings += change;
        return;
    case SEVERITY_NOTE:
        return;
    }
    unreachable_bug();
}

static Diag *diag_merge(Diag *a, Diag *b)
{
    Diag *first = NULL;
    Diag **end = &first;
    while (a != NULL && b != NULL) {
        Diag **from = b->span.start < a->span.start ? &b : &a;
        *end = *from;
        end = &(*from)->next;
        *from = (*from)->next;
    }
    *end = a != NULL ? a : b;
    return first;
}

// Merge sort of a list of `count`; what is equal keeps its order.
static Diag *diag_sort_list(Diag *first, size_t count)
{
    if (count < 2)
        return first;
    Diag *middle = first;
    for (size_t i = 1; i < count / 2; i++)
        middle = middle->next;
    Diag *second = middle->next;
    middle->next = NULL;
    return diag_merge(diag_sort_list(first, count / 2),
                      diag_sort_list(second, count - count / 2));
}

static bool is_repeat(const Diag *a, const Diag *b)
{
    bool is_same = a->id == b->id && a->span.end == b->span.end;
    for (size_t i = 0; i < DIAG_MAX_ARGS; i++)
        is_same = is_same && str_eq(a->args[i], b->args[i]);
    return is_same;
}

// Drops what was said before with the same words about the same place, as of a file of
// facts that two declarations name.
static void drop_repeats(Diags *diags)
{
    const Diag *place = diags->first; // the first message about this place
    for (Diag **at = &diags->first; *at != NULL;) {
        Diag *diag = *at;
        if (diag->span.start != place->span.start)
            place = diag;
        const Diag *before = place;
        while (before != diag && !is_repeat(before, diag))
            before = before->next;
        if (before == diag) {
            at = &diag->next;
            continue;
        }
        *at = diag->next;
        diags_count(diags, diag->severity, (uint32_t)-1);
    }
}

void diags_sort(Diags *diags)
{
    size_t count = 0;
    for (Diag *diag = diags->first; diag != NULL; diag = diag->next)
        count++;
    diags->first = diag_sort_list(diags->first, count);
    drop_repeats(diags);
    for (Diag *diag = diags->first; diag != NULL; diag = diag->next)
        diags->last = diag;
}

// ---- reporting ----

// Counts one more message for the source of the span; false if it has enough.
static bool diags_admit(Diags *diags, Span span)
{
    const Source *source =
        diags->sources == NULL ? NULL : sources_find(diags->sources, span.start);
    if (source == NULL)
        return true;
    if (source->number >= diags->sources_seen) {
        uint32_t seen = diags->sources->count;
        uint32_t *counts = ARENA_ARRAY(diags->arena, seen, uint32_t);
        if (diags->sources_seen > 0)
            memcpy(counts, diags->per_source, diags->sources_seen * sizeof *counts);
        diags->per_source = counts;
        diags->sources_seen = seen;
    }
    return diags->per_source[source->number]++ < DIAGS_PER_SOURCE;
}

Diag *diag_report(Diags *diags, DiagId id, Span span)
{
    const DiagRow *row = diag_row(id);
    diags_count(diags, row->severity, 1);
    Diag made = {.id = id, .severity = row->severity, .span = span, .owner = diags};
    if (!diags_admit(diags, span)) {
        diags->dropped++;
        diags->spare = made;
        return &diags->spare;
    }
    Diag *diag = ARENA_NEW(diags->arena, Diag);
    *diag = made;
    if (diags->last == NULL)
        diags->first = diag;
    else
        diags->last->next = diag;
    diags->last = diag;
    return diag;
}

Diag *diag_report1(Diags *diags, DiagId id, Span span, Str arg0)
{
    Diag *diag = diag_report(diags, id, span);
    diag->args[0] = arena_str(diags->arena, arg0);
    return diag;
}

Diag *diag_report2(Diags *diags, DiagId id, Span span, Str arg0, Str arg1)
{
    Diag *diag = diag_report1(diags, id, span, arg0);
    diag->args[1] = arena_str(diags->arena, arg1);
    return diag;
}

Diag *diag_report3(Diags *diags, DiagId id, Span span, Str arg0, Str arg1, Str arg2)
{
    Diag *diag = diag_report2(diags, id, span, arg0, arg1);
    diag->args[2] = arena_str(diags->arena, arg2);
    return diag;
}

void diag_label(Diag *diag, Span span, Str text)
{
    Arena *arena = diag->owner->arena;
    DiagLabel *label = ARENA_NEW(arena, DiagLabel);
    label->span = span;
    label->text = arena_str(arena, text);
    DiagLabel **end = &diag->labels;
    while (*end != NULL)
        end = &(*end)->next;
    *end = label;
}

void diag_fix(Diag *diag, Span span, Str replacement, Str title)
{
    Arena *arena = diag->owner->arena;
    DiagFix *fix = ARENA_NEW(arena, DiagFix);
    fix->span = span;
    fix->replacement = arena_str(arena, replacement);
    fix->title = arena_str(arena, title);
    DiagFix **end = &diag->fixes;
    while (*end != NULL)
        end = &(*end)->next;
    *end = fix;
}

void diag_help(Diag *diag, Str text)
{
    diag->help = arena_str(diag->owner->arena, text);
}

void diag_severity(Diag *diag, Severity severity)
{
    diags_count(diag->owner, diag->severity, (uint32_t)-1);
    diags_count(diag->owner, severity, 1);
    diag->severity = severity;
}

// ---- texts ----

static Str diag_fill(Arena *arena, const Diag *diag, const char *pattern)
{
    Buf out = buf_on(arena);
    for (const char *at = pattern; *at != '\0'; at++) {
        bool is_place =
            at[0] == '{' && at[1] >= '0' && at[1] < '0' + DIAG_MAX_ARGS && at[2] == '}';
        if (is_place) {
            buf_str(&out, diag->args[at[1] - '0']);
            at += 2;
        } else {
            buf_char(&out, *at);
        }
    }
    return buf_view(&out);
}

Str diag_count(Arena *arena, uint32_t count, const char *what)
{
    return arena_format(arena, "%u %s%s", count, what, count == 1 ? "" : "s");
}

Str diag_message(Arena *arena, const Diag *diag)
{
    return diag_fill(arena, diag, diag_row(diag->id)->message);
}

Str diag_help_text(Arena *arena, const Diag *diag)
{
    if (diag->help.len > 0)
        return diag->help;
    return diag_fill(arena, diag, diag_row(diag->id)->help);
}

// ---- the name that was meant ----

// Short names must match nearly, long ones may differ in three places.
static size_t nearest_limit(Str name)
{
    if (name.len <= 4)
        return 1;
    return name.len <= 8 ? 2 : 3;
}

Nearest nearest_start(Str name)
{
    return (Nearest){.name = name, .distance = nearest_limit(name) + 1};
}

// Of equally near ones, letters swapped or replaced are likelier than lost or added.
static bool nearest_is_better(const Nearest *nearest, Str candidate, size_t distance)
{
    if (distance != nearest->distance)
        return distance < nearest->distance;
    bool has_length = candidate.len == nearest->name.len;
    bool had_length = nearest->best.len == nearest->name.len;
    if (has_length != had_length)
        return has_length;
    return str_compare(candidate, nearest->best) < 0;
}

void nearest_offer(Nearest *nearest, Str candidate)
{
    size_t limit = nearest_limit(nearest->name);
    size_t distance = str_eq_nocase(nearest->name, candidate)
                          ? 0
                          : str_distance(nearest->name, candidate, limit);
    // A name that shares no letter with a short one isn't near it.
    if (distance > limit || distance >= nearest->name.len)
        return;
    if (nearest_is_better(nearest, candidate, distance)) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}

void diag_suggest(Diag *diag, Span span, const Nearest *nearest)
{
    if (nearest->best.len == 0)
        return;
    Arena *arena = diag->owner->arena;
    diag_help(diag,
              arena_format(arena, "did you mean `%.*s`?", STR_ARG(nearest->best)));
    diag_fix(diag, span, nearest->best,
             arena_format(arena, "write `%.*s`", STR_ARG(nearest->best)));
}
