// SPDX-License-Identifier: Apache-2.0
// emit: a checked policy becomes a bundle (engine/bytecode/bytecode.h, docs/bundle.md).
//
// The bytes depend on what the policy says only: rules in another order, or in other
// files, give the same rules, code and tables.
#ifndef PROVISO_LANG_EMIT_EMIT_H
#define PROVISO_LANG_EMIT_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/ir/ir.h"

typedef struct EmitOptions {
    // What may be switched off for tests that compare; no decision changes by it.
    bool has_families;   // rules that differ in constants share their code
    bool has_equal_dims; // `slot == constant` is looked up, not only evaluated
    bool has_two_values; // code without checks where nothing can be unknown
    // What the bundle says about itself.
    Str compiler;            // version
    uint8_t source_hash[32]; // SHA-256 over the sources
    const Sources *sources;  // where rules stand; NULL: nowhere
} EmitOptions;

// Everything on; the rest empty.
EmitOptions emit_defaults(void);

// A limit of the format that the policy goes past.
typedef struct EmitLimit {
    const char *what; // "bytes of the bundle", lower case
    uint64_t is;
    uint64_t limit;
    Span span; // the tool, rule or expression, or nowhere
} EmitLimit;

// Appends the bundle, unsigned, to `out`, whose bytes then are its file. The program is
// put into its normal form (ir_normalize) first. False: *limit says why, and `out` is
// as it was.
bool emit_bundle(Arena *arena, Program *program, const EmitOptions *options, Buf *out,
                 EmitLimit *limit);

#endif
