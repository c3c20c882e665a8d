// SPDX-License-Identifier: Apache-2.0
// verify_parts: what the files of the verifier share. Nobody else includes it.
//
// Each part checks some sections and may rely on the parts before it, in the order of
// verify_bundle. The first failure is kept; every check returns false from then on.
#ifndef PROVISO_ENGINE_BYTECODE_VERIFY_PARTS_H
#define PROVISO_ENGINE_BYTECODE_VERIFY_PARTS_H

#include "engine/base/arena.h"
#include "engine/bytecode/verify.h"

// What verifying the code has found out about a function.
typedef struct FunctionFacts {
    uint32_t need_count;   // certain argument and parameter slots that it reads, itself
    const uint32_t *needs; // and through memos of all tools
    uint32_t let_count;    // memos with a function a tool that it reads in the same way
    const uint32_t *lets;
    uint32_t memo_depth; // frames below its own
    bool is_of_pattern;  // it reads an earlier call, of which...
    uint32_t keep_first; // ...KEEPS from here
    uint32_t keep_end;   // to before here
} FunctionFacts;

typedef struct Verifier {
    const Bundle *bundle;
    Arena *scratch;
    bool is_out_of_memory;
    VerifyFailure failure;
    FunctionFacts *functions; // one a function
    uint32_t *memo_depths;    // one a memo
    uint32_t *let_places;     // one a memo: the place where it was looked at last
    uint32_t place;           // that is looked at, counted from 1
} Verifier;

// Records the failure. Always false.
bool verify_fail(Verifier *verifier, VerifyRule rule, Section section, size_t index);
// Memory, or NULL with is_out_of_memory set.
void *verify_alloc(Verifier *verifier, size_t count, size_t size);

// Holds, or the failure is recorded: use as `if (!HOLDS(...)) return false;`
#define HOLDS(verifier, condition, rule, section, index)                               \
    ((condition) ||                                                                    \
     verify_fail((verifier), VERIFY_##rule, SECTION_##section, (size_t)(index)))
// Returns false from here unless the condition holds.
#define NEED(condition, rule, section, index)                                          \
    do {                                                                               \
        if (!HOLDS(verifier, (condition), rule, section, index))                       \
            return false;                                                              \
    } while (0)
// Returns false from here unless the check succeeds.
#define ALSO(check)                                                                    \
    do {                                                                               \
        if (!(check))                                                                  \
            return false;                                                              \
    } while (0)

// The list lies within LISTS.
bool verify_list(Verifier *verifier, List list, Section section, size_t index);
// ... and ascends strictly, with every number below `limit`.
bool verify_ascending(Verifier *verifier, List list, uint32_t limit, Section section,
                      size_t index);
// The string exists; `may_be_none` admits NONE.
bool verify_string(Verifier *verifier, uint32_t string, bool may_be_none,
                   Section section, size_t index);
// The string can be met in a request.
bool verify_interned(Verifier *verifier, uint32_t string, bool may_be_none,
                     Section section, size_t index);
// Every value of type `other` is one of `type`: they are the same, or lists of the same
// elements and `other` no longer.
bool verify_type_holds(const Bundle *bundle, uint32_t type, uint32_t other);
// No lookup in a hash table passes more than MAX_PROBES slots: no more stand in a row
// without an empty one. `words` is the first slot's word that is `empty` in an empty
// slot, of which there is one; the next slot's is `stride` words on.
bool verify_is_sparse(const uint32_t *words, uint32_t size, uint32_t stride,
                      uint32_t empty);
// `count` words of ROWS from `row` are constants of the types at LISTS[types].
bool verify_row(Verifier *verifier, uint32_t row, uint32_t count, uint32_t types,
                Section section, size_t index);

// What the function reads for certain is there under the tool and the intent (NONE:
// any).
bool verify_reads(Verifier *verifier, uint32_t function, uint32_t tool,
                  uint32_t intent);

bool verify_values(Verifier *verifier);   // strings, types, constants
bool verify_schemas(Verifier *verifier);  // slots, schemas, fields, fills
bool verify_parties(Verifier *verifier);  // issuers ... intents
bool verify_tables(Verifier *verifier);   // tables
bool verify_code(Verifier *verifier);     // functions, memos
bool verify_rules(Verifier *verifier);    // shapes, conditions, rules, extras, tokens
bool verify_memory(Verifier *verifier);   // labels, yields, keeps, budgets, delegates
bool verify_dispatch(Verifier *verifier); // dispatch, reach, cost

#endif
