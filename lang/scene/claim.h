// SPDX-License-Identifier: Apache-2.0
// claim: one comparison of `expect ... token { ... }` and the token of an answer.
#ifndef PROVISO_LANG_SCENE_CLAIM_H
#define PROVISO_LANG_SCENE_CLAIM_H

#include "engine/base/json.h"
#include "lang/ir/scene.h"

typedef struct Buf Buf;

// Whether it holds. Sets are compared as sets: `<=` is "a subset of". `token` is the
// member of an answer.
bool claim_holds(Arena *arena, const TokenTest *test, const JsonValue *token);
// Whether the token has the dimension at all.
bool claim_has(Dimension dimension, const JsonValue *token);
// As a test writes it: "ttl <= 60s".
void claim_format(Buf *out, const TokenTest *test);
// What the token has in a dimension, in the same form: "ttl 30s"; "no tenant".
void claim_format_token(Buf *out, Arena *arena, Dimension dimension,
                        const JsonValue *token);

#endif
