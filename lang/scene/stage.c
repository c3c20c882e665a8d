// SPDX-License-Identifier: Apache-2.0
#include "lang/scene/stage.h"

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/json_write.h"

// 2026-01-05T09:00:00Z, a Monday morning: when tests take place that don't say.
static const int64_t USUAL_NOW = 1767603600000000000;
static const int64_t SECOND = 1000000000;
static const int64_t CREDENTIAL_LIFE = 600000000000;
static const char KEY[] = "test-key";

Stage stage_new(Arena *arena, const Program *program, const Test *test)
{
    return (Stage){.program = program,
                   .arena = arena,
                   .now = {.wall = USUAL_NOW},
                   .agent = program->agent_count == 1 ? program->agents[0].id : STR(""),
                   .gateway = program->gateway_count == 1 ? program->gateways[0].name
                                                          : STR(""),
                   .context = {.is_record = true},
                   .tasks = ARENA_ARRAY(arena, test->task_count + 1u, StageTask),
                   .task = NONE};
}

// ---- samples ----

static const Sample *member(const Sample *record, Str name)
{
    for (uint32_t i = 0; i < record->count; i++)
        if (str_eq(record->items[i].name, name))
            return &record->items[i];
    return NULL;
}

void stage_context(Stage *stage, const Sample *record)
{
    Sample *items =
        ARENA_ARRAY(stage->arena, stage->context.count + record->count + 1u, Sample);
    uint32_t count = 0;
    for (uint32_t i = 0; i < stage->context.count; i++)
        if (member(record, stage->context.items[i].name) == NULL)
            items[count++] = stage->context.items[i];
    for (uint32_t i = 0; i < record->count; i++)
        items[count++] = record->items[i];
    stage->context.items = items;
    stage->context.count = count;
}

static void write_time(JsonWriter *json, int64_t time)
{
    char memory[64];
    Buf text = buf_fixed(memory, sizeof memory);
    time_format(&text, time);
    json_str(json, buf_view(&text));
}

static void write_const(JsonWriter *json, const Const *value)
{
    char memory[96];
    Buf text = buf_fixed(memory, sizeof memory);
    switch (type_kind(value->type)) {
    case KIND_BOOL:
        json_bool(json, value->number != 0);
        return;
    case KIND_INT:
        json_i64(json, value->number);
        return;
    case KIND_DECIMAL:
        decimal_format(&text, value->decimal);
        json_raw(json, buf_view(&text));
        return;
    case KIND_STRING:
        json_str(json, value->text);
        return;
    case KIND_DURATION:
        json_i64(json, value->number / SECOND);
        return;
    case KIND_TIME:
        write_time(json, value->number);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(&text, value->ip);
        json_str(json, buf_view(&text));
        return;
    case KIND_LIST:
    case KIND_RECORD:
        json_begin_array(json);
        for (uint32_t i = 0; i < value->count; i++)
            write_const(json, &value->items[i]);
        json_end_array(json);
        return;
    case KIND_NONE:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug(); // no constant is of these
}

static void write_sample(JsonWriter *json, const Sample *sample);

static void write_members(JsonWriter *json, const Sample *record)
{
    for (uint32_t i = 0; i < record->count; i++) {
        if (record->items[i].is_nothing)
            continue;
        json_name_str(json, record->items[i].name);
        write_sample(json, &record->items[i]);
    }
}

static void write_sample(JsonWriter *json, const Sample *sample)
{
    if (sample->is_nothing) {
        json_null(json);
    } else if (sample->value != NULL) {
        write_const(json, sample->value);
    } else if (sample->is_record) {
        json_begin_object(json);
        write_members(json, sample);
        json_end_object(json);
    } else {
        json_begin_array(json);
        for (uint32_t i = 0; i < sample->count; i++)
            write_sample(json, &sample->items[i]);
        json_end_array(json);
    }
}

// ---- what a call says beside the defaults ----

static const Sample NOTHING = {.is_record = true};

static const Sample *with_record(const Step *call, Str what)
{
    for (uint32_t i = 0; i < call->with_count; i++)
        if (str_eq(call->withs[i].what, what) && call->withs[i].said.is_record)
            return &call->withs[i].said;
    return &NOTHING;
}

static Str with_who(const Step *call, Str what, Str otherwise)
{
    for (uint32_t i = 0; i < call->with_count; i++)
        if (str_eq(call->withs[i].what, what) && !call->withs[i].said.is_record)
            return call->withs[i].who;
    return otherwise;
}

// A default member, unless the test says another.
static bool is_default(JsonWriter *json, const Sample *said, const char *name)
{
    if (member(said, str_from_c(name)) != NULL)
        return false;
    json_name(json, name);
    return true;
}

static void default_str(JsonWriter *json, const Sample *said, const char *name,
                        Str text)
{
    if (is_default(json, said, name))
        json_str(json, text);
}

// An object that holds what the test says and no more; left out if it says nothing.
static void write_said(JsonWriter *json, const Step *call, const char *name)
{
    const Sample *said = with_record(call, str_from_c(name));
    if (said->count == 0)
        return;
    json_name(json, name);
    write_sample(json, said);
}

// ---- parts of a request ----

static const Gateway *gateway_of(const Stage *stage)
{
    for (uint32_t i = 0; i < stage->program->gateway_count; i++)
        if (str_eq(stage->program->gateways[i].name, stage->gateway))
            return &stage->program->gateways[i];
    return NULL;
}

// What the agent's credentials call their client.
static Str client_of(const Program *program, Str agent)
{
    for (uint32_t i = 0; i < program->agent_count; i++)
        if (str_eq(program->agents[i].id, agent) && program->agents[i].client.len > 0)
            return program->agents[i].client;
    return agent;
}

static void write_credential(JsonWriter *json, const Stage *stage, const Step *call,
                             Str agent, Str user)
{
    const Sample *said = with_record(call, STR("credential"));
    const Gateway *gateway = gateway_of(stage);
    json_name(json, "credential");
    json_begin_object(json);
    if (gateway != NULL) {
        default_str(json, said, "aud", gateway->uri);
        if (gateway->accept_count > 0)
            default_str(json, said, "iss",
                        stage->program->issuers[gateway->accepts[0]].uri);
    }
    default_str(json, said, "sub", user.len > 0 ? user : agent);
    default_str(json, said, "client_id", client_of(stage->program, agent));
    default_str(json, said, "cnf", str_from_c(KEY));
    if (is_default(json, said, "iat"))
        write_time(json, stage->now.wall);
    if (is_default(json, said, "exp"))
        write_time(json, stage->now.wall + CREDENTIAL_LIFE);
    write_members(json, said);
    json_end_object(json);
    json_name(json, "presenter");
    json_c(json, KEY);
}

static void write_agent(JsonWriter *json, const Step *call, Str agent)
{
    const Sample *said = with_record(call, STR("agent"));
    json_name(json, "agent");
    json_begin_object(json);
    default_str(json, said, "id", agent);
    write_members(json, said);
    json_end_object(json);
}

// Where the policy takes groups from the request, a user is in none unless the test
// says so.
static bool are_groups_sent(const Program *program)
{
    for (uint32_t i = 0; i < program->group_count; i++)
        if (program->groups[i].is_from_request)
            return true;
    return false;
}

static void write_user(JsonWriter *json, const Stage *stage, const Step *call, Str user)
{
    const Sample *said = with_record(call, STR("user"));
    if (user.len == 0 && said->count == 0)
        return;
    json_name(json, "user");
    json_begin_object(json);
    default_str(json, said, "id", user);
    if (are_groups_sent(stage->program) && is_default(json, said, "groups")) {
        json_begin_array(json);
        json_end_array(json);
    }
    write_members(json, said);
    json_end_object(json);
}

static void write_audience(JsonWriter *json, const Step *call)
{
    const Sample *said = with_record(call, STR("audience"));
    json_name(json, "audience");
    json_begin_object(json);
    default_str(json, said, "uri", call->uri);
    write_members(json, said);
    json_end_object(json);
}

static void write_tool(JsonWriter *json, const Stage *stage, const Step *call)
{
    const Tool *tool = call->tool == NONE ? NULL : &stage->program->tools[call->tool];
    json_name(json, "tool");
    json_str(json, call->text);
    if (tool != NULL && tool->is_pinned) {
        char memory[2 * sizeof tool->pin];
        Buf pin = buf_fixed(memory, sizeof memory);
        buf_hex(&pin, tool->pin, sizeof tool->pin);
        json_name(json, "tool_hash");
        json_str(json, buf_view(&pin));
    }
    json_name(json, "args");
    write_sample(json, &call->said);
}

static uint32_t task_of(const Stage *stage, const Step *call)
{
    return call->of != NONE ? call->of : stage->task;
}

// A task that is remembered is named, and no more. One that no step has opened is none.
static void write_task(JsonWriter *json, const Stage *stage, uint32_t number)
{
    if (number == NONE || stage->tasks[number].id.len == 0)
        return;
    json_name(json, "task");
    json_str(json, stage->tasks[number].id);
}

static void write_context(JsonWriter *json, const Stage *stage, const Step *call)
{
    Stage own = *stage;
    stage_context(&own, with_record(call, STR("context")));
    if (own.context.count == 0)
        return;
    json_name(json, "context");
    write_sample(json, &own.context);
}

Asked stage_asked(const Stage *stage, const Step *call)
{
    uint32_t task = task_of(stage, call);
    return (Asked){.agent = with_who(call, STR("agent"), stage->agent),
                   .user = with_who(call, STR("user"), stage->user),
                   .gateway = stage->gateway,
                   .intent = task == NONE ? STR("") : stage->tasks[task].intent,
                   .uri = call->uri,
                   .tool = call->tool};
}

// Who asks, through what, and with which credential.
static void write_parties(JsonWriter *json, const Stage *stage, const Step *step)
{
    Str agent = with_who(step, STR("agent"), stage->agent);
    Str user = with_who(step, STR("user"), stage->user);
    json_name(json, "gateway");
    json_str(json, stage->gateway);
    write_agent(json, step, agent);
    write_user(json, stage, step, user);
    write_credential(json, stage, step, agent, user);
}

uint32_t stage_presented(const Step *call)
{
    for (uint32_t i = 0; i < call->with_count; i++)
        if (call->withs[i].of != NONE)
            return call->withs[i].of;
    return NONE;
}

void stage_request(Buf *out, const Stage *stage, const Step *call, Str key, Str grant)
{
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    write_parties(&json, stage, call);
    write_audience(&json, call);
    write_tool(&json, stage, call);
    write_task(&json, stage, task_of(stage, call));
    write_said(&json, call, "resource");
    write_said(&json, call, "ask");
    write_context(&json, stage, call);
    json_name(&json, "key");
    json_str(&json, key);
    if (grant.len > 0) {
        json_name(&json, "grant");
        json_str(&json, grant);
    }
    json_end_object(&json);
}

// ---- what other steps say ----

static Str text_in(const Sample *record, Str name)
{
    const Sample *said = member(record, name);
    return said == NULL || said->value == NULL ? STR("") : said->value->text;
}

// What the policy's table of users says of a user's tenant.
static Str table_tenant(const Program *program, Str user)
{
    if (program->users_table == NONE)
        return STR("");
    const Table *users = &program->tables[program->users_table];
    for (uint32_t row = 0; row < users->row_count && users->tenant != NONE; row++) {
        const Const **cells = users->cells + (size_t)row * users->column_count;
        if (cells[0] != NULL && str_eq(cells[0]->text, user))
            return cells[users->tenant] == NULL ? STR("") : cells[users->tenant]->text;
    }
    return STR("");
}

// Under which is remembered what a user does: the user's, else the agent's.
static Str tenant_of(const Stage *stage, Str agent, Str user)
{
    Str tenant = user.len > 0 ? table_tenant(stage->program, user) : STR("");
    for (uint32_t i = 0; i < stage->program->agent_count && tenant.len == 0; i++)
        if (str_eq(stage->program->agents[i].id, agent))
            return stage->program->agents[i].tenant;
    return tenant;
}

static Str task_tenant(const Stage *stage, const Step *step)
{
    Str said = text_in(with_record(step, STR("user")), STR("tenant"));
    return said.len > 0 ? said
                        : tenant_of(stage, with_who(step, STR("agent"), stage->agent),
                                    with_who(step, STR("user"), stage->user));
}

void stage_open(Buf *out, Stage *stage, const Step *step)
{
    StageTask *task = &stage->tasks[step->number];
    JsonWriter json = json_writer(out, 0);
    *task = (StageTask){.id = arena_format(stage->arena, "task-%u", ++stage->opened),
                        .intent = step->text,
                        .tenant = task_tenant(stage, step)};
    stage->task = step->number;
    json_begin_object(&json);
    write_parties(&json, stage, step);
    json_name(&json, "task");
    json_begin_object(&json);
    json_name(&json, "id");
    json_str(&json, task->id);
    json_name(&json, "intent");
    json_str(&json, task->intent);
    json_name(&json, "params");
    write_sample(&json, &step->said);
    if (step->of != NONE) {
        json_name(&json, "under");
        json_str(&json, stage->tasks[step->of].id);
    }
    json_end_object(&json);
    json_end_object(&json);
}

static void write_tenant(JsonWriter *json, Str tenant)
{
    if (tenant.len == 0)
        return;
    json_name(json, "tenant");
    json_str(json, tenant);
}

void stage_close(Buf *out, const Stage *stage, const Step *step)
{
    const StageTask *task = &stage->tasks[step->of];
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    json_name(&json, "task");
    json_str(&json, task->id);
    write_tenant(&json, task->tenant);
    json_end_object(&json);
}

void stage_outcome(Buf *out, Str grant, bool is_ok, const Sample *result)
{
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    json_name(&json, "grant");
    json_str(&json, grant);
    json_name(&json, "ok");
    json_bool(&json, is_ok);
    if (result != NULL) {
        json_name(&json, "result");
        write_sample(&json, result);
    }
    json_end_object(&json);
}

void stage_revoke(Buf *out, const Stage *stage, const Step *step, Str grant)
{
    bool is_task = str_eq(step->text, STR("task")) && step->of != NONE;
    bool is_before = str_eq(step->text, STR("before"));
    JsonWriter json = json_writer(out, 0);
    json_begin_object(&json);
    json_name(&json, "kind");
    json_str(&json, step->text);
    if (is_before) {
        json_name(&json, "before");
        json_i64(&json, step->time / SECOND);
    } else {
        json_name(&json, "name");
        json_str(&json, grant.len > 0 ? grant
                        : is_task     ? stage->tasks[step->of].id
                                      : step->name);
    }
    if (is_task)
        write_tenant(&json, stage->tasks[step->of].tenant);
    else if (str_eq(step->text, STR("user")))
        write_tenant(&json, tenant_of(stage, stage->agent, step->name));
    json_end_object(&json);
}
