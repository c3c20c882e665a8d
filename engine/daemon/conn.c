// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/daemon/report.h"
#include "engine/wire/frame.h"

enum {
    SEND_BYTES =
        8
        << 10, // answers are sent when there are so many: the peer reads them meanwhile
    CUTS_REPORTED = 20, // a second
    NANOSECONDS = 1000000000,
};

Status service_init(Service *service)
{
    size_t answer = FRAME_HEADER_SIZE + (size_t)service->config->limits.frame;
    size_t room = SEND_BYTES + answer;
    service->in = malloc(INBOX_SHORT + CONN_READ);
    char *out = malloc(room);
    service->out = buf_fixed(out, room);
    if (service->in != NULL && out != NULL)
        return STATUS_OK;
    service_free(service);
    return STATUS_MEMORY;
}

void service_free(Service *service)
{
    free(service->in);
    free(service->out.at);
    service->in = NULL;
    service->out = (Buf){0};
}

Conn *conn_new(int fd, Peer peer, User *user)
{
    Conn *conn = calloc(1, sizeof(Conn));
    if (conn == NULL) {
        (void)close(fd);
        return NULL;
    }
    conn->fd = fd;
    conn->peer = peer;
    conn->user = user;
    return conn;
}

// ---- deadlines ----

static void set_due(Service *service, int64_t *due, int64_t value)
{
    service->armed += (uint32_t)(value != 0) - (uint32_t)(*due != 0);
    *due = value;
}

// The time to read begins when answers wait, and anew whenever the peer has read some.
static void note_waiting(Service *service, Conn *conn, bool has_read)
{
    int64_t due = service->now + service->config->limits.answer_time;
    if (conn->outbox.ready == 0)
        set_due(service, &conn->answer_due, 0);
    else if (has_read || conn->answer_due == 0)
        set_due(service, &conn->answer_due, due);
    if ((int64_t)conn->outbox.len > service->config->limits.unread)
        conn->is_paused = true;
}

static void stop_waiting(Service *service, Conn *conn)
{
    Conn **at = &service->held;
    if (!conn->is_held)
        return;
    while (*at != conn)
        at = &(*at)->next_held;
    *at = conn->next_held;
    conn->is_held = false;
}

static void stop_watching(Service *service, Conn *conn)
{
    Conn **at = &service->watchers;
    if (!conn->is_watching)
        return;
    while (*at != conn)
        at = &(*at)->next_watcher;
    *at = conn->next_watcher;
    conn->is_watching = false;
    service->core.events.is_wanted = service->watchers != NULL;
}

// Reading what the peer has sent without serving it lets it see our last words rather
// than a reset connection.
void conn_free(Service *service, Conn *conn)
{
    stop_watching(service, conn);
    stop_waiting(service, conn);
    set_due(service, &conn->frame_due, 0);
    set_due(service, &conn->answer_due, 0);
    (void)shutdown(conn->fd, SHUT_RDWR);
    while (read(conn->fd, service->in, CONN_READ) > 0)
        continue;
    (void)close(conn->fd);
    inbox_clear(&conn->inbox, &conn->user->budget);
    outbox_free(&conn->outbox, &conn->user->budget);
    free(conn);
}

// ---- answers ----

static void report_cut(Service *service, const Conn *conn, const char *code)
{
    int64_t second = service->now / NANOSECONDS;
    if (second != service->cut_second) {
        service->cut_second = second;
        service->cut_count = 0;
    }
    if (service->cut_count++ >= CUTS_REPORTED)
        return;
    Report report;
    report_begin(&report, "warning", "peer_cut_off");
    report_text(&report, "code", str_from_c(code));
    report_number(&report, "uid", conn->peer.uid);
    report_number(&report, "pid", conn->peer.pid);
    report_end(&report);
}

// Behind what waits for the log, all waits.
static Status send_frames(Service *service, Conn *conn, Str frames, uint64_t until)
{
    Status status =
        outbox_send(&conn->outbox, &conn->user->budget, conn->fd, frames, until);
    conn->is_dead = status != STATUS_OK;
    if (conn->outbox.len > 0)
        note_waiting(service, conn, false);
    if (conn->outbox.len > conn->outbox.ready && !conn->is_held) {
        conn->is_held = true;
        conn->next_held = service->held;
        service->held = conn;
    }
    return status;
}

static void flush(Service *service, Conn *conn)
{
    Buf *out = &service->out;
    uint64_t until = journal_take_hold(service->journal);
    if (out->len > 0 && !conn->is_dead &&
        send_frames(service, conn, buf_view(out), until) == STATUS_LIMIT) {
        report_cut(service, conn, wire_error_code(WIRE_ERROR_MEMORY));
        service->core.counters.errors[WIRE_ERROR_MEMORY]++;
    }
    buf_clear(out);
}

// Room for one answer's body behind its header.
static Buf body_room(Service *service)
{
    Buf *out = &service->out;
    return buf_fixed(out->at + out->len + FRAME_HEADER_SIZE,
                     (size_t)service->config->limits.frame);
}

// Appends the frame whose body was written into that room.
static void add_frame(Service *service, uint8_t type, uint64_t id, const Buf *body)
{
    CHECK(!body->failed);
    Buf *out = &service->out;
    FrameHeader header = {.length = (uint32_t)body->len, .type = type, .id = id};
    frame_encode(&header, true, out->at + out->len);
    out->len += FRAME_HEADER_SIZE + body->len;
}

// Appends an ERROR; one that closes is the last frame of the connection.
static void add_error(Service *service, Conn *conn, WireError error, Str detail,
                      uint64_t id)
{
    Buf body = body_room(service);
    wire_error_write(error, detail, &body);
    add_frame(service, MESSAGE_ERROR, id, &body);
    service->core.counters.errors[error]++;
    if (!wire_error_closes(error))
        return;
    conn->is_closing = true;
    if (error != WIRE_ERROR_CLOSING)
        report_cut(service, conn, wire_error_code(error));
}

void conn_refuse(Service *service, Conn *conn, WireError error)
{
    add_error(service, conn, error, (Str){0}, 0);
    flush(service, conn);
}

// ---- events ----

static void send_events(Service *service, Conn *conn, Str frames)
{
    if (conn->is_dead || conn->is_closing)
        return;
    Status status =
        send_frames(service, conn, frames, journal_unsafe(service->journal));
    bool is_behind = (int64_t)conn->outbox.ready > service->config->limits.unread;
    if (is_behind)
        conn->is_dead = true;
    if (status == STATUS_LIMIT || is_behind)
        report_cut(service, conn, "watch_behind");
}

void service_push_events(Service *service)
{
    Buf *frames = &service->core.events.frames;
    if (frames->len == 0)
        return;
    for (Conn *conn = service->watchers; conn != NULL; conn = conn->next_watcher)
        send_events(service, conn, buf_view(frames));
    buf_clear(frames);
    service->is_told = true;
}

// What was answered is sent before what it is an event for.
static void flush_all(Service *service, Conn *conn)
{
    flush(service, conn);
    service_push_events(service);
}

// Events from now on; those that wait are older.
static WireError start_watching(Service *service, Conn *conn, Str body)
{
    if (body.len != 0)
        return WIRE_ERROR_BODY;
    flush_all(service, conn);
    if (conn->is_watching || conn->is_dead)
        return WIRE_OK;
    conn->is_watching = true;
    conn->next_watcher = service->watchers;
    service->watchers = conn;
    service->core.events.is_wanted = true;
    return WIRE_OK;
}

// ---- requests ----

// A reload takes its time; the answer comes with conn_on_reloaded.
static WireError ask_reload(Service *service, Conn *conn, uint64_t id, Str body)
{
    if (body.len != 0)
        return WIRE_ERROR_BODY;
    if (conn->wait != WAIT_NONE)
        return WIRE_ERROR_BUSY;
    conn->wait = WAIT_ASKED;
    conn->wait_id = id;
    service->reload_wanted = true;
    return WIRE_OK;
}

static void serve(Service *service, Conn *conn, const FrameHeader *header, Str body)
{
    Message message = (Message)header->type;
    WireError error =
        core_admit(&service->core, &conn->peer, &conn->agreement, message);
    if (error == WIRE_OK && message == MESSAGE_RELOAD) {
        error = ask_reload(service, conn, header->id, body);
        if (error == WIRE_OK)
            return;
    }
    if (error == WIRE_OK && message == MESSAGE_WATCH)
        error = start_watching(service, conn, body);
    Buf answer = body_room(service);
    if (error == WIRE_OK)
        error = core_serve(&service->core, &conn->peer, &conn->agreement, message, body,
                           (CoreTime){service->wall, service->tick}, &answer);
    if (error == WIRE_OK && answer.failed)
        error = WIRE_ERROR_ANSWER_SIZE;
    if (error != WIRE_OK) {
        add_error(service, conn, error, (Str){0}, header->id);
        return;
    }
    add_frame(service, header->type, header->id, &answer);
}

// Keeps what can't be served yet: the beginning of a frame, or all while paused.
static void keep(Service *service, Conn *conn, Str rest, size_t size, bool is_new)
{
    if (conn->is_closing || conn->is_dead)
        rest.len = size = 0;
    if (rest.len == 0 && conn->inbox.len == 0)
        return;
    if (inbox_keep(&conn->inbox, &conn->user->budget, rest, size) != STATUS_OK) {
        inbox_clear(&conn->inbox, &conn->user->budget);
        set_due(service, &conn->frame_due, 0);
        conn_refuse(service, conn, WIRE_ERROR_MEMORY);
        return;
    }
    if (rest.len == 0 || conn->is_paused)
        set_due(service, &conn->frame_due, 0);
    else if (is_new || conn->frame_due == 0)
        set_due(service, &conn->frame_due,
                service->now + service->config->limits.frame_time);
}

// Serves the whole frames at the start of the bytes, and keeps the rest.
static void serve_bytes(Service *service, Conn *conn, Str bytes)
{
    uint32_t limit = (uint32_t)service->config->limits.frame;
    const char *start = bytes.at;
    size_t size = 0; // of the frame that is not whole
    while (bytes.len > 0 && !conn->is_closing && !conn->is_dead && !conn->is_paused) {
        FrameHeader header;
        size = FRAME_HEADER_SIZE;
        if (bytes.len < size)
            break;
        WireError error = frame_decode(bytes.at, false, limit, &header);
        if (error != WIRE_OK) {
            add_error(service, conn, error, (Str){0}, 0);
            break;
        }
        size += header.length;
        if (bytes.len < size)
            break;
        serve(service, conn, &header, str_slice(bytes, FRAME_HEADER_SIZE, size));
        bytes = str_slice(bytes, size, bytes.len);
        size = 0;
        if (service->out.len >= SEND_BYTES || events_are_many(&service->core.events))
            flush_all(service, conn);
    }
    flush_all(service, conn);
    if (size < bytes.len)
        size = bytes.len;
    keep(service, conn, bytes, size, bytes.at != start);
}

// The peer has sent all it will, and all of it that could be is served.
static void finish(Service *service, Conn *conn)
{
    if (!conn->is_ended || conn->is_paused || conn->wait != WAIT_NONE ||
        conn->is_closing)
        return;
    if (conn->is_draining)
        conn_refuse(service, conn, WIRE_ERROR_CLOSING);
    else if (conn->inbox.len > 0)
        conn_refuse(service, conn, WIRE_ERROR_FRAME_CUT);
    conn->is_closing = true;
    set_due(service, &conn->frame_due, 0);
}

// ---- what happens to the socket ----

// Reads behind what the inbox holds: into the inbox if it holds a long frame, else into
// the shared buffer. `count` is how many bytes stand in the shared buffer then.
static ssize_t read_more(Service *service, Conn *conn, size_t *count)
{
    char *rest = NULL;
    size_t missing = inbox_missing(&conn->inbox, &rest);
    Str held = missing > 0 ? (Str){0} : inbox_view(&conn->inbox);
    CHECK(held.len <= INBOX_SHORT);
    memcpy(service->in, inbox_view(&conn->inbox).at, held.len);
    struct iovec parts[] = {
        {.iov_base = rest, .iov_len = missing},
        {.iov_base = service->in + held.len, .iov_len = CONN_READ},
    };
    ssize_t got = missing > 0 ? readv(conn->fd, parts, 2)
                              : read(conn->fd, parts[1].iov_base, parts[1].iov_len);
    if (got <= 0)
        return got;
    size_t into_inbox = (size_t)got < missing ? (size_t)got : missing;
    conn->inbox.len += into_inbox;
    *count = held.len + (size_t)got - into_inbox;
    return got;
}

void conn_on_readable(Service *service, Conn *conn)
{
    size_t count = 0;
    char *rest = NULL;
    bool is_long = inbox_missing(&conn->inbox, &rest) > 0;
    ssize_t got = read_more(service, conn, &count);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (got < 0) {
        conn->is_dead = true;
        return;
    }
    if (got == 0) {
        conn->is_ended = true;
        finish(service, conn);
        return;
    }
    if (is_long) {
        if (inbox_missing(&conn->inbox, &rest) > 0)
            return;
        serve_bytes(service, conn, inbox_view(&conn->inbox));
        if (count == 0)
            return;
    }
    serve_bytes(service, conn, (Str){service->in, count});
}

// Sends what is ready. Once little waits, goes on with what was not read meanwhile.
void conn_on_writable(Service *service, Conn *conn)
{
    size_t before = conn->outbox.len;
    Status status = outbox_flush(&conn->outbox, &conn->user->budget, conn->fd);
    if (status != STATUS_OK) {
        conn->is_dead = true;
        return;
    }
    if (conn->outbox.len < before)
        note_waiting(service, conn, true);
    if (!conn->is_paused ||
        (int64_t)conn->outbox.len > service->config->limits.unread / 2)
        return;
    conn->is_paused = false;
    serve_bytes(service, conn, inbox_view(&conn->inbox));
    finish(service, conn);
}

void conn_release(Service *service, Conn *conn, uint64_t safe)
{
    outbox_release(&conn->outbox, safe);
    bool is_lost = conn->outbox.len > conn->outbox.ready && service->journal->is_failed;
    if (conn->outbox.len == conn->outbox.ready)
        stop_waiting(service, conn);
    if (conn->outbox.ready > 0) {
        note_waiting(service, conn, false);
        conn_on_writable(service, conn);
    }
    conn->is_dead |= is_lost;
}

void conn_check_time(Service *service, Conn *conn)
{
    if (conn->answer_due != 0 && service->now >= conn->answer_due) {
        report_cut(service, conn, "answer_time");
        conn->is_dead = true;
    } else if (conn->frame_due != 0 && service->now >= conn->frame_due) {
        set_due(service, &conn->frame_due, 0);
        conn_refuse(service, conn, WIRE_ERROR_FRAME_TIME);
    }
}

void conn_on_reloaded(Service *service, Conn *conn, WireError error, Str why)
{
    conn->wait = WAIT_NONE;
    if (error != WIRE_OK) {
        add_error(service, conn, error, why, conn->wait_id);
    } else {
        Buf body = body_room(service);
        core_write_reloaded(&service->core, &body);
        add_frame(service, MESSAGE_RELOAD, conn->wait_id, &body);
    }
    flush(service, conn);
    finish(service, conn);
}

void conn_drain(Conn *conn)
{
    conn->is_draining = true;
    (void)shutdown(conn->fd, SHUT_RD);
}

uint32_t conn_events(const Conn *conn)
{
    bool is_read = !conn->is_paused && !conn->is_ended && !conn->is_closing;
    uint32_t reading = is_read ? (uint32_t)EPOLLIN : 0;
    return conn->outbox.ready > 0 ? reading | (uint32_t)EPOLLOUT : reading;
}
