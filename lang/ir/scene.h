// SPDX-License-Identifier: Apache-2.0
// scene: a checked `test` block. What lang/check makes of one, and lang/scene runs.
//
// A step holds what a request would carry, as texts and samples, with names resolved;
// the numbers are those of Program. Tasks and calls are numbered in the order in which
// the test writes them; a step that refers to one has its number.
#ifndef PROVISO_LANG_IR_SCENE_H
#define PROVISO_LANG_IR_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "lang/source/source.h"

typedef struct Const Const;

typedef enum StepKind {
#define STEP(name, word, what) STEP_##name,
#include "lang/ir/step.def"
#undef STEP
} StepKind;
#define STEP(name, word, what) +1
enum {
    STEP_KIND_COUNT = 0
#include "lang/ir/step.def"
};
#undef STEP

// A value as a request or an outcome carries it.
typedef struct Sample Sample;
struct Sample {
    Str name;           // of a member; else empty
    const Const *value; // NULL: a list, a record or nothing
    bool is_record;
    bool is_nothing;     // `none`: the member is left out
    const Sample *items; // in the order written
    uint32_t count;
};

// with credential { ... }: members that replace the default ones.
typedef struct With {
    Str what;    // "credential"
    Sample said; // a record
    Str who;     // with user "u-7", with agent bot: an id; then `said` is empty
    uint32_t of; // with grant c: the call whose grant is presented; else NONE
} With;

typedef enum Dimension {
    DIMENSION_TTL,
    DIMENSION_USES,
    DIMENSION_DEPTH,
    DIMENSION_SCOPE,
    DIMENSION_AUDIENCE,
    DIMENSION_FREE,
    DIMENSION_SENDER,
    DIMENSION_TENANT,
    DIMENSION_ACR,
} Dimension;

typedef enum Relation {
    RELATION_EQ,
    RELATION_NE,
    RELATION_LT,
    RELATION_LE,
    RELATION_GT,
    RELATION_GE,
} Relation;

// One comparison in expect ... token { ... }.
typedef struct TokenTest {
    Dimension dimension;
    Relation relation;
    int64_t number; // TTL (ns) USES DEPTH
    Str *texts;     // the others; ascending
    uint32_t text_count;
    Span span;
} TokenTest;

// A text that was expected, and where it stands.
typedef struct Expected {
    Str text;
    Span span;
} Expected;

typedef struct Expect {
    Str verdict; // "allow"
    Span span;   // of the whole
    Span verdict_span;
    Expected *codes; // of a deny: any of them; none: any at all
    uint32_t code_count;
    Expected *rules;
    uint32_t rule_count;
    Expected *remedies; // codes; `remedy none`: said, but none
    uint32_t remedy_count;
    bool says_remedies;
    Span remedy_span;
    TokenTest *tests;
    uint32_t test_count;
} Expect;

typedef struct Step Step;
struct Step {
    StepKind kind;
    Span span;
    const Expect *expect; // NULL: not said
    // Which of these a kind has:
    Str text;      // AGENT USER: the id; GATEWAY TASK: the name; CALL: the tool's own
                   // name; APPROVE CONSENT: who; REVOKE: the kind of thing
    Str uri;       // CALL: the audience's
    Str name;      // REVOKE: what of that kind, unless a task or call is meant
    uint32_t tool; // CALL: number, or NONE
    int64_t time;  // NOW ADVANCE, REVOKE before: nanoseconds
    Sample said;   // CONTEXT: the record; TASK CALL: the arguments
    Sample result; // CALL OUTCOME
    bool has_result;
    const With *withs; // TASK CALL
    uint32_t with_count;
    uint32_t number; // TASK CALL: its own
    uint32_t of; // TASK: the task above; CALL: the task it says to belong to; others:
                 // the task or call meant; NONE: not said
    const Step *steps; // REPEAT
    uint32_t step_count;
    uint32_t times;
};

typedef struct Test {
    Str name;
    Span span; // of the name
    const Step *steps;
    uint32_t step_count;
    uint32_t task_count;
    uint32_t call_count;
} Test;

// "approve".
const char *step_word(StepKind kind);

#endif
