// SPDX-License-Identifier: Apache-2.0
// refusal: why a request was turned away in stage 1 or 2: the code, and one line that
// names the place and the rule, "args.items[3].name: must be at most 40 characters
// long".
//
// The line never holds a value of the request: an agent, a log and a terminal may show
// it. It is UTF-8.
#ifndef PROVISO_ENGINE_DECIDE_REFUSAL_H
#define PROVISO_ENGINE_DECIDE_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/cbor.h"
#include "engine/base/str.h"
#include "engine/decide/answer.h"

typedef struct Buf Buf;

enum { MAX_DETAIL = 160 };

typedef struct Refusal {
    bool is_set;
    Code code;
    uint32_t detail_len;
    char detail[MAX_DETAIL]; // cut where it would be longer
} Refusal;

// A place in a request: a member of what `above` is, or an element of it. Paths live on
// the stack of those who walk.
typedef struct Path Path;
struct Path {
    const Path *above; // NULL: the request itself
    Str name;          // empty: the element `index`
    uint32_t index;
};

// The place of the member with that key.
Path path_of_key(const Path *above, const CborItem *key);

// Sets the refusal, unless an earlier one stands. Always false, to return from a
// reader.
bool refusal_set(Refusal *refusal, Code code, const Path *path, const char *rule, ...)
    PRINTF_LIKE(4, 5);

// The line, as a view.
static inline Str refusal_detail(const Refusal *refusal)
{
    return (Str){refusal->detail, refusal->detail_len};
}

#endif
