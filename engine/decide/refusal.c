// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/refusal.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/utf8.h"

// Appends to the line; what doesn't fit is cut.
static void append(Refusal *refusal, const char *format, va_list args)
    PRINTF_LIKE(2, 0);
static void append(Refusal *refusal, const char *format, va_list args)
{
    size_t room = MAX_DETAIL - refusal->detail_len;
    int len = vsnprintf(refusal->detail + refusal->detail_len, room, format, args);
    CHECK(len >= 0);
    refusal->detail_len += (uint32_t)((size_t)len < room ? (size_t)len : room - 1);
}

static void append_format(Refusal *refusal, const char *format, ...) PRINTF_LIKE(2, 3);
static void append_format(Refusal *refusal, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append(refusal, format, args);
    va_end(args);
}

// A name can be the caller's own word: shown is what keeps to one line and leaves room.
static Str shown(Str name)
{
    enum { MAX_SHOWN = 64 };
    bool is_plain = name.len <= MAX_SHOWN;
    for (size_t i = 0; is_plain && i < name.len; i++)
        is_plain = (unsigned char)name.at[i] >= ' ' && name.at[i] != 0x7f;
    return is_plain ? name : STR("(a name)");
}

enum { MAX_PATH = 32 }; // deeper than any request

static void append_path(Refusal *refusal, const Path *path)
{
    const Path *places[MAX_PATH];
    size_t count = 0;
    for (; path != NULL; path = path->above) {
        CHECK(count < MAX_PATH);
        places[count++] = path;
    }
    for (size_t i = count; i-- > 0;) {
        if (places[i]->name.len == 0)
            append_format(refusal, "[%u]", places[i]->index);
        else
            append_format(refusal, "%s%.*s", i + 1 == count ? "" : ".",
                          STR_ARG(shown(places[i]->name)));
    }
    if (count > 0)
        append_format(refusal, ": ");
}

Path path_of_key(const Path *above, const CborItem *key)
{
    bool is_name = key->kind == CBOR_TEXT;
    return (Path){.above = above,
                  .name = is_name ? key->bytes : (Str){0},
                  .index = is_name ? 0 : (uint32_t)key->number};
}

bool refusal_set(Refusal *refusal, Code code, const Path *path, const char *rule, ...)
{
    if (refusal->is_set)
        return false;
    *refusal = (Refusal){.is_set = true, .code = code};
    append_path(refusal, path);
    va_list args;
    va_start(args, rule);
    append(refusal, rule, args);
    va_end(args);
    // Where it was cut, no half of a character stays.
    refusal->detail_len = (uint32_t)utf8_valid_prefix(refusal_detail(refusal));
    return false;
}
