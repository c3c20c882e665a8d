// SPDX-License-Identifier: Apache-2.0
// request_read: stage 1: the bytes of a request taken apart, without asking the policy.
//
// Everything that can be said of a request without a bundle is said here: that it is
// well formed, within limits, carries nothing shaped like a secret, and that its fixed
// members have the right types. What refers to the policy is left as text and as items
// for stage 2. The bytes are read once, into a tree; no later stage looks at them.
#ifndef PROVISO_ENGINE_DECIDE_REQUEST_READ_H
#define PROVISO_ENGINE_DECIDE_REQUEST_READ_H

#include "engine/base/cbor.h"
#include "engine/base/crypto.h"
#include "engine/decide/request.h"

typedef enum RequestField {
#define FIELD(name, number, text) FIELD_##name = number,
#include "engine/decide/request_field.def"
#undef FIELD
} RequestField;
#define FIELD(name, number, text) +1
enum {
    REQUEST_FIELD_COUNT = 0
#include "engine/decide/request_field.def"
};
#undef FIELD

// The row's name in JSON.
Str request_field_name(RequestField field);

// A party: its name, and the map that it came in, if it did.
typedef struct RawParty {
    Str id;
    const CborNode *map; // or NULL
} RawParty;

// Nodes are those of the body that was read; NULL where it has no such member.
typedef struct RawRequest {
    const CborNode *fields[REQUEST_FIELD_COUNT];
    Str gateway, tool, presenter, key;
    RawParty agent, user, audience;
    bool has_tool_hash, has_grant;
    uint8_t grant[16];
    bool has_task;
    Str task_id, task_intent, task_under;
    const CborNode *task_params;
    int64_t task_opened;
    bool has_credential, has_iat, has_exp, has_act, has_scope;
    Str iss, sub, client_id, cnf;
    uint32_t sender; // SENDER_...
    int64_t iat, exp;
    bool asks_scope, asks_ttl, asks_uses, asks_depth;
    int64_t ask_ttl;
    uint32_t ask_uses, ask_depth;
    uint32_t chain_count, above_count, aud_count, act_count, scope_count;
    uint32_t ask_scope_count;
    // Only as much of what follows is written as was sent.
    uint8_t tool_hash[DIGEST_SIZE];
    Str chain[MAX_CHAIN], above[MAX_ABOVE], aud[MAX_CHAIN], act[MAX_CHAIN];
    Str scope[MAX_SCOPES], ask_scope[MAX_SCOPES];
} RawRequest;

// What a body is for: a LIST names no tool and no arguments, a TASK_OPEN no audience
// either.
typedef enum RequestForm { FORM_CALL, FORM_LIST, FORM_OPEN } RequestForm;

// Takes a body apart, into `tree` and *out. False: the refusal is set.
bool request_read(CborTree *tree, Str body, RequestForm form, Refusal *refusal,
                  RawRequest *out);

#endif
