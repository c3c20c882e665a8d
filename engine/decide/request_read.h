// SPDX-License-Identifier: Apache-2.0
// request_read: stage 1: the bytes of a request taken apart, without asking the policy.
//
// Everything that can be said of a request without a bundle is said here: that it is
// well formed, within limits, carries nothing shaped like a secret, and that its fixed
// members have the right types. What refers to the policy is left as text and as raw
// CBOR for stage 2.
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
    Str map; // raw, or empty
} RawParty;

typedef struct RawRequest {
    Str fields[REQUEST_FIELD_COUNT]; // raw CBOR, empty where absent
    Str gateway, tool, presenter, key;
    RawParty agent, user, audience;
    uint8_t tool_hash[DIGEST_SIZE];
    bool has_tool_hash;
    uint32_t chain_count;
    Str chain[MAX_CHAIN];
    bool has_task;
    Str task_id, task_intent, task_params; // params raw
    int64_t task_opened;
    uint32_t above_count;
    Str above[MAX_ABOVE];
    bool has_credential, has_iat, has_exp, has_act;
    Str iss, sub, client_id, cnf;
    uint32_t sender; // SENDER_...
    int64_t iat, exp;
    uint32_t aud_count, act_count, scope_count;
    Str aud[MAX_CHAIN], act[MAX_CHAIN], scope[MAX_SCOPES];
    bool has_scope;
    bool asks_scope, asks_ttl, asks_uses, asks_depth;
    uint32_t ask_scope_count;
    Str ask_scope[MAX_SCOPES];
    int64_t ask_ttl;
    uint32_t ask_uses, ask_depth;
} RawRequest;

// Takes a body apart. `is_list`: of a LIST, which names no tool and has no arguments.
// False: the refusal is set.
bool request_read(Str body, bool is_list, Refusal *refusal, RawRequest *out);

// The place of a member, for messages.
Path request_member_path(const Path *above, const CborItem *key);

// Calls `member` for each pair of a map (raw CBOR) with the reader standing at the
// value, which it must read whole. The key is a text, or for attributes an unsigned
// number. False as soon as `member` is, or for what is no map.
typedef bool RequestMember(void *context, const CborItem *key, CborReader *reader);
bool request_each_member(Str map, Refusal *refusal, const Path *path,
                         RequestMember *member, void *context);

#endif
