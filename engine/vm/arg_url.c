// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_url.h"

#include <string.h>

#include "engine/vm/arg_char.h"

enum { HOST_MAX = 253, LABEL_MAX = 63, PORT_MAX = 65535 };

// A URL cut into parts, each as written. port is 0 when none is known.
typedef struct Url {
    Str scheme;
    Str host;
    int32_t port;
    Str path;
    Str query;
    bool has_query;
    bool has_fragment;
} Url;

static const struct {
    Str scheme;
    int32_t port;
} DEFAULT_PORTS[] = {
    {{"http", 4}, 80}, {{"https", 5}, 443}, {{"ws", 2}, 80},
    {{"wss", 3}, 443}, {{"ftp", 3}, 21},
};

// True if every byte is visible ASCII that both standards take as it is.
static bool characters_are_plain(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!char_is_visible(text.at[i]) ||
            memchr("\\\"<>^`{|}", text.at[i], 9) != NULL)
            return false;
    }
    return true;
}

// RFC 3986 §3.1.
static bool scheme_is_plain(Str scheme)
{
    if (scheme.len == 0 || !char_is_letter(scheme.at[0]))
        return false;
    for (size_t i = 1; i < scheme.len; i++) {
        char c = scheme.at[i];
        if (!char_is_letter(c) && !char_is_digit(c) && c != '+' && c != '-' && c != '.')
            return false;
    }
    return true;
}

static bool all_digits(Str text)
{
    size_t i = 0;
    while (i < text.len && char_is_digit(text.at[i]))
        i++;
    return i == text.len && text.len > 0;
}

// What the WHATWG standard ("ends in a number") takes for the end of an address.
static bool label_is_number(Str label)
{
    if (label.len < 2 || label.at[0] != '0' || char_lower(label.at[1]) != 'x')
        return all_digits(label);
    size_t i = 2;
    while (i < label.len && char_hex(label.at[i]) >= 0)
        i++;
    return i == label.len;
}

static bool label_is_plain(Str label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (!char_is_word(label.at[i]) && label.at[i] != '-')
            return false;
    }
    return label.len > 0 && label.len <= LABEL_MAX;
}

// A decimal number up to `limit` without leading zeros; false if it isn't one.
static bool decimal_number(Str digits, int32_t limit, int32_t *out)
{
    if (!all_digits(digits) || digits.len > 5 ||
        (digits.len > 1 && digits.at[0] == '0'))
        return false;
    int32_t value = 0;
    for (size_t i = 0; i < digits.len; i++)
        value = value * 10 + (digits.at[i] - '0');
    if (value > limit)
        return false;
    *out = value;
    return true;
}

static bool host_is_address(Str host)
{
    size_t count = 0;
    for (Cut cut = {.tail = host, .found = true}; cut.found; count++) {
        cut = str_cut(cut.tail, '.');
        int32_t part;
        if (!decimal_number(cut.head, 255, &part))
            return false;
    }
    return count == 4;
}

static bool host_is_plain(Str host)
{
    if (host.len > HOST_MAX)
        return false;
    Cut cut = {.tail = host, .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, '.');
        if (!label_is_plain(cut.head))
            return false;
    }
    return !label_is_number(cut.head) || host_is_address(host);
}

// The byte that the escape at `percent` stands for, or -1 if it isn't one.
static int escape_value(Str text, size_t percent)
{
    if (text.len - percent < 3)
        return -1;
    int high = char_hex(text.at[percent + 1]);
    int low = char_hex(text.at[percent + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool escapes_are_whole(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '%' && escape_value(text, i) < 0)
            return false;
    }
    return true;
}

// An escape that servers decode at different times, or that spells a character which
// needs none (RFC 3986 §2.3), or in the case that RFC 3986 §2.1 advises against.
static bool path_escape_is_plain(Str path, size_t percent)
{
    int value = escape_value(path, percent);
    if (value < 0x20 || value == 0x7f || value == '/' || value == '\\' || value == '%')
        return false;
    if (char_is_lower(path.at[percent + 1]) || char_is_lower(path.at[percent + 2]))
        return false;
    return value >= 0x80 ||
           (!char_is_word((char)value) && memchr("-.~", value, 3) == NULL);
}

static bool path_segment_is_plain(Str segment)
{
    if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
        return false;
    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.at[i];
        if (c == ';' || c == '[' || c == ']')
            return false;
        if (c == '%' && !path_escape_is_plain(segment, i))
            return false;
    }
    return true;
}

static bool path_is_plain(Str path)
{
    if (path.len == 0)
        return true;
    Cut cut = {.tail = str_slice(path, 1, path.len), .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, '/');
        if (!path_segment_is_plain(cut.head) || (cut.head.len == 0 && cut.found))
            return false;
    }
    return true;
}

static int32_t default_port(Str scheme)
{
    for (size_t i = 0; i < sizeof DEFAULT_PORTS / sizeof DEFAULT_PORTS[0]; i++) {
        if (str_eq_nocase(scheme, DEFAULT_PORTS[i].scheme))
            return DEFAULT_PORTS[i].port;
    }
    return 0;
}

// authority = host [ ":" port ]
static bool parse_authority(Str authority, Url *url)
{
    Cut colon = str_cut(authority, ':');
    url->host = colon.head;
    url->port = default_port(url->scheme);
    if (colon.found &&
        (!decimal_number(colon.tail, PORT_MAX, &url->port) || url->port == 0))
        return false;
    return host_is_plain(url->host);
}

// Where the authority ends and path, query or fragment begin.
static size_t authority_length(Str text)
{
    size_t i = 0;
    while (i < text.len && text.at[i] != '/' && text.at[i] != '?' && text.at[i] != '#')
        i++;
    return i;
}

// scheme "://" authority path-abempty [ "?" query ] [ "#" fragment ]
static bool url_parse(Str text, Url *url)
{
    if (!characters_are_plain(text))
        return false;
    Cut scheme = str_cut(text, ':');
    if (!scheme.found || !scheme_is_plain(scheme.head) ||
        !str_starts(scheme.tail, STR("//")))
        return false;
    Str rest = str_slice(scheme.tail, 2, scheme.tail.len);
    size_t length = authority_length(rest);
    Cut fragment = str_cut(str_slice(rest, length, rest.len), '#');
    Cut query = str_cut(fragment.head, '?');
    *url = (Url){.scheme = scheme.head,
                 .path = query.head,
                 .query = query.tail,
                 .has_query = query.found,
                 .has_fragment = fragment.found};
    return parse_authority(str_slice(rest, 0, length), url) &&
           path_is_plain(url->path) && escapes_are_whole(url->query) &&
           escapes_are_whole(fragment.tail);
}

bool url_scheme(Str text, Buf *memory, Str *out)
{
    Url url;
    return url_parse(text, &url) && arg_lower(url.scheme, memory, out);
}

bool url_host(Str text, Buf *memory, Str *out)
{
    Url url;
    return url_parse(text, &url) && arg_lower(url.host, memory, out);
}

bool url_port(Str text, int64_t *out)
{
    Url url;
    if (!url_parse(text, &url) || url.port == 0)
        return false;
    *out = url.port;
    return true;
}

bool url_path(Str text, Str *out)
{
    Url url;
    if (!url_parse(text, &url))
        return false;
    *out = url.path.len == 0 ? STR("/") : url.path;
    return true;
}

bool url_query(Str text, Str *out)
{
    Url url;
    if (!url_parse(text, &url))
        return false;
    *out = url.has_query ? url.query : STR("");
    return true;
}

// Both paths are plain, so equal bytes are equal segments.
static bool path_is_below(Str path, Str base)
{
    if (base.len > 0 && base.at[base.len - 1] == '/')
        base.len--;
    return str_starts(path, base) && (path.len == base.len || path.at[base.len] == '/');
}

bool url_under(Str text, Str base_text, bool *out)
{
    Url url;
    Url base;
    if (!url_parse(text, &url) || !url_parse(base_text, &base) || base.has_query ||
        base.has_fragment)
        return false;
    *out = str_eq_nocase(url.scheme, base.scheme) &&
           str_eq_nocase(url.host, base.host) && url.port == base.port &&
           path_is_below(url.path, base.path);
    return true;
}
