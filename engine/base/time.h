// SPDX-License-Identifier: Apache-2.0
// time: the language's time and duration, both in nanoseconds.
//
// A time counts from 1970-01-01T00:00:00Z without leap seconds, so it reaches from 1677
// to 2262. What returns false leaves *out as it was; what is written reads back as the
// same.
#ifndef PROVISO_ENGINE_BASE_TIME_H
#define PROVISO_ENGINE_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"

typedef struct Buf Buf;

// One or more of INTEGER UNIT, with units d h m s ms us ns, each at most once and in
// this order: "15m", "1h30m", "250ms", "14d"; '-' in front negates.
bool duration_parse(Str text, int64_t *out);
// Largest units first, no part zero: "1h30m", "14d", "1d12h"; "0s" for nothing.
void duration_format(Buf *buf, int64_t nanoseconds);

// A date-time of RFC 3339 §5.6 with 'Z' or an offset and at most 9 digits of fraction,
// or a date alone, which is its midnight UTC. Second 60 is refused.
bool time_parse(Str text, int64_t *out);
// RFC 3339 in UTC; a fraction only if there is one, without trailing zeros.
void time_format(Buf *buf, int64_t nanoseconds);

#endif
