// SPDX-License-Identifier: Apache-2.0
#include "engine/state/task.h"

#include "engine/state/block.h"
#include "engine/state/facts.h"
#include "engine/state/labels.h"
#include "engine/state/usage.h"

StateKey task_key(const State *state, Str tenant, Str id)
{
    KeyParts parts;
    key_begin(&parts, state->secret, KEPT_TASK, tenant);
    key_text(&parts, id);
    return key_end(&parts);
}

Ref task_find(const State *state, StateKey key, Moment now)
{
    return store_find(&state->store, key, moment_second(now));
}

void task_expect(const State *state, Ref ref)
{
    const Store *store = &state->store;
    const Task *task = task_at(state, ref), *root = task_at(state, task->root);
    store_expect(store, task->texts.at);
    store_expect(store, root->labels.at);
    store_expect(store, root->facts.at);
}

bool task_tree_has_room(const State *state, Ref ref)
{
    return task_at(state, task_at(state, ref)->root)->number < TASK_TREE_MAX - 1;
}

bool task_is_open(const State *state, Ref ref, Moment now)
{
    for (; ref != 0; ref = task_at(state, ref)->parent) {
        const Task *task = task_at(state, ref);
        if (task->is_closed || now.end >= task->ends ||
            task->opened < state->void_before || task->opened_at < state->void_start)
            return false;
    }
    return true;
}

enum { TEXT_COUNT = 4 };

TaskTexts task_texts(const State *state, const Task *task)
{
    Str texts[TEXT_COUNT];
    texts_get(&state->store, task->texts, texts, TEXT_COUNT);
    return (TaskTexts){texts[0], texts[1], texts[2], texts[3]};
}

void task_drop(Store *store, Task *task)
{
    if (!task->is_closed)
        usage_end_task(store, task->owner);
    state_release_name(store, task->intent);
    state_release_name(store, task->agent);
    blob_drop(store, &task->texts);
    labels_drop(store, &task->labels);
    facts_drop(store, &task->facts);
}

// ---- opened ----

void task_write_opened(Buf *changes, const TaskOpening *opening)
{
    change_begin(changes, CHANGE_TASK_OPENED);
    change_key(changes, opening->key);
    buf_char(changes, opening->has_parent);
    change_key(changes, opening->parent);
    buf_u64le(changes, (uint64_t)opening->ends);
    const Str texts[TEXT_COUNT] = {opening->texts.id, opening->texts.tenant,
                                   opening->texts.user, opening->texts.params};
    change_name(changes, opening->intent);
    change_name(changes, opening->agent);
    change_texts(changes, texts, TEXT_COUNT);
}

static Status read_opened(Reader *reader, TaskOpening *out)
{
    uint8_t has_parent;
    TRY(change_read_key(reader, &out->key));
    TRY(reader_u8(reader, &has_parent));
    out->has_parent = has_parent != 0;
    TRY(change_read_key(reader, &out->parent));
    TRY(change_read_i64(reader, &out->ends));
    TRY(change_read_text(reader, &out->intent));
    TRY(change_read_text(reader, &out->agent));
    TRY(change_read_text(reader, &out->texts.id));
    TRY(change_read_text(reader, &out->texts.tenant));
    TRY(change_read_text(reader, &out->texts.user));
    return change_read_text(reader, &out->texts.params);
}

// The store goes by ticks, which never run ahead of the state's own clock.
static uint32_t due_of(int64_t ends, Moment at)
{
    return second_after(at.tick + (ends - at.start)) + TASK_LINGERS;
}

// Hangs the task below its parent, which must be remembered for longer than it.
static void adopt(State *state, Ref ref, Ref parent, Moment at)
{
    Store *store = &state->store;
    Task *task = store_at(store, ref), *above = store_at(store, parent);
    Task *root = store_at(store, above->root);
    task->parent = parent;
    task->root = above->root;
    task->depth = (uint16_t)(above->depth + 1);
    task->number = ++root->number;
    if (task->ends > above->ends)
        task->ends = above->ends;
    uint32_t due = due_of(task->ends, at);
    store_set_due(store, ref, due);
    for (; parent != 0; parent = above->parent) {
        above = store_at(store, parent);
        if (above->head.due <= due)
            store_set_due(store, parent, due + 1);
        due++;
    }
}

Status task_apply_opened(State *state, Moment at, Reader *reader)
{
    TaskOpening opening;
    TRY(read_opened(reader, &opening));
    Str texts[TEXT_COUNT] = {opening.texts.id, opening.texts.tenant, opening.texts.user,
                             opening.texts.params};
    Ref parent = opening.has_parent ? task_find(state, opening.parent, at) : 0;
    ENSURE(texts_fit(texts, TEXT_COUNT) && (parent != 0) == opening.has_parent,
           STATUS_MALFORMED);
    ENSURE(task_find(state, opening.key, at) == 0, STATUS_MALFORMED);
    ENSURE(parent == 0 || task_tree_has_room(state, parent), STATUS_MALFORMED);
    Ref intent = state_hold_name(state, opening.intent),
        agent = state_hold_name(state, opening.agent);
    Blob blob = texts_put(&state->store, texts, TEXT_COUNT);
    Ref ref = usage_add(state, opening.key, KEPT_TASK, sizeof(Task),
                        due_of(opening.ends, at));
    ENSURE(ref != 0 && intent != 0 && agent != 0 && blob.at != 0, STATUS_LIMIT);
    Task *task = store_at(&state->store, ref);
    usage_add_task(state, task->owner);
    task->root = ref;
    task->intent = intent;
    task->agent = agent;
    task->texts = blob;
    task->opened = at.wall;
    task->opened_at = at.start;
    task->ends = opening.ends;
    if (parent != 0)
        adopt(state, ref, parent, at);
    return STATUS_OK;
}

// ---- closed ----

void task_write_closed(Buf *changes, StateKey key)
{
    change_begin(changes, CHANGE_TASK_CLOSED);
    change_key(changes, key);
}

Status task_apply_closed(State *state, Moment at, Reader *reader)
{
    StateKey key;
    TRY(change_read_key(reader, &key));
    Ref ref = task_find(state, key, at);
    ENSURE(ref != 0, STATUS_MALFORMED);
    Task *task = store_at(&state->store, ref);
    if (!task->is_closed)
        usage_end_task(&state->store, task->owner);
    task->is_closed = true;
    return STATUS_OK;
}
