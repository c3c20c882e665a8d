// SPDX-License-Identifier: Apache-2.0
#include "engine/state/labels.h"

#include "engine/state/block.h"
#include "engine/state/task.h"
#include "engine/state/usage.h"

StateKey person_key(const State *state, Str tenant, Str user, Str agent)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_PERSON, tenant);
    key_text(&parts, user);
    key_text(&parts, agent);
    return key_end(&parts);
}

const Labels *labels_of_tree(const State *state, Ref task)
{
    return &task_at(state, task_at(state, task)->root)->labels;
}

const Labels *labels_of_person(const State *state, StateKey key, Moment now)
{
    Ref ref = store_find(&state->store, key, moment_second(now));
    if (ref == 0)
        return NULL;
    const Person *person = store_at(&state->store, ref);
    return &person->labels;
}

const Label *labels_at(const State *state, const Labels *labels, uint32_t i)
{
    const Label *all = store_at(&state->store, labels->at);
    return &all[i];
}

uint32_t label_second(const Label *label)
{
    uint32_t pending = label->pending > 0 ? label->pending_since : 0;
    uint32_t certain = label->is_certain ? label->since : 0;
    return pending > certain ? pending : certain;
}

static Label *find_label(const State *state, const Labels *labels, Ref name)
{
    Label *all = labels->at == 0 ? NULL : store_at(&state->store, labels->at);
    for (uint32_t i = 0; i < labels->count; i++)
        if (all[i].name == name)
            return &all[i];
    return NULL;
}

bool labels_have_room(const State *state, const Labels *labels, Str name,
                      uint32_t *added)
{
    Ref ref = labels ? state_find_name(state, name) : 0;
    if (ref != 0 && find_label(state, labels, ref))
        return true;
    return (labels ? labels->count : 0) + ++*added <= LABELS_MAX;
}

void labels_drop(Store *store, Labels *labels)
{
    if (labels->at != 0)
        heap_give(&store->heap, labels->at, labels->capacity * sizeof(Label));
    *labels = (Labels){0};
}

// ---- changes ----

// The labels of a record of either kind; NULL if it has none.
static Labels *labels_of(State *state, Ref ref)
{
    RecordHead *record = store_at(&state->store, ref);
    if (record->kind == KEPT_TASK)
        return &((Task *)record)->labels;
    return record->kind == KEPT_PERSON ? &((Person *)record)->labels : NULL;
}

static Label *add_label(State *state, Labels *labels, Ref name)
{
    Label *label = find_label(state, labels, name);
    if (label)
        return label;
    if (!array_grow(&state->store, &labels->at, &labels->capacity, labels->count,
                    sizeof(Label), LABELS_MAX))
        return NULL;
    label = (Label *)store_at(&state->store, labels->at) + labels->count++;
    *label = (Label){.name = name};
    return label;
}

void labels_write_touched(Buf *changes, StateKey owner, Str name, bool is_certain,
                          uint32_t keep)
{
    change_begin(changes, CHANGE_LABEL_TOUCHED);
    change_key(changes, owner);
    change_name(changes, name);
    buf_char(changes, is_certain);
    buf_u32le(changes, keep);
}

Status labels_apply_touched(State *state, Moment at, Reader *reader)
{
    StateKey owner;
    Str name;
    uint8_t is_certain;
    uint32_t keep;
    TRY(change_read_key(reader, &owner));
    TRY(change_read_text(reader, &name));
    TRY(reader_u8(reader, &is_certain));
    TRY(reader_u32le(reader, &keep));
    Ref ref = usage_keep(state, owner, KEPT_PERSON, sizeof(Person), keep, at);
    ENSURE(ref != 0, keep == 0 ? STATUS_MALFORMED : STATUS_LIMIT);
    Labels *labels = labels_of(state, ref);
    ENSURE(labels, STATUS_MALFORMED);
    Label *label = add_label(state, labels, state_name(state, name));
    ENSURE(label && label->name != 0, STATUS_LIMIT);
    if (is_certain) {
        label->is_certain = 1;
        label->since = moment_second(at);
    } else {
        if (label->pending < UINT16_MAX)
            label->pending++;
        label->pending_since = moment_second(at);
    }
    return STATUS_OK;
}

void labels_write_settled(Buf *changes, StateKey owner, Str name, bool is_touched)
{
    change_begin(changes, CHANGE_LABEL_SETTLED);
    change_key(changes, owner);
    change_text(changes, name);
    buf_char(changes, is_touched);
}

// An owner that is forgotten by now has nothing to settle. A count that was at its most
// stays there: then the label counts for ever, never too short.
Status labels_apply_settled(State *state, Moment at, Reader *reader)
{
    StateKey owner;
    Str name;
    uint8_t is_touched;
    TRY(change_read_key(reader, &owner));
    TRY(change_read_text(reader, &name));
    TRY(reader_u8(reader, &is_touched));
    Ref ref = store_find(&state->store, owner, moment_second(at));
    Labels *labels = ref == 0 ? NULL : labels_of(state, ref);
    Label *label =
        labels ? find_label(state, labels, state_find_name(state, name)) : NULL;
    if (!label)
        return STATUS_OK;
    if (label->pending > 0 && label->pending < UINT16_MAX)
        label->pending--;
    if (is_touched && label->pending_since > label->since)
        label->since = label->pending_since;
    label->is_certain |= is_touched;
    return STATUS_OK;
}
