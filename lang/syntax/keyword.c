// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/lex.h"

#include "lang/syntax/machine.h"

static const Keyword keywords[] = {
#define KEYWORD(token, text, where, says)                                              \
    {text, sizeof(text) - 1, TK_##token, (where), says},
#include "lang/syntax/keyword.def"
#undef KEYWORD
};

enum { KEYWORD_COUNT = sizeof keywords / sizeof keywords[0] };

const Keyword *keyword_find(Str text)
{
    size_t low = 0;
    size_t high = KEYWORD_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const Keyword *row = &keywords[middle];
        int order = str_compare(text, (Str){row->text, row->len});
        if (order == 0)
            return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const Keyword *keyword_at(size_t index)
{
    return index < KEYWORD_COUNT ? &keywords[index] : NULL;
}

const Keyword *keyword_of_token(unsigned token)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++) {
        if (keywords[i].token == token)
            return &keywords[i];
    }
    return NULL;
}
