// SPDX-License-Identifier: Apache-2.0
#include "engine/state/revocation.h"

#include "engine/base/checked.h"
#include "engine/state/task.h"

static bool has_tenant(RevokedKind kind)
{
    return kind == REVOKED_USER || kind == REVOKED_TASK;
}

StateKey revocation_key(const State *state, Str tenant, RevokedKind kind, Str name)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_REVOKED, has_tenant(kind) ? tenant : STR(""));
    key_u64(&parts, kind);
    key_text(&parts, name);
    return key_end(&parts);
}

StateKey revocation_grant_key(const State *state, StateKey call)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_REVOKED, STR(""));
    key_u64(&parts, REVOKED_GRANT);
    key_key(&parts, call);
    return key_end(&parts);
}

static bool is_there(const State *state, Str tenant, RevokedKind kind, Str name)
{
    return store_find(&state->store, revocation_key(state, tenant, kind, name), 0) != 0;
}

bool is_revoked(const State *state, Str tenant, RevokedKind kind, Str name)
{
    if (state->revocations == 0 || name.len == 0)
        return false;
    return is_there(state, tenant, kind, name) ||
           (has_tenant(kind) && tenant.len > 0 && is_there(state, STR(""), kind, name));
}

bool task_is_revoked(const State *state, Ref task)
{
    for (; task != 0 && state->revocations > 0; task = task_at(state, task)->parent) {
        const Task *of = task_at(state, task);
        TaskTexts texts = task_texts(state, of);
        if (is_revoked(state, texts.tenant, REVOKED_TASK, texts.id) ||
            is_revoked(state, texts.tenant, REVOKED_USER, texts.user) ||
            is_revoked(state, texts.tenant, REVOKED_AGENT,
                       state_name_text(state, of->agent)))
            return true;
    }
    return false;
}

void revocation_write(Buf *changes, StateKey key, RevokedKind kind, int64_t wall)
{
    change_begin(changes, CHANGE_REVOKED);
    change_key(changes, key);
    buf_char(changes, (char)kind);
    buf_u64le(changes, (uint64_t)wall);
}

Status revocation_apply(State *state, Moment at, Reader *reader)
{
    StateKey key;
    uint8_t kind;
    int64_t wall;
    TRY(change_read_key(reader, &key));
    TRY(reader_u8(reader, &kind));
    TRY(change_read_i64(reader, &wall));
    ENSURE(kind >= REVOKED_AGENT && kind <= REVOKED_BEFORE, STATUS_MALFORMED);
    if (kind == REVOKED_BEFORE) {
        int64_t start = at.start, by;
        if (checked_sub_i64(wall, at.wall, &by))
            (void)checked_add_i64(start, by, &start);
        if (wall > state->void_before)
            state->void_before = wall;
        if (start > state->void_start)
            state->void_start = start;
        return STATUS_OK;
    }
    if (store_find(&state->store, key, 0) != 0)
        return STATUS_OK;
    Ref ref = store_add(&state->store, key, KEPT_REVOKED, sizeof(Revoked), 0);
    ENSURE(ref != 0, STATUS_LIMIT);
    state->billed += heap_room(sizeof(Revoked)); // nobody's
    Revoked *revoked = store_at(&state->store, ref);
    revoked->wall = at.wall;
    state->revocations++;
    return STATUS_OK;
}
