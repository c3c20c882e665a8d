// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/call.h"

#include "engine/base/bug.h"
#include "tests/oracle/fit.h"
#include "tests/oracle/verdict.h"

enum { SECOND = 1000000000 };

static bool refuse(Call *call, const char *code)
{
    if (!call->code)
        call->code = code;
    return false;
}

// ---- looking things up ----

bool call_has_text(const Str *texts, uint32_t count, Str text)
{
    for (uint32_t i = 0; i < count; i++)
        if (str_eq(texts[i], text))
            return true;
    return false;
}

Str call_text(const JsonValue *object, const char *name)
{
    const JsonValue *member = json_member(object, str_from_c(name));
    return member && member->kind == JSON_STRING ? member->text : (Str){NULL, 0};
}

bool call_time(const JsonValue *value, int64_t *out)
{
    if (value && value->kind == JSON_STRING)
        return time_parse(value->text, out);
    return verdict_int(value, out) && !__builtin_mul_overflow(*out, SECOND, out);
}

static uint32_t add_words(Val *items, uint32_t count, Str text, bool is_split)
{
    if (!is_split) {
        items[count] = val_text(text);
        return count + 1;
    }
    while (text.len > 0) {
        Cut cut = str_cut(text, ' ');
        if (cut.head.len > 0)
            items[count++] = val_text(cut.head);
        text = cut.tail;
    }
    return count;
}

Val call_text_list(Arena *arena, const JsonValue *value, bool is_split)
{
    uint32_t count = 0;
    bool is_list = value->kind == JSON_ARRAY;
    size_t most = is_list ? value->count : value->text.len;
    Val *items = ARENA_ARRAY(arena, most + 1, Val);
    if (!is_list)
        count = add_words(items, count, value->text, is_split);
    for (const JsonValue *at = is_list ? value->first : NULL; at; at = at->next)
        count = add_words(items, count, at->text, false);
    return (Val){.items = items, .count = count};
}

uint32_t call_find_row(const Table *table, const Val *keys)
{
    for (uint32_t row = 0; row < table->row_count; row++) {
        bool is_it = true;
        for (uint32_t i = 0; i < table->key_count; i++) {
            const Const *cell = table->cells[row * table->column_count + i];
            Val value = {.number = cell->number,
                         .decimal = cell->decimal,
                         .text = cell->text,
                         .ip = cell->ip};
            is_it = is_it && val_same(type_kind(table->columns[i].type), value, keys[i],
                                      table->columns[i].is_nocase);
        }
        if (is_it)
            return row;
    }
    return NONE;
}

Str call_lower(Arena *arena, Str text)
{
    char *lower = arena_alloc(arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = (char)(text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] + 32
                                                                 : text.at[i]);
    return (Str){lower, text.len};
}

Val call_cell(Arena *arena, const Table *table, uint32_t row, uint32_t column)
{
    const Const *cell = table->cells[row * table->column_count + column];
    if (!cell)
        return val_absent();
    Val value = val_const(arena, cell);
    if (table->columns[column].is_nocase)
        value.text = call_lower(arena, value.text);
    return value;
}

bool call_agent_in(const Program *program, uint32_t agent, uint32_t group)
{
    const Group *in = &program->groups[group];
    for (uint32_t i = 0; i < in->agent_count; i++)
        if (in->agents[i] == agent)
            return true;
    return false;
}

bool call_user_in(const Call *call, uint32_t group)
{
    const Group *in = &call->program->groups[group];
    const JsonValue *user = json_member(call->request, STR("user"));
    const JsonValue *sent = json_member(user, STR("groups"));
    if (!is_there(call->user))
        return false;
    for (const JsonValue *at = sent && in->is_from_request ? sent->first : NULL; at;
         at = at->next)
        if (str_eq(at->text, in->name))
            return true;
    return call_has_text(in->users, in->user_count, call->user);
}

// ---- parties ----

static const JsonValue *member(const JsonValue *object, const char *name)
{
    return json_member(object, str_from_c(name));
}

// A party is written as its name alone, or as an object that holds it.
static Str party(const JsonValue *value, const char *key)
{
    return value && value->kind == JSON_STRING ? value->text : call_text(value, key);
}

static bool find_agent(const Program *program, Str id, uint32_t *agent)
{
    for (*agent = 0; *agent < program->agent_count; ++*agent)
        if (str_eq(program->agents[*agent].id, id))
            return true;
    return false;
}

static bool find_intent(const Program *program, Str name, uint32_t *intent)
{
    for (*intent = 0; *intent < program->intent_count; ++*intent)
        if (str_eq(program->intents[*intent].name, name))
            return true;
    return false;
}

static bool find_audience(Call *call, Str uri)
{
    const Program *program = call->program;
    for (call->audience = 0; call->audience < program->audience_count; call->audience++)
        if (str_eq(program->audiences[call->audience].uri, uri))
            return true;
    return false;
}

static bool find_tool(Call *call, Str name)
{
    const Program *program = call->program;
    const Family *family =
        &program->families[program->audiences[call->audience].family];
    for (uint32_t i = 0; i < family->tool_count; i++) {
        call->tool = family->tool + i;
        if (str_eq(program->tools[call->tool].name, name))
            return true;
    }
    return false;
}

static bool find_gateway(Call *call)
{
    Str name = call_text(call->request, "gateway");
    for (call->gateway = 0; call->gateway < call->program->gateway_count;
         call->gateway++)
        if (str_eq(call->program->gateways[call->gateway].name, name))
            return true;
    return false;
}

// Stage 1: what docs/protocol.md demands of any request.
static bool check_form(Call *call)
{
    const JsonValue *request = call->request, *task = member(request, "task");
    const JsonValue *user = member(request, "user");
    call->user = party(user, "id");
    bool is_good = is_there(party(member(request, "agent"), "id")) &&
                   is_there(party(member(request, "audience"), "uri")) &&
                   is_there(call_text(request, "tool")) &&
                   (!user || is_there(call->user));
    if (task)
        is_good = is_good && is_there(call_text(task, "id")) &&
                  is_there(call_text(task, "intent")) &&
                  call_time(member(task, "opened"), &call->opened);
    return is_good || refuse(call, "malformed");
}

static bool find_task(Call *call)
{
    const JsonValue *task = member(call->request, "task");
    if (!task)
        return true;
    const JsonValue *above = member(task, "above");
    if (!find_intent(call->program, call_text(task, "intent"), &call->intent))
        return refuse(call, "unknown");
    for (const JsonValue *at = above ? above->first : NULL; at; at = at->next)
        if (!find_intent(call->program, at->text, &call->above[call->above_count++]))
            return refuse(call, "unknown");
    return true;
}

static bool find_chain(Call *call)
{
    const JsonValue *chain = member(call->request, "chain");
    for (const JsonValue *at = chain ? chain->first : NULL; at; at = at->next)
        if (!find_agent(call->program, at->text, &call->chain[call->chain_count++]))
            return refuse(call, "unknown");
    return true;
}

// A policy that lists its users knows no others; one that takes groups from the request
// can't do without them.
static bool find_user(Call *call)
{
    const Program *program = call->program;
    bool are_sent = program->group_count > 0 && program->groups[0].is_from_request;
    if (!is_there(call->user))
        return true;
    if (program->users_table != NONE) {
        Val key = val_text(call->user);
        call->user_row = call_find_row(&program->tables[program->users_table], &key);
        if (call->user_row == NONE)
            return refuse(call, "unknown");
    }
    if (are_sent && !member(member(call->request, "user"), "groups"))
        return refuse(call, "missing");
    return true;
}

// ---- facts ----

static void set(Call *call, FixedSlot slot, Val value)
{
    call->slots[slot] = value;
}

static void set_text(Call *call, FixedSlot slot, Str text)
{
    if (is_there(text))
        set(call, slot, val_text(text));
}

static void set_time(Call *call, FixedSlot slot, const JsonValue *value)
{
    int64_t time = 0;
    if (call_time(value, &time))
        set(call, slot, val_int(time));
}

static Str not_empty(Str text)
{
    return text.len > 0 ? text : (Str){NULL, 0};
}

static void set_actors(Call *call)
{
    Val *actors = ARENA_ARRAY(call->arena, MAX_CHAIN, Val);
    for (uint32_t i = 0; i < call->chain_count; i++) {
        const Agent *agent = &call->program->agents[call->chain[i]];
        Val *fields = ARENA_ARRAY(call->arena, 2, Val);
        fields[0] = val_text(agent->id);
        fields[1] = agent->tenant.len > 0 ? val_text(agent->tenant) : val_absent();
        actors[i] = (Val){.items = fields, .count = 2};
    }
    set(call, SLOT_CHAIN, (Val){.items = actors, .count = call->chain_count});
    set(call, SLOT_CHAIN_DEPTH, val_int(call->chain_count));
}

static void set_groups(Call *call)
{
    const Program *program = call->program;
    Val *names = ARENA_ARRAY(call->arena, program->group_count + 1, Val);
    uint32_t count = 0;
    if (!is_there(call->user))
        return;
    for (uint32_t i = 0; i < program->group_count; i++)
        if (call_user_in(call, i))
            names[count++] = val_text(program->groups[i].name);
    set(call, SLOT_USER_GROUPS, (Val){.items = names, .count = count});
}

static void set_user(Call *call)
{
    const JsonValue *user = member(call->request, "user");
    set_text(call, SLOT_USER_ID, call->user);
    call->user_tenant = call_text(user, "tenant");
    if (call->user_row != NONE) {
        const Table *table = &call->program->tables[call->program->users_table];
        if (table->tenant != NONE) {
            Val cell = call_cell(call->arena, table, call->user_row, table->tenant);
            call->user_tenant = cell.text; // not there: the row says so
        }
    }
    set_text(call, SLOT_USER_TENANT, call->user_tenant);
    set_text(call, SLOT_USER_ACR, call_text(user, "acr"));
    set_time(call, SLOT_USER_AUTH_TIME, member(user, "auth_time"));
    set_groups(call);
}

static void set_agent(Call *call)
{
    const Agent *agent = &call->program->agents[call->agent];
    const JsonValue *attested = member(member(call->request, "agent"), "attested");
    set_text(call, SLOT_AGENT_ID, agent->id);
    set_text(call, SLOT_AGENT_TENANT, not_empty(agent->tenant));
    if (attested)
        set(call, SLOT_AGENT_ATTESTED, val_bool(attested->truth));
}

static void set_tool(Call *call)
{
    const Tool *tool = &call->program->tools[call->tool];
    const Audience *audience = &call->program->audiences[call->audience];
    Val *tags = ARENA_ARRAY(call->arena, tool->tag_count + 1, Val);
    for (uint32_t i = 0; i < tool->tag_count; i++)
        tags[i] = val_text(tool->tags[i]);
    set_text(call, SLOT_TOOL_NAME, tool->name);
    set(call, SLOT_TOOL_TAGS, (Val){.items = tags, .count = tool->tag_count});
    set_text(call, SLOT_AUDIENCE_URI, audience->uri);
    set_text(call, SLOT_AUDIENCE_TENANT, not_empty(audience->tenant));
}

static void set_credential(Call *call)
{
    const JsonValue *credential = member(call->request, "credential");
    const JsonValue *aud = member(credential, "aud"), *act = member(credential, "act");
    const JsonValue *scope = member(credential, "scope"),
                    *cnf = member(credential, "cnf");
    set_text(call, SLOT_CREDENTIAL_ISS, call_text(credential, "iss"));
    if (aud)
        set(call, SLOT_CREDENTIAL_AUD, call_text_list(call->arena, aud, false));
    set_time(call, SLOT_CREDENTIAL_IAT, member(credential, "iat"));
    set_time(call, SLOT_CREDENTIAL_EXP, member(credential, "exp"));
    if (scope)
        set(call, SLOT_CREDENTIAL_SCOPE, call_text_list(call->arena, scope, true));
    set_text(call, SLOT_CREDENTIAL_CNF, party(cnf, "jkt"));
    set_text(call, SLOT_CREDENTIAL_CNF, call_text(cnf, "x5t#S256"));
    set_text(call, SLOT_CREDENTIAL_SUB, call_text(credential, "sub"));
    set_text(call, SLOT_CREDENTIAL_CLIENT_ID, call_text(credential, "client_id"));
    if (act)
        set(call, SLOT_CREDENTIAL_ACT, call_text_list(call->arena, act, false));
}

static void set_count(Call *call, FixedSlot slot, const JsonValue *value, int64_t unit)
{
    int64_t number = 0;
    if (verdict_int(value, &number))
        set(call, slot, val_int(number * unit));
}

static void set_rest(Call *call)
{
    const JsonValue *request = call->request, *ask = member(request, "ask");
    const JsonValue *context = member(request, "context"),
                    *task = member(request, "task");
    const JsonValue *resource = member(request, "resource"),
                    *scope = member(ask, "scope");
    Ip ip;
    set_text(call, SLOT_TASK_ID, call_text(task, "id"));
    if (task)
        set(call, SLOT_TASK_OPENED, val_int(call->opened));
    set_text(call, SLOT_RESOURCE_TYPE, call_text(resource, "type"));
    set_text(call, SLOT_RESOURCE_ID, call_text(resource, "id"));
    if (scope)
        set(call, SLOT_ASK_SCOPE, call_text_list(call->arena, scope, true));
    set_count(call, SLOT_ASK_TTL, member(ask, "ttl"), SECOND);
    set_count(call, SLOT_ASK_USES, member(ask, "uses"), 1);
    set_count(call, SLOT_ASK_DEPTH, member(ask, "depth"), 1);
    set(call, SLOT_CONTEXT_NOW, val_int(call->now));
    set_text(call, SLOT_CONTEXT_ENVIRONMENT, call_text(context, "environment"));
    if (is_there(call_text(context, "ip")) && ip_parse(call_text(context, "ip"), &ip))
        set(call, SLOT_CONTEXT_IP, (Val){.ip = ip});
}

// ---- arguments, parameters, attributes ----

static void fill(Call *call, const SchemaField *field, Val value)
{
    for (uint32_t i = 0; i < field->fill_count; i++) {
        uint32_t slot = field->fills[i].slot;
        bool is_widened = type_kind(call->program->slots[slot].type) == KIND_DECIMAL &&
                          type_kind(field->schema->type) == KIND_INT;
        call->slots[slot] = is_widened && value.standing == IS_KNOWN
                                ? val_decimal(decimal_from_i64(value.number))
                                : value;
    }
}

static void add_row_tenant(Call *call, const SchemaField *field, Val value)
{
    if (field->tenant_table == NONE || field->is_tenant_shared ||
        value.standing != IS_KNOWN)
        return;
    const Table *table = &call->program->tables[field->tenant_table];
    Val tenant =
        call_cell(call->arena, table, call_find_row(table, &value), table->tenant);
    call->row_tenants[call->row_count++] =
        tenant.standing == IS_KNOWN ? tenant.text : (Str){NULL, 0};
}

static bool read_members(Call *call, const Schema *schema, const JsonValue *object,
                         bool are_args)
{
    for (const JsonValue *at = object ? object->first : NULL; at; at = at->next) {
        bool is_known = false;
        for (uint32_t i = 0; i < schema->field_count; i++)
            is_known = is_known || str_eq(schema->fields[i].name, at->name);
        if (!is_known)
            return refuse(call, "argument");
    }
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const SchemaField *field = &schema->fields[i];
        const JsonValue *sent = json_member(object, field->name);
        Val value = val_absent();
        if (!sent && field->is_required)
            return refuse(call, "argument");
        const char *code =
            sent ? fit_schema(call->arena, call->program, field->schema, sent, &value)
                 : NULL;
        if (code)
            return refuse(call, code);
        // A slot that nobody fills stays as it is: absent, or missing.
        if (sent && value.standing != IS_ABSENT)
            fill(call, field, value);
        if (are_args)
            add_row_tenant(call, field, value);
    }
    return true;
}

static bool is_fixed_member(uint32_t of, Str name)
{
    static const char *const FIXED[] = {
        [ATTRIBUTE_AGENT] = " id tenant attested ",
        [ATTRIBUTE_USER] = " id tenant acr auth_time groups ",
        [ATTRIBUTE_AUDIENCE] = " uri ",
        [ATTRIBUTE_RESOURCE] = " type id ",
        [ATTRIBUTE_CONTEXT] = " ip environment ",
    };
    char spaced[64];
    Buf text = buf_fixed(spaced, sizeof spaced);
    buf_printf(&text, " %.*s ", STR_ARG(name));
    return str_contains(str_from_c(FIXED[of]), buf_view(&text));
}

static const Slot *find_attribute(const Call *call, uint32_t of, Str name)
{
    for (uint32_t i = 0; i < call->program->slot_count; i++) {
        const Slot *slot = &call->program->slots[i];
        if (slot->root == SLOT_ROOT_ATTRIBUTE && slot->of == of &&
            str_eq(slot->field, name))
            return slot;
    }
    return NULL;
}

static bool read_attributes(Call *call, uint32_t of, const JsonValue *object)
{
    if (!object || object->kind != JSON_OBJECT)
        return true;
    for (const JsonValue *at = object->first; at; at = at->next) {
        const Slot *slot = find_attribute(call, of, at->name);
        Val value;
        if (is_fixed_member(of, at->name))
            continue;
        if (!slot)
            return refuse(call, "argument");
        if (!(slot->flags & SLOT_FROM_REQUEST))
            continue; // the table alone says it
        if (!fit_type(call->arena, slot->type, at, &value))
            return refuse(call, "argument");
        if (value.standing != IS_ABSENT)
            call->slots[slot - call->program->slots] = value;
    }
    return true;
}

// The row of the users' or the agents' table wins over what the request says.
static void read_rows(Call *call)
{
    const Program *program = call->program;
    const Agent *agent = &program->agents[call->agent];
    for (uint32_t i = FIXED_SLOT_COUNT; i < program->slot_count; i++) {
        const Slot *slot = &program->slots[i];
        if (slot->root != SLOT_ROOT_ATTRIBUTE || !(slot->flags & SLOT_FROM_TABLE))
            continue;
        bool is_user = slot->of == ATTRIBUTE_USER;
        uint32_t row = is_user ? call->user_row : agent->row;
        uint32_t table = is_user ? program->users_table : agent->table;
        if (row == NONE || table == NONE)
            continue;
        Val cell = call_cell(call->arena, &program->tables[table], row, slot->column);
        if (cell.standing == IS_KNOWN || !(slot->flags & SLOT_FROM_REQUEST))
            call->slots[i] = cell;
    }
}

static bool read_party(Call *call, uint32_t of, const char *name)
{
    return read_attributes(call, of, member(call->request, name));
}

// A hash that the caller names must be the reviewed definition's.
static bool check_hash(Call *call)
{
    const Tool *tool = &call->program->tools[call->tool];
    Str named = call_text(call->request, "tool_hash");
    Buf hash = buf_on(call->arena);
    buf_hex(&hash, tool->pin, sizeof tool->pin);
    return !is_there(named) || !tool->is_pinned || str_eq(named, buf_view(&hash)) ||
           refuse(call, "drift");
}

// Stage 2 in the order in which the engine reads: within a stage any failure will do.
static bool read_all(Call *call)
{
    const Program *program = call->program;
    const JsonValue *request = call->request;
    Str agent = party(member(request, "agent"), "id");
    Str audience = party(member(request, "audience"), "uri");
    if (!find_gateway(call) || !find_agent(program, agent, &call->agent))
        return refuse(call, "unknown");
    if (!read_party(call, ATTRIBUTE_AGENT, "agent") ||
        !read_party(call, ATTRIBUTE_USER, "user") || !find_user(call))
        return false;
    if (!find_audience(call, audience))
        return refuse(call, "unknown");
    if (!read_party(call, ATTRIBUTE_AUDIENCE, "audience"))
        return false;
    if (!find_tool(call, call_text(request, "tool")))
        return refuse(call, "unknown");
    if (!find_task(call) || !find_chain(call))
        return false;
    if (call->intent != NONE &&
        !read_members(call, program->intents[call->intent].params,
                      member(member(request, "task"), "params"), false))
        return false;
    return read_party(call, ATTRIBUTE_RESOURCE, "resource") &&
           read_party(call, ATTRIBUTE_CONTEXT, "context") &&
           read_members(call, program->tools[call->tool].args, call->args, true) &&
           check_hash(call);
}

void call_read(Call *call, Arena *arena, const Program *program,
               const JsonValue *request, int64_t now)
{
    *call = (Call){.arena = arena,
                   .program = program,
                   .request = request,
                   .now = now,
                   .intent = NONE,
                   .user_row = NONE,
                   .args = member(request, "args"),
                   .slots = ARENA_ARRAY(arena, program->slot_count, Val)};
    for (uint32_t i = 0; i < program->slot_count; i++)
        call->slots[i] =
            program->slots[i].type->is_optional ? val_absent() : val_missing(i);
    if (!check_form(call) || !read_all(call))
        return;
    read_rows(call);
    set_actors(call);
    set_user(call);
    set_agent(call);
    set_tool(call);
    set_credential(call);
    set_rest(call);
}
