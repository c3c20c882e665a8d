// SPDX-License-Identifier: Apache-2.0
// request: one call, decoded from the wire into what the VM reads. Stages 1 and 2 of a
// decision happen here: well formed, within limits, without secrets; every party, tool,
// argument and attribute known to the policy.
//
// A Request is a fixed piece of memory made once for a bundle and used for one call
// after another. Decoding allocates nothing: what doesn't fit is `too_large`. Text in
// it points into the frame, which must stay in place until the decision is made.
#ifndef PROVISO_ENGINE_DECIDE_REQUEST_H
#define PROVISO_ENGINE_DECIDE_REQUEST_H

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/bytecode/bundle.h"
#include "engine/decide/answer.h"
#include "engine/decide/refusal.h"
#include "engine/decide/schema.h"
#include "engine/state/state.h"
#include "engine/vm/value.h"

typedef struct Arena Arena;

enum {
    MAX_REQUEST_STRING = 256 << 10,
    MAX_REQUEST_ITEMS = 4096,
    MAX_REQUEST_DEPTH = 16,
    MAX_ARGUMENTS = 256,
    MAX_REQUEST_GROUPS = 256,
    MAX_ABOVE = 8, // tasks above a task
    MAX_REQUEST_KEY = 64,
};

// An argument as it was sent, for binding it into the token.
typedef struct RequestArgument {
    uint32_t field; // FIELDS
    Str raw;        // its CBOR encoding
} RequestArgument;

// The episode of work that a call belongs to: as the request tells it, or as it was
// opened (recall.h).
typedef struct TaskRecord {
    Str id;
    uint32_t intent; // number in the bundle
    int64_t opened;  // ns since 1970
    // The intents of the tasks above it, nearest first.
    uint32_t above_count;
    const uint32_t *above;
    bool is_remembered; // it was opened, and lives for...
    int64_t left;       // ...so many ns more
} TaskRecord;

typedef struct Request {
    const Bundle *bundle;
    const State *state; // where live tables have their rows; NULL: they have none
    // Stage 1 or 2 failed if it is set. Then nothing below is to be used.
    Refusal refusal;

    uint32_t gateway, agent, audience, tool; // numbers
    bool has_user;
    uint32_t user; // string number of the id, or NONE: not in the bundle
    Str user_id;
    // String numbers; NONE: has none, TENANT_ALIEN: named, but not in the bundle.
    uint32_t user_tenant, agent_tenant;
    uint32_t group_count; // of the user; ascending, from MEMBERS or from the request
    const uint32_t *groups;
    uint32_t chain_count;
    bool has_task;
    bool names_task; // by its id alone: request_join_task says the rest
    TaskRecord task;
    bool is_opening; // of a TASK_OPEN: the task is one to be opened, ...
    Str under;       // ...below this one (empty: none)...
    Str params;      // ...with these parameters, as they were sent
    uint32_t row_tenant_count;

    // Facts about the presented credential.
    bool has_credential;
    uint32_t issuer; // number, or NONE
    Str credential_sub, credential_client, credential_cnf, presenter;
    uint32_t credential_sender; // SENDER_...: how it is bound
    bool is_for_gateway;        // `aud` names the gateway's uri
    bool has_exp, has_iat;
    int64_t credential_exp, credential_iat; // ns since 1970
    bool has_act;
    uint32_t act_count;

    bool has_tool_hash;
    // What the caller asks the token to be; 0 and false where it says nothing.
    bool asks_scope;
    uint32_t ask_scope_count;
    bool asks_ttl, asks_uses, asks_depth;
    int64_t ask_ttl; // ns
    uint32_t ask_uses, ask_depth;

    uint32_t argument_count;

    // LIST: no arguments were given; the slots of the tool that is asked about are
    // unknown with CAUSE_ARGUMENT.
    bool is_partial;

    Str body;         // as it was sent
    bool has_unknown; // a number was sent that fits no number

    bool has_grant; // one is presented: its id
    uint8_t grant[16];

    Str key; // idempotency: at most MAX_REQUEST_KEY bytes, or empty

    // What follows is not cleared between calls: it is as long as the counts above say.
    RequestArgument arguments[MAX_ARGUMENTS]; // in the order of the tool's fields
    uint32_t chain[MAX_CHAIN];                // agents, nearest user first
    Str act[MAX_CHAIN];                       // outermost first
    // String numbers, ascending. NONE, at the end: a scope that is not in the bundle.
    uint32_t ask_scope[MAX_SCOPES];
    // Tenants (string numbers or NONE) of the rows of keyed arguments.
    uint32_t row_tenants[MAX_KEYED_ROWS];
    Value *slots; // slots_count of the bundle
    // The attribute dictionary: the slots of the declared attributes, in slot order. A
    // request may write an attribute's position here in place of its name.
    uint32_t attribute_count;
    uint32_t *attributes;

    // Private: the items of the body; elements of lists and records; which slots to
    // clear again, and which some rule reads; groups and tags of the call.
    CborTree joined; // the parameters of a task that was opened
    CborTree tree;
    ValuePool pool;
    uint32_t filled_count;
    uint32_t *filled;
    bool *is_filled;
    bool *is_read;
    bool needs_groups;       // the policy takes some from the request
    bool is_asking;          // of a LIST: `tool` is being asked about
    uint32_t *merged_groups; // MAX_USER_GROUPS + MAX_REQUEST_GROUPS
    Value *tags;
    uint32_t above[MAX_ABOVE];
} Request;

// Memory for requests against `bundle`, on `arena`; `elements` of all the lists and
// records of one request. NULL when the arena is full.
Request *request_new(Arena *arena, const Bundle *bundle, uint32_t elements);

// Decodes the body of a DECIDE (docs/protocol.md). `gateway` is the one gateway that
// the peer is bound to (a number), or NONE where the request must name it. Never fails:
// what is wrong with the request becomes its code and detail, stages 1 and 2 in their
// order.
void request_decode(Request *request, Str body, uint32_t gateway);

// As request_decode for the body of a LIST: no tool, no arguments. Then
// request_ask_about makes it a call of `tool` with all arguments open, any number of
// times.
void request_decode_list(Request *request, Str body, uint32_t gateway);

// As request_decode for the body of a TASK_OPEN: no audience, no tool. Its parameters
// fill the slots of `child`.
void request_decode_open(Request *request, Str body, uint32_t gateway);

// Takes what the call's tool returned (CBOR) for `result`. False: it does not fit, and
// the refusal says where.
bool request_take_result(Request *request, Str result);
// The same of a call of the tool that is not told again: it takes the place of the
// request.
bool request_take_result_of(Request *request, uint32_t tool, Str result);

// Takes the parameters of the task above for those of `intent`: a number and CBOR. What
// doesn't fit is refused.
bool request_take_params(Request *request, uint32_t intent, Str params);

// Says the rest of a task that the request names: its intent, when it was opened, its
// parameters (CBOR, as it was opened with) and the agents between the user and this
// one. What doesn't fit this bundle is refused as a request's own task would be.
typedef struct JoinedTask {
    Str intent, params;
    int64_t opened, left;
    uint32_t above_count;
    Str above[MAX_ABOVE];  // intents, nearest first
    Str actors[MAX_ABOVE]; // agents of the tasks above, nearest first
} JoinedTask;
void request_join_task(Request *request, const JoinedTask *task);
void request_ask_about(Request *request, uint32_t tool);

#endif
