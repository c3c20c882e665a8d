// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/policy_text.h"

#include "engine/base/bug.h"
#include "engine/base/utf8.h"
#include "lang/syntax/lex.h"

void policy_string(Buf *out, Str text)
{
    buf_char(out, '"');
    while (text.len > 0) {
        const char *start = text.at;
        uint32_t point;
        CHECK(utf8_next(&text, &point));
        if (point == '"' || point == '\\')
            buf_printf(out, "\\%c", (char)point);
        else if (point == '\n')
            buf_c(out, "\\n");
        else if (point == '\t')
            buf_c(out, "\\t");
        else if (point < ' ' || source_hides(point))
            buf_printf(out, "\\u{%X}", (unsigned)point);
        else
            buf_bytes(out, start, (size_t)(text.at - start));
    }
    buf_char(out, '"');
}

// Keywords may be names where the grammar has no room for them, but for those of
// expressions.
static bool is_identifier(Str text)
{
    const Keyword *keyword = keyword_find(text);
    if (text.len == 0 || (keyword != NULL && (keyword->where & IN_EXPRESSION) != 0))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return true;
}

void policy_name(Buf *out, Str name)
{
    if (is_identifier(name))
        buf_str(out, name);
    else
        policy_string(out, name);
}

void policy_comment(Buf *out, Str text)
{
    while (text.len > 0) {
        const char *start = text.at;
        uint32_t point;
        CHECK(utf8_next(&text, &point));
        if (point >= ' ' && !source_hides(point))
            buf_bytes(out, start, (size_t)(text.at - start));
    }
}
