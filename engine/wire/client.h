// SPDX-License-Identifier: Apache-2.0
// client: libproviso-client, the other end of the daemon's socket (docs/protocol.md).
//
// A ProvisoClient is one connection, for one thread at a time. proviso_client_ask sends
// one request and waits for its answer. For more, send any number with
// proviso_client_send and take the answers with proviso_client_receive, which may come
// in another order: a request's id finds its answer. Sending never blocks on a daemon
// that waits for us to read.
//
// Every call is over after the timeout given to proviso_client_open. After any status
// but OK, ERROR, JSON and BUSY the connection is of no more use: close it, and open
// another. A request that got no answer may or may not have been decided; whoever has
// no allow in hand denies.
#ifndef PROVISO_CLIENT_H
#define PROVISO_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PROVISO_API
#define PROVISO_API __attribute__((visibility("default")))
#endif

typedef struct ProvisoClient ProvisoClient;

typedef enum ProvisoMessage {
    PROVISO_HELLO = 1,
    PROVISO_PING = 2,
    PROVISO_DECIDE = 3,
    PROVISO_DECIDE_MANY = 4,
    PROVISO_LIST = 5,
    PROVISO_EXPLAIN = 6,
    PROVISO_STATUS = 7,
    PROVISO_RELOAD = 8,
    PROVISO_TASK_OPEN = 9,
    PROVISO_TASK_CLOSE = 10,
    PROVISO_OUTCOME = 11,
    PROVISO_APPROVE = 12,
    PROVISO_CONSENT = 13,
    PROVISO_REVOKE = 14,
    PROVISO_FACTS = 15,
    PROVISO_CHECK = 16,
    PROVISO_WATCH = 17,
    PROVISO_EVENT = 18,  // only from the daemon
    PROVISO_ERROR = 255, // only from the daemon
} ProvisoMessage;

typedef enum ProvisoClientStatus {
    PROVISO_CLIENT_OK,
    PROVISO_CLIENT_ERROR,    // the daemon sent an ERROR; proviso_client_why says which
    PROVISO_CLIENT_JSON,     // the text is not JSON of a request
    PROVISO_CLIENT_BUSY,     // answers are under way; receive them first
    PROVISO_CLIENT_CONNECT,  // nobody listens there, or we may not connect
    PROVISO_CLIENT_TIMEOUT,  // the daemon did not answer in time
    PROVISO_CLIENT_CLOSED,   // the daemon has ended the connection
    PROVISO_CLIENT_PROTOCOL, // what came is not this protocol
    PROVISO_CLIENT_SIZE,     // the body is longer than the daemon takes
    PROVISO_CLIENT_MEMORY,   // out of memory
} ProvisoClientStatus;

// Connects and says HELLO. `name` tells the daemon who we are, at most 128 bytes of
// UTF-8. *out is to be closed, whatever the outcome, for proviso_client_why; it is NULL
// only when memory is out.
PROVISO_API ProvisoClientStatus proviso_client_open(const char *path, const char *name,
                                                    int timeout_ms,
                                                    ProvisoClient **out);
// NULL is fine.
PROVISO_API void proviso_client_close(ProvisoClient *client);

// What went wrong last, in words: "role: this peer's role does not cover the message;
// send it as a peer with the role". Lives until the next call.
PROVISO_API const char *proviso_client_why(const ProvisoClient *client);

// The body of the daemon's answer to HELLO: version, limits, bundle, roles. Lives as
// long as the client.
PROVISO_API const void *proviso_client_welcome(const ProvisoClient *client,
                                               size_t *len);

// ---- one at a time ----

// Sends a request and waits for its answer, which lives until the next call. A deny is
// an answer. BUSY while requests of proviso_client_send have no answer yet. Events that
// come meanwhile are kept for proviso_client_receive.
PROVISO_API ProvisoClientStatus proviso_client_ask(ProvisoClient *client,
                                                   ProvisoMessage message,
                                                   const void *body, size_t len,
                                                   const void **answer,
                                                   size_t *answer_len);

// As ask with bodies as JSON text, or without a request's (json_len 0) for STATUS and
// RELOAD. The `request` of a CONSENT is an object. The answer, indented by `indent`
// spaces a level (0: on one line) and ended by a NUL, lives until the next call.
PROVISO_API ProvisoClientStatus proviso_client_ask_json(
    ProvisoClient *client, ProvisoMessage message, const char *json, size_t json_len,
    unsigned indent, const char **answer, size_t *answer_len);

// ---- many at once ----

// An answer. A message of PROVISO_ERROR has the body of docs/protocol.md, "ERROR".
typedef struct ProvisoReply {
    ProvisoMessage message;
    uint64_t id;
    const void *body; // lives until the next call
    size_t len;
} ProvisoReply;

// Takes a request into the client's memory; *id will be its answer's. It is sent by the
// next flush or receive, or when many have gathered.
PROVISO_API ProvisoClientStatus proviso_client_send(ProvisoClient *client,
                                                    ProvisoMessage message,
                                                    const void *body, size_t len,
                                                    uint64_t *id);
// Sends what was taken.
PROVISO_API ProvisoClientStatus proviso_client_flush(ProvisoClient *client);
// Flushes, and waits for the next answer or, after a WATCH, PROVISO_EVENT (id 0). ERROR
// only for one about the connection. A TIMEOUT while nothing but events can come is no
// harm: receive again.
PROVISO_API ProvisoClientStatus proviso_client_receive(ProvisoClient *client,
                                                       ProvisoReply *out);
// How many requests have no answer yet.
PROVISO_API size_t proviso_client_in_flight(const ProvisoClient *client);
// The socket, to be polled for reading when nothing that was received is left.
PROVISO_API int proviso_client_descriptor(const ProvisoClient *client);

#ifdef __cplusplus
}
#endif

#endif
