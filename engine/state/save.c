// SPDX-License-Identifier: Apache-2.0
#include "engine/state/save.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/state/change.h"
#include "engine/state/facts.h"
#include "engine/state/labels.h"
#include "engine/state/usage.h"

// ---- what a record has ----

typedef enum FieldType {
    // Another record: its key, or zeros if there is none. Those that state_link sees to
    // come first among the fields.
    FIELD_TASK,
    FIELD_CALL,
    FIELD_OWNER,
    FIELD_NAME,
    FIELD_U8,
    FIELD_U16,
    FIELD_U32,
    FIELD_U64,
    FIELD_PAIR, // two words: a key, a decimal
    FIELD_BLOB,
    FIELD_LABELS,
    FIELD_FACTS,
    FIELD_ENTRIES, // of a budget
} FieldType;

typedef struct Field {
    FieldType type;
    uint32_t at; // in the record
} Field;

#define ROW(type, Record, member)                                                      \
    {                                                                                  \
        FIELD_##type, offsetof(Record, member)                                         \
    }
#define ROWS(table) table, sizeof table / sizeof table[0]

static const Field TASK[] = {
    ROW(TASK, Task, parent),   ROW(TASK, Task, root),     ROW(OWNER, Task, owner),
    ROW(NAME, Task, intent),   ROW(NAME, Task, agent),    ROW(BLOB, Task, texts),
    ROW(U64, Task, opened),    ROW(U64, Task, opened_at), ROW(U64, Task, ends),
    ROW(U32, Task, number),    ROW(U16, Task, depth),     ROW(U8, Task, is_closed),
    ROW(LABELS, Task, labels), ROW(FACTS, Task, facts),
};

static const Field PERSON[] = {ROW(OWNER, Person, owner), ROW(LABELS, Person, labels)};

static const Field PAST[] = {ROW(OWNER, Past, owner), ROW(FACTS, Past, facts)};

static const Field BUDGET[] = {ROW(OWNER, Budget, owner), ROW(PAIR, Budget, spent),
                               ROW(PAIR, Budget, sum), ROW(ENTRIES, Budget, at)};

static const Field CALL[] = {
    ROW(TASK, Call, task),   ROW(CALL, Call, parent),    ROW(OWNER, Call, owner),
    ROW(NAME, Call, agent),  ROW(NAME, Call, audience),  ROW(NAME, Call, tool),
    ROW(NAME, Call, issuer), ROW(U32, Call, uses),       ROW(U16, Call, depth),
    ROW(U8, Call, status),   ROW(U32, Call, ttl),        ROW(U64, Call, granted),
    ROW(U64, Call, ends),    ROW(PAIR, Call, arguments), ROW(PAIR, Call, request),
    ROW(BLOB, Call, texts),
};

#define GIVEN(i) ROW(NAME, Approval, given[i].by), ROW(U64, Approval, given[i].at)
static const Field APPROVAL[] = {
    ROW(OWNER, Approval, owner),
    ROW(U32, Approval, count),
    ROW(BLOB, Approval, texts),
    GIVEN(0),
    GIVEN(1),
    GIVEN(2),
    GIVEN(3),
    GIVEN(4),
    GIVEN(5),
    GIVEN(6),
    GIVEN(7),
};

static const Field CONSENT[] = {ROW(OWNER, Consent, owner), ROW(U64, Consent, at)};

static const Field REVOKED[] = {ROW(U64, Revoked, wall)};

static const Field ROW_OF_TABLE[] = {ROW(OWNER, Row, owner), ROW(BLOB, Row, cells),
                                     ROW(NAME, Row, layout)};

static const struct {
    uint32_t size;
    const Field *fields;
    size_t count;
} KINDS[] = {
    [KEPT_TASK] = {sizeof(Task), ROWS(TASK)},
    [KEPT_PERSON] = {sizeof(Person), ROWS(PERSON)},
    [KEPT_PAST] = {sizeof(Past), ROWS(PAST)},
    [KEPT_BUDGET] = {sizeof(Budget), ROWS(BUDGET)},
    [KEPT_CALL] = {sizeof(Call), ROWS(CALL)},
    [KEPT_APPROVAL] = {sizeof(Approval), ROWS(APPROVAL)},
    [KEPT_CONSENT] = {sizeof(Consent), ROWS(CONSENT)},
    [KEPT_REVOKED] = {sizeof(Revoked), ROWS(REVOKED)},
    [KEPT_ROW] = {sizeof(Row), ROWS(ROW_OF_TABLE)},
};
enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0], SAVED_STATE = 0 };

// Who adds a member adds its row.
_Static_assert(sizeof(Task) == 112 && sizeof(Person) == 48 && sizeof(Past) == 48,
               "every member has a row");
_Static_assert(sizeof(Budget) == 80 && sizeof(Call) == 128 && sizeof(Approval) == 176,
               "every member has a row");
_Static_assert(sizeof(Consent) == 48 && sizeof(Revoked) == 40 && sizeof(Row) == 48 &&
                   APPROVERS_MAX == 8,
               "every member has a row");
_Static_assert(sizeof(Label) == 16 && sizeof(Fact) == 16 && sizeof(BudgetEntry) == 32,
               "every member is saved");

// ---- saving ----

typedef struct Save {
    const State *state;
    uint32_t second;
    uint64_t *met; // names that were saved: a bit for each Ref
    Buf entry, name;
    SaveSink *sink;
    void *context;
    Status status;
} Save;

static void give(Save *save, Buf *entry)
{
    CHECK(!entry->failed);
    if (save->status == STATUS_OK)
        save->status = save->sink(save->context, buf_view(entry));
    buf_clear(entry);
}

static void save_ref(Save *save, Ref ref)
{
    const RecordHead *record = ref == 0 ? NULL : store_at(&save->state->store, ref);
    change_key(&save->entry, record ? record->key : (StateKey){{0, 0}});
}

// A name is an entry of its own, before the first that refers to it.
static void save_name(Save *save, Ref ref)
{
    uint64_t bit = UINT64_C(1) << ref % 64;
    save_ref(save, ref);
    if (ref == 0 || save->met[ref / 64] & bit)
        return;
    save->met[ref / 64] |= bit;
    const RecordHead *record = store_at(&save->state->store, ref);
    buf_char(&save->name, KEPT_NAME);
    change_key(&save->name, record->key);
    buf_str(&save->name, state_name_text(save->state, ref));
    give(save, &save->name);
}

static void save_blob(Save *save, const Blob *blob)
{
    uint32_t size = blob->at == 0 ? 0 : blob->size;
    buf_u32le(&save->entry, size);
    if (size > 0)
        buf_bytes(&save->entry, store_at(&save->state->store, blob->at), size);
}

static void save_labels(Save *save, const Labels *labels)
{
    buf_u16le(&save->entry, labels->count);
    buf_u16le(&save->entry, labels->capacity);
    for (uint32_t i = 0; i < labels->count; i++) {
        const Label *label = labels_at(save->state, labels, i);
        save_name(save, label->name);
        buf_u16le(&save->entry, label->pending);
        buf_u16le(&save->entry, label->is_certain);
        buf_u32le(&save->entry, label->since);
        buf_u32le(&save->entry, label->pending_since);
    }
}

static void save_facts(Save *save, const Facts *facts)
{
    Fact fact;
    Str packed;
    const void *at = NULL;
    buf_u32le(&save->entry, facts->size);
    buf_u32le(&save->entry, facts->room);
    while ((at = facts_next(save->state, facts, at, &fact, &packed)) != NULL) {
        save_name(save, fact.layout);
        buf_u32le(&save->entry, fact.second);
        buf_u16le(&save->entry, (uint16_t)fact.task);
        buf_u32le(&save->entry, fact.call);
        buf_char(&save->entry, (char)fact.is_in_flight);
        change_text(&save->entry, packed);
    }
}

// Amounts and values alike are words.
static void save_entries(Save *save, const Budget *budget)
{
    enum { WORDS = sizeof(BudgetEntry) / sizeof(uint64_t) };
    const char *words =
        budget->at == 0 ? NULL : store_at(&save->state->store, budget->at);
    buf_u16le(&save->entry, budget->count);
    buf_u16le(&save->entry, budget->capacity);
    for (size_t i = 0; i < (size_t)budget->count * WORDS; i++) {
        uint64_t word;
        memcpy(&word, words + i * sizeof word, sizeof word);
        buf_u64le(&save->entry, word);
    }
}

static void save_field(Save *save, const char *record, Field field)
{
    const void *at = record + field.at;
    switch (field.type) {
    case FIELD_TASK:
    case FIELD_CALL:
    case FIELD_OWNER:
        save_ref(save, *(const Ref *)at);
        return;
    case FIELD_NAME:
        save_name(save, *(const Ref *)at);
        return;
    case FIELD_U8:
        buf_char(&save->entry, *(const char *)at);
        return;
    case FIELD_U16:
        buf_u16le(&save->entry, *(const uint16_t *)at);
        return;
    case FIELD_U32:
        buf_u32le(&save->entry, *(const uint32_t *)at);
        return;
    case FIELD_U64:
        buf_u64le(&save->entry, *(const uint64_t *)at);
        return;
    case FIELD_PAIR:
        change_key(&save->entry, *(const StateKey *)at);
        return;
    case FIELD_BLOB:
        save_blob(save, at);
        return;
    case FIELD_LABELS:
        save_labels(save, at);
        return;
    case FIELD_FACTS:
        save_facts(save, at);
        return;
    case FIELD_ENTRIES:
        save_entries(save, (const Budget *)(const void *)record);
        return;
    }
    unreachable_bug();
}

static void save_record(void *context, Ref ref)
{
    Save *save = context;
    const RecordHead *record = store_at(&save->state->store, ref);
    bool is_by_itself = record->kind < KIND_COUNT && KINDS[record->kind].size > 0;
    if (save->status != STATUS_OK || !is_by_itself ||
        record_is_over(record, save->second))
        return;
    buf_char(&save->entry, (char)record->kind);
    change_key(&save->entry, record->key);
    buf_u32le(&save->entry, record->due);
    for (size_t i = 0; i < KINDS[record->kind].count; i++)
        save_field(save, (const char *)record, KINDS[record->kind].fields[i]);
    give(save, &save->entry);
}

static void save_all(Save *save)
{
    const State *state = save->state;
    buf_char(&save->entry, SAVED_STATE);
    buf_u32le(&save->entry, save->second);
    buf_u64le(&save->entry, (uint64_t)state->void_before);
    buf_u64le(&save->entry, (uint64_t)state->void_start);
    buf_char(&save->entry, state->lapse.is_set);
    buf_u64le(&save->entry, (uint64_t)state->lapse.offset);
    buf_u64le(&save->entry, (uint64_t)state->lapse.ahead);
    give(save, &save->entry);
    store_each(&state->store, save_record, save);
}

Status state_save(const State *state, Moment now, SaveSink *sink, void *context)
{
    enum { NAME_ROOM = 1 + sizeof(StateKey) + STATE_NAME_MAX };
    char *memory = malloc(SAVED_MAX + NAME_ROOM);
    uint64_t *met = calloc(heap_ref_end(&state->store.heap) / 64 + 1, sizeof *met);
    Save save = {.state = state,
                 .second = moment_second(now),
                 .met = met,
                 .sink = sink,
                 .context = context,
                 .status = memory && met ? STATUS_OK : STATUS_MEMORY};
    if (save.status == STATUS_OK) {
        save.entry = buf_fixed(memory, SAVED_MAX);
        save.name = buf_fixed(memory + SAVED_MAX, NAME_ROOM);
        save_all(&save);
    }
    free(met);
    free(memory);
    return save.status;
}

// ---- loading ----

static Status load_key(Reader *reader, StateKey *out, bool *is_there)
{
    TRY(change_read_key(reader, out));
    *is_there = out->word[0] != 0 || out->word[1] != 0;
    return STATUS_OK;
}

static Status load_ref(const State *state, Reader *reader, KeptKind kind, Ref *out)
{
    StateKey key;
    bool is_there;
    TRY(load_key(reader, &key, &is_there));
    *out = 0;
    if (!is_there)
        return STATUS_OK;
    Ref ref = store_find(&state->store, key, 0);
    const RecordHead *record = ref == 0 ? NULL : store_at(&state->store, ref);
    ENSURE(record && record->kind == kind, STATUS_MALFORMED);
    *out = ref;
    return STATUS_OK;
}

// A block for `count` things of a size, none for none.
static Status take(State *state, size_t count, size_t size, Ref *out)
{
    ENSURE(count * size <= HEAP_BLOCK_MAX, STATUS_MALFORMED);
    *out = count == 0 ? 0 : heap_take(&state->store.heap, count * size);
    ENSURE(*out != 0 || count == 0, STATUS_LIMIT);
    return STATUS_OK;
}

static Status load_blob(State *state, Reader *reader, Blob *out)
{
    Str bytes;
    TRY(reader_u32le(reader, &out->size));
    TRY(reader_bytes(reader, out->size, &bytes));
    TRY(take(state, bytes.len, 1, &out->at));
    if (bytes.len > 0)
        memcpy(store_at(&state->store, out->at), bytes.at, bytes.len);
    return STATUS_OK;
}

// What refers to a name holds it, or, for ever, makes it a lasting one.
static Status load_name(State *state, Reader *reader, bool is_lasting, Ref *out)
{
    TRY(load_ref(state, reader, KEPT_NAME, out));
    if (*out == 0)
        return STATUS_OK;
    Str text = state_name_text(state, *out);
    Ref ref = is_lasting ? state_name(state, text) : state_hold_name(state, text);
    ENSURE(ref == *out, STATUS_MALFORMED);
    return STATUS_OK;
}

// Its share begins with the first record that is in it.
static Status load_owner(State *state, Reader *reader, Ref *out)
{
    StateKey key;
    bool is_there;
    TRY(load_key(reader, &key, &is_there));
    if (is_there)
        TRY(usage_charge(state, key));
    *out = state->owner;
    return STATUS_OK;
}

static Status load_label(State *state, Reader *reader, Label *out)
{
    TRY(load_name(state, reader, true, &out->name));
    TRY(reader_u16le(reader, &out->pending));
    TRY(reader_u16le(reader, &out->is_certain));
    TRY(reader_u32le(reader, &out->since));
    return reader_u32le(reader, &out->pending_since);
}

static Status load_labels(State *state, Reader *reader, Labels *out)
{
    TRY(reader_u16le(reader, &out->count));
    TRY(reader_u16le(reader, &out->capacity));
    ENSURE(out->count <= out->capacity && out->capacity <= LABELS_MAX,
           STATUS_MALFORMED);
    TRY(take(state, out->capacity, sizeof(Label), &out->at));
    for (uint32_t i = 0; i < out->count; i++)
        TRY(load_label(state, reader, (Label *)store_at(&state->store, out->at) + i));
    return STATUS_OK;
}

static Status load_fact(State *state, Reader *reader, char *to, size_t *left)
{
    Fact fact = {0};
    Str packed;
    uint16_t task;
    uint8_t is_in_flight;
    TRY(load_name(state, reader, true, &fact.layout));
    TRY(reader_u32le(reader, &fact.second));
    TRY(reader_u16le(reader, &task));
    TRY(reader_u32le(reader, &fact.call));
    TRY(reader_u8(reader, &is_in_flight));
    TRY(change_read_text(reader, &packed));
    ENSURE(fact_size(packed.len) <= *left && packed.len <= FACT_PACKED_MAX,
           STATUS_MALFORMED);
    fact.task = task;
    fact.is_in_flight = is_in_flight != 0;
    facts_put(to, fact, packed);
    *left -= fact_size(packed.len);
    return STATUS_OK;
}

static Status load_facts(State *state, Reader *reader, Facts *out)
{
    TRY(reader_u32le(reader, &out->size));
    TRY(reader_u32le(reader, &out->room));
    ENSURE(out->size <= out->room, STATUS_MALFORMED);
    TRY(take(state, out->room, 1, &out->at));
    for (size_t left = out->size; left > 0;) {
        char *block = store_at(&state->store, out->at);
        TRY(load_fact(state, reader, block + out->size - left, &left));
    }
    return STATUS_OK;
}

static Status load_entries(State *state, Reader *reader, Budget *out)
{
    enum { WORDS = sizeof(BudgetEntry) / sizeof(uint64_t) };
    TRY(reader_u16le(reader, &out->count));
    TRY(reader_u16le(reader, &out->capacity));
    ENSURE(out->count <= out->capacity, STATUS_MALFORMED);
    TRY(take(state, out->capacity, sizeof(BudgetEntry), &out->at));
    char *words = out->at == 0 ? NULL : store_at(&state->store, out->at);
    for (size_t i = 0; i < (size_t)out->count * WORDS; i++) {
        uint64_t word;
        TRY(reader_u64le(reader, &word));
        memcpy(words + i * sizeof word, &word, sizeof word);
    }
    return STATUS_OK;
}

static Status load_field(State *state, Reader *reader, char *record, Field field)
{
    void *at = record + field.at;
    switch (field.type) {
    case FIELD_TASK:
    case FIELD_CALL:
        return reader_skip(reader, sizeof(StateKey)); // state_link's
    case FIELD_OWNER:
        return load_owner(state, reader, at);
    case FIELD_NAME:
        return load_name(state, reader, false, at);
    case FIELD_U8:
        return reader_u8(reader, at);
    case FIELD_U16:
        return reader_u16le(reader, at);
    case FIELD_U32:
        return reader_u32le(reader, at);
    case FIELD_U64:
        return reader_u64le(reader, at);
    case FIELD_PAIR:
        return change_read_key(reader, at);
    case FIELD_BLOB:
        return load_blob(state, reader, at);
    case FIELD_LABELS:
        return load_labels(state, reader, at);
    case FIELD_FACTS:
        return load_facts(state, reader, at);
    case FIELD_ENTRIES:
        return load_entries(state, reader, (Budget *)(void *)record);
    }
    unreachable_bug();
}

static Status load_whole_state(State *state, Reader *reader)
{
    uint8_t is_set;
    ENSURE(state->store.records == 0, STATUS_MALFORMED);
    TRY(reader_u32le(reader, &state->store.second));
    TRY(change_read_i64(reader, &state->void_before));
    TRY(change_read_i64(reader, &state->void_start));
    TRY(reader_u8(reader, &is_set));
    TRY(change_read_i64(reader, &state->lapse.offset));
    TRY(change_read_i64(reader, &state->lapse.ahead));
    state->lapse.is_set = is_set != 0;
    return STATUS_OK;
}

// The key of a name follows from its text and the secret.
static Status load_named(State *state, Reader *reader, StateKey key)
{
    Ref ref = state_meet_name(state, (Str){(const char *)reader->at, reader->left});
    ENSURE(ref != 0, STATUS_LIMIT);
    const RecordHead *record = store_at(&state->store, ref);
    ENSURE(memcmp(&record->key, &key, sizeof key) == 0, STATUS_MALFORMED);
    return reader_skip(reader, reader->left);
}

static Status load_record(State *state, Reader *reader, uint8_t kind, StateKey key)
{
    uint32_t due;
    TRY(reader_u32le(reader, &due));
    ENSURE(kind < KIND_COUNT && KINDS[kind].size > 0, STATUS_MALFORMED);
    ENSURE(store_find(&state->store, key, 0) == 0, STATUS_MALFORMED);
    Ref ref = store_add(&state->store, key, kind, KINDS[kind].size, due);
    ENSURE(ref != 0, STATUS_LIMIT);
    for (size_t i = 0; i < KINDS[kind].count; i++)
        TRY(load_field(state, reader, store_at(&state->store, ref),
                       KINDS[kind].fields[i]));
    state->revocations += kind == KEPT_REVOKED;
    const Task *task = kind == KEPT_TASK ? store_at(&state->store, ref) : NULL;
    if (task && !task->is_closed)
        usage_add_task(state, task->owner);
    return STATUS_OK;
}

static Status load_entry(State *state, Reader *reader)
{
    uint8_t kind;
    StateKey key;
    TRY(reader_u8(reader, &kind));
    if (kind == SAVED_STATE)
        return load_whole_state(state, reader);
    TRY(change_read_key(reader, &key));
    return kind == KEPT_NAME ? load_named(state, reader, key)
                             : load_record(state, reader, kind, key);
}

Status state_load(State *state, Str entry)
{
    Reader reader = reader_over(entry);
    ENSURE(store_prepare(&state->store, true), STATUS_LIMIT);
    state->billed = state->store.heap.used;
    state->owner = 0;
    TRY(load_entry(state, &reader));
    ENSURE(reader.left == 0, STATUS_MALFORMED);
    usage_settle(state);
    return STATUS_OK;
}

static bool is_link(Field field)
{
    return field.type == FIELD_TASK || field.type == FIELD_CALL;
}

Status state_link(State *state, Str entry)
{
    Reader reader = reader_over(entry);
    uint8_t kind;
    uint32_t due;
    StateKey key;
    TRY(reader_u8(&reader, &kind));
    ENSURE(kind < KIND_COUNT, STATUS_MALFORMED);
    if (KINDS[kind].count == 0 || !is_link(KINDS[kind].fields[0]))
        return STATUS_OK;
    TRY(change_read_key(&reader, &key));
    TRY(reader_u32le(&reader, &due));
    Ref ref = store_find(&state->store, key, 0);
    ENSURE(ref != 0, STATUS_MALFORMED);
    for (const Field *field = KINDS[kind].fields; is_link(*field); field++) {
        void *at = (char *)store_at(&state->store, ref) + field->at;
        KeptKind linked = field->type == FIELD_TASK ? KEPT_TASK : KEPT_CALL;
        TRY(load_ref(state, &reader, linked, at));
    }
    return STATUS_OK;
}
