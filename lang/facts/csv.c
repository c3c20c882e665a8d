// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/csv.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "lang/source/diag.h"

typedef struct Csv {
    Arena *arena;
    Diags *diags;
    const Source *source;
    Str text;
    size_t at;
    Fact *header; // LIST of the columns' names
    Fact *rows;   // LIST of MAPs
    bool has_failed;
} Csv;

static Span span_from(const Csv *csv, size_t start, size_t end)
{
    return span_make(csv->source->base + (uint32_t)start,
                     csv->source->base + (uint32_t)end);
}

static void fail(Csv *csv, size_t start, size_t end, Str problem)
{
    csv->has_failed = true;
    diag_report2(csv->diags, DIAG_FACTS_MALFORMED, span_from(csv, start, end),
                 STR("CSV"), problem);
}

static Fact *new_fact(Csv *csv, FactKind kind, size_t start, size_t end)
{
    Fact *fact = ARENA_NEW(csv->arena, Fact);
    *fact = (Fact){.kind = kind, .span = span_from(csv, start, end)};
    return fact;
}

static bool is_at(const Csv *csv, char c)
{
    return csv->at < csv->text.len && csv->text.at[csv->at] == c;
}

// True where a line ends: before LF, CRLF, or at the end of the file.
static bool is_at_line_end(const Csv *csv)
{
    if (csv->at == csv->text.len || csv->text.at[csv->at] == '\n')
        return true;
    return csv->text.at[csv->at] == '\r' && csv->at + 1 < csv->text.len &&
           csv->text.at[csv->at + 1] == '\n';
}

static void skip_line_end(Csv *csv)
{
    if (is_at(csv, '\r'))
        csv->at++;
    if (is_at(csv, '\n'))
        csv->at++;
}

static void skip_line(Csv *csv)
{
    while (!is_at_line_end(csv))
        csv->at++;
}

// escaped = DQUOTE *(TEXTDATA / COMMA / CR / LF / 2DQUOTE) DQUOTE      (RFC 4180 §2)
static Fact *read_quoted(Csv *csv)
{
    size_t start = csv->at++;
    size_t piece = csv->at;
    Buf unescaped = buf_on(csv->arena);
    bool has_escape = false;
    for (; csv->at < csv->text.len; csv->at++) {
        if (!is_at(csv, '"'))
            continue;
        if (csv->at + 1 == csv->text.len || csv->text.at[csv->at + 1] != '"')
            break;
        has_escape = true;
        buf_str(&unescaped, str_slice(csv->text, piece, csv->at + 1));
        csv->at++;
        piece = csv->at + 1;
    }
    if (csv->at == csv->text.len) {
        fail(csv, start, start + 1, STR("this quote is never closed"));
        return NULL;
    }
    Str text = str_slice(csv->text, piece, csv->at);
    if (has_escape) {
        buf_str(&unescaped, text);
        text = buf_view(&unescaped);
    }
    csv->at++;
    if (!is_at_line_end(csv) && !is_at(csv, ',')) {
        fail(csv, csv->at, csv->at + 1, STR("a comma must follow the closing quote"));
        return NULL;
    }
    FactKind kind = text.len == 0 ? FACT_STRING : FACT_CELL;
    Fact *cell = new_fact(csv, kind, start, csv->at);
    cell->text = text;
    return cell;
}

// non-escaped = *TEXTDATA
static Fact *read_plain(Csv *csv)
{
    size_t start = csv->at;
    while (!is_at_line_end(csv) && !is_at(csv, ',')) {
        if (is_at(csv, '"')) {
            fail(
                csv, csv->at, csv->at + 1,
                STR("a cell with a quote in it must be quoted, and the quote doubled"));
            return NULL;
        }
        if (is_at(csv, '\r')) {
            fail(csv, csv->at, csv->at + 1,
                 STR("a carriage return must be followed by a line feed"));
            return NULL;
        }
        csv->at++;
    }
    Str text = str_slice(csv->text, start, csv->at);
    if (str_trim(text).len != text.len) {
        fail(csv, start, csv->at,
             STR("white space stands around a cell that isn't quoted"));
        return NULL;
    }
    Fact *cell = new_fact(csv, FACT_CELL, start, csv->at);
    cell->text = text;
    return cell;
}

// record = field *(COMMA field). NULL, and the rest of the line skipped, after a
// mistake.
static Fact *read_record(Csv *csv)
{
    size_t start = csv->at;
    Fact *record = new_fact(csv, FACT_LIST, start, start);
    for (;;) {
        Fact *cell = is_at(csv, '"') ? read_quoted(csv) : read_plain(csv);
        if (cell == NULL) {
            skip_line(csv);
            return NULL;
        }
        fact_append(record, cell);
        if (!is_at(csv, ','))
            break;
        csv->at++;
    }
    record->span = span_from(csv, start, csv->at);
    return record;
}

static void check_header(Csv *csv)
{
    for (const Fact *cell = csv->header->first; cell != NULL; cell = cell->next) {
        size_t start = cell->span.start - csv->source->base;
        if (cell->text.len == 0)
            fail(csv, start, start + 1, STR("a column has no name"));
    }
    if (csv->header->count > FACT_MAX_COLUMNS) {
        csv->has_failed = true;
        diag_report2(csv->diags, DIAG_FACTS_LIMIT, csv->header->span, STR("the header"),
                     arena_format(csv->arena, "%d columns", (int)FACT_MAX_COLUMNS));
    }
}

// Turns the cells of a record, one after the other, into members of a map.
static void add_row(Csv *csv, Fact *record)
{
    if (record->count != csv->header->count) {
        csv->has_failed = true;
        diag_report2(csv->diags, DIAG_CSV_RAGGED, record->span,
                     diag_count(csv->arena, record->count, "cell"),
                     arena_format(csv->arena, "%u", csv->header->count));
        return;
    }
    record->kind = FACT_MAP;
    const Fact *column = csv->header->first;
    for (Fact *cell = record->first; cell != NULL; cell = cell->next) {
        cell->name = column->text;
        cell->name_span = column->span;
        column = column->next;
    }
    fact_append(csv->rows, record);
}

static void read_line(Csv *csv)
{
    Fact *record = read_record(csv);
    if (record == NULL)
        return;
    if (csv->header == NULL) {
        csv->header = record;
        check_header(csv);
    } else {
        add_row(csv, record);
    }
}

Fact *csv_read(Arena *arena, Diags *diags, const Source *source)
{
    Csv csv = {.arena = arena, .diags = diags, .source = source, .text = source->text};
    csv.rows = new_fact(&csv, FACT_LIST, 0, source->text.len);
    // Without a header nothing else can be understood.
    while (csv.at < csv.text.len && !(csv.has_failed && csv.header == NULL)) {
        if (!is_at_line_end(&csv))
            read_line(&csv);
        skip_line_end(&csv);
    }
    if (csv.has_failed)
        return NULL;
    if (csv.header == NULL) {
        diag_report1(diags, DIAG_FACTS_EMPTY, span_make(source->base, source->base),
                     source->path);
        return NULL;
    }
    return fact_check(arena, diags, csv.rows) ? csv.rows : NULL;
}
