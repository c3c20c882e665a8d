// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_path.h"

#include <string.h>

#include "engine/base/utf8.h"
#include "engine/vm/arg_char.h"

// Escapes of a slash, a backslash, NUL and of the percent sign itself; and of what
// needs none (RFC 3986 §2.3), by which "/hr" could be told to some targets without
// being written.
static bool escape_is_risky(Str path, size_t percent)
{
    if (path.len - percent < 3)
        return false;
    int high = char_hex(path.at[percent + 1]);
    int low = char_hex(path.at[percent + 2]);
    if (high < 0 || low < 0)
        return false;
    int byte = high * 16 + low;
    return byte == '/' || byte == '\\' || byte == '%' || byte == 0 ||
           (byte < 0x80 &&
            (char_is_word((char)byte) || memchr("-.~", byte, 3) != NULL));
}

// Characters that best-fit and compatibility mappings turn into ".", "..", "/" or "\".
static bool point_is_lookalike(uint32_t point)
{
    switch (point) {
    case 0x2024: // one dot leader
    case 0x2025: // two dot leader
    case 0x2044: // fraction slash
    case 0x2215: // division slash
    case 0x2216: // set minus
    case 0x29f5: // reverse solidus operator
    case 0x29f8: // big solidus
    case 0x29f9: // big reverse solidus
    case 0xfe52: // small full stop
    case 0xfe68: // small reverse solidus
    case 0xff0e: // fullwidth full stop
    case 0xff0f: // fullwidth solidus
    case 0xff3c: // fullwidth reverse solidus
        return true;
    }
    return false;
}

static bool ascii_is_plain(Str path, size_t at)
{
    char c = path.at[at];
    return !char_is_control(c) && c != '\\' && (c != '%' || !escape_is_risky(path, at));
}

static bool characters_are_plain(Str path)
{
    for (size_t at = 0; at < path.len;) {
        Str rest = str_slice(path, at, path.len);
        uint32_t point;
        if (char_is_ascii(path.at[at])) {
            if (!ascii_is_plain(path, at))
                return false;
            at++;
        } else {
            if (!utf8_next(&rest, &point) || point < 0xa0 || point_is_lookalike(point))
                return false;
            at = path.len - rest.len;
        }
    }
    return true;
}

// Takes the segment at the end of *rest; false when no segment is left.
static bool take_last_segment(Str *rest, Str *segment)
{
    while (rest->len > 0 && rest->at[rest->len - 1] == '/')
        rest->len--;
    if (rest->len == 0)
        return false;
    size_t start = rest->len;
    while (start > 0 && rest->at[start - 1] != '/')
        start--;
    *segment = str_slice(*rest, start, rest->len);
    rest->len = start;
    return true;
}

static bool segment_is_plain(Str segment)
{
    char last = segment.at[segment.len - 1];
    return last != ' ' && last != '.';
}

// Segments from the last to the first, with "." and ".." resolved.
typedef struct Walk {
    Str rest;
    size_t skip; // segments that a ".." to their right removes
} Walk;

static bool walk_next(Walk *walk, Str *out)
{
    Str segment;
    while (take_last_segment(&walk->rest, &segment)) {
        if (str_eq(segment, STR(".")))
            continue;
        if (str_eq(segment, STR(".."))) {
            walk->skip++;
            continue;
        }
        if (walk->skip > 0) {
            walk->skip--;
            continue;
        }
        *out = segment;
        return true;
    }
    return false;
}

// The number of segments after resolution. Unknown for a path that climbs above its
// start at any point or has a segment that isn't plain.
static bool path_depth(Str path, size_t *out)
{
    size_t depth = 0;
    for (Cut cut = {.tail = path, .found = true}; cut.found;) {
        cut = str_cut(cut.tail, '/');
        if (cut.head.len == 0 || str_eq(cut.head, STR(".")))
            continue;
        if (str_eq(cut.head, STR(".."))) {
            if (depth == 0)
                return false;
            depth--;
            continue;
        }
        if (!segment_is_plain(cut.head))
            return false;
        depth++;
    }
    *out = depth;
    return true;
}

static bool path_is_absolute(Str path)
{
    return path.len > 0 && path.at[0] == '/';
}

static bool start_is_plain(Str path)
{
    if (path.len == 0 || path.at[0] == '~' || str_starts(path, STR("//")))
        return false;
    return path_is_absolute(path) || !str_contains(str_cut(path, '/').head, STR(":"));
}

static bool path_is_certain(Str path, size_t *depth)
{
    return start_is_plain(path) && characters_are_plain(path) &&
           path_depth(path, depth);
}

bool path_under(Str path, Str folder, bool *out)
{
    size_t path_count;
    size_t folder_count;
    if (!path_is_certain(path, &path_count) || !path_is_certain(folder, &folder_count))
        return false;
    if (path_is_absolute(path) != path_is_absolute(folder))
        return false;
    Walk path_walk = {path, 0};
    Walk folder_walk = {folder, 0};
    Str path_segment;
    Str folder_segment;
    bool is_under = path_count >= folder_count;
    for (size_t i = folder_count; is_under && i < path_count; i++)
        walk_next(&path_walk, &path_segment);
    while (is_under && walk_next(&folder_walk, &folder_segment))
        is_under = walk_next(&path_walk, &path_segment) &&
                   str_eq(path_segment, folder_segment);
    *out = is_under;
    return true;
}

bool path_name(Str path, Str *out)
{
    size_t depth;
    Walk walk = {path, 0};
    return path_is_certain(path, &depth) && walk_next(&walk, out);
}

bool path_extension(Str path, Buf *memory, Str *out)
{
    Str name;
    if (!path_name(path, &name) || str_contains(name, STR(":")))
        return false;
    Cut dot = str_cut_last(name, '.');
    if (!dot.found || dot.head.len == 0) {
        *out = STR("");
        return true;
    }
    return arg_lower(dot.tail, memory, out);
}
