// SPDX-License-Identifier: Apache-2.0
// arg_list: where the argument parsers write what they return, all of it the caller's
// memory.
//
// The parsers behind the language's builtins (arg_*.h) share one shape: `bool f(input,
// …, Type *out)`. True: *out is the value. False: *unknown*, and *out is untouched;
// nothing else can go wrong. They read their target's syntax as the target would, and
// are unknown wherever two targets of that kind could read it differently. They
// allocate nothing, keep nothing, and take linear time. A Str they return looks into
// the input or into `memory`, a Buf over fixed memory that they append to; as many
// bytes as the input has are always enough.
#ifndef PROVISO_ENGINE_VM_ARG_LIST_H
#define PROVISO_ENGINE_VM_ARG_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/str.h"

// A list in the order of the input, or a set. The caller gives `items` and `capacity`.
typedef struct ArgList {
    Str *items;
    size_t count;
    size_t capacity;
} ArgList;

// Appends; false when the list is full.
bool arg_list_add(ArgList *list, Str item);
bool arg_list_has(const ArgList *list, Str item);

// The text with ASCII letters in lower case: the text itself if it has no others, else
// a copy in `memory`; false when that is full.
bool arg_lower(Str text, Buf *memory, Str *out);

#endif
