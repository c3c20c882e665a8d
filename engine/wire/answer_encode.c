// SPDX-License-Identifier: Apache-2.0
#include "engine/wire/answer_encode.h"

#include "engine/base/buf.h"
#include "engine/vm/vm.h"
#include "engine/base/cbor.h"

// Keys stand in the order of RFC 8949 §4.2.1: shorter ones first, then bytewise.

static inline void write_key(Buf *out, const char *name)
{
    cbor_write_text(out, str_from_c(name));
}

static inline void write_c(Buf *out, const char *name, const char *text)
{
    write_key(out, name);
    cbor_write_text(out, str_from_c(text));
}

static inline void write_string(Buf *out, const char *name, const Bundle *bundle,
                                uint32_t number)
{
    write_key(out, name);
    cbor_write_text(out, bundle_string(bundle, number));
}

static inline void write_i64(Buf *out, const char *name, int64_t number)
{
    write_key(out, name);
    cbor_write_i64(out, number);
}

// The bundle that decided.
static void write_policy(Buf *out, const Bundle *bundle)
{
    write_key(out, "policy");
    cbor_write_text(out, (Str){bundle->hash_text, sizeof bundle->hash_text});
}

static void write_grant_id(Buf *out, const Grant *grant)
{
    write_key(out, "grant_id");
    cbor_write_text_head(out, 2 * sizeof grant->id);
    buf_hex(out, grant->id, sizeof grant->id);
}

// ---- conditions as text ----

static void write_scalar(Buf *out, const Value *value)
{
    switch ((Kind)value->kind) {
    case KIND_BOOL:
        buf_c(out, value->as.number ? "true" : "false");
        return;
    case KIND_INT:
        buf_i64(out, value->as.number);
        return;
    case KIND_DECIMAL:
        decimal_format(out, value->as.decimal);
        return;
    case KIND_STRING:
        buf_char(out, '"');
        buf_str(out, value_str(*value));
        buf_char(out, '"');
        return;
    case KIND_DURATION:
        duration_format(out, value->as.number);
        return;
    case KIND_TIME:
        time_format(out, value->as.number);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(out, (Ip){value->as.ip.hi, value->as.ip.lo, (uint8_t)value->aux,
                            (uint8_t)(value->aux >> 8)});
        return;
    case KIND_NONE:
    case KIND_LIST:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug(); // no constant is of these
}

static void write_constant(Buf *out, const Bundle *bundle, uint32_t number)
{
    Value value = vm_const(bundle, number);
    if (value.kind != KIND_LIST) {
        write_scalar(out, &value);
        return;
    }
    buf_char(out, '{');
    for (uint64_t i = 0; i < value.as.items.count; i++) {
        Value item = vm_element(bundle, &value, i);
        buf_c(out, i > 0 ? ", " : "");
        if (item.kind == KIND_LIST) // only tables have such
            buf_c(out, "{...}");
        else
            write_scalar(out, &item);
    }
    buf_char(out, '}');
}

// The template has {0}, {1} ... for the constants of the condition's function.
static void write_template(Buf *out, const Bundle *bundle, uint32_t rule,
                           uint32_t condition)
{
    const BundleRule *of = &bundle->rules[rule];
    const BundleCondition *from =
        &bundle->conditions[bundle->shapes[of->shape].condition + condition];
    const BundleFunction *function = &bundle->functions[from->function];
    Str text = bundle_string(bundle, from->text);
    for (size_t i = 0; i < text.len; i++) {
        size_t end = i + 1;
        uint32_t number = 0;
        while (end < text.len && text.at[end] >= '0' && text.at[end] <= '9' &&
               end < i + 6)
            number = number * 10 + (uint32_t)(text.at[end++] - '0');
        bool is_place = text.at[i] == '{' && end > i + 1 && end < text.len &&
                        text.at[end] == '}' && number < function->param_count;
        if (!is_place) {
            buf_char(out, text.at[i]);
            continue;
        }
        write_constant(out, bundle, bundle->rows[of->row + from->row + number]);
        i = end;
    }
}

enum { MAX_CONDITION_TEXT = 512 };

// `unless` conditions read as they hold: not (...).
static void write_condition(Buf *out, const Bundle *bundle, uint32_t rule,
                            uint32_t condition)
{
    char memory[MAX_CONDITION_TEXT];
    Buf text = buf_fixed(memory, sizeof memory);
    const BundleShape *shape = &bundle->shapes[bundle->rules[rule].shape];
    bool is_unless =
        bundle->conditions[shape->condition + condition].flags & CONDITION_UNLESS;
    buf_c(&text, is_unless ? "not (" : "");
    write_template(&text, bundle, rule, condition);
    buf_c(&text, is_unless ? ")" : "");
    cbor_write_text(out, text.failed ? STR("(long)") : buf_view(&text));
}

// ---- rules ----

static void write_rule(Buf *out, const Bundle *bundle, uint32_t rule)
{
    uint32_t because = bundle->extras[bundle->rules[rule].extra].because;
    cbor_write_map(out, because == NONE ? 1 : 2);
    write_string(out, "name", bundle, bundle->rules[rule].name);
    if (because != NONE)
        write_string(out, "because", bundle, because);
}

static void write_rules(Buf *out, const char *name, const Bundle *bundle,
                        const uint32_t *rules, uint32_t count)
{
    write_key(out, name);
    cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++)
        write_rule(out, bundle, rules[i]);
}

static void write_trace(Buf *out, const Bundle *bundle, const Trace *trace)
{
    static const char *const KINDS[RULE_KIND_COUNT] = {"permit", "forbid", "limit",
                                                       "result"};
    static const char *const TRUTHS[] = {"false", "true", "unknown"};
    write_key(out, "trace");
    cbor_write_array(out, trace->count);
    for (uint32_t i = 0; i < trace->count; i++) {
        const TraceEntry *entry = &trace->at[i];
        const BundleShape *shape = &bundle->shapes[bundle->rules[entry->rule].shape];
        bool has_condition = entry->condition != NONE;
        cbor_write_map(out, 3 + (uint64_t)has_condition + entry->is_tenant_bad);
        write_c(out, "kind", KINDS[shape->kind]);
        write_string(out, "rule", bundle, bundle->rules[entry->rule].name);
        write_c(out, "truth", TRUTHS[entry->truth]);
        if (entry->is_tenant_bad) {
            write_key(out, "tenant");
            cbor_write_bool(out, false);
        }
        if (has_condition) {
            write_key(out, "condition");
            write_condition(out, bundle, entry->rule, entry->condition);
        }
    }
}

// ---- the token ----

static void write_strings(Buf *out, const char *name, const Bundle *bundle,
                          const uint32_t *strings, uint32_t count)
{
    write_key(out, name);
    cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++)
        cbor_write_text(out, bundle_string(bundle, strings[i]));
}

// One argument of the call that a token is for.
typedef struct Bound {
    Str name;
    const Str *value; // CBOR; NULL: it is free
} Bound;

enum { MAX_BOUND = MAX_ARGUMENTS + MAX_FREE };

// Keeps `bounds` in the order of keys. A name that is there already stays as it is.
static uint32_t add_bound(Bound *bounds, uint32_t count, Str name, const Str *value)
{
    uint32_t at = count;
    while (at > 0 && cbor_compare_texts(bounds[at - 1].name, name) >= 0)
        at--;
    if (at < count && str_eq(bounds[at].name, name))
        return count;
    for (uint32_t i = count; i > at; i--)
        bounds[i] = bounds[i - 1];
    bounds[at].name = name;
    bounds[at].value = value;
    return count + 1;
}

static void write_bound(Buf *out, const Bound *bound)
{
    cbor_write_text(out, bound->name);
    bool is_free = bound->value == NULL;
    cbor_write_map(out, is_free ? 1 : 2);
    if (!is_free) {
        write_key(out, "value");
        buf_str(out, *bound->value);
    }
    write_c(out, "constraint_type", is_free ? "wildcard" : "exact");
}

// What the token leaves free, whether it was sent or not, and what was sent, by value.
// Any other argument is bound to be absent.
static void write_arguments(Buf *out, const Request *request, const Grant *grant)
{
    const Bundle *bundle = request->bundle;
    Bound bounds[MAX_BOUND];
    uint32_t count = 0;
    for (uint32_t i = 0; i < grant->free_count; i++)
        count = add_bound(bounds, count, bundle_string(bundle, grant->free[i]), NULL);
    for (uint32_t i = 0; i < request->argument_count; i++) {
        const RequestArgument *argument = &request->arguments[i];
        const BundleField *field = &bundle->fields[argument->field];
        count = add_bound(bounds, count, bundle_string(bundle, field->name),
                          &argument->raw);
    }
    write_key(out, "arguments");
    cbor_write_map(out, count);
    for (uint32_t i = 0; i < count; i++)
        write_bound(out, &bounds[i]);
}

static bool has_tenant(const Grant *grant)
{
    return grant->tenant != NONE;
}

static void write_tenant(Buf *out, const Request *request, const Grant *grant)
{
    write_key(out, "tenant");
    cbor_write_text(out, grant->tenant == TENANT_ALIEN
                             ? value_str(request->slots[SLOT_USER_TENANT])
                             : bundle_string(request->bundle, grant->tenant));
}

static void write_one(Buf *out, const char *name, Str text)
{
    write_key(out, name);
    cbor_write_array(out, 1);
    cbor_write_text(out, text);
}

// RFC 9396, one entry of type proviso_tool_call. A tool whose name has a slash, as no
// tool of MCP's may have, is a method of MCP (stdlib/mcp.proviso): the action itself.
// The slash in front of some is not the method's.
static void write_details(Buf *out, const Request *request, const Grant *grant)
{
    const Bundle *bundle = request->bundle;
    Str tool = bundle_string(bundle, bundle->tools[grant->tool].name);
    bool is_method = str_contains(tool, STR("/"));
    Str method = str_slice(tool, str_starts(tool, STR("/")), tool.len);
    uint64_t members = 9u - is_method + (grant->acr != NONE) + has_tenant(grant);
    write_key(out, "authorization_details");
    cbor_write_array(out, 1);
    cbor_write_map(out, members);
    if (grant->acr != NONE)
        write_string(out, "acr", bundle, bundle->acrs[grant->acr]);
    write_c(out, "type", "proviso_tool_call");
    write_i64(out, "uses", grant->uses);
    write_policy(out, bundle);
    if (has_tenant(grant))
        write_tenant(out, request, grant);
    write_one(out, "actions", is_method ? method : STR("tools/call"));
    write_grant_id(out, grant);
    write_arguments(out, request, grant);
    if (!is_method)
        write_one(out, "datatypes", tool);
    write_one(out, "locations",
              bundle_string(bundle, bundle->audiences[grant->audience].uri));
    write_i64(out, "delegation_depth", grant->depth);
}

static void write_scope(Buf *out, const Bundle *bundle, const Grant *grant)
{
    size_t len = grant->scope_count == 0 ? 0 : grant->scope_count - 1;
    for (uint32_t i = 0; i < grant->scope_count; i++)
        len += bundle_string(bundle, grant->scope[i]).len;
    write_key(out, "granted_scope");
    cbor_write_text_head(out, len);
    for (uint32_t i = 0; i < grant->scope_count; i++) {
        buf_c(out, i > 0 ? " " : "");
        buf_str(out, bundle_string(bundle, grant->scope[i]));
    }
}

static void write_token(Buf *out, const Request *request, const Grant *grant)
{
    static const char *const SENDERS[] = {"none", "dpop", "mtls"};
    const Bundle *bundle = request->bundle;
    uint64_t members = 9u + (grant->acr != NONE) + has_tenant(grant) +
                       (grant->revalidate_after > 0) + (grant->free_count > 0);
    write_key(out, "token");
    cbor_write_map(out, members);
    if (grant->acr != NONE)
        write_string(out, "acr", bundle, bundle->acrs[grant->acr]);
    if (grant->free_count > 0)
        write_strings(out, "free", bundle, grant->free, grant->free_count);
    write_i64(out, "uses", grant->uses);
    write_c(out, "sender", SENDERS[grant->sender]);
    if (has_tenant(grant))
        write_tenant(out, request, grant);
    write_i64(out, "expires", grant->expires / 1000000000);
    write_one(out, "audience",
              bundle_string(bundle, bundle->audiences[grant->audience].uri));
    write_grant_id(out, grant);
    write_scope(out, bundle, grant);
    write_i64(out, "token_lifetime", grant->ttl);
    write_i64(out, "delegation_depth", grant->depth);
    if (grant->revalidate_after > 0)
        write_i64(out, "revalidate_after", grant->revalidate_after);
    write_details(out, request, grant);
}

// ---- denies ----

static void write_missing(Buf *out, const Bundle *bundle, const Answer *answer)
{
    write_key(out, "missing");
    cbor_write_array(out, answer->missing_count);
    for (uint32_t i = 0; i < answer->missing_count; i++)
        cbor_write_text(out,
                        bundle_string(bundle, bundle->slots[answer->missing[i]].name));
}

static void write_approval_id(Buf *out, const Answer *answer)
{
    char memory[2 * sizeof answer->approval];
    Buf hex = buf_fixed(memory, sizeof memory);
    buf_hex(&hex, answer->approval, sizeof answer->approval);
    write_key(out, "id");
    cbor_write_text(out, buf_view(&hex));
}

static void write_from(Buf *out, const Bundle *bundle, uint32_t group)
{
    write_key(out, "from");
    cbor_write_text(out, group == NONE
                             ? STR("user")
                             : bundle_string(bundle, bundle->groups[group].name));
}

// In the words of RFC 9470 (acr_values, max_age) where it has them.
static void write_remedy(Buf *out, const Bundle *bundle, const Answer *answer,
                         const Remedy *remedy)
{
    static const char *const TARGETS[] = {[CONSENT_TO_AUDIENCE] = "audience",
                                          [CONSENT_TO_TOOL] = "tool",
                                          [CONSENT_TO_INTENT] = "intent",
                                          [CONSENT_TO_ARGS] = "args"};
    bool is_approval = remedy->code == CODE_APPROVAL,
         is_acr = remedy->code == CODE_STEP_UP;
    bool is_consent = remedy->code == CODE_CONSENT,
         is_budget = remedy->code == CODE_BUDGET;
    bool has_id = is_approval && answer->has_approval;
    bool has_age = remedy->within > 0 && !is_budget;
    cbor_write_map(out, 1u + has_id + 2u * is_approval + is_consent + has_age + is_acr +
                            is_budget);
    if (has_id)
        write_approval_id(out, answer);
    if (is_consent)
        write_c(out, "to", TARGETS[remedy->of]);
    write_c(out, "code", code_text(remedy->code));
    if (is_approval) {
        write_from(out, bundle, remedy->of);
        write_i64(out, "count", remedy->count);
    }
    if (has_age)
        write_i64(out, "max_age", remedy->within / 1000000000);
    if (is_acr)
        write_string(out, "acr_values", bundle, bundle->acrs[remedy->of]);
    if (is_budget)
        write_i64(out, "retry_after", remedy->within / 1000000000 + 1);
}

static void write_remedies(Buf *out, const Bundle *bundle, const Answer *answer)
{
    write_key(out, "remedies");
    cbor_write_array(out, answer->remedy_count);
    for (uint32_t i = 0; i < answer->remedy_count; i++)
        write_remedy(out, bundle, answer, &answer->remedies[i]);
}

void answer_encode(Buf *out, const Request *request, const Answer *answer,
                   const Trace *trace)
{
    const Bundle *bundle = request->bundle;
    bool has_detail = answer->detail.len > 0, has_missing = answer->missing_count > 0;
    bool has_remedies = answer->remedy_count > 0,
         has_observed = answer->observed_count > 0;
    uint64_t members = 3u + (trace != NULL) + has_detail + has_missing + has_remedies +
                       has_observed + (answer->allow ? 1 : 3);
    cbor_write_map(out, members);
    if (!answer->allow)
        write_c(out, "code", code_text(answer->code));
    write_rules(out, "rules", bundle, answer->rules, answer->rule_count);
    if (answer->allow)
        write_token(out, request, &answer->grant);
    if (trace)
        write_trace(out, bundle, trace);
    if (has_detail) {
        write_key(out, "detail");
        cbor_write_text(out, answer->detail);
    }
    write_policy(out, bundle);
    if (has_missing)
        write_missing(out, bundle, answer);
    write_key(out, "decision");
    cbor_write_bool(out, answer->allow);
    if (has_observed)
        write_rules(out, "observed", bundle, answer->observed, answer->observed_count);
    if (has_remedies)
        write_remedies(out, bundle, answer);
    if (!answer->allow) {
        bool is_hopeless = answer->code == CODE_BUDGET && !has_remedies;
        NextAction next = is_hopeless ? NEXT_NONE : code_next_action(answer->code);
        write_c(out, "next_action", next_action_text(next));
        write_c(out, "reason_user", code_what(answer->code));
    }
}

// ---- LIST ----

static void write_open(Buf *out, const char *name, const Bundle *bundle,
                       const OpenRule *rules, uint32_t count)
{
    write_key(out, name);
    cbor_write_array(out, count);
    for (uint32_t i = 0; i < count; i++) {
        cbor_write_map(out, 2);
        write_string(out, "rule", bundle, bundle->rules[rules[i].rule].name);
        write_key(out, "conditions");
        cbor_write_array(out, rules[i].open_count);
        for (uint32_t k = 0; k < rules[i].open_count; k++)
            write_condition(out, bundle, rules[i].rule, rules[i].open[k]);
    }
}

void possible_encode(Buf *out, const Request *request, const Possible *possible)
{
    const Bundle *bundle = request->bundle;
    cbor_write_map(out, 3);
    write_string(out, "tool", bundle, bundle->tools[request->tool].name);
    write_open(out, "unless", bundle, possible->forbids, possible->forbid_count);
    write_open(out, "permits", bundle, possible->permits, possible->permit_count);
}

// ---- other operations ----

void operation_encode(Buf *out, const Bundle *bundle, const OperationAnswer *answer)
{
    bool has_ends = answer->is_done && answer->ends != 0;
    bool has_detail = !answer->is_done && answer->detail.len > 0;
    bool has_rules = !answer->is_done && answer->rule_count > 0;
    cbor_write_map(out,
                   2u + has_ends + has_detail + has_rules + (answer->is_done ? 0 : 2));
    if (!answer->is_done)
        write_c(out, "code", code_text(answer->code));
    if (has_ends)
        write_i64(out, "ends", answer->ends / 1000000000);
    if (has_rules)
        write_rules(out, "rules", bundle, answer->rules, answer->rule_count);
    if (has_detail) {
        write_key(out, "detail");
        cbor_write_text(out, answer->detail);
    }
    write_policy(out, bundle);
    write_key(out, "decision");
    cbor_write_bool(out, answer->is_done);
    if (!answer->is_done)
        write_c(out, "next_action", next_action_text(code_next_action(answer->code)));
}
