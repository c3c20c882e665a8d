// SPDX-License-Identifier: Apache-2.0
#include "lang/source/render.h"

#include <stdlib.h>

#include "engine/base/bug.h"
#include "engine/base/json_write.h"
#include "engine/base/utf8.h"

static const char *severity_text(Severity severity)
{
    switch (severity) {
    case SEVERITY_ERROR:
        return "error";
    case SEVERITY_WARNING:
        return "warning";
    case SEVERITY_NOTE:
        return "note";
    }
    unreachable_bug();
}

// ---- colours (ECMA-48 SGR) ----

typedef enum Paint { PAINT_PLAIN, PAINT_MAIN, PAINT_FRAME, PAINT_HELP } Paint;

typedef struct Page {
    Buf *out;
    const Diag *diag;
    const Sources *sources;
    bool is_coloured;
    unsigned width; // of the line numbers
} Page;

static void paint(const Page *page, Paint what)
{
    static const char *const main_colours[] = {
        [SEVERITY_ERROR] = "\x1b[1;31m",
        [SEVERITY_WARNING] = "\x1b[1;33m",
        [SEVERITY_NOTE] = "\x1b[1;36m",
    };
    if (!page->is_coloured)
        return;
    switch (what) {
    case PAINT_PLAIN:
        buf_c(page->out, "\x1b[0m");
        return;
    case PAINT_MAIN:
        buf_c(page->out, main_colours[page->diag->severity]);
        return;
    case PAINT_FRAME:
        buf_c(page->out, "\x1b[1;34m");
        return;
    case PAINT_HELP:
        buf_c(page->out, "\x1b[1;32m");
        return;
    }
    unreachable_bug();
}

static void painted(const Page *page, Paint what, Str text)
{
    paint(page, what);
    buf_str(page->out, text);
    paint(page, PAINT_PLAIN);
}

// ---- lines ----

// The bar left of everything, with a line number or without (0).
static void put_gutter(const Page *page, uint32_t line)
{
    paint(page, PAINT_FRAME);
    if (line > 0)
        buf_printf(page->out, "%*u |", (int)page->width, (unsigned)line);
    else
        buf_printf(page->out, "%*s |", (int)page->width, "");
    paint(page, PAINT_PLAIN);
}

static void put_line(const Page *page, Str text, uint32_t line)
{
    put_gutter(page, line);
    if (text.len > 0)
        buf_char(page->out, ' ');
    source_show(page->out, text);
    buf_char(page->out, '\n');
}

// ---- marks: the places that are underlined ----

typedef struct Mark {
    Span span;
    Str text;
    bool is_main;
    Location at;
} Mark;

enum { MAX_MARKS = 8 };

typedef struct Marks {
    Mark items[MAX_MARKS];
    unsigned count;
} Marks;

static void marks_add(Marks *marks, const Sources *sources, Span span, Str text,
                      bool is_main)
{
    Location at = sources_locate(sources, span.start);
    if (marks->count == MAX_MARKS || at.source == NULL)
        return;
    marks->items[marks->count++] = (Mark){span, text, is_main, at};
}

static int compare_marks(const void *a, const void *b)
{
    const Mark *left = (const Mark *)a;
    const Mark *right = (const Mark *)b;
    // Of one line, the main mark comes first.
    if (left->at.line != right->at.line)
        return left->at.line < right->at.line ? -1 : 1;
    return (int)right->is_main - (int)left->is_main;
}

static void put_underline(const Page *page, const Mark *mark, Str line, Str text)
{
    Source *source = sources_find(page->sources, mark->span.start);
    uint32_t start = source_line_start(source, page->sources->arena, mark->at.line);
    put_gutter(page, 0);
    buf_char(page->out, ' ');
    Str before = str_slice(line, 0, mark->span.start - start);
    uint32_t point;
    while (utf8_next(&before, &point))
        buf_char(page->out, point == '\t' ? '\t' : ' ');
    Str under = str_slice(line, mark->span.start - start, mark->span.end - start);
    size_t width = 0;
    while (utf8_next(&under, &point))
        width++;
    paint(page, mark->is_main ? PAINT_MAIN : PAINT_FRAME);
    buf_fill(page->out, mark->is_main ? '^' : '-', width > 0 ? width : 1);
    if (text.len > 0)
        buf_printf(page->out, " %.*s", STR_ARG(text));
    paint(page, PAINT_PLAIN);
    buf_char(page->out, '\n');
}

// The marks that lie in one source, with their lines.
static void put_marks(const Page *page, const Marks *marks, Source *source)
{
    uint32_t shown = 0;
    for (unsigned i = 0; i < marks->count; i++) {
        const Mark *mark = &marks->items[i];
        if (mark->at.source != source)
            continue;
        Str line = source_line(source, page->sources->arena, mark->at.line);
        if (shown != 0 && mark->at.line > shown + 1)
            painted(page, PAINT_FRAME, STR("...\n"));
        if (mark->at.line != shown)
            put_line(page, line, mark->at.line);
        shown = mark->at.line;
        put_underline(page, mark, line, mark->text);
    }
}

// ---- parts of a message ----

static void put_title(const Page *page, Arena *arena)
{
    Buf *out = page->out;
    paint(page, PAINT_MAIN);
    buf_printf(out, "%s[%s]", severity_text(page->diag->severity),
               diag_row(page->diag->id)->code);
    paint(page, PAINT_PLAIN);
    buf_printf(out, ": %.*s\n", STR_ARG(diag_message(arena, page->diag)));
}

static void put_place(const Page *page, const char *arrow, const Location *at)
{
    buf_fill(page->out, ' ', page->width);
    painted(page, PAINT_FRAME, str_from_c(arrow));
    buf_printf(page->out, " %.*s:%u:%u\n", STR_ARG(at->source->path),
               (unsigned)at->line, (unsigned)at->column);
}

static void put_advice(const Page *page, const char *word, Str text)
{
    buf_fill(page->out, ' ', page->width);
    painted(page, PAINT_FRAME, STR(" = "));
    painted(page, PAINT_HELP, str_from_c(word));
    buf_printf(page->out, ": %.*s\n", STR_ARG(text));
}

// True if all edits of the message lie on one line of its source and in its order.
static bool fix_is_one_line(const Page *page, uint32_t line)
{
    uint32_t end = 0;
    for (const DiagFix *fix = page->diag->fixes; fix != NULL; fix = fix->next) {
        Location from = sources_locate(page->sources, fix->span.start);
        Location to = sources_locate(page->sources, fix->span.end);
        bool is_here = from.source != NULL && from.line == line && to.line == line &&
                       fix->span.start >= end &&
                       !str_contains(fix->replacement, STR("\n"));
        if (!is_here)
            return false;
        end = fix->span.end;
    }
    return true;
}

static void put_fix(const Page *page, Arena *arena)
{
    const DiagFix *first = page->diag->fixes;
    if (first == NULL)
        return;
    put_advice(page, "fix", first->title);
    Location at = sources_locate(page->sources, first->span.start);
    Source *source = sources_find(page->sources, first->span.start);
    if (source == NULL || !fix_is_one_line(page, at.line))
        return;
    Str line = source_line(source, arena, at.line);
    uint32_t start = source_line_start(source, arena, at.line);
    Buf edited = buf_on(arena);
    size_t done = 0;
    for (const DiagFix *fix = first; fix != NULL; fix = fix->next) {
        buf_str(&edited, str_slice(line, done, fix->span.start - start));
        buf_str(&edited, fix->replacement);
        done = fix->span.end - start;
    }
    buf_str(&edited, str_slice(line, done, line.len));
    put_gutter(page, 0);
    buf_char(page->out, '\n');
    put_line(page, buf_view(&edited), at.line);
}

static unsigned digits_of(uint32_t number)
{
    unsigned digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

static void collect_marks(Marks *marks, const Diag *diag, unsigned *width)
{
    const Sources *sources = diag->owner->sources;
    marks_add(marks, sources, diag->span, (Str){"", 0}, true);
    for (const DiagLabel *label = diag->labels; label != NULL; label = label->next)
        marks_add(marks, sources, label->span, label->text, false);
    uint32_t last = 1;
    for (unsigned i = 0; i < marks->count; i++) {
        if (marks->items[i].at.line > last)
            last = marks->items[i].at.line;
    }
    *width = digits_of(last) + 1;
    qsort(marks->items, marks->count, sizeof marks->items[0], compare_marks);
}

// Labels that lie in other files.
static void put_other_files(const Page *page, const Marks *marks, const Source *own)
{
    for (unsigned i = 0; i < marks->count; i++) {
        const Location *at = &marks->items[i].at;
        bool is_first = at->source != own;
        for (unsigned j = 0; j < i; j++)
            is_first = is_first && marks->items[j].at.source != at->source;
        if (!is_first)
            continue;
        put_place(page, ":::", at);
        put_marks(page, marks, sources_find(page->sources, at->source->base));
    }
}

void render_text(Buf *out, const Diag *diag, RenderStyle style)
{
    Arena *arena = diag->owner->arena;
    Page page = {out, diag, diag->owner->sources, style.is_coloured, 1};
    Marks marks = {.count = 0};
    collect_marks(&marks, diag, &page.width);
    put_title(&page, arena);
    Location at = sources_locate(page.sources, diag->span.start);
    if (at.source != NULL) {
        put_place(&page, "-->", &at);
        put_gutter(&page, 0);
        buf_char(out, '\n');
        put_marks(&page, &marks, sources_find(page.sources, diag->span.start));
    }
    put_other_files(&page, &marks, at.source);
    Str help = diag_help_text(arena, diag);
    if (help.len > 0)
        put_advice(&page, "help", help);
    put_fix(&page, arena);
    buf_char(out, '\n');
}

void render_summary(Buf *out, const Diags *diags)
{
    if (diags->errors > 0)
        buf_printf(out, "%u error%s", (unsigned)diags->errors,
                   diags->errors == 1 ? "" : "s");
    if (diags->warnings > 0)
        buf_printf(out, "%s%u warning%s", diags->errors > 0 ? ", " : "",
                   (unsigned)diags->warnings, diags->warnings == 1 ? "" : "s");
    if (diags->dropped > 0)
        buf_printf(out, "; %u of them not shown", (unsigned)diags->dropped);
    if (diags->errors + diags->warnings > 0)
        buf_char(out, '\n');
}

// ---- JSON ----

static void json_place(JsonWriter *json, const char *name, Location at)
{
    json_name(json, name);
    json_begin_object(json);
    json_name(json, "line");
    json_i64(json, at.line);
    json_name(json, "column");
    json_i64(json, at.column);
    json_end_object(json);
}

// The members file and range, if the span is somewhere.
static void json_span(JsonWriter *json, const Sources *sources, Span span)
{
    Location start = sources_locate(sources, span.start);
    if (start.source == NULL)
        return;
    json_name(json, "file");
    json_str(json, start.source->path);
    json_name(json, "range");
    json_begin_object(json);
    json_place(json, "start", start);
    json_place(json, "end", sources_locate(sources, span.end));
    json_end_object(json);
}

static void json_labels(JsonWriter *json, const Diag *diag)
{
    json_name(json, "labels");
    json_begin_array(json);
    for (const DiagLabel *label = diag->labels; label != NULL; label = label->next) {
        json_begin_object(json);
        json_span(json, diag->owner->sources, label->span);
        json_name(json, "text");
        json_str(json, label->text);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_fixes(JsonWriter *json, const Diag *diag)
{
    json_name(json, "fixes");
    json_begin_array(json);
    for (const DiagFix *fix = diag->fixes; fix != NULL; fix = fix->next) {
        json_begin_object(json);
        json_span(json, diag->owner->sources, fix->span);
        json_name(json, "replacement");
        json_str(json, fix->replacement);
        json_name(json, "title");
        json_str(json, fix->title);
        json_end_object(json);
    }
    json_end_array(json);
}

void render_json(Buf *out, const Diag *diag)
{
    Arena *arena = diag->owner->arena;
    const DiagRow *row = diag_row(diag->id);
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    json_name(&json, "id");
    json_c(&json, row->code);
    json_name(&json, "name");
    json_c(&json, row->name);
    json_name(&json, "severity");
    json_c(&json, severity_text(diag->severity));
    json_name(&json, "message");
    json_str(&json, diag_message(arena, diag));
    json_span(&json, diag->owner->sources, diag->span);
    Str help = diag_help_text(arena, diag);
    if (help.len > 0) {
        json_name(&json, "help");
        json_str(&json, help);
    }
    if (diag->labels != NULL)
        json_labels(&json, diag);
    if (diag->fixes != NULL)
        json_fixes(&json, diag);
    json_end_object(&json);
    buf_char(out, '\n');
}
