// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/client.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/base/os.h"
#include "engine/wire/frame.h"
#include "engine/wire/transcode.h"

enum {
    WHY_SIZE = 512,
    FIRST_ROOM = 64 << 10,
    READ_ROOM = 64 << 10, // free bytes to read into
    GATHER = 32 << 10,    // what was taken is sent when there are so many bytes
    JSON_MEMORY = 64 << 20,
    MAX_ITEMS = 1 << 20,
    MILLISECONDS = 1000000,
};

#define MESSAGE(name, number, side, role, what)                                        \
    _Static_assert(PROVISO_##name == (number), "the public number of " #name);
#include "engine/wire/protocol.def"
#undef MESSAGE

// Bytes [start, end) of memory that grows.
typedef struct Queue {
    char *memory;
    size_t capacity;
    size_t start;
    size_t end;
} Queue;

struct ProvisoClient {
    int fd;
    int64_t timeout; // ns
    uint64_t last_id;
    size_t in_flight;
    uint32_t limit; // of a body, either way
    Queue sending;
    Queue received;
    Queue events;  // frames that came while an answer was awaited
    Arena json;    // the answer as text
    char *welcome; // body of the answer to HELLO
    size_t welcome_len;
    char why[WHY_SIZE];
};

static ProvisoClientStatus fail(ProvisoClient *client, ProvisoClientStatus status,
                                const char *why)
{
    (void)snprintf(client->why, sizeof client->why, "%s", why);
    return status;
}

// ---- queues ----

// Room for `count` more bytes at the end.
static bool reserve(Queue *queue, size_t count)
{
    size_t len = queue->end - queue->start;
    if (count <= queue->capacity - queue->end)
        return true;
    if (queue->start > 0) {
        memmove(queue->memory, queue->memory + queue->start, len);
        queue->start = 0;
        queue->end = len;
    }
    size_t capacity = queue->capacity == 0 ? FIRST_ROOM : queue->capacity;
    while (count > capacity - len)
        capacity *= 2;
    if (capacity == queue->capacity)
        return true;
    char *memory = realloc(queue->memory, capacity);
    if (memory == NULL)
        return false;
    queue->memory = memory;
    queue->capacity = capacity;
    return true;
}

static void drop(Queue *queue, size_t count)
{
    queue->start += count;
    if (queue->start == queue->end)
        queue->start = queue->end = 0;
}

// ---- the socket ----

static int time_left(int64_t deadline)
{
    int64_t left = deadline - os_monotonic_clock();
    return left <= 0 ? 0 : (int)((left + MILLISECONDS - 1) / MILLISECONDS);
}

static ProvisoClientStatus wait_for(ProvisoClient *client, short events,
                                    int64_t deadline)
{
    struct pollfd ready = {.fd = client->fd, .events = events};
    int count = poll(&ready, 1, time_left(deadline));
    if (count < 0 && errno != EINTR)
        return fail(client, PROVISO_CLIENT_CLOSED, "the connection broke");
    if (count == 0)
        return fail(client, PROVISO_CLIENT_TIMEOUT,
                    "the daemon did not answer in time");
    return PROVISO_CLIENT_OK;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// Takes what the socket holds, if anything.
static ProvisoClientStatus read_some(ProvisoClient *client, bool *is_any)
{
    Queue *queue = &client->received;
    *is_any = false;
    if (!reserve(queue, READ_ROOM))
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    ssize_t got = recv(client->fd, queue->memory + queue->end,
                       queue->capacity - queue->end, MSG_DONTWAIT);
    if (got < 0 && would_block())
        return PROVISO_CLIENT_OK;
    if (got <= 0)
        return fail(client, PROVISO_CLIENT_CLOSED,
                    "the daemon has ended the connection");
    queue->end += (size_t)got;
    *is_any = true;
    return PROVISO_CLIENT_OK;
}

// A daemon that can't write because we don't read would not read either: while our
// bytes don't go out, its answers are taken in. When it has ended, its last words may
// be there.
static ProvisoClientStatus send_all(ProvisoClient *client, int64_t deadline)
{
    Queue *queue = &client->sending;
    while (queue->start < queue->end) {
        ssize_t sent = send(client->fd, queue->memory + queue->start,
                            queue->end - queue->start, MSG_DONTWAIT | MSG_NOSIGNAL);
        bool is_any = false;
        ProvisoClientStatus status = PROVISO_CLIENT_OK;
        if (sent >= 0) {
            drop(queue, (size_t)sent);
            continue;
        }
        if (!would_block()) {
            drop(queue, queue->end - queue->start);
            return PROVISO_CLIENT_OK;
        }
        status = wait_for(client, POLLIN | POLLOUT, deadline);
        if (status == PROVISO_CLIENT_OK)
            status = read_some(client, &is_any);
        if (status != PROVISO_CLIENT_OK)
            return status;
    }
    return PROVISO_CLIENT_OK;
}

static ProvisoClientStatus connect_to(ProvisoClient *client, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return fail(client, PROVISO_CLIENT_CONNECT, "the socket's path is too long");
    memcpy(address.sun_path, path, strlen(path));
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd >= 0 &&
        connect(client->fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return PROVISO_CLIENT_OK;
    (void)snprintf(client->why, sizeof client->why, "%s: %s", path,
                   status_text(os_status(errno)));
    return PROVISO_CLIENT_CONNECT;
}

// ---- frames ----

// The frame at the front of a queue, if it is whole.
static ProvisoClientStatus parse_frame(ProvisoClient *client, const Queue *queue,
                                       ProvisoReply *out, size_t *size)
{
    size_t len = queue->end - queue->start;
    const char *at = queue->memory + queue->start;
    FrameHeader header;
    *size = 0;
    if (len < FRAME_HEADER_SIZE)
        return PROVISO_CLIENT_OK;
    if (frame_decode(at, true, FRAME_LIMIT_HIGHEST, &header) != WIRE_OK)
        return fail(client, PROVISO_CLIENT_PROTOCOL, "what came is not this protocol");
    if (len - FRAME_HEADER_SIZE < header.length)
        return PROVISO_CLIENT_OK;
    *size = FRAME_HEADER_SIZE + header.length;
    *out = (ProvisoReply){.message = (ProvisoMessage)header.type,
                          .id = header.id,
                          .body = at + FRAME_HEADER_SIZE,
                          .len = header.length};
    return PROVISO_CLIENT_OK;
}

// "code: what is wrong; what to do", from the body of an ERROR.
static void explain_error(ProvisoClient *client, const ProvisoReply *reply)
{
    CborReader reader = cbor_reader((Str){reply->body, reply->len}, MAX_ITEMS);
    CborItem map, key, value;
    Str code = STR("error"), what = {0}, todo = {0}, detail = {0};
    bool is_map = cbor_next(&reader, &map) == STATUS_OK && map.kind == CBOR_MAP;
    for (uint64_t i = 0; is_map && i < map.number; i++) {
        if (cbor_next(&reader, &key) != STATUS_OK ||
            cbor_next(&reader, &value) != STATUS_OK)
            break;
        if (str_eq(key.bytes, STR("code")))
            code = value.bytes;
        if (str_eq(key.bytes, STR("what")))
            what = value.bytes;
        if (str_eq(key.bytes, STR("do")))
            todo = value.bytes;
        if (str_eq(key.bytes, STR("detail")))
            detail = value.bytes;
    }
    (void)snprintf(client->why, sizeof client->why, "%.*s: %.*s; %.*s%s%.*s",
                   STR_ARG(code), STR_ARG(what), STR_ARG(todo),
                   detail.len > 0 ? ": " : "", STR_ARG(detail));
}

// The next frame, which stays until the next call.
static ProvisoClientStatus next_frame(ProvisoClient *client, ProvisoReply *out,
                                      int64_t deadline)
{
    for (;;) {
        size_t size = 0;
        bool is_any = false;
        ProvisoClientStatus status = parse_frame(client, &client->received, out, &size);
        if (status != PROVISO_CLIENT_OK)
            return status;
        if (size > 0) {
            drop(&client->received, size);
            return PROVISO_CLIENT_OK;
        }
        status = read_some(client, &is_any);
        if (status == PROVISO_CLIENT_OK && !is_any)
            status = wait_for(client, POLLIN, deadline);
        if (status != PROVISO_CLIENT_OK)
            return status;
    }
}

static int64_t deadline_of(const ProvisoClient *client)
{
    return os_monotonic_clock() + client->timeout;
}

ProvisoClientStatus proviso_client_send(ProvisoClient *client, ProvisoMessage message,
                                        const void *body, size_t len, uint64_t *id)
{
    Queue *queue = &client->sending;
    if (len > client->limit)
        return fail(client, PROVISO_CLIENT_SIZE,
                    "the body is longer than the daemon's frame limit");
    if (!reserve(queue, FRAME_HEADER_SIZE + len))
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    FrameHeader header = {
        .length = (uint32_t)len, .type = (uint8_t)message, .id = ++client->last_id};
    frame_encode(&header, false, queue->memory + queue->end);
    if (len > 0)
        memcpy(queue->memory + queue->end + FRAME_HEADER_SIZE, body, len);
    queue->end += FRAME_HEADER_SIZE + len;
    client->in_flight++;
    *id = header.id;
    if (queue->end - queue->start < GATHER)
        return PROVISO_CLIENT_OK;
    return send_all(client, deadline_of(client));
}

ProvisoClientStatus proviso_client_flush(ProvisoClient *client)
{
    return send_all(client, deadline_of(client));
}

// Sends what was taken, and waits for the next answer or event.
static ProvisoClientStatus receive(ProvisoClient *client, int64_t deadline,
                                   ProvisoReply *out)
{
    ProvisoClientStatus status = send_all(client, deadline);
    if (status == PROVISO_CLIENT_OK)
        status = next_frame(client, out, deadline);
    if (status != PROVISO_CLIENT_OK || out->message == PROVISO_EVENT)
        return status;
    if (out->message == PROVISO_ERROR && out->id == 0) {
        explain_error(client, out);
        return PROVISO_CLIENT_ERROR;
    }
    if (client->in_flight == 0)
        return fail(client, PROVISO_CLIENT_PROTOCOL, "an answer came to no request");
    client->in_flight--;
    return PROVISO_CLIENT_OK;
}

// Keeps an event for a later receive.
static ProvisoClientStatus keep_event(ProvisoClient *client, const ProvisoReply *event)
{
    Queue *queue = &client->events;
    size_t size = FRAME_HEADER_SIZE + event->len;
    if (!reserve(queue, size))
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    FrameHeader header = {.length = (uint32_t)event->len,
                          .type = (uint8_t)event->message,
                          .id = event->id};
    frame_encode(&header, true, queue->memory + queue->end);
    memcpy(queue->memory + queue->end + FRAME_HEADER_SIZE, event->body, event->len);
    queue->end += size;
    return PROVISO_CLIENT_OK;
}

// The next answer; events before it are kept.
static ProvisoClientStatus receive_answer(ProvisoClient *client, ProvisoReply *out)
{
    int64_t deadline = deadline_of(client);
    ProvisoClientStatus status = receive(client, deadline, out);
    while (status == PROVISO_CLIENT_OK && out->message == PROVISO_EVENT) {
        status = keep_event(client, out);
        if (status == PROVISO_CLIENT_OK)
            status = receive(client, deadline, out);
    }
    return status;
}

ProvisoClientStatus proviso_client_receive(ProvisoClient *client, ProvisoReply *out)
{
    size_t size = 0;
    ProvisoClientStatus status = parse_frame(client, &client->events, out, &size);
    drop(&client->events, size);
    if (status != PROVISO_CLIENT_OK || size > 0)
        return status;
    return receive(client, deadline_of(client), out);
}

size_t proviso_client_in_flight(const ProvisoClient *client)
{
    return client->in_flight;
}

int proviso_client_descriptor(const ProvisoClient *client)
{
    return client->fd;
}

ProvisoClientStatus proviso_client_ask(ProvisoClient *client, ProvisoMessage message,
                                       const void *body, size_t len,
                                       const void **answer, size_t *answer_len)
{
    uint64_t id = 0;
    ProvisoReply reply;
    if (client->in_flight > 0)
        return fail(client, PROVISO_CLIENT_BUSY, "answers are under way");
    ProvisoClientStatus status = proviso_client_send(client, message, body, len, &id);
    if (status == PROVISO_CLIENT_OK)
        status = receive_answer(client, &reply);
    if (status != PROVISO_CLIENT_OK)
        return status;
    if (reply.id != id || (reply.message != message && reply.message != PROVISO_ERROR))
        return fail(client, PROVISO_CLIENT_PROTOCOL,
                    "the answer is to another request");
    if (reply.message == PROVISO_ERROR) {
        explain_error(client, &reply);
        return PROVISO_CLIENT_ERROR;
    }
    *answer = reply.body;
    *answer_len = reply.len;
    return PROVISO_CLIENT_OK;
}

// ---- JSON ----

// Messages whose body is a request.
static bool is_of_request(ProvisoMessage message)
{
    return message == PROVISO_DECIDE || message == PROVISO_LIST ||
           message == PROVISO_EXPLAIN || message == PROVISO_TASK_OPEN;
}

static ProvisoClientStatus to_body(ProvisoClient *client, ProvisoMessage message,
                                   Str json, Buf *out)
{
    TranscodeError error = {0};
    Status status = is_of_request(message)
                        ? transcode_request(&client->json, json, out, &error)
                        : transcode_object(&client->json, json, out, &error);
    if (status == STATUS_OK)
        return PROVISO_CLIENT_OK;
    if (status != STATUS_MALFORMED)
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    (void)snprintf(client->why, sizeof client->why, "byte %u: %.*s", error.offset,
                   STR_ARG(error.text));
    return PROVISO_CLIENT_JSON;
}

ProvisoClientStatus proviso_client_ask_json(ProvisoClient *client,
                                            ProvisoMessage message, const char *json,
                                            size_t json_len, unsigned indent,
                                            const char **answer, size_t *answer_len)
{
    arena_free(&client->json);
    Buf body = buf_on(&client->json);
    Buf text = buf_on(&client->json);
    const void *got = NULL;
    size_t got_len = 0;
    ProvisoClientStatus status = PROVISO_CLIENT_OK;
    if (json_len > 0)
        status = to_body(client, message, (Str){json, json_len}, &body);
    if (status == PROVISO_CLIENT_OK)
        status = proviso_client_ask(client, message, body.at, body.len, &got, &got_len);
    if (status != PROVISO_CLIENT_OK)
        return status;
    if (transcode_to_json((Str){got, got_len}, indent, &text) != STATUS_OK)
        return fail(client, PROVISO_CLIENT_PROTOCOL,
                    "the answer is not deterministic CBOR");
    *answer_len = text.len;
    buf_char(&text, '\0');
    if (text.failed)
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    *answer = text.at;
    return PROVISO_CLIENT_OK;
}

// ---- opening ----

// The frame limit that the daemon states: limits.frame of its answer to HELLO.
static void read_limit(ProvisoClient *client)
{
    CborReader reader =
        cbor_reader((Str){client->welcome, client->welcome_len}, MAX_ITEMS);
    CborItem item, previous = {0};
    while (cbor_next(&reader, &item) == STATUS_OK && reader.bytes.left > 0) {
        bool is_limit =
            previous.kind == CBOR_TEXT && str_eq(previous.bytes, STR("frame"));
        if (is_limit && item.kind == CBOR_UINT && item.number <= FRAME_LIMIT_HIGHEST)
            client->limit = (uint32_t)item.number;
        previous = item;
    }
}

static ProvisoClientStatus say_hello(ProvisoClient *client, const char *name)
{
    char bytes[256];
    const void *answer = NULL;
    Buf body = buf_fixed(bytes, sizeof bytes);
    cbor_write_map(&body, 2);
    cbor_write_text(&body, STR("client"));
    cbor_write_text(&body, str_from_c(name));
    cbor_write_text(&body, STR("versions"));
    cbor_write_array(&body, 2);
    cbor_write_u64(&body, WIRE_VERSION);
    cbor_write_u64(&body, WIRE_VERSION);
    if (body.failed)
        return fail(client, PROVISO_CLIENT_SIZE, "the client's name is too long");
    ProvisoClientStatus status = proviso_client_ask(
        client, PROVISO_HELLO, body.at, body.len, &answer, &client->welcome_len);
    if (status != PROVISO_CLIENT_OK)
        return status;
    client->welcome = malloc(client->welcome_len);
    if (client->welcome == NULL)
        return fail(client, PROVISO_CLIENT_MEMORY, "out of memory");
    memcpy(client->welcome, answer, client->welcome_len);
    read_limit(client);
    return PROVISO_CLIENT_OK;
}

ProvisoClientStatus proviso_client_open(const char *path, const char *name,
                                        int timeout_ms, ProvisoClient **out)
{
    ProvisoClient *client = calloc(1, sizeof *client);
    *out = client;
    if (client == NULL)
        return PROVISO_CLIENT_MEMORY;
    client->fd = -1;
    client->timeout = (int64_t)timeout_ms * MILLISECONDS;
    client->limit = FRAME_LIMIT_LOWEST;
    arena_init(&client->json, JSON_MEMORY);
    ProvisoClientStatus status = connect_to(client, path);
    return status == PROVISO_CLIENT_OK ? say_hello(client, name) : status;
}

void proviso_client_close(ProvisoClient *client)
{
    if (client == NULL)
        return;
    if (client->fd >= 0)
        (void)close(client->fd);
    arena_free(&client->json);
    free(client->sending.memory);
    free(client->received.memory);
    free(client->events.memory);
    free(client->welcome);
    free(client);
}

const char *proviso_client_why(const ProvisoClient *client)
{
    return client->why;
}

const void *proviso_client_welcome(const ProvisoClient *client, size_t *len)
{
    *len = client->welcome_len;
    return client->welcome;
}
