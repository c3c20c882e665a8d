// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_glob.h"

#include <string.h>

// Drops everything up to the end of the first `piece`; false if it doesn't occur.
static bool skip_past(Str *text, Str piece)
{
    while (piece.len > 0 && text->len >= piece.len) {
        const char *first = memchr(text->at, piece.at[0], text->len - piece.len + 1);
        if (first == NULL)
            return false;
        size_t start = (size_t)(first - text->at);
        *text = str_slice(*text, start, text->len);
        if (str_starts(*text, piece)) {
            *text = str_slice(*text, piece.len, text->len);
            return true;
        }
        *text = str_slice(*text, 1, text->len);
    }
    return piece.len == 0;
}

bool glob_match(Str pattern, Str text)
{
    Cut cut = str_cut(pattern, '*');
    if (!cut.found)
        return str_eq(pattern, text);
    if (!str_starts(text, cut.head))
        return false;
    text = str_slice(text, cut.head.len, text.len);
    // The earliest place for each piece leaves the most for those after it.
    for (cut = str_cut(cut.tail, '*'); cut.found; cut = str_cut(cut.tail, '*')) {
        if (!skip_past(&text, cut.head))
            return false;
    }
    return str_ends(text, cut.head);
}
