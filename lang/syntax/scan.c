// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/scan.h"

#include <string.h>

#include "engine/base/bug.h"
#include "engine/base/utf8.h"
#include "lang/syntax/machine.h"

Span scan_span(const Lexer *lexer, const unsigned char *start, const unsigned char *end)
{
    const unsigned char *text = (const unsigned char *)lexer->source->text.at;
    uint32_t base = lexer->source->base;
    return span_make(base + (uint32_t)(start - text), base + (uint32_t)(end - text));
}

static Str scan_text(const unsigned char *start, const unsigned char *end)
{
    return (Str){(const char *)start, (size_t)(end - start)};
}

// ---- strings ----

static bool is_hex(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static uint32_t hex_value(unsigned char c)
{
    if (c <= '9')
        return (uint32_t)(c - '0');
    return (uint32_t)((c | 0x20) - 'a') + 10;
}

// Reads \u{...} whose backslash is at `at`. The number of bytes, or 0 if it is
// malformed.
static size_t escape_code(const unsigned char *at, const unsigned char *end,
                          uint32_t *point)
{
    const unsigned char *digit = at + 3;
    uint32_t value = 0;
    if (end - at < 5 || at[2] != '{')
        return 0;
    while (digit < end && is_hex(*digit) && digit - at < 9)
        value = value * 16 + hex_value(*digit++);
    bool is_scalar = value <= 0x10FFFF && !(value >= 0xD800 && value <= 0xDFFF);
    if (digit == at + 3 || digit >= end || *digit != '}' || !is_scalar)
        return 0;
    *point = value;
    return (size_t)(digit + 1 - at);
}

// The length of the escape whose backslash is at `at` and what it stands for; 0 if it
// is no escape.
static size_t escape_read(const unsigned char *at, const unsigned char *end,
                          uint32_t *point)
{
    if (end - at < 2)
        return 0;
    switch (at[1]) {
    case '"':
        *point = '"';
        return 2;
    case '\\':
        *point = '\\';
        return 2;
    case 'n':
        *point = '\n';
        return 2;
    case 't':
        *point = '\t';
        return 2;
    case 'u':
        return escape_code(at, end, point);
    default:
        return 0; // any other byte: not one of our enums
    }
}

unsigned scan_string(Lexer *lexer, const unsigned char *start, const unsigned char *end)
{
    unsigned flags = 0;
    const unsigned char *last = end - 1;
    for (const unsigned char *at = start + 1; at < last;) {
        uint32_t point;
        size_t len = 1;
        if (*at == '\\') {
            flags = TOKEN_ESCAPED;
            len = escape_read(at, last, &point);
            if (len == 0) {
                Span span = scan_span(lexer, at, at + 2);
                diag_report1(lexer->diags, DIAG_STRING_ESCAPE, span,
                             scan_text(at, at + 2));
                len = 2;
            }
        } else if (*at == '\t') {
            Diag *diag = diag_report(lexer->diags, DIAG_STRING_TAB,
                                     scan_span(lexer, at, at + 1));
            diag_fix(diag, diag->span, STR("\\t"), STR("write `\\t`"));
        }
        at += len;
    }
    return flags;
}

const unsigned char *scan_open_string(Lexer *lexer, const unsigned char *start,
                                      const unsigned char *end)
{
    while (end > start + 1 && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    Diag *diag =
        diag_report(lexer->diags, DIAG_STRING_OPEN, scan_span(lexer, start, end));
    Span after = scan_span(lexer, end, end);
    diag_fix(diag, after, STR("\""), STR("close the string"));
    return end;
}

void scan_foreign_string(Lexer *lexer, const unsigned char *start,
                         const unsigned char *end, unsigned width)
{
    Diag *diag =
        diag_report(lexer->diags, DIAG_STRING_QUOTE, scan_span(lexer, start, end));
    diag_fix(diag, scan_span(lexer, start, start + width), STR("\""),
             STR("write double quotes"));
    diag_fix(diag, scan_span(lexer, end - width, end), STR("\""),
             STR("write double quotes"));
}

static void append_point(char **out, uint32_t point)
{
    char *at = *out;
    if (point < 0x80) {
        *at++ = (char)point;
    } else if (point < 0x800) {
        *at++ = (char)(0xC0 | (point >> 6));
        *at++ = (char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        *at++ = (char)(0xE0 | (point >> 12));
        *at++ = (char)(0x80 | ((point >> 6) & 0x3F));
        *at++ = (char)(0x80 | (point & 0x3F));
    } else {
        *at++ = (char)(0xF0 | (point >> 18));
        *at++ = (char)(0x80 | ((point >> 12) & 0x3F));
        *at++ = (char)(0x80 | ((point >> 6) & 0x3F));
        *at++ = (char)(0x80 | (point & 0x3F));
    }
    *out = at;
}

Str token_text(const Source *source, Token token)
{
    return str_slice(source->text, token.span.start - source->base,
                     token.span.end - source->base);
}

Str token_string(Arena *arena, const Source *source, Token token)
{
    Str text = token_text(source, token);
    size_t quote = text.len > 0 && (unsigned char)text.at[0] == 0xE2 ? 3 : 1;
    // A string that was never closed has no quote at its end.
    bool is_closed =
        text.len >= 2 * quote && memcmp(text.at, text.at + text.len - 1, 1) == 0;
    if (quote == 3)
        is_closed = true;
    text = str_slice(text, quote, text.len - (is_closed ? quote : 0));
    if ((token.flags & TOKEN_ESCAPED) == 0)
        return text;
    // An escape is never shorter than what it stands for.
    char *decoded = arena_alloc(arena, text.len);
    char *out = decoded;
    const unsigned char *at = (const unsigned char *)text.at;
    const unsigned char *end = at + text.len;
    while (at < end) {
        uint32_t point;
        size_t len = *at == '\\' ? escape_read(at, end, &point) : 0;
        if (len == 0) {
            *out++ = (char)*at++;
            continue;
        }
        append_point(&out, point);
        at += len;
    }
    return (Str){decoded, (size_t)(out - decoded)};
}

// ---- numbers and operators ----

unsigned scan_bad_number(Lexer *lexer, const unsigned char *start,
                         const unsigned char *end)
{
    diag_report1(lexer->diags, DIAG_NUMBER_INVALID, scan_span(lexer, start, end),
                 scan_text(start, end));
    return TOKEN_BAD;
}

unsigned scan_number(Lexer *lexer, const unsigned char *start, const unsigned char *end,
                     unsigned token)
{
    for (const unsigned char *at = start; at < end; at++) {
        bool is_followed = at + 1 < end && at[1] >= '0' && at[1] <= '9';
        if (*at == '_' && !is_followed) {
            scan_bad_number(lexer, start, end);
            return token;
        }
    }
    return token;
}

unsigned scan_foreign(Lexer *lexer, const unsigned char *start,
                      const unsigned char *end, unsigned token, const char *ours)
{
    Str text = str_from_c(ours);
    Span span = scan_span(lexer, start, end);
    Diag *diag = diag_report2(lexer->diags, DIAG_OPERATOR_FOREIGN, span,
                              scan_text(start, end), str_trim(text));
    diag_fix(
        diag, span, text,
        arena_format(lexer->diags->arena, "write `%.*s`", STR_ARG(str_trim(text))));
    return token;
}

// ---- what is no token ----

void scan_foreign_comment(Lexer *lexer, const unsigned char *start,
                          const unsigned char *end)
{
    Diag *diag =
        diag_report(lexer->diags, DIAG_COMMENT_FOREIGN, scan_span(lexer, start, end));
    diag_fix(diag, scan_span(lexer, start, start + 1), STR("//"), STR("write `//`"));
}

const unsigned char *scan_block_comment(Lexer *lexer, const unsigned char *start,
                                        const unsigned char *cursor,
                                        const unsigned char *limit)
{
    diag_report(lexer->diags, DIAG_COMMENT_FOREIGN, scan_span(lexer, start, cursor));
    while (cursor < limit && !(cursor[0] == '*' && cursor[1] == '/'))
        cursor++;
    return cursor < limit ? cursor + 2 : limit;
}

const unsigned char *scan_unknown(Lexer *lexer, const unsigned char *start,
                                  const unsigned char *limit)
{
    Str rest = scan_text(start, limit);
    Arena *arena = lexer->diags->arena;
    uint32_t point;
    CHECK(utf8_next(&rest, &point)); // lex_start has seen that the text is valid
    const unsigned char *end = (const unsigned char *)rest.at;
    lexer->is_after_junk = true;
    if (source_hides(point))
        return end; // reported by lex_start
    Str shown = arena_format(arena, "`%.*s`", STR_ARG(scan_text(start, end)));
    if (point == 0xA0)
        shown = STR("a space that doesn't break (U+00A0)");
    Diag *diag = diag_report1(lexer->diags, DIAG_CHARACTER_UNKNOWN,
                              scan_span(lexer, start, end), shown);
    if (point == 0xA0)
        diag_fix(diag, diag->span, STR(" "), STR("write a plain space"));
    if (point == ';') {
        diag_help(diag, STR("clauses and declarations need nothing between them"));
        diag_fix(diag, diag->span, STR(""), STR("remove `;`"));
    }
    if (point == '\'')
        diag_help(diag, STR("strings are written in double quotes"));
    if (point == '@')
        diag_help(diag, STR("a tag is written `@name`"));
    return end;
}

// ---- the start ----

static void report_hidden(Lexer *lexer, const unsigned char *start,
                          const unsigned char *end, uint32_t point)
{
    Str shown =
        arena_format(lexer->diags->arena, "the character U+%04X", (unsigned)point);
    Diag *diag = diag_report1(lexer->diags, DIAG_CHARACTER_HIDDEN,
                              scan_span(lexer, start, end), shown);
    diag_fix(diag, diag->span, STR(""), STR("remove it"));
}

// Looks at every character once. False if the text is not UTF-8.
static bool scan_encoding(Lexer *lexer)
{
    Str rest = lexer->source->text;
    while (rest.len > 0) {
        const unsigned char *start = (const unsigned char *)rest.at;
        uint32_t point = *start;
        if ((point >= 0x20 && point < 0x7F) || point == '\n') {
            rest = (Str){rest.at + 1, rest.len - 1};
            continue; // nearly every byte of nearly every policy
        }
        if (point < 0x80) {
            rest = (Str){rest.at + 1, rest.len - 1};
        } else if (!utf8_next(&rest, &point)) {
            diag_report(lexer->diags, DIAG_ENCODING_INVALID,
                        scan_span(lexer, start, start + 1));
            return false;
        }
        bool is_lone_return = point == '\r' && (rest.len == 0 || *rest.at != '\n');
        if (source_hides(point) || is_lone_return)
            report_hidden(lexer, start, (const unsigned char *)rest.at, point);
    }
    return true;
}

bool lex_start(Lexer *lexer, const Source *source, Diags *diags)
{
    const unsigned char *text = (const unsigned char *)source->text.at;
    *lexer = (Lexer){.source = source,
                     .diags = diags,
                     .cursor = text,
                     .line = text,
                     .is_fresh = true};
    if (str_starts(source->text, STR("\xEF\xBB\xBF"))) {
        Span mark = scan_span(lexer, text, text + 3);
        Diag *diag = diag_report(diags, DIAG_ENCODING_MARK, mark);
        diag_fix(diag, mark, STR(""), STR("remove it"));
        return false;
    }
    return scan_encoding(lexer);
}
