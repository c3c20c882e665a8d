// SPDX-License-Identifier: Apache-2.0
#include "engine/session.h"
#include "engine/state/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/os.h"
#include "engine/bytecode/verify.h"
#include "engine/decide/decide.h"
#include "engine/decide/possible.h"
#include "engine/state/change.h"
#include "engine/wire/answer_encode.h"
#include "engine/base/cbor.h"

enum {
    MAX_SESSION_MEMORY = 256 << 20,
    MAX_VERIFY_MEMORY = 256 << 20,
    REQUEST_ELEMENTS = 16384, // of all lists and records of a request
    MAX_LISTED = 4096,        // tools in the answer to a LIST
};

struct ProvisoEngine {
    Arena arena; // of the bundle's bytes
    Bundle bundle;
    uint32_t signatures;
    uint32_t attribute_count;
    uint32_t *attributes; // their slots, ascending: the dictionary
};

// ---- bundles ----

static ProvisoStatus refuse(ProvisoStatus status, char *why, size_t why_size,
                            const char *text)
{
    snprintf(why, why_size, "%s", text);
    return status;
}

// The same key given twice counts once.
static bool is_key_before(const ProvisoTrust *trust, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (memcmp(trust->keys[i], trust->keys[index], KEY_SIZE) == 0)
            return true;
    return false;
}

static ProvisoStatus check_trust(ProvisoEngine *engine, const ProvisoTrust *trust,
                                 char *why, size_t why_size)
{
    size_t needed = trust->signatures > 0 ? trust->signatures : 1;
    for (size_t i = 0; i < trust->key_count; i++) {
        PublicKey key;
        bool is_signed = false;
        memcpy(key.bytes, trust->keys[i], sizeof key.bytes);
        if (bundle_check_signature(&engine->bundle, &key, &is_signed) != STATUS_OK)
            return refuse(PROVISO_UNTRUSTED, why, why_size,
                          "a signature could not be checked");
        engine->signatures += is_signed && !is_key_before(trust, i);
    }
    if (trust->allow_unsigned || engine->signatures >= needed)
        return PROVISO_OK;
    snprintf(why, why_size, "%u of the trusted keys have signed the bundle, not %zu",
             engine->signatures, needed);
    return PROVISO_UNTRUSTED;
}

static ProvisoStatus check_bundle(ProvisoEngine *engine, char *why, size_t why_size)
{
    Arena scratch;
    VerifyFailure failure;
    arena_init(&scratch, MAX_VERIFY_MEMORY);
    Status status = verify_bundle(&engine->bundle, &scratch, &failure);
    arena_free(&scratch);
    if (status == STATUS_OK)
        return PROVISO_OK;
    if (status == STATUS_LIMIT)
        return refuse(PROVISO_MEMORY, why, why_size, "out of memory");
    snprintf(why, why_size, "the bundle is not sound: %s (%s, %s %u)",
             verify_rule_text(failure.rule), verify_rule_name(failure.rule),
             section_name(failure.section), failure.index);
    return PROVISO_REFUSED;
}

static bool number_attributes(ProvisoEngine *engine)
{
    const Bundle *bundle = &engine->bundle;
    engine->attributes =
        arena_try(&engine->arena, bundle->slots_count * sizeof(uint32_t));
    for (uint32_t i = 0; engine->attributes && i < bundle->slots_count; i++)
        if (bundle->slots[i].root == SLOT_ROOT_ATTRIBUTE)
            engine->attributes[engine->attribute_count++] = i;
    return engine->attributes != NULL;
}

// The bytes are on the engine's arena.
static ProvisoStatus load(ProvisoEngine *engine, Str bytes, const ProvisoTrust *trust,
                          char *why, size_t why_size)
{
    const char *reason;
    if (bundle_open(bytes, &engine->bundle, &reason) != STATUS_OK)
        return refuse(PROVISO_REFUSED, why, why_size, reason);
    ProvisoStatus status = check_trust(engine, trust, why, why_size);
    if (status == PROVISO_OK)
        status = check_bundle(engine, why, why_size);
    if (status == PROVISO_OK && !number_attributes(engine))
        return refuse(PROVISO_MEMORY, why, why_size, "out of memory");
    return status;
}

static ProvisoStatus finish(ProvisoEngine *engine, ProvisoStatus status,
                            ProvisoEngine **out)
{
    if (status == PROVISO_OK)
        *out = engine;
    else
        proviso_engine_free(engine);
    return status;
}

static ProvisoEngine *new_engine(void)
{
    ProvisoEngine *engine = calloc(1, sizeof *engine);
    if (engine)
        arena_init(&engine->arena, (size_t)MAX_BUNDLE_BYTES + (1 << 20));
    return engine;
}

ProvisoStatus proviso_engine_load(const void *bytes, size_t len,
                                  const ProvisoTrust *trust, ProvisoEngine **out,
                                  char *why, size_t why_size)
{
    ProvisoEngine *engine = new_engine();
    char *copy = engine ? arena_try(&engine->arena, len + 1) : NULL;
    if (!copy) {
        proviso_engine_free(engine);
        return refuse(PROVISO_MEMORY, why, why_size, "out of memory");
    }
    memcpy(copy, bytes, len);
    return finish(engine, load(engine, (Str){copy, len}, trust, why, why_size), out);
}

ProvisoStatus proviso_engine_load_file(const char *path, const ProvisoTrust *trust,
                                       ProvisoEngine **out, char *why, size_t why_size)
{
    ProvisoEngine *engine = new_engine();
    Str bytes;
    if (!engine)
        return refuse(PROVISO_MEMORY, why, why_size, "out of memory");
    Status status =
        os_read_file(&engine->arena, str_from_c(path), MAX_BUNDLE_BYTES, &bytes);
    if (status != STATUS_OK) {
        proviso_engine_free(engine);
        return refuse(PROVISO_IO, why, why_size, status_text(status));
    }
    return finish(engine, load(engine, bytes, trust, why, why_size), out);
}

void proviso_engine_free(ProvisoEngine *engine)
{
    if (!engine)
        return;
    arena_free(&engine->arena);
    free(engine);
}

void proviso_engine_info(const ProvisoEngine *engine, ProvisoInfo *out)
{
    const Bundle *bundle = &engine->bundle;
    Str package = bundle_string(bundle, bundle->meta->package);
    Str compiler = bundle_string(bundle, bundle->meta->compiler);
    *out = (ProvisoInfo){.hash = bundle->hash.bytes,
                         .package = package.at,
                         .package_len = package.len,
                         .compiler = compiler.at,
                         .compiler_len = compiler.len,
                         .rules = bundle->rules_count,
                         .signatures = engine->signatures,
                         .cost = bundle->meta->cost,
                         .attributes = engine->attribute_count,
                         .needs_memory = decide_needs_memory(bundle)};
}

const char *proviso_engine_attribute(const ProvisoEngine *engine, uint32_t position,
                                     size_t *len)
{
    const Bundle *bundle = &engine->bundle;
    CHECK(position < engine->attribute_count);
    uint32_t slot = engine->attributes[position];
    Str name = bundle_string(bundle, bundle->slots[slot].name);
    *len = name.len;
    return name.at;
}

uint32_t proviso_engine_gateway(const ProvisoEngine *engine, const char *name,
                                size_t len)
{
    return bundle_find_gateway(&engine->bundle, (Str){name, len});
}

// ---- memory ----

ProvisoMemory *proviso_memory_new(size_t limit, const uint8_t secret[16])
{
    ProvisoMemory *memory = calloc(1, sizeof *memory);
    if (memory && state_init(&memory->state, limit, secret) == STATUS_OK)
        return memory;
    free(memory);
    return NULL;
}

void proviso_memory_free(ProvisoMemory *memory)
{
    if (!memory)
        return;
    state_free(&memory->state);
    free(memory);
}

void proviso_memory_set_limits(ProvisoMemory *memory, const ProvisoLimits *limits)
{
    memory->state.limits = (StateLimits){.tenant_bytes = limits->tenant_bytes,
                                         .tenant_tasks = limits->tenant_tasks,
                                         .live_bytes = limits->live_bytes};
}

// The kinds from KEPT_NAME on.
static const char KINDS[][12] = {"names",   "tasks",  "people",    "histories",
                                 "budgets", "grants", "approvals", "consents",
                                 "revoked", "rows",   "tenants"};
_Static_assert(sizeof KINDS / sizeof KINDS[0] == PROVISO_KINDS &&
                   (int)KEPT_USAGE == (int)PROVISO_KINDS,
               "each kind has a name");

void proviso_memory_info(const ProvisoMemory *memory, ProvisoMemoryInfo *out)
{
    const Store *store = &memory->state.store;
    *out = (ProvisoMemoryInfo){.limit = heap_limit(&store->heap),
                               .used = store->heap.used,
                               .left = heap_left(&store->heap),
                               .taken = store_taken(store)};
    memcpy(out->records, store->kinds + KEPT_NAME, sizeof out->records);
}

const char *proviso_memory_kind(uint32_t kind)
{
    return KINDS[kind];
}

void proviso_memory_set_keep(ProvisoMemory *memory, ProvisoKeep *keep, void *keeper)
{
    memory->keep = keep;
    memory->keeper = keeper;
}

bool proviso_memory_apply(ProvisoMemory *memory, int64_t now, int64_t tick,
                          const void *changes, size_t len)
{
    Moment at = {.wall = now, .tick = tick};
    return state_prepare_over(&memory->state, at) &&
           state_apply(&memory->state, at, (Str){changes, len}) == STATUS_OK;
}

// ---- sessions ----

ProvisoSession *proviso_session_new(const ProvisoEngine *engine, ProvisoMemory *memory)
{
    ProvisoSession *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    arena_init(&session->arena, MAX_SESSION_MEMORY);
    session->bundle = &engine->bundle;
    session->memory = memory;
    static const uint8_t NO_SECRET[16] = {0};
    if (state_init(&session->nothing, 0, NO_SECRET) != STATUS_OK) {
        free(session);
        return NULL;
    }
    session->changes = arena_try(&session->arena, CHANGES_MAX);
    session->tree.nodes =
        arena_try(&session->arena, (MAX_REQUEST_ITEMS + (size_t)1) * sizeof(CborNode));
    session->tree.max_nodes = MAX_REQUEST_ITEMS;
    session->decider = decider_new(&session->arena, &engine->bundle);
    session->request = request_new(&session->arena, &engine->bundle, REQUEST_ELEMENTS);
    if (session->decider && session->request && session->changes &&
        session->tree.nodes) {
        session->request->state = session_state(session);
        return session;
    }
    proviso_session_free(session);
    return NULL;
}

void proviso_session_free(ProvisoSession *session)
{
    if (!session)
        return;
    arena_free(&session->arena);
    state_free(&session->nothing);
    free(session);
}

// A number that is no gateway's, PROVISO_NO_GATEWAY among them, is one of the caller's
// and nobody's.
void session_check_gateway(ProvisoSession *session, const ProvisoCall *call)
{
    Request *request = session->request;
    Path path = {.name = STR("gateway")};
    if (request->refusal.is_set || call->gateway_count == 0)
        return;
    for (size_t i = 0; i < call->gateway_count; i++)
        if (call->gateways[i] == request->gateway)
            return;
    refusal_set(&request->refusal, CODE_UNKNOWN, &path, "is not one of the caller's");
}

uint32_t session_gateway(const ProvisoSession *session, const ProvisoCall *call)
{
    bool is_bound =
        call->gateway_count == 1 && call->gateways[0] < session->bundle->gateways_count;
    return is_bound ? call->gateways[0] : NONE;
}

Moment session_moment(ProvisoSession *session, const ProvisoCall *call)
{
    Buf changes = buf_fixed(session->changes, CHANGES_MAX);
    Moment now = state_moment(session_state(session), call->now, call->tick, &changes);
    if (changes.len > 0) // where it can't be kept, it is met again
        (void)session_keep(session, now, true, buf_view(&changes), false);
    return now;
}

Buf session_begin_changes(ProvisoSession *session)
{
    return buf_fixed(session->changes, CHANGES_MAX);
}

bool session_prepare(ProvisoSession *session, Moment now, bool may_exceed)
{
    State *state = session_state(session);
    return session->memory &&
           (may_exceed ? state_prepare_over(state, now) : state_prepare(state, now));
}

bool session_keep(ProvisoSession *session, Moment now, bool is_ready, Str changes,
                  bool is_granted)
{
    ProvisoMemory *memory = session->memory;
    if (!memory)
        return true;
    if ((changes.len > 0 && !is_ready) ||
        (memory->keep &&
         !memory->keep(memory->keeper, now.wall, now.tick, changes.at, changes.len)))
        return changes.len == 0 && !is_granted;
    return changes.len == 0 || state_apply(&memory->state, now, changes) == STATUS_OK;
}

Str session_not_kept(const ProvisoSession *session, bool is_ready)
{
    if (!session->memory)
        return STR("memory: there is none");
    return is_ready ? STR("memory: can't be kept") : STR("memory: is full");
}

static ProvisoStatus answer(ProvisoSession *session, const ProvisoCall *call,
                            Trace *trace, void *out, size_t capacity, size_t *len)
{
    Buf body = buf_fixed(out, capacity);
    Moment now = session_moment(session, call);
    bool is_ready = session_prepare(session, now, false);
    Buf changes = session_begin_changes(session);
    request_decode(session->request, (Str){call->body, call->body_len},
                   session_gateway(session, call));
    session_check_gateway(session, call);
    if (!session->memory) // nothing can be found again
        session->request->key = STR("");
    decide(session->decider, session->request, now, call->random,
           session_state(session), &session->answer, session->memory ? &changes : NULL,
           trace);
    if (!session->memory && decide_needs_memory(session->bundle))
        session->answer = (Answer){.code = CODE_UNAVAILABLE,
                                   .detail = STR("memory: this policy needs it")};
    else if (!trace &&
             !session_keep(session, now, is_ready, buf_view(&changes),
                           session->answer.allow) &&
             !session->answer.is_plain)
        session->answer = (Answer){.code = CODE_UNAVAILABLE,
                                   .detail = session_not_kept(session, is_ready)};
    answer_encode(&body, session->request, &session->answer, trace);
    *len = body.len;
    return body.failed ? PROVISO_SPACE : PROVISO_OK;
}

ProvisoStatus proviso_session_decide(ProvisoSession *session, const ProvisoCall *call,
                                     void *out, size_t capacity, size_t *len,
                                     ProvisoVerdict *verdict)
{
    ProvisoStatus status = answer(session, call, NULL, out, capacity, len);
    *verdict = (ProvisoVerdict){.allow = session->answer.allow,
                                .code = (uint32_t)session->answer.code};
    return status;
}

ProvisoStatus proviso_session_explain(ProvisoSession *session, const ProvisoCall *call,
                                      void *out, size_t capacity, size_t *len)
{
    return answer(session, call, &session->trace, out, capacity, len);
}

static void encode_denied_list(Buf *body, Code code, Str detail)
{
    cbor_write_map(body, 2);
    cbor_write_text(body, STR("code"));
    cbor_write_text(body, str_from_c(code_text(code)));
    cbor_write_text(body, STR("detail"));
    cbor_write_text(body, detail);
}

// Appends what can be said of each tool that could be allowed. How many there are.
static uint32_t list_tools(ProvisoSession *session, Moment now, Buf *out)
{
    const Bundle *bundle = session->bundle;
    Request *request = session->request;
    const BundleFamily *family =
        &bundle->families[bundle->audiences[request->audience].family];
    uint32_t count = 0;
    for (uint32_t i = 0; i < family->tool_count && count < MAX_LISTED; i++) {
        request_ask_about(request, family->tool + i);
        possible_find(session->decider, request, now, session_state(session),
                      &session->possible);
        if (!session->possible.is_possible)
            continue;
        possible_encode(out, request, &session->possible);
        count++;
    }
    return count;
}

// A denied LIST has the code of the deny; else one entry a tool that could be allowed.
// The entries are written with room before them for the head, which says how many they
// are.
ProvisoStatus proviso_session_list(ProvisoSession *session, const ProvisoCall *call,
                                   void *out, size_t capacity, size_t *len)
{
    enum { HEAD = 16 };
    Request *request = session->request;
    request_decode_list(request, (Str){call->body, call->body_len},
                        session_gateway(session, call));
    session_check_gateway(session, call);
    Buf body = buf_fixed(out, capacity);
    Code code;
    Str detail;
    Moment now = session_moment(session, call);
    if (!possible_admits(session->decider, request, now, session_state(session), &code,
                         &detail)) {
        encode_denied_list(&body, code, detail);
        *len = body.len;
        return body.failed ? PROVISO_SPACE : PROVISO_OK;
    }
    if (capacity < HEAD)
        return PROVISO_SPACE;
    Buf entries = buf_fixed((char *)out + HEAD, capacity - HEAD);
    uint32_t count = list_tools(session, now, &entries);
    cbor_write_map(&body, 1);
    cbor_write_text(&body, STR("tools"));
    cbor_write_array(&body, count);
    memmove(body.at + body.len, entries.at, entries.len);
    *len = body.len + entries.len;
    return entries.failed ? PROVISO_SPACE : PROVISO_OK;
}

const char *proviso_code_name(uint32_t code)
{
    return code_text((Code)code);
}

uint32_t proviso_code_count(void)
{
    return CODE_COUNT;
}
