// SPDX-License-Identifier: Apache-2.0
#include "tests/log/stream.h"

#include <stdlib.h>
#include <string.h>

#include "engine/state/approval.h"
#include "engine/state/budget.h"
#include "engine/state/call.h"
#include "engine/state/facts.h"
#include "engine/state/labels.h"
#include "engine/state/revocation.h"
#include "engine/state/row.h"
#include "engine/state/save.h"
#include "engine/state/task.h"
#include "engine/state/usage.h"

enum { LIMIT = 64 << 20, THINGS = 24 };
static const Str TENANT = {"acme", 4};
static const int64_t START = INT64_C(1772442000000000000);

Stream stream_from(uint64_t seed)
{
    return (Stream){.seed = seed * 0x9e3779b97f4a7c15 + 1,
                    .now = {.wall = START, .tick = 0}};
}

uint64_t stream_number(Stream *stream, uint64_t below)
{
    stream->seed ^= stream->seed << 13;
    stream->seed ^= stream->seed >> 7;
    stream->seed ^= stream->seed << 17;
    return stream->seed % below;
}

// One of a few things of a kind: "t7".
typedef struct Thing {
    char text[8];
    Str name;
} Thing;

static void draw(Stream *stream, char kind, Thing *out)
{
    Buf text = buf_fixed(out->text, sizeof out->text);
    buf_char(&text, kind);
    buf_u64(&text, stream_number(stream, THINGS));
    out->name = buf_view(&text);
}

static int64_t seconds(Stream *stream, uint64_t most)
{
    return (int64_t)stream_number(stream, most) * TICKS_PER_SECOND;
}

static StateKey draw_task(Stream *stream, const State *state, bool *is_open)
{
    Thing id;
    draw(stream, 't', &id);
    StateKey key = task_key(state, TENANT, id.name);
    Ref ref = task_find(state, key, stream->now);
    *is_open = ref != 0 && task_is_open(state, ref, stream->now);
    return key;
}

static void change_tasks(Stream *stream, const State *state, Buf *changes)
{
    Thing id, intent, agent;
    bool has_parent;
    draw(stream, 't', &id);
    draw(stream, 'i', &intent);
    draw(stream, 'a', &agent);
    StateKey parent = draw_task(stream, state, &has_parent);
    StateKey key = task_key(state, TENANT, id.name);
    Ref above = has_parent ? task_find(state, parent, stream->now) : 0;
    if (above != 0 && task_at(state, above)->depth >= TASK_DEPTH_MAX)
        has_parent = false;
    if (task_find(state, key, stream->now) != 0) {
        if (stream_number(stream, 4) == 0)
            task_write_closed(changes, key);
        return;
    }
    TaskOpening opening = {.key = key,
                           .parent = parent,
                           .has_parent = has_parent,
                           .ends = stream->now.tick + seconds(stream, 2000),
                           .intent = intent.name,
                           .agent = agent.name,
                           .texts = {id.name, TENANT, STR("u-7"), STR("\xa0")}};
    task_write_opened(changes, &opening);
}

static void change_labels(Stream *stream, const State *state, Buf *changes)
{
    Thing label, user;
    bool is_open;
    draw(stream, 'l', &label);
    draw(stream, 'u', &user);
    StateKey task = draw_task(stream, state, &is_open);
    StateKey person = person_key(state, TENANT, user.name, STR("bot"));
    bool is_certain = stream_number(stream, 2) == 0;
    if (is_open)
        labels_write_touched(changes, task, label.name, is_certain, 0);
    else
        labels_write_touched(changes, person, label.name, is_certain, 3600);
    labels_write_settled(changes, is_open ? task : person, label.name,
                         stream_number(stream, 2) == 0);
}

static void change_facts(Stream *stream, const State *state, Buf *changes)
{
    Thing layout, user;
    bool is_open;
    draw(stream, 'f', &layout);
    draw(stream, 'u', &user);
    StateKey task = draw_task(stream, state, &is_open);
    StateKey past = past_key(state, TENANT, PAST_USER, user.name);
    uint32_t call = (uint32_t)stream_number(stream, 40);
    Str packed = {"what was kept of a call", stream_number(stream, 24)};
    NewFact fact = {.owner = is_open ? task : past,
                    .keep = is_open ? 0 : 600,
                    .call = call,
                    .is_in_flight = stream_number(stream, 2) == 0,
                    .layout = layout.name,
                    .packed = packed};
    if (stream_number(stream, 3) > 0)
        facts_write_added(changes, &fact);
    else
        facts_write_settled(changes, fact.owner, call,
                            (FactOutcome)stream_number(stream, 3), packed);
}

static void change_budgets(Stream *stream, const State *state, Buf *changes)
{
    static const int64_t WINDOWS[] = {0, 60, 100000};
    Thing name;
    KeyParts parts;
    draw(stream, 'b', &name);
    budget_key_begin(state, &parts, TENANT, name.name);
    StateKey key = key_end(&parts);
    uint64_t which = key.word[0] % 6;
    BudgetUse use = {.key = key,
                     .kind = which < 3 ? BUDGET_SUM : BUDGET_DISTINCT,
                     .window = WINDOWS[which % 3] * TICKS_PER_SECOND,
                     .amount = decimal_from_i64((int64_t)stream_number(stream, 1000)),
                     .value = {{stream_number(stream, 50), 1}},
                     .due = moment_second(stream->now) + 5000};
    if (stream_number(stream, 4) > 0)
        budget_write_spent(changes, &use);
    else if (use.kind == BUDGET_SUM)
        budget_write_returned(changes, &use, stream->now.tick - seconds(stream, 60));
}

static StateKey draw_call(Stream *stream, const State *state, Ref *out)
{
    uint8_t id[16] = {(uint8_t)stream_number(stream, THINGS)};
    StateKey key = call_key(state, id);
    *out = call_find(state, key, stream->now);
    return key;
}

static void change_calls(Stream *stream, const State *state, Buf *changes)
{
    Ref call, above;
    Thing agent, tool;
    bool has_task;
    StateKey key = draw_call(stream, state, &call);
    StateKey parent = draw_call(stream, state, &above);
    StateKey task = draw_task(stream, state, &has_task);
    draw(stream, 'a', &agent);
    draw(stream, 'c', &tool);
    if (call != 0) {
        if (stream_number(stream, 2) == 0)
            call_write_settled(changes, key, (CallStatus)stream_number(stream, 4), key);
        if (call_at(state, call)->uses > 0)
            call_write_used(changes, key);
        return;
    }
    CallGrant grant = {.key = key,
                       .has_task = has_task,
                       .has_parent = above != 0 && stream_number(stream, 2) == 0,
                       .task = task,
                       .parent = parent,
                       .agent = agent.name,
                       .audience = STR("https://crm.example"),
                       .tool = tool.name,
                       .issuer = STR("https://id.example"),
                       .uses = 3,
                       .depth = 2,
                       .ttl = (uint32_t)stream_number(stream, 300),
                       .arguments = {{7, stream->seed}},
                       .texts = {.scope = tool.name, .request = STR("body")}};
    call_write_granted(changes, &grant);
}

static void change_approvals(Stream *stream, const State *state, Buf *changes)
{
    Thing tool, by;
    draw(stream, 'c', &tool);
    draw(stream, 'u', &by);
    ApprovalFor of = {.tenant = TENANT, .tool = tool.name};
    StateKey key = approval_key(state, &of);
    if (approval_find(state, key, stream->now) == 0)
        approval_write_asked(changes, key, &(ApprovalTexts){.tool = tool.name});
    approval_write_given(changes, key, by.name);
    if (stream_number(stream, 10) == 0)
        approval_write_spent(changes, key);
}

static void change_consents(Stream *stream, const State *state, Buf *changes)
{
    Thing user;
    draw(stream, 'u', &user);
    ConsentFor of = {.tenant = TENANT, .user = user.name};
    StateKey key = consent_key(state, &of);
    if (stream_number(stream, 3) > 0)
        consent_write_given(changes, key, (uint32_t)stream_number(stream, 900));
    else
        consent_write_ended(changes, key);
}

static void change_rows(Stream *stream, const State *state, Buf *changes)
{
    Thing row;
    KeyParts parts;
    draw(stream, 'r', &row);
    row_key_begin(state, &parts, STR("clients"));
    key_text(&parts, row.name);
    StateKey key = key_end(&parts);
    if (stream_number(stream, 3) > 0)
        row_write_set(changes, key, STR("name text"),
                      (Str){"the cells of a row", stream_number(stream, 19)});
    else
        row_write_removed(changes, key);
}

static void change_revocations(Stream *stream, const State *state, Buf *changes)
{
    Thing agent;
    draw(stream, 'a', &agent);
    StateKey key = revocation_key(state, TENANT, REVOKED_AGENT, agent.name);
    if (stream_number(stream, 8) == 0)
        revocation_write(changes, (StateKey){{0, 0}}, REVOKED_BEFORE,
                         stream->now.wall - seconds(stream, 5000));
    else
        revocation_write(changes, key, REVOKED_AGENT, 0);
}

void stream_next(Stream *stream, const State *state, Buf *changes)
{
    static void (*const ALL[])(Stream *, const State *, Buf *) = {
        change_tasks,    change_labels, change_facts,
        change_budgets,  change_calls,  change_approvals,
        change_consents, change_rows,   change_revocations};
    enum { KINDS = sizeof ALL / sizeof ALL[0] };
    stream->now.tick += (int64_t)stream_number(stream, 4000000000);
    stream->now.wall = START + stream->now.tick + seconds(stream, 100);
    usage_write_charged(changes, usage_key(state, TENANT));
    ALL[stream_number(stream, KINDS)](stream, state, changes);
}

const uint8_t *stream_secret(void)
{
    static const uint8_t SECRET[16] = "0123456789abcde";
    return SECRET;
}

void stream_begin(State *state)
{
    CHECK(state_init(state, LIMIT, stream_secret()) == STATUS_OK);
}

// ---- images ----

typedef struct Image {
    Str *entries;
    size_t count, capacity, size;
} Image;

static Status keep_entry(void *context, Str entry)
{
    Image *image = context;
    if (image->count == image->capacity) {
        image->capacity = image->capacity * 2 + 64;
        image->entries = realloc(image->entries, image->capacity * sizeof(Str));
    }
    char *copy = malloc(entry.len);
    CHECK(image->entries && copy);
    memcpy(copy, entry.at, entry.len);
    image->entries[image->count++] = (Str){copy, entry.len};
    image->size += entry.len;
    return STATUS_OK;
}

static int compare_entries(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

// In the order of their keys: where a record lies is not the state's.
Str stream_image(const State *state, Moment now)
{
    Image image = {0};
    CHECK(state_save(state, now, keep_entry, &image) == STATUS_OK);
    qsort(image.entries, image.count, sizeof(Str), compare_entries);
    char *bytes = malloc(image.size);
    size_t size = 0;
    CHECK(bytes);
    for (size_t i = 0; i < image.count; i++) {
        memcpy(bytes + size, image.entries[i].at, image.entries[i].len);
        size += image.entries[i].len;
        free((void *)(uintptr_t)image.entries[i].at);
    }
    free(image.entries);
    return (Str){bytes, size};
}
