// SPDX-License-Identifier: Apache-2.0
// answer_encode: an Answer as the body of the protocol: a deterministic CBOR map with
// text keys, whose names are those of the standards (docs/protocol.md, "Answers").
#ifndef PROVISO_ENGINE_WIRE_ANSWER_ENCODE_H
#define PROVISO_ENGINE_WIRE_ANSWER_ENCODE_H

#include "engine/decide/answer.h"
#include "engine/decide/decide.h"
#include "engine/decide/possible.h"
#include "engine/decide/request.h"

typedef struct Buf Buf;

// Appends the answer to `request`; with `trace` (or NULL) also what each rule came to.
void answer_encode(Buf *out, const Request *request, const Answer *answer,
                   const Trace *trace);

// Appends one tool of the answer to a LIST: its name, and the conditions that are still
// open, rule by rule.
void possible_encode(Buf *out, const Request *request, const Possible *possible);

// The answer to an operation that is no decision.
typedef struct OperationAnswer {
    bool is_done; // done, good, or to be delivered
    Code code;    // else
    Str detail;
    int64_t ends;          // of an opened task, ns since 1970; 0: of no task
    const uint32_t *rules; // that stood in the way
    uint32_t rule_count;
} OperationAnswer;
void operation_encode(Buf *out, const Bundle *bundle, const OperationAnswer *answer);

#endif
