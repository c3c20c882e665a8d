// SPDX-License-Identifier: Apache-2.0
#include "engine/bytecode/disasm.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"
#include "engine/base/scalar.h"

static void put_string(Buf *buf, const Bundle *bundle, uint32_t string)
{
    if (string == NONE)
        buf_c(buf, "none");
    else
        buf_str(buf, bundle_string(bundle, string));
}

// ---- types and constants ----

static const char *kind_name(uint32_t kind)
{
    static const char *const NAMES[KIND_COUNT] = {
        "none", "bool", "int",  "decimal", "string", "duration", "time",
        "ip",   "net",  "list", "record",  "row",    "json"};
    return NAMES[kind];
}

void disasm_type(Buf *buf, const Bundle *bundle, uint32_t type)
{
    const BundleType *of = &bundle->types[type];
    if (of->kind == KIND_LIST) {
        buf_c(buf, "list<");
        disasm_type(buf, bundle, of->of);
        buf_printf(buf, ">[%u]", of->count);
    } else if (of->kind == KIND_RECORD) {
        buf_c(buf, "record(");
        for (uint32_t i = 0; i < of->count; i++) {
            buf_c(buf, i == 0 ? "" : ", ");
            disasm_type(buf, bundle, bundle->lists[of->of + i]);
        }
        buf_char(buf, ')');
    } else if (of->kind == KIND_ROW) {
        buf_c(buf, "row of ");
        put_string(buf, bundle, bundle->tables[of->of].name);
    } else {
        buf_c(buf, kind_name(of->kind));
    }
}

static void put_quoted(Buf *buf, const Bundle *bundle, uint32_t string)
{
    buf_char(buf, '"');
    put_string(buf, bundle, string);
    buf_char(buf, '"');
}

static void put_list(Buf *buf, const Bundle *bundle, const BundleConst *list)
{
    buf_char(buf, '{');
    for (uint32_t i = 0; i < list->aux; i++) {
        buf_c(buf, i == 0 ? "" : ", ");
        disasm_const(buf, bundle, bundle->lists[list->low + i]);
    }
    buf_char(buf, '}');
}

void disasm_const(Buf *buf, const Bundle *bundle, uint32_t number)
{
    const BundleConst *value = &bundle->consts[number];
    switch ((Kind)bundle->types[value->type].kind) {
    case KIND_BOOL:
        buf_c(buf, value->low != 0 ? "true" : "false");
        return;
    case KIND_INT:
        buf_i64(buf, (int64_t)value->low);
        return;
    case KIND_DECIMAL:
        decimal_format(buf, (Decimal){(int64_t)value->high, value->low});
        return;
    case KIND_STRING:
        put_quoted(buf, bundle, (uint32_t)value->low);
        return;
    case KIND_DURATION:
        duration_format(buf, (int64_t)value->low);
        return;
    case KIND_TIME:
        time_format(buf, (int64_t)value->low);
        return;
    case KIND_IP:
    case KIND_NET:
        ip_format(buf, (Ip){.hi = value->high,
                            .lo = value->low,
                            .family = (uint8_t)value->aux,
                            .prefix = (uint8_t)(value->aux >> 8)});
        return;
    case KIND_LIST:
        put_list(buf, bundle, value);
        return;
    case KIND_NONE:
    case KIND_RECORD:
    case KIND_ROW:
    case KIND_JSON:
        break;
    }
    unreachable_bug();
}

// ---- code ----

static const char *opcode_name(uint32_t opcode)
{
    static const char *const NAMES[OPCODE_COUNT] = {
#define OP(name, layout, result, effect) #name,
#include "engine/bytecode/opcode.def"
#undef OP
    };
    return NAMES[opcode];
}

static const char *builtin_name(uint32_t builtin)
{
    static const char *const NAMES[BUILTINS_COUNT] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) text,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    return NAMES[builtin];
}

// Operands that are wide, of instructions with Bx; `pc` is the instruction's own place.
static void put_wide(Buf *buf, const Bundle *bundle, uint32_t ins, uint32_t pc)
{
    uint32_t bx = ins_bx(ins);
    switch (ins_op(ins)) {
    case OP_LOADK:
        buf_printf(buf, "K%u", bx);
        return;
    case OP_SLOT:
    case OP_OPT:
        buf_printf(buf, "S%u ", bx);
        put_string(buf, bundle, bundle->slots[bx].name);
        return;
    case OP_MEMO:
        buf_printf(buf, "M%u", bx);
        return;
    case OP_LABEL:
        put_string(buf, bundle, bundle->labels[bx].name);
        return;
    case OP_KEPT:
        buf_printf(buf, "keep %u", bx);
        return;
    case OP_KEPT_AT:
        return;
    case OP_IN_GROUP:
    case OP_AGENT_IN_GROUP:
        put_string(buf, bundle, bundle->groups[bx].name);
        return;
    case OP_EACH:
        buf_printf(buf, "until %u", pc + bx);
        return;
    default: // a jump
        buf_printf(buf, "to %u", pc + 1 + bx);
        return;
    }
}

static void put_narrow(Buf *buf, const Bundle *bundle, uint32_t ins)
{
    uint32_t b = ins_b(ins);
    uint32_t c = ins_c(ins);
    switch (ins_op(ins)) {
    case OP_RET:
        return;
    case OP_MOVE:
    case OP_STRICT:
    case OP_HAS:
    case OP_KNOWN:
    case OP_NOT:
    case OP_TO_DEC:
    case OP_END_ALL:
    case OP_END_ANY:
        buf_printf(buf, "r%u", b);
        return;
    case OP_FIELD:
    case OP_COLUMN:
        buf_printf(buf, "r%u #%u", b, c);
        return;
    case OP_ROW:
    case OP_IN_TABLE:
        put_string(buf, bundle, bundle->tables[b].name);
        buf_printf(buf, " r%u", c);
        return;
    case OP_CALL:
        buf_printf(buf, "%s r%u", builtin_name(b), c);
        return;
    default:
        buf_printf(buf, "r%u r%u", b, c);
        return;
    }
}

static void put_instruction(Buf *buf, const Bundle *bundle, uint32_t ins, uint32_t pc)
{
    enum { ABC, ABX, AJ };
    static const uint8_t LAYOUTS[OPCODE_COUNT] = {
#define OP(name, layout, result, effect) layout,
#include "engine/bytecode/opcode.def"
#undef OP
    };
    uint32_t opcode = ins_op(ins);
    bool is_bare = opcode == OP_RET;
    buf_printf(buf, "  %4u  %-14s r%u%s", pc, opcode_name(opcode), ins_a(ins),
               is_bare ? "" : " ");
    if (LAYOUTS[opcode] == ABC)
        put_narrow(buf, bundle, ins);
    else
        put_wide(buf, bundle, ins, pc);
    buf_char(buf, '\n');
}

void disasm_function(Buf *buf, const Bundle *bundle, uint32_t function)
{
    const BundleFunction *of = &bundle->functions[function];
    buf_printf(buf, "F%u (", function);
    for (uint32_t i = 0; i < of->param_count; i++) {
        buf_c(buf, i == 0 ? "" : ", ");
        disasm_type(buf, bundle, bundle->lists[of->params + i]);
    }
    buf_c(buf, ") -> ");
    disasm_type(buf, bundle, of->type);
    buf_printf(buf, ", %u registers, at most %u steps\n", of->registers, of->cost);
    for (uint32_t i = 0; i < of->words; i++)
        put_instruction(buf, bundle, bundle->code[of->code + i], i);
}

// ---- what is declared ----

static void put_slots(Buf *buf, const Bundle *bundle)
{
    for (uint32_t i = FIXED_SLOT_COUNT; i < bundle->slots_count; i++) {
        buf_printf(buf, "S%u ", i);
        put_string(buf, bundle, bundle->slots[i].name);
        buf_c(buf, ": ");
        disasm_type(buf, bundle, bundle->slots[i].type);
        buf_c(buf, bundle->slots[i].flags & SLOT_CERTAIN ? ", certain\n" : "\n");
    }
}

static void put_numbers(Buf *buf, const Bundle *bundle, const char *what, List list)
{
    if (list.count == 0)
        return;
    buf_c(buf, what);
    for (uint32_t i = 0; i < list.count; i++)
        buf_printf(buf, " %u", bundle->lists[list.first + i]);
}

static void put_tools(Buf *buf, const Bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        const BundleTool *tool = &bundle->tools[i];
        buf_c(buf, "tool ");
        put_string(buf, bundle, tool->full);
        for (uint32_t k = 0; k < tool->tags.count; k++) {
            buf_c(buf, " @");
            put_string(buf, bundle, bundle->lists[tool->tags.first + k]);
        }
        put_numbers(buf, bundle, "; permits in groups", tool->permits);
        put_numbers(buf, bundle, "; forbids in groups", tool->forbids);
        put_numbers(buf, bundle, "; limits in groups", tool->limits);
        put_numbers(buf, bundle, "; rules on results in groups", tool->results);
        buf_char(buf, '\n');
    }
}

static void put_row(Buf *buf, const Bundle *bundle, const BundleTable *table,
                    uint32_t row)
{
    buf_c(buf, " ");
    for (uint32_t i = 0; i < table->column_count; i++) {
        uint32_t cell = bundle->cells[table->cell + row * table->column_count + i];
        buf_char(buf, ' ');
        if (cell == NONE)
            buf_c(buf, "-");
        else
            disasm_const(buf, bundle, cell);
    }
    buf_char(buf, '\n');
}

static void put_rest(Buf *buf, uint32_t count, uint32_t most)
{
    if (count > most)
        buf_printf(buf, "  ... and %u more\n", count - most);
}

static void put_tables(Buf *buf, const Bundle *bundle, uint32_t most)
{
    for (uint32_t i = 0; i < bundle->tables_count; i++) {
        const BundleTable *table = &bundle->tables[i];
        buf_c(buf, "table ");
        put_string(buf, bundle, table->name);
        buf_c(buf, ":");
        for (uint32_t k = 0; k < table->column_count; k++) {
            buf_char(buf, ' ');
            put_string(buf, bundle, bundle->columns[table->column + k].name);
            buf_c(buf, k + 1 == table->keys ? " |" : "");
        }
        buf_char(buf, '\n');
        for (uint32_t row = 0; row < table->rows && row < most; row++)
            put_row(buf, bundle, table, row);
        put_rest(buf, table->rows, most);
    }
}

// ---- memos, shapes and rules ----

static void put_constants(Buf *buf, const Bundle *bundle, uint32_t row, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_c(buf, i == 0 ? " " : ", ");
        disasm_const(buf, bundle, bundle->rows[row + i]);
    }
}

static void put_within(Buf *buf, const char *before, int64_t within)
{
    if (within == 0)
        return;
    buf_c(buf, before);
    duration_format(buf, within);
}

static void put_pattern(Buf *buf, const Bundle *bundle, uint32_t number)
{
    static const char *const SCOPES[] = {"the tree", "the task", "the user",
                                         "the agent"};
    if (number == NONE)
        return;
    const BundlePattern *pattern = &bundle->patterns[number];
    buf_c(buf, " for calls of ");
    put_string(buf, bundle, bundle->tools[pattern->tool].full);
    buf_printf(buf, " by %s", SCOPES[pattern->scope]);
    put_within(buf, " in the last ", pattern->within);
}

static void put_memos(Buf *buf, const Bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->memos_count; i++) {
        const BundleMemo *memo = &bundle->memos[i];
        buf_printf(buf, "M%u: ", i);
        disasm_type(buf, bundle, memo->type);
        const uint32_t *triple = bundle->lists + memo->per_tool.first;
        if (memo->per_tool.count == 0) {
            buf_printf(buf, " = F%u", memo->function);
            put_constants(buf, bundle, memo->row,
                          bundle->functions[memo->function].param_count);
            put_pattern(buf, bundle, memo->pattern);
        }
        buf_char(buf, '\n');
        for (uint32_t k = 0; k < memo->per_tool.count; k += 3) {
            buf_c(buf, "  ");
            put_string(buf, bundle, bundle->tools[triple[k]].full);
            buf_printf(buf, " = F%u", triple[k + 1]);
            put_constants(buf, bundle, triple[k + 2],
                          bundle->functions[triple[k + 1]].param_count);
            buf_char(buf, '\n');
        }
    }
}

static const char *rule_kind(uint8_t kind)
{
    static const char *const NAMES[RULE_KIND_COUNT] = {"permit", "forbid", "limit",
                                                       "result"};
    return NAMES[kind];
}

// ---- what is remembered ----

static void put_compute(Buf *buf, const Bundle *bundle, const char *before,
                        uint32_t number)
{
    if (number == NONE)
        return;
    const BundleCompute *compute = &bundle->computes[number];
    buf_printf(buf, "%sF%u", before, compute->function);
    put_constants(buf, bundle, compute->row,
                  bundle->functions[compute->function].param_count);
}

static void put_computes(Buf *buf, const Bundle *bundle, const char *before, List list)
{
    for (uint32_t i = 0; i < list.count; i++)
        put_compute(buf, bundle, before, bundle->lists[list.first + i]);
}

static void put_yields(Buf *buf, const Bundle *bundle, const BundleTool *tool)
{
    for (uint32_t i = tool->yield; i < tool->yield + tool->yield_count; i++) {
        const BundleYield *yield = &bundle->yields[i];
        put_string(buf, bundle, tool->full);
        buf_c(buf, " yields ");
        put_string(buf, bundle, bundle->labels[yield->label].name);
        put_compute(buf, bundle, " when ", yield->when);
        buf_c(buf, yield->flags & YIELD_AFTER ? ", known after the call\n" : "\n");
    }
}

static void put_keeps(Buf *buf, const Bundle *bundle, const BundleTool *tool)
{
    for (uint32_t i = tool->keep; i < tool->keep + tool->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[i];
        buf_printf(buf, "keep %u of ", i);
        put_string(buf, bundle, tool->full);
        buf_c(buf, ": ");
        disasm_type(buf, bundle, keep->type);
        put_compute(buf, bundle, " = ", keep->compute);
        buf_c(buf, keep->flags & KEEP_AFTER ? ", known after the call\n" : "\n");
    }
}

static void put_budget(Buf *buf, const Bundle *bundle, uint32_t number)
{
    static const char *const PARTIES[] = {"task",   "subtask",  "user",    "agent",
                                          "tenant", "audience", "approver"};
    const BundleBudget *budget = &bundle->budgets[number];
    buf_printf(buf, "budget %u ", number);
    put_string(buf, bundle, budget->name);
    put_compute(buf, bundle, ": at most ", budget->most);
    put_computes(buf, bundle, " distinct ", budget->distinct);
    for (uint32_t i = 0; i < sizeof PARTIES / sizeof PARTIES[0]; i++)
        if (budget->per >> i & 1)
            buf_printf(buf, " per %s", PARTIES[i]);
    put_computes(buf, bundle, " per ", budget->keys);
    put_within(buf, " per ", budget->window);
    buf_char(buf, '\n');
}

static void put_spend(Buf *buf, const Bundle *bundle, uint32_t number)
{
    const BundleSpend *spend = &bundle->spends[number];
    buf_printf(buf, "spend %u of budget %u", number, spend->budget);
    put_compute(buf, bundle, ": ", spend->amount);
    put_compute(buf, bundle, " settled by ", spend->settle);
    buf_char(buf, '\n');
}

static void put_delegates(Buf *buf, const Bundle *bundle, const BundleIntent *intent)
{
    for (uint32_t i = 0; i < intent->delegate_count; i++) {
        const BundleDelegate *delegate = &bundle->delegates[intent->delegate + i];
        put_string(buf, bundle, intent->name);
        buf_c(buf, " delegates ");
        put_string(buf, bundle, bundle->intents[delegate->intent].name);
        put_compute(buf, bundle, " when ", delegate->when);
        buf_char(buf, '\n');
    }
}

static void put_memory(Buf *buf, const Bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        put_yields(buf, bundle, &bundle->tools[i]);
        put_keeps(buf, bundle, &bundle->tools[i]);
    }
    for (uint32_t i = 0; i < bundle->budgets_count; i++)
        put_budget(buf, bundle, i);
    for (uint32_t i = 0; i < bundle->spends_count; i++)
        put_spend(buf, bundle, i);
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        put_delegates(buf, bundle, &bundle->intents[i]);
}

// ---- rules ----

static void put_shapes(Buf *buf, const Bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->shapes_count; i++) {
        const BundleShape *shape = &bundle->shapes[i];
        buf_printf(buf, "shape %u: %s%s%s\n", i,
                   shape->flags & RULE_OBSERVE ? "observe " : "",
                   rule_kind(shape->kind),
                   shape->flags & RULE_INTENT_NONE ? ", also without a task" : "");
        for (uint32_t k = 0; k < shape->condition_count; k++) {
            const BundleCondition *condition =
                &bundle->conditions[shape->condition + k];
            buf_printf(buf, "  %s F%u from %u: ",
                       condition->flags & CONDITION_UNLESS ? "unless" : "when",
                       condition->function, condition->row);
            put_string(buf, bundle, condition->text);
            buf_char(buf, '\n');
        }
    }
}

static void put_token(Buf *buf, const BundleToken *token)
{
    if (token->says & TOKEN_TTL) {
        buf_c(buf, " ttl ");
        duration_format(buf, token->ttl);
    }
    if (token->says & TOKEN_USES)
        buf_printf(buf, " uses %u", token->uses);
    if (token->says & TOKEN_DEPTH)
        buf_printf(buf, " depth %u", token->depth);
    if (token->says & TOKEN_SENDER)
        buf_printf(buf, " sender %u", token->sender);
    if (token->says & TOKEN_ACR)
        buf_printf(buf, " acr %u", token->acr);
}

static void put_strings(Buf *buf, const Bundle *bundle, const char *what, List list)
{
    if (list.count == 0)
        return;
    buf_c(buf, what);
    for (uint32_t i = 0; i < list.count; i++) {
        buf_char(buf, ' ');
        put_string(buf, bundle, bundle->lists[list.first + i]);
    }
}

static void put_rules(Buf *buf, const Bundle *bundle, uint32_t most)
{
    for (uint32_t i = 0; i < bundle->rules_count && i < most; i++) {
        const BundleRule *rule = &bundle->rules[i];
        buf_printf(buf, "rule %u ", i);
        put_string(buf, bundle, rule->name);
        buf_printf(buf, ": shape %u", rule->shape);
        put_constants(buf, bundle, rule->row, bundle->shapes[rule->shape].row_count);
        uint32_t token = bundle->extras[rule->extra].token;
        if (token != NONE) {
            buf_c(buf, "; token");
            put_token(buf, &bundle->tokens[token]);
            put_strings(buf, bundle, " scope", bundle->tokens[token].scope);
            put_strings(buf, bundle, " audience", bundle->tokens[token].audience);
            put_strings(buf, bundle, " free", bundle->tokens[token].free);
        }
        buf_char(buf, '\n');
    }
    put_rest(buf, bundle->rules_count, most);
}

// ---- dispatch ----

static const char *dim_name(uint8_t dim)
{
    static const char *const NAMES[DIM_COUNT] = {
        "gateway",    "agent",  "agent tag", "agent group", "user",
        "user group", "intent", "tool",      "tool tag",    "audience",
        "family",     "tenant", "resource",  "equal"};
    return NAMES[dim];
}

static void put_equal_atom(Buf *buf, const Bundle *bundle, uint32_t slot, uint32_t atom)
{
    if (atom == ATOM_UNKNOWN)
        buf_c(buf, "unknown");
    else if (bundle->types[bundle->slots[slot].type].kind == KIND_STRING)
        put_quoted(buf, bundle, atom);
    else
        buf_printf(buf, "#%08x", atom);
}

static void put_atom(Buf *buf, const Bundle *bundle, uint8_t dim, uint32_t slot,
                     uint32_t atom)
{
    if (dim == DIM_EQUAL) {
        put_equal_atom(buf, bundle, slot, atom);
        return;
    }
    if (atom == ATOM_ABSENT) {
        buf_c(buf, "none");
        return;
    }
    uint32_t string = atom;
    if (dim == DIM_GATEWAY)
        string = bundle->gateways[atom].name;
    if (dim == DIM_AGENT)
        string = bundle->agents[atom].name;
    if (dim == DIM_AGENT_GROUP || dim == DIM_USER_GROUP)
        string = bundle->groups[atom].name;
    if (dim == DIM_INTENT)
        string = bundle->intents[atom].name;
    if (dim == DIM_TOOL)
        string = bundle->tools[atom].full;
    if (dim == DIM_AUDIENCE)
        string = bundle->audiences[atom].name;
    if (dim == DIM_FAMILY)
        string = bundle->families[atom].name;
    put_string(buf, bundle, string);
}

static void put_entry(Buf *buf, const Bundle *bundle, const BundleDispatch *group,
                      const uint32_t *slot)
{
    buf_c(buf, "  ");
    for (uint32_t i = 0; i < group->dim_count; i++) {
        buf_c(buf, i == 0 ? "" : ", ");
        put_atom(buf, bundle, group->dims[i], group->dim_slots[i], slot[i]);
    }
    buf_c(buf, " ->");
    const uint32_t *bucket = bundle_bucket(bundle, group, slot);
    for (uint32_t i = 0; i < slot[group->dim_count + 1]; i++)
        buf_printf(buf, " %u", bucket[i]);
    buf_char(buf, '\n');
}

static void put_group(Buf *buf, const Bundle *bundle, uint32_t number, uint32_t most)
{
    const BundleDispatch *group = &bundle->dispatch[number];
    buf_printf(buf, "group %u: %ss by", number, rule_kind(group->kind));
    for (uint32_t i = 0; i < group->dim_count; i++) {
        buf_c(buf, i == 0 ? " " : ", ");
        if (group->dims[i] == DIM_EQUAL)
            put_string(buf, bundle, bundle->slots[group->dim_slots[i]].name);
        else
            buf_c(buf, dim_name(group->dims[i]));
    }
    buf_printf(buf, "%s; %u slots, largest bucket %u\n",
               group->dim_count == 0 ? " nothing" : "", group->size, group->largest);
    uint32_t stride = group->dim_count + 2u;
    uint32_t used = 0;
    for (uint32_t i = 0; i < group->size; i++) {
        const uint32_t *slot =
            bundle->dispatch_words + group->slots + (size_t)i * stride;
        if (slot[group->dim_count + 1] != 0 && used++ < most)
            put_entry(buf, bundle, group, slot);
    }
    put_rest(buf, used, most);
}

void disasm_bundle(Buf *buf, const Bundle *bundle, uint32_t most)
{
    buf_c(buf, "package ");
    put_string(buf, bundle, bundle->meta->package);
    buf_printf(buf, "\na decision takes at most %u steps\n", bundle->meta->cost);
    put_slots(buf, bundle);
    put_tools(buf, bundle);
    put_tables(buf, bundle, most);
    for (uint32_t i = 0; i < bundle->functions_count; i++)
        disasm_function(buf, bundle, i);
    put_memos(buf, bundle);
    put_memory(buf, bundle);
    put_shapes(buf, bundle);
    put_rules(buf, bundle, most);
    for (uint32_t i = 0; i < bundle->dispatch_count; i++)
        put_group(buf, bundle, i, most);
}
