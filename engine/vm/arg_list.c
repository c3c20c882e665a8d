// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_list.h"

#include "engine/vm/arg_char.h"

bool arg_list_add(ArgList *list, Str item)
{
    if (list->count == list->capacity)
        return false;
    list->items[list->count++] = item;
    return true;
}

bool arg_list_has(const ArgList *list, Str item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->items[i], item))
            return true;
    }
    return false;
}

bool arg_lower(Str text, Buf *memory, Str *out)
{
    size_t upper = 0;
    while (upper < text.len && !char_is_upper(text.at[upper]))
        upper++;
    if (upper == text.len) {
        *out = text;
        return true;
    }
    size_t start = memory->len;
    for (size_t i = 0; i < text.len; i++)
        buf_char(memory, char_lower(text.at[i]));
    if (memory->failed)
        return false;
    *out = (Str){memory->at + start, text.len};
    return true;
}
