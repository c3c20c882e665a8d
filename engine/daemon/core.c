// SPDX-License-Identifier: Apache-2.0
#include "engine/daemon/core.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cbor.h"
#include "engine/base/crypto.h"
#include "engine/decide/request.h"

enum {
    GRANT_ID = 16,
    MAX_CLIENT_NAME = 128,
    HELLO_ITEMS = 16,
    NANOSECONDS = 1000000000,
};

// The id of a grant is taken from the pool; one that a deny did not need is there for
// the next decision.
static Status refill_random(Core *core)
{
    TRY(crypto_random(core->random, sizeof core->random));
    core->random_used = 0;
    return STATUS_OK;
}

Status core_init(Core *core, const Config *config, const Journal *journal,
                 Policy policy, int64_t now)
{
    *core =
        (Core){.config = config, .journal = journal, .policy = policy, .started = now};
    TRY(events_init(&core->events, (size_t)config->limits.frame));
    return refill_random(core);
}

void core_free(Core *core)
{
    events_free(&core->events);
    policy_close(&core->policy);
}

static Str attribute(const Policy *policy, uint32_t position)
{
    Str name = {0};
    name.at = proviso_engine_attribute(policy->engine, position, &name.len);
    return name;
}

static bool has_same_attributes(const Policy *a, const Policy *b)
{
    ProvisoInfo info_a, info_b;
    proviso_engine_info(a->engine, &info_a);
    proviso_engine_info(b->engine, &info_b);
    if (info_a.attributes != info_b.attributes)
        return false;
    for (uint32_t i = 0; i < info_a.attributes; i++)
        if (!str_eq(attribute(a, i), attribute(b, i)))
            return false;
    return true;
}

void core_swap(Core *core, Policy policy)
{
    if (!has_same_attributes(&core->policy, &policy))
        core->dictionary++;
    policy_close(&core->policy);
    core->policy = policy;
    core->counters.reloads++;
    char bytes[DIGEST_SIZE + EVENT_MORE];
    Buf hash = buf_fixed(bytes, sizeof bytes);
    ProvisoInfo info;
    proviso_engine_info(policy.engine, &info);
    cbor_write_bytes(&hash, (Str){(const char *)info.hash, DIGEST_SIZE});
    events_add(&core->events, STR("reload"), buf_view(&hash));
}

// ---- HELLO ----

typedef struct Hello {
    uint64_t lowest, highest; // versions
    bool has_dictionary;
} Hello;

static bool read_key(CborReader *reader, const char *name)
{
    CborItem item;
    return cbor_next(reader, &item) == STATUS_OK && item.kind == CBOR_TEXT &&
           str_eq(item.bytes, str_from_c(name));
}

static bool read_item(CborReader *reader, CborKind kind, CborItem *item)
{
    return cbor_next(reader, item) == STATUS_OK && item->kind == kind;
}

static bool read_versions(CborReader *reader, Hello *out)
{
    CborItem item, lowest, highest;
    if (!read_item(reader, CBOR_ARRAY, &item) || item.number != 2 ||
        !read_item(reader, CBOR_UINT, &lowest) ||
        !read_item(reader, CBOR_UINT, &highest))
        return false;
    out->lowest = lowest.number;
    out->highest = highest.number;
    return true;
}

// { "client": tstr, "versions": [uint, uint], ? "dictionary": bool }
static bool read_hello(Str body, Hello *out)
{
    CborReader reader = cbor_reader(body, HELLO_ITEMS);
    CborItem map, item;
    if (!read_item(&reader, CBOR_MAP, &map) || map.number < 2 || map.number > 3)
        return false;
    if (!read_key(&reader, "client") || !read_item(&reader, CBOR_TEXT, &item) ||
        item.bytes.len > MAX_CLIENT_NAME)
        return false;
    if (!read_key(&reader, "versions") || !read_versions(&reader, out))
        return false;
    if (map.number == 3) {
        if (!read_key(&reader, "dictionary") || !read_item(&reader, CBOR_BOOL, &item))
            return false;
        out->has_dictionary = item.number != 0;
    }
    return cbor_end(&reader) == STATUS_OK;
}

static void write_key(Buf *out, const char *name)
{
    cbor_write_text(out, str_from_c(name));
}

static void write_count(Buf *out, const char *name, uint64_t count)
{
    write_key(out, name);
    cbor_write_u64(out, count);
}

static void write_hash(Buf *out, const char *name, const uint8_t *hash)
{
    write_key(out, name);
    cbor_write_bytes(out, (Str){(const char *)hash, DIGEST_SIZE});
}

static void write_limits(Buf *out, const Limits *limits)
{
    write_key(out, "limits");
    cbor_write_map(out, 6);
    write_count(out, "batch", (uint64_t)limits->batch);
    write_count(out, "depth", MAX_REQUEST_DEPTH);
    write_count(out, "frame", (uint64_t)limits->frame);
    write_count(out, "items", MAX_REQUEST_ITEMS);
    write_count(out, "string", MAX_REQUEST_STRING);
    write_count(out, "unread", (uint64_t)limits->unread);
}

static void write_roles(Buf *out, const Peer *peer)
{
    static const struct {
        uint8_t role;
        const char *name;
    } ROWS[] = {
        {ROLE_BROKER, "broker"}, {ROLE_APPROVER, "approver"}, {ROLE_ADMIN, "admin"}};
    enum { COUNT = sizeof ROWS / sizeof ROWS[0] };
    uint64_t count = 0;
    for (int i = 0; i < COUNT; i++)
        count += (peer->roles & ROWS[i].role) != 0;
    write_key(out, "roles");
    cbor_write_array(out, count);
    for (int i = 0; i < COUNT; i++)
        if ((peer->roles & ROWS[i].role) != 0)
            write_key(out, ROWS[i].name);
}

static void write_gateways(Buf *out, const Config *config, uint64_t gateways)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < config->gateway_count; i++)
        count += (uint32_t)(gateways >> i & 1);
    write_key(out, "gateways");
    cbor_write_array(out, count);
    for (uint32_t i = 0; i < config->gateway_count; i++)
        if ((gateways >> i & 1) != 0)
            cbor_write_text(out, config->gateways[i]);
}

static void write_dictionary(Buf *out, const Policy *policy, uint32_t count)
{
    write_key(out, "dictionary");
    cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++)
        cbor_write_text(out, attribute(policy, i));
}

static WireError serve_hello(const Core *core, const Peer *peer, Agreement *agreement,
                             Str body, Buf *out)
{
    Hello hello = {0};
    if (!read_hello(body, &hello))
        return WIRE_ERROR_BODY;
    if (hello.lowest > WIRE_VERSION || hello.highest < WIRE_VERSION)
        return WIRE_ERROR_VERSION;
    ProvisoInfo info;
    proviso_engine_info(core->policy.engine, &info);
    cbor_write_map(out, hello.has_dictionary ? 8 : 7);
    write_roles(out, peer);
    write_hash(out, "bundle", info.hash);
    write_limits(out, &core->config->limits);
    write_key(out, "server");
    write_key(out, "provisod " PROVISO_VERSION);
    write_key(out, "package");
    cbor_write_text(out, (Str){info.package, info.package_len});
    write_count(out, "version", WIRE_VERSION);
    write_gateways(out, core->config, peer->gateways);
    if (hello.has_dictionary)
        write_dictionary(out, &core->policy, info.attributes);
    *agreement = (Agreement){.is_made = true,
                             .has_dictionary = hello.has_dictionary,
                             .dictionary = core->dictionary};
    return WIRE_OK;
}

// ---- decisions ----

typedef ProvisoStatus Ask(ProvisoSession *session, const ProvisoCall *call, void *out,
                          size_t capacity, size_t *len);

// The gateways that a broker speaks for; an admin may name any.
static void bind_gateways(const Core *core, const Peer *peer, uint32_t *gateways,
                          ProvisoCall *call)
{
    call->gateways = gateways;
    if ((peer->roles & (ROLE_ADMIN | ROLE_APPROVER)) != 0 && peer->gateways == 0)
        return;
    for (uint32_t i = 0; i < core->config->gateway_count; i++)
        if ((peer->gateways >> i & 1) != 0)
            gateways[call->gateway_count++] = core->policy.gateways[i];
}

static WireError serve_ask(Core *core, const Peer *peer, Str body, CoreTime now,
                           Ask *ask, Buf *out)
{
    uint32_t gateways[MAX_BOUND_GATEWAYS];
    ProvisoCall call = {
        .body = body.at, .body_len = body.len, .now = now.wall, .tick = now.tick};
    bind_gateways(core, peer, gateways, &call);
    size_t len = 0;
    ProvisoStatus status = ask(core->policy.session, &call, out->at + out->len,
                               out->capacity - out->len, &len);
    if (status != PROVISO_OK)
        return WIRE_ERROR_ANSWER_SIZE;
    out->len += len;
    return WIRE_OK;
}

static WireError decide_one(Core *core, ProvisoCall *call, Buf *out)
{
    if (core->random_used + GRANT_ID > sizeof core->random &&
        refill_random(core) != STATUS_OK)
        return WIRE_ERROR_BUSY;
    memcpy(call->random, core->random + core->random_used, GRANT_ID);
    size_t len = 0;
    ProvisoVerdict verdict = {0};
    ProvisoStatus status =
        proviso_session_decide(core->policy.session, call, out->at + out->len,
                               out->capacity - out->len, &len, &verdict);
    if (verdict.allow) // used up, also where the answer has no room
        core->random_used += GRANT_ID;
    if (status != PROVISO_OK)
        return WIRE_ERROR_ANSWER_SIZE;
    out->len += len;
    if (verdict.allow) {
        core->counters.allows++;
    } else {
        core->counters.denies[verdict.code]++;
        core->counters.quotas += verdict.code == CODE_QUOTA;
    }
    return WIRE_OK;
}

static WireError serve_decide(Core *core, const Peer *peer, Str body, CoreTime now,
                              Buf *out)
{
    uint32_t gateways[MAX_BOUND_GATEWAYS];
    ProvisoCall call = {
        .body = body.at, .body_len = body.len, .now = now.wall, .tick = now.tick};
    bind_gateways(core, peer, gateways, &call);
    return decide_one(core, &call, out);
}

// [ 1*batch bstr ], each of which is the body of a DECIDE.
static WireError serve_decide_many(Core *core, const Peer *peer, Str body, CoreTime now,
                                   Buf *out)
{
    uint64_t limit = (uint64_t)core->config->limits.batch;
    CborReader reader = cbor_reader(body, (uint32_t)limit + 1);
    CborItem item;
    if (cbor_next(&reader, &item) != STATUS_OK || item.kind != CBOR_ARRAY)
        return WIRE_ERROR_BODY;
    uint64_t count = item.number;
    if (count == 0 || count > limit)
        return WIRE_ERROR_BATCH;
    cbor_write_array(out, count);
    uint32_t gateways[MAX_BOUND_GATEWAYS];
    ProvisoCall call = {.now = now.wall, .tick = now.tick};
    bind_gateways(core, peer, gateways, &call);
    for (uint64_t i = 0; i < count; i++) {
        if (cbor_next(&reader, &item) != STATUS_OK || item.kind != CBOR_BYTES)
            return WIRE_ERROR_BODY;
        call.body = item.bytes.at;
        call.body_len = item.bytes.len;
        WireError error = decide_one(core, &call, out);
        if (error != WIRE_OK)
            return error;
    }
    return cbor_end(&reader) == STATUS_OK ? WIRE_OK : WIRE_ERROR_BODY;
}

// ---- the other operations ----

static WireError serve_operation(Core *core, const Peer *peer,
                                 ProvisoOperation operation, Str body, CoreTime now,
                                 Buf *out, bool *is_done)
{
    uint32_t gateways[MAX_BOUND_GATEWAYS];
    ProvisoCall call = {
        .body = body.at, .body_len = body.len, .now = now.wall, .tick = now.tick};
    bind_gateways(core, peer, gateways, &call);
    size_t len = 0;
    ProvisoVerdict verdict = {0};
    ProvisoStatus status = proviso_session_operate(
        core->policy.session, operation, &call, out->at + out->len,
        out->capacity - out->len, &len, &verdict);
    if (status != PROVISO_OK)
        return WIRE_ERROR_ANSWER_SIZE;
    out->len += len;
    *is_done = verdict.allow;
    core->counters.quotas += !verdict.allow && verdict.code == CODE_QUOTA;
    return WIRE_OK;
}

static WireError serve_other(Core *core, const Peer *peer, ProvisoOperation operation,
                             Str body, CoreTime now, Buf *out)
{
    bool is_done = false;
    return serve_operation(core, peer, operation, body, now, out, &is_done);
}

// An operation of which those who watch are told, under `name`, by its body.
static WireError serve_told(Core *core, const Peer *peer, ProvisoOperation operation,
                            Str name, Str body, CoreTime now, Buf *out)
{
    bool is_done = false;
    if (body.len + EVENT_MORE > (size_t)core->config->limits.frame)
        return WIRE_ERROR_BODY;
    WireError error = serve_operation(core, peer, operation, body, now, out, &is_done);
    if (error == WIRE_OK && is_done)
        events_add(&core->events, name, body);
    return error;
}

// Of a consent that is withdrawn, those who watch are told by whom, not by which
// request.
static WireError serve_consent(Core *core, const Peer *peer, Str body, CoreTime now,
                               Buf *out)
{
    bool is_done = false;
    WireError error =
        serve_operation(core, peer, PROVISO_DO_CONSENT, body, now, out, &is_done);
    if (error != WIRE_OK || !is_done)
        return error;
    // What was done has its members in their order: by, request, withdraw.
    enum { MAP, BY_KEY, BY, REQUEST_KEY, REQUEST, WITHDRAW_KEY, WITHDRAW, COUNT };
    CborItem items[COUNT];
    CborReader reader = cbor_reader(body, COUNT);
    Str by = {0};
    for (int i = 0; i < COUNT; i++) {
        const uint8_t *start = reader.bytes.at;
        if (cbor_next(&reader, &items[i]) != STATUS_OK)
            return WIRE_OK;
        if (i == BY)
            by = cbor_since(&reader, start);
    }
    if (items[WITHDRAW].number == 1)
        events_add(&core->events, STR("withdraw"), by);
    return WIRE_OK;
}

static WireError serve_watch(const Core *core, Buf *out)
{
    cbor_write_map(out, 2);
    write_count(out, "seq", core->events.last);
    write_count(out, "started", (uint64_t)core->started);
    return WIRE_OK;
}

// ---- STATUS, RELOAD ----

typedef struct Count {
    Str name;
    uint64_t number;
} Count;

// Appends those that are not 0 as a map, sorting them into the order of its keys.
static void write_counts(Buf *out, Count *counts, uint32_t count)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        Count next = counts[i];
        if (next.number == 0)
            continue;
        uint32_t at = used++;
        for (; at > 0 && cbor_compare_texts(counts[at - 1].name, next.name) > 0; at--)
            counts[at] = counts[at - 1];
        counts[at] = next;
    }
    cbor_write_map(out, used);
    for (uint32_t i = 0; i < used; i++) {
        cbor_write_text(out, counts[i].name);
        cbor_write_u64(out, counts[i].number);
    }
}

static void write_denies(Buf *out, const Counters *counters)
{
    Count counts[CODE_COUNT];
    for (uint32_t i = 0; i < CODE_COUNT; i++)
        counts[i] = (Count){str_from_c(code_text((Code)i)), counters->denies[i]};
    write_counts(out, counts, CODE_COUNT);
}

static void write_errors(Buf *out, const Counters *counters)
{
    Count counts[WIRE_ERROR_COUNT];
    for (uint32_t i = 0; i < WIRE_ERROR_COUNT; i++)
        counts[i] =
            (Count){str_from_c(wire_error_code((WireError)i)), counters->errors[i]};
    write_counts(out, counts, WIRE_ERROR_COUNT);
}

static void write_bundle(const Core *core, Buf *out)
{
    ProvisoInfo info;
    proviso_engine_info(core->policy.engine, &info);
    cbor_write_map(out, 6);
    write_count(out, "cost", info.cost);
    write_hash(out, "hash", info.hash);
    write_count(out, "rules", info.rules);
    write_count(out, "loaded", (uint64_t)(core->policy.loaded / NANOSECONDS));
    write_key(out, "package");
    cbor_write_text(out, (Str){info.package, info.package_len});
    write_count(out, "signatures", info.signatures);
}

static void write_memory(const ProvisoMemory *memory, Buf *out)
{
    ProvisoMemoryInfo info;
    proviso_memory_info(memory, &info);
    Count counts[PROVISO_KINDS];
    for (uint32_t i = 0; i < PROVISO_KINDS; i++)
        counts[i] = (Count){str_from_c(proviso_memory_kind(i)), info.records[i]};
    write_key(out, "memory");
    cbor_write_map(out, 5);
    write_count(out, "left", info.left);
    write_count(out, "used", info.used);
    write_count(out, "limit", info.limit);
    write_count(out, "taken", info.taken);
    write_key(out, "records");
    write_counts(out, counts, PROVISO_KINDS);
}

static void write_status(const Core *core, int64_t now, Buf *out)
{
    const Counters *counters = &core->counters;
    bool has_test_clock = core->config->test_clock.len > 0;
    const ProvisoMemory *memory = core->journal->memory;
    cbor_write_map(out, 10u + has_test_clock + (memory != NULL));
    write_key(out, "log");
    write_key(out, journal_mode(core->journal));
    write_count(out, "open", counters->open);
    write_count(out, "allows", counters->allows);
    write_key(out, "bundle");
    write_bundle(core, out);
    write_key(out, "denies");
    write_denies(out, counters);
    write_key(out, "errors");
    write_errors(out, counters);
    if (memory)
        write_memory(memory, out);
    int64_t uptime = now > core->started ? now - core->started : 0;
    write_count(out, "uptime", (uint64_t)(uptime / NANOSECONDS));
    write_count(out, "reloads", counters->reloads);
    write_count(out, "requests", counters->requests);
    if (has_test_clock) {
        write_key(out, "test_clock");
        cbor_write_i64(out, now / NANOSECONDS);
    }
    write_count(out, "connections", counters->connections);
}

void core_write_reloaded(const Core *core, Buf *out)
{
    write_bundle(core, out);
}

WireError core_admit(const Core *core, const Peer *peer, const Agreement *agreement,
                     Message message)
{
    uint8_t needed = message_role(message);
    if (!agreement->is_made && message != MESSAGE_HELLO)
        return WIRE_ERROR_HELLO_FIRST;
    if (needed != ROLE_ANY && (needed & peer->roles) == 0)
        return WIRE_ERROR_ROLE;
    if (needed != ROLE_ANY && agreement->has_dictionary &&
        agreement->dictionary != core->dictionary)
        return WIRE_ERROR_DICTIONARY;
    return WIRE_OK;
}

WireError core_serve(Core *core, const Peer *peer, Agreement *agreement,
                     Message message, Str body, CoreTime now, Buf *out)
{
    core->counters.requests++;
    switch (message) {
    case MESSAGE_HELLO:
        return serve_hello(core, peer, agreement, body, out);
    case MESSAGE_PING:
        buf_str(out, body);
        return WIRE_OK;
    case MESSAGE_DECIDE:
        return serve_decide(core, peer, body, now, out);
    case MESSAGE_DECIDE_MANY:
        return serve_decide_many(core, peer, body, now, out);
    case MESSAGE_LIST:
        return serve_ask(core, peer, body, now, proviso_session_list, out);
    case MESSAGE_EXPLAIN:
        return serve_ask(core, peer, body, now, proviso_session_explain, out);
    case MESSAGE_STATUS:
        if (body.len != 0)
            return WIRE_ERROR_BODY;
        write_status(core, now.wall, out);
        return WIRE_OK;
    case MESSAGE_TASK_OPEN:
        return serve_other(core, peer, PROVISO_DO_TASK_OPEN, body, now, out);
    case MESSAGE_TASK_CLOSE:
        return serve_told(core, peer, PROVISO_DO_TASK_CLOSE, STR("close"), body, now,
                          out);
    case MESSAGE_OUTCOME:
        return serve_other(core, peer, PROVISO_DO_OUTCOME, body, now, out);
    case MESSAGE_APPROVE:
        return serve_other(core, peer, PROVISO_DO_APPROVE, body, now, out);
    case MESSAGE_CONSENT:
        return serve_consent(core, peer, body, now, out);
    case MESSAGE_REVOKE:
        return serve_told(core, peer, PROVISO_DO_REVOKE, STR("revoke"), body, now, out);
    case MESSAGE_FACTS:
        return serve_other(core, peer, PROVISO_DO_FACTS, body, now, out);
    case MESSAGE_CHECK:
        return serve_other(core, peer, PROVISO_DO_CHECK, body, now, out);
    case MESSAGE_WATCH:
        return serve_watch(core, out);
    case MESSAGE_RELOAD:
    case MESSAGE_EVENT:
    case MESSAGE_ERROR:
        break;
    }
    unreachable_bug();
}
