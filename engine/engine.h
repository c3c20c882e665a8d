// SPDX-License-Identifier: Apache-2.0
// engine: the embedding interface of libproviso: a signed bundle in, decisions out,
// without a daemon.
//
// A ProvisoEngine is a bundle that was loaded and verified. It is immutable; any number
// of threads may use it. A ProvisoSession is the working memory for decisions under it:
// one thread at a time, one for each thread that decides. Sessions end before their
// engine.
//
// Deciding is a pure function: the caller gives the time and the random bytes, and the
// same input gives the same answer, bit for bit. It allocates nothing and does no I/O.
//
// Bodies are those of the daemon's protocol (docs/protocol.md), deterministic CBOR.
#ifndef PROVISO_ENGINE_H
#define PROVISO_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROVISO_VERSION "0.1.0"

#ifndef PROVISO_API
#define PROVISO_API __attribute__((visibility("default")))
#endif

typedef struct ProvisoEngine ProvisoEngine;
typedef struct ProvisoMemory ProvisoMemory;
typedef struct ProvisoSession ProvisoSession;

typedef enum ProvisoStatus {
    PROVISO_OK,
    PROVISO_REFUSED, // what was given is not well formed, or breaks a rule; the message
                     // says which
    PROVISO_UNTRUSTED, // too few trusted keys have signed the bundle
    PROVISO_IO,        // a file can't be read
    PROVISO_MEMORY,    // out of memory
    PROVISO_SPACE,     // the result doesn't fit into the memory given for it
} ProvisoStatus;

// Whose bundles are good.
typedef struct ProvisoTrust {
    const uint8_t (*keys)[32]; // raw Ed25519 public keys
    size_t key_count;
    size_t signatures;   // how many different ones of them must have signed; at least 1
    bool allow_unsigned; // take any bundle; then the rest is not looked at
} ProvisoTrust;

// ---- bundles ----

// Loads a bundle from memory, which is copied, or from a file, which is read once:
// later changes of either are not seen. Checks the signatures, then everything that
// must hold before a bundle may decide. On success *out is to be freed with
// proviso_engine_free; on failure `why` has one line of text (cut to why_size).
PROVISO_API ProvisoStatus proviso_engine_load(const void *bytes, size_t len,
                                              const ProvisoTrust *trust,
                                              ProvisoEngine **out, char *why,
                                              size_t why_size);
PROVISO_API ProvisoStatus proviso_engine_load_file(const char *path,
                                                   const ProvisoTrust *trust,
                                                   ProvisoEngine **out, char *why,
                                                   size_t why_size);
// NULL is fine.
PROVISO_API void proviso_engine_free(ProvisoEngine *engine);

// What is loaded. Texts aren't NUL-terminated and live as long as the engine.
typedef struct ProvisoInfo {
    const uint8_t *hash; // 32 bytes: SHA-256 of the payload, the bundle's identity
    const char *package;
    size_t package_len;
    const char *compiler; // version
    size_t compiler_len;
    uint32_t rules;
    uint32_t signatures; // how many trusted keys have signed
    uint32_t cost;       // worst-case steps of a decision
    uint32_t attributes; // how many the policy declares
    bool needs_memory;   // sessions without one deny every call
} ProvisoInfo;
PROVISO_API void proviso_engine_info(const ProvisoEngine *engine, ProvisoInfo *out);

// The number of a gateway that the policy names, or PROVISO_NO_GATEWAY.
#define PROVISO_NO_GATEWAY UINT32_MAX
PROVISO_API uint32_t proviso_engine_gateway(const ProvisoEngine *engine,
                                            const char *name, size_t len);

// The name of a declared attribute, "user.department", by its position in the
// dictionary: a request may write the position in place of the name. `position` must be
// below ProvisoInfo.attributes. The text isn't NUL-terminated and lives as long as the
// engine.
PROVISO_API const char *proviso_engine_attribute(const ProvisoEngine *engine,
                                                 uint32_t position, size_t *len);

// ---- memory ----

// What is remembered between calls: tasks, budgets, approvals, grants, revocations. It
// outlives the bundle: the sessions of the next one find it. At most `limit` bytes, of
// which 5 MiB are kept in reserve, so that an operation is applied whole or not at all;
// what makes things safer (revocations, closures, outcomes, consents withdrawn) may
// take an eighth more. `secret` is 16 random bytes that nobody else knows. NULL when
// memory is out.
PROVISO_API ProvisoMemory *proviso_memory_new(size_t limit, const uint8_t secret[16]);
// NULL is fine. After the sessions that use it.
PROVISO_API void proviso_memory_free(ProvisoMemory *memory);

// How much of it is whose, at most; 0: as much as there is. A tenant that has so much,
// or more, gets nothing that would need more: that is denied as `quota`. What has no
// tenant shares one bound. They hold for what is decided from then on, and change
// nothing that is remembered.
typedef struct ProvisoLimits {
    uint64_t tenant_bytes; // of all that is remembered of one tenant
    uint32_t tenant_tasks; // of one tenant: until they are closed, or forgotten after
                           // their end
    uint64_t live_bytes;   // of the rows of all live tables
} ProvisoLimits;
PROVISO_API void proviso_memory_set_limits(ProvisoMemory *memory,
                                           const ProvisoLimits *limits);

// How full it is.
enum { PROVISO_KINDS = 11 };
typedef struct ProvisoMemoryInfo {
    uint64_t limit; // bytes, those in reserve included
    uint64_t used;  // bytes of what is remembered
    uint64_t left;  // bytes that can still be taken; 0: it is full
    uint64_t taken; // bytes that the system has given: they are never given back, but
                    // used again
    uint32_t records[PROVISO_KINDS]; // how many of each kind
} ProvisoMemoryInfo;
PROVISO_API void proviso_memory_info(const ProvisoMemory *memory,
                                     ProvisoMemoryInfo *out);
// What they are called: "tasks" "grants" "budgets"... `kind` must be below
// PROVISO_KINDS.
PROVISO_API const char *proviso_memory_kind(uint32_t kind);

// Sees the changes of each operation before they are applied, to log them: applied
// again in the same order, with the times of the operations, they make the same memory.
// An operation that changes nothing is seen as well, with len 0, for its answer rests
// on what was changed before: there is nothing to log then. False: they can't be kept;
// then they are not applied, and what asked for them, or would be allowed without any,
// is denied as `unavailable`. The same holds when the memory is full. A call of which
// only the grant would be remembered is decided all the same; nothing knows that grant
// later.
typedef bool ProvisoKeep(void *keeper, int64_t now, int64_t tick, const void *changes,
                         size_t len);
PROVISO_API void proviso_memory_set_keep(ProvisoMemory *memory, ProvisoKeep *keep,
                                         void *keeper);
// Applies what a ProvisoKeep has seen. False: it is nothing of the kind, and the memory
// is of no more use.
PROVISO_API bool proviso_memory_apply(ProvisoMemory *memory, int64_t now, int64_t tick,
                                      const void *changes, size_t len);

// ---- decisions ----

// A session reads and changes the memory: of those that share one, only one is used at
// a time. Without one (NULL) nothing is remembered, neither what was granted; a policy
// that needs it then denies every call as `unavailable`. NULL when memory is out.
// proviso_session_free takes NULL.
PROVISO_API ProvisoSession *proviso_session_new(const ProvisoEngine *engine,
                                                ProvisoMemory *memory);
PROVISO_API void proviso_session_free(ProvisoSession *session);

typedef struct ProvisoCall {
    // of a DECIDE, LIST or EXPLAIN; must stay until the function returns
    const void *body;
    size_t body_len;
    // The gateways that the caller may speak for, by number. With one, the request need
    // not name it; with none, it must name one, which can be any.
    const uint32_t *gateways;
    size_t gateway_count;
    int64_t now;  // nanoseconds since 1970
    int64_t tick; // nanoseconds of time that passed since the memory was made; never
                  // less than in an earlier call
    uint8_t random[16]; // becomes the id of the grant, unless the request has a key;
                        // never twice the same
} ProvisoCall;

typedef struct ProvisoVerdict {
    bool allow;
    uint32_t code; // of a deny; proviso_code_name says it
} ProvisoVerdict;

// Each decides one call and writes the body of the answer. What is wrong with a request
// is a deny, not a failure. PROVISO_SPACE when `capacity` is too small, PROVISO_OK
// otherwise.
PROVISO_API ProvisoStatus proviso_session_decide(ProvisoSession *session,
                                                 const ProvisoCall *call, void *out,
                                                 size_t capacity, size_t *len,
                                                 ProvisoVerdict *verdict);
// As decide; the answer also says what each rule came to.
PROVISO_API ProvisoStatus proviso_session_explain(ProvisoSession *session,
                                                  const ProvisoCall *call, void *out,
                                                  size_t capacity, size_t *len);
// The other operations. Each reads its body, writes that of its answer, and says in
// `verdict` whether it was done (allow), is good, or may be delivered.
typedef enum ProvisoOperation {
    PROVISO_DO_TASK_OPEN,
    PROVISO_DO_TASK_CLOSE,
    PROVISO_DO_OUTCOME,
    PROVISO_DO_APPROVE,
    PROVISO_DO_CONSENT,
    PROVISO_DO_REVOKE,
    PROVISO_DO_CHECK,
    PROVISO_DO_FACTS,
} ProvisoOperation;
PROVISO_API ProvisoStatus proviso_session_operate(ProvisoSession *session,
                                                  ProvisoOperation operation,
                                                  const ProvisoCall *call, void *out,
                                                  size_t capacity, size_t *len,
                                                  ProvisoVerdict *verdict);

// Which tools could be allowed now for some arguments, and within which bounds.
PROVISO_API ProvisoStatus proviso_session_list(ProvisoSession *session,
                                               const ProvisoCall *call, void *out,
                                               size_t capacity, size_t *len);

// "no_permit" and so on; a constant. `code` must be below proviso_code_count().
PROVISO_API const char *proviso_code_name(uint32_t code);
PROVISO_API uint32_t proviso_code_count(void);

#ifdef __cplusplus
}
#endif

#endif
