// SPDX-License-Identifier: Apache-2.0
// verify: everything that must hold before a bundle may run. What verify_bundle has
// accepted the VM, dispatch and decide use without a further check: indices, types of
// every operand, forward-only jumps, bounded loops, worst-case cost, sorted lists,
// complete hash tables.
//
// It proves safety, and that nothing is lost between the tables; it does not prove that
// the rules are those that somebody wrote. For that there is the signature.
#ifndef PROVISO_ENGINE_BYTECODE_VERIFY_H
#define PROVISO_ENGINE_BYTECODE_VERIFY_H

#include "engine/bytecode/bundle.h"

typedef struct Arena Arena;

typedef enum VerifyRule {
#define VERIFY(name, text) VERIFY_##name,
#include "engine/bytecode/verify.def"
#undef VERIFY
} VerifyRule;
#define VERIFY(name, text) +1
enum {
    VERIFY_COUNT = 0
#include "engine/bytecode/verify.def"
};
#undef VERIFY

// Where a bundle broke which rule.
typedef struct VerifyFailure {
    VerifyRule rule;
    Section section;
    uint32_t index; // record in the section; for CODE the word
} VerifyFailure;

// "OPERAND_TYPE", and the rule in words.
const char *verify_rule_name(VerifyRule rule);
const char *verify_rule_text(VerifyRule rule);
// "CODE"
const char *section_name(Section section);

// STATUS_OK: the bundle is safe to run. STATUS_MALFORMED: *failure says which rule it
// breaks. STATUS_LIMIT: the scratch arena is too small, of which a bundle of the
// compiler needs less than of the file; all scratch is given back.
MUST_USE Status verify_bundle(const Bundle *bundle, Arena *scratch,
                              VerifyFailure *failure);

#endif
