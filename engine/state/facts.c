// SPDX-License-Identifier: Apache-2.0
#include "engine/state/facts.h"

#include <string.h>

#include "engine/state/task.h"
#include "engine/state/usage.h"

StateKey past_key(const State *state, Str tenant, PastKind kind, Str id)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_PAST, tenant);
    key_u64(&parts, kind);
    key_text(&parts, id);
    return key_end(&parts);
}

const Facts *facts_of_tree(const State *state, Ref task)
{
    return &task_at(state, task_at(state, task)->root)->facts;
}

const Facts *facts_of_past(const State *state, StateKey key, Moment now)
{
    Ref ref = store_find(&state->store, key, moment_second(now));
    if (ref == 0)
        return NULL;
    const Past *past = store_at(&state->store, ref);
    return &past->facts;
}

// ---- the block ----

size_t fact_size(size_t packed)
{
    return sizeof(Fact) + packed;
}

static char *block_of(const Store *store, const Facts *facts)
{
    return facts->at == 0 ? NULL : store_at(store, facts->at);
}

static Fact fact_at(const char *at)
{
    Fact fact;
    memcpy(&fact, at, sizeof fact);
    return fact;
}

static size_t size_at(const char *at)
{
    return fact_size(fact_at(at).size);
}

const void *facts_next(const State *state, const Facts *facts, const void *at,
                       Fact *fact, Str *packed)
{
    const char *block = facts ? block_of(&state->store, facts) : NULL;
    const char *next = at ? (const char *)at + size_at(at) : block;
    if (!block || next == block + facts->size)
        return NULL;
    *fact = fact_at(next);
    *packed = (Str){next + sizeof *fact, fact->size};
    return next;
}

void facts_put(char *to, Fact fact, Str packed)
{
    CHECK(packed.len <= FACT_PACKED_MAX);
    fact.size = (unsigned)packed.len & FACT_PACKED_MAX;
    memcpy(to, &fact, sizeof fact);
    if (packed.len > 0)
        memcpy(to + sizeof fact, packed.at, packed.len);
}

static bool make_room(Store *store, Facts *facts, size_t wanted)
{
    if (wanted <= facts->room)
        return true;
    size_t room = wanted > FACTS_MAX ? 0 : heap_room(wanted);
    Ref to = room == 0 ? 0 : heap_take(&store->heap, room);
    if (to == 0)
        return false;
    if (facts->at != 0) {
        memcpy(store_at(store, to), store_at(store, facts->at), facts->size);
        heap_give(&store->heap, facts->at, facts->room);
    }
    facts->at = to;
    facts->room = (uint32_t)room;
    return true;
}

static bool append(Store *store, Facts *facts, Fact fact, Str packed)
{
    size_t size = fact_size(packed.len);
    if (packed.len > FACT_PACKED_MAX || !make_room(store, facts, facts->size + size))
        return false;
    facts_put(block_of(store, facts) + facts->size, fact, packed);
    facts->size += (uint32_t)size;
    return true;
}

static void remove_at(Store *store, Facts *facts, size_t offset)
{
    char *at = block_of(store, facts) + offset;
    size_t size = size_at(at);
    memmove(at, at + size, facts->size - offset - size);
    facts->size -= (uint32_t)size;
}

// The bytes in front of a past that nobody asks for any more in that second.
static size_t size_over(const Store *store, const Facts *facts, uint32_t keep,
                        uint32_t second)
{
    const char *block = block_of(store, facts);
    size_t offset = 0;
    while (keep != 0 && second > keep && offset < facts->size &&
           fact_at(block + offset).second < second - keep)
        offset += size_at(block + offset);
    return offset;
}

static void forget(Store *store, Facts *facts, size_t over)
{
    if (over == 0)
        return;
    memmove(block_of(store, facts), block_of(store, facts) + over, facts->size - over);
    facts->size -= (uint32_t)over;
}

// The offset of the fact of a call whose outcome is not in, or facts->size.
static size_t find_in_flight(const Store *store, const Facts *facts, uint32_t call)
{
    const char *block = block_of(store, facts);
    size_t offset = 0;
    while (offset < facts->size) {
        Fact fact = fact_at(block + offset);
        if (fact.call == call && fact.is_in_flight)
            break;
        offset += fact_size(fact.size);
    }
    return offset;
}

static Facts *facts_of(const State *state, Ref ref)
{
    RecordHead *record = store_at(&state->store, ref);
    if (record->kind == KEPT_TASK)
        return &((Task *)record)->facts;
    return record->kind == KEPT_PAST ? &((Past *)record)->facts : NULL;
}

static const Facts *find_facts(const State *state, StateKey owner, Moment now)
{
    Ref ref = store_find(&state->store, owner, moment_second(now));
    return ref == 0 ? NULL : facts_of(state, ref);
}

bool facts_have_room(const State *state, StateKey owner, uint32_t keep, size_t packed,
                     Moment now)
{
    const Facts *facts = find_facts(state, owner, now);
    size_t used =
        facts ? facts->size - size_over(&state->store, facts, keep, moment_second(now))
              : 0;
    return used + fact_size(packed) <= FACTS_MAX;
}

bool facts_can_replace(const State *state, StateKey owner, uint32_t call, size_t packed,
                       Moment now)
{
    const Facts *facts = find_facts(state, owner, now);
    size_t offset = facts ? find_in_flight(&state->store, facts, call) : 0;
    if (!facts || offset == facts->size)
        return true; // nothing will be replaced
    size_t was = size_at(block_of(&state->store, facts) + offset);
    return facts->size - was + fact_size(packed) <= FACTS_MAX;
}

void facts_drop(Store *store, Facts *facts)
{
    if (facts->at != 0)
        heap_give(&store->heap, facts->at, facts->room);
    *facts = (Facts){0};
}

// ---- added ----

void facts_write_added(Buf *changes, const NewFact *fact)
{
    change_begin(changes, CHANGE_FACT_ADDED);
    change_key(changes, fact->owner);
    buf_u32le(changes, fact->keep);
    buf_u32le(changes, fact->call);
    buf_u32le(changes, fact->task);
    buf_char(changes, fact->is_in_flight);
    change_name(changes, fact->layout);
    change_text(changes, fact->packed);
}

static Status read_added(Reader *reader, NewFact *out)
{
    uint8_t is_in_flight;
    TRY(change_read_key(reader, &out->owner));
    TRY(reader_u32le(reader, &out->keep));
    TRY(reader_u32le(reader, &out->call));
    TRY(reader_u32le(reader, &out->task));
    TRY(reader_u8(reader, &is_in_flight));
    out->is_in_flight = is_in_flight != 0;
    TRY(change_read_text(reader, &out->layout));
    return change_read_text(reader, &out->packed);
}

Status facts_apply_added(State *state, Moment at, Reader *reader)
{
    NewFact fact;
    TRY(read_added(reader, &fact));
    Ref ref = usage_keep(state, fact.owner, KEPT_PAST, sizeof(Past), fact.keep, at);
    ENSURE(ref != 0, fact.keep == 0 ? STATUS_MALFORMED : STATUS_LIMIT);
    ENSURE(fact.task < TASK_TREE_MAX, STATUS_MALFORMED);
    Facts *facts = facts_of(state, ref);
    ENSURE(facts, STATUS_MALFORMED);
    uint32_t second = moment_second(at);
    forget(&state->store, facts, size_over(&state->store, facts, fact.keep, second));
    Ref layout = state_name(state, fact.layout);
    Fact head = {.layout = layout,
                 .second = second,
                 .call = fact.call,
                 .task = fact.task & (TASK_TREE_MAX - 1),
                 .is_in_flight = fact.is_in_flight};
    ENSURE(layout != 0 && append(&state->store, facts, head, fact.packed),
           STATUS_LIMIT);
    return STATUS_OK;
}

// ---- settled ----

void facts_write_settled(Buf *changes, StateKey owner, uint32_t call,
                         FactOutcome outcome, Str packed)
{
    change_begin(changes, CHANGE_FACT_SETTLED);
    change_key(changes, owner);
    buf_u32le(changes, call);
    buf_char(changes, (char)outcome);
    change_text(changes, packed);
}

// One of the same size takes its place; a longer one would not fit and goes to the end,
// but keeps its second. In a past the seconds then no longer ascend there: what is
// forgotten is what stands before the first that is recent enough, so such a fact may
// only stay longer.
Status facts_apply_settled(State *state, Moment at, Reader *reader)
{
    StateKey owner;
    uint32_t call;
    uint8_t outcome;
    Str packed;
    TRY(change_read_key(reader, &owner));
    TRY(reader_u32le(reader, &call));
    TRY(reader_u8(reader, &outcome));
    TRY(change_read_text(reader, &packed));
    Ref ref = store_find(&state->store, owner, moment_second(at));
    Facts *facts = ref == 0 ? NULL : facts_of(state, ref);
    size_t offset = facts ? find_in_flight(&state->store, facts, call) : 0;
    if (!facts || offset == facts->size)
        return STATUS_OK;
    ENSURE(outcome <= FACT_REPLACED, STATUS_MALFORMED);
    char *place = block_of(&state->store, facts) + offset;
    Fact fact = fact_at(place);
    fact.is_in_flight = false;
    if (outcome == FACT_STANDS) {
        memcpy(place, &fact, sizeof fact);
        return STATUS_OK;
    }
    remove_at(&state->store, facts, offset);
    if (outcome == FACT_FAILED)
        return STATUS_OK;
    ENSURE(append(&state->store, facts, fact, packed), STATUS_LIMIT);
    return STATUS_OK;
}
