// SPDX-License-Identifier: Apache-2.0
// ir_dump: a Program as text, for `--dump` and for goldens. Fixed slots are left out.
#include "lang/ir/ir.h"

#include "engine/base/buf.h"
#include "engine/base/bug.h"

static const char *rule_kind(uint8_t kind)
{
    static const char *const NAMES[RULE_KIND_COUNT] = {"permit", "forbid", "limit",
                                                       "result"};
    CHECK(kind < RULE_KIND_COUNT);
    return NAMES[kind];
}

static void dump_texts(Buf *buf, const char *before, const Str *texts, uint32_t count)
{
    if (count == 0)
        return;
    buf_c(buf, before);
    for (uint32_t i = 0; i < count; i++)
        buf_printf(buf, "%s%.*s", i == 0 ? "" : ", ", STR_ARG(texts[i]));
}

static void dump_slots(Buf *buf, const Program *program)
{
    for (uint32_t i = FIXED_SLOT_COUNT; i < program->slot_count; i++) {
        const Slot *slot = &program->slots[i];
        buf_printf(buf, "slot %u %.*s: ", i, STR_ARG(slot->name));
        type_format(buf, slot->type);
        buf_c(buf, slot->flags & SLOT_CERTAIN ? " certain\n" : "\n");
    }
}

static void dump_parties(Buf *buf, const Program *program)
{
    for (uint32_t i = 0; i < program->agent_count; i++)
        buf_printf(buf, "agent %u %.*s %.*s\n", i, STR_ARG(program->agents[i].name),
                   STR_ARG(program->agents[i].id));
    for (uint32_t i = 0; i < program->group_count; i++)
        buf_printf(buf, "group %u %.*s: %u users, %u agents\n", i,
                   STR_ARG(program->groups[i].name), program->groups[i].user_count,
                   program->groups[i].agent_count);
    for (uint32_t i = 0; i < program->audience_count; i++)
        buf_printf(buf, "audience %u %.*s %.*s\n", i,
                   STR_ARG(program->audiences[i].name),
                   STR_ARG(program->audiences[i].uri));
    for (uint32_t i = 0; i < program->tool_count; i++) {
        buf_printf(buf, "tool %u %.*s", i, STR_ARG(program->tools[i].full));
        dump_texts(buf, " tags ", program->tools[i].tags, program->tools[i].tag_count);
        buf_char(buf, '\n');
    }
    for (uint32_t i = 0; i < program->intent_count; i++)
        buf_printf(buf, "intent %u %.*s\n", i, STR_ARG(program->intents[i].name));
    for (uint32_t i = 0; i < program->table_count; i++)
        buf_printf(buf, "table %u %.*s: %u rows\n", i, STR_ARG(program->tables[i].name),
                   program->tables[i].row_count);
}

static void dump_memos(Buf *buf, const Program *program)
{
    for (uint32_t i = 0; i < program->memo_count; i++) {
        const Memo *memo = &program->memos[i];
        buf_printf(buf, "memo %u", i);
        if (memo->value != NULL) {
            buf_c(buf, " = ");
            ir_format(buf, program, memo->value);
        } else {
            buf_printf(buf, " %.*s", STR_ARG(memo->name));
        }
        buf_char(buf, '\n');
        for (uint32_t k = 0; k < memo->tool_count; k++) {
            buf_printf(buf,
                       "  %.*s = ", STR_ARG(program->tools[memo->tools[k].tool].full));
            ir_format(buf, program, memo->tools[k].value);
            buf_char(buf, '\n');
        }
    }
}

// ---- what is remembered ----

static void dump_value(Buf *buf, const Program *program, const char *before,
                       const Expr *value)
{
    if (value == NULL)
        return;
    buf_c(buf, before);
    ir_format(buf, program, value);
}

static void dump_tool_memory(Buf *buf, const Program *program, const Tool *tool)
{
    for (uint32_t i = 0; i < tool->yield_count; i++) {
        buf_printf(buf, "%.*s yields %.*s", STR_ARG(tool->full),
                   STR_ARG(program->labels[tool->yields[i].label].name));
        dump_value(buf, program, " when ", tool->yields[i].when);
        buf_char(buf, '\n');
    }
    for (uint32_t i = 0; i < tool->keep_count; i++) {
        buf_printf(buf, "%.*s keeps", STR_ARG(tool->full));
        dump_value(buf, program, " ", tool->keeps[i].value);
        buf_char(buf, '\n');
    }
}

static void dump_budget(Buf *buf, const Program *program, const PolicyBudget *budget)
{
    buf_printf(buf, "budget %.*s per %u", STR_ARG(budget->name), budget->per);
    dump_value(buf, program, " at most ", budget->most);
    for (uint32_t i = 0; i < budget->distinct_count; i++)
        dump_value(buf, program, " distinct ", budget->distinct[i]);
    for (uint32_t i = 0; i < budget->key_count; i++)
        dump_value(buf, program, " per ", budget->keys[i]);
    if (budget->window > 0) {
        buf_c(buf, " per ");
        duration_format(buf, budget->window);
    }
    buf_char(buf, '\n');
}

static void dump_spends(Buf *buf, const Program *program, const Rule *rule)
{
    for (uint32_t i = 0; i < rule->spend_count; i++) {
        const Spend *spend = &rule->spends[i];
        buf_printf(buf, "  spend of %.*s",
                   STR_ARG(program->budgets[spend->budget].name));
        dump_value(buf, program, " ", spend->amount);
        dump_value(buf, program, " settle ", spend->settle);
        buf_char(buf, '\n');
    }
}

static void dump_delegates(Buf *buf, const Program *program, const Intent *intent)
{
    for (uint32_t i = 0; i < intent->delegate_count; i++) {
        const Delegate *delegate = &intent->delegates[i];
        buf_printf(buf, "intent %.*s delegates %.*s", STR_ARG(intent->name),
                   STR_ARG(program->intents[delegate->intent].name));
        dump_value(buf, program, " when ", delegate->when);
        buf_char(buf, '\n');
    }
}

static void dump_memory(Buf *buf, const Program *program)
{
    for (uint32_t i = 0; i < program->tool_count; i++)
        dump_tool_memory(buf, program, &program->tools[i]);
    for (uint32_t i = 0; i < program->budget_count; i++)
        dump_budget(buf, program, &program->budgets[i]);
    for (uint32_t i = 0; i < program->intent_count; i++)
        dump_delegates(buf, program, &program->intents[i]);
}

// ---- rules ----

static void dump_atom(Buf *buf, const Program *program, const HeadAtom *atom)
{
    if (atom->number == ATOM_ABSENT) {
        buf_c(buf, "none");
        return;
    }
    switch (atom->dim) {
    case DIM_GATEWAY:
        buf_str(buf, program->gateways[atom->number].name);
        return;
    case DIM_AGENT:
        buf_str(buf, program->agents[atom->number].name);
        return;
    case DIM_AGENT_GROUP:
    case DIM_USER_GROUP:
        buf_str(buf, program->groups[atom->number].name);
        return;
    case DIM_INTENT:
        buf_str(buf, program->intents[atom->number].name);
        return;
    case DIM_TOOL:
        buf_str(buf, program->tools[atom->number].full);
        return;
    case DIM_AUDIENCE:
        buf_str(buf, program->audiences[atom->number].name);
        return;
    case DIM_FAMILY:
        buf_str(buf, program->families[atom->number].name);
        return;
    case DIM_AGENT_TAG:
    case DIM_TOOL_TAG:
        buf_printf(buf, "@%.*s", STR_ARG(atom->text));
        return;
    case DIM_USER:
    case DIM_TENANT:
    case DIM_RESOURCE:
        buf_printf(buf, "\"%.*s\"", STR_ARG(atom->text));
        return;
    case DIM_EQUAL:
        break;
    }
    unreachable_bug();
}

static const char *dim_clause(Dim dim)
{
    switch (dim) {
    case DIM_GATEWAY:
        return "gateway";
    case DIM_AGENT:
    case DIM_AGENT_TAG:
    case DIM_AGENT_GROUP:
        return "agent";
    case DIM_USER:
    case DIM_USER_GROUP:
        return "user";
    case DIM_INTENT:
        return "intent";
    case DIM_TOOL:
    case DIM_TOOL_TAG:
        return "tool";
    case DIM_AUDIENCE:
    case DIM_FAMILY:
        return "audience";
    case DIM_TENANT:
        return "tenant";
    case DIM_RESOURCE:
        return "resource";
    case DIM_EQUAL:
        break;
    }
    unreachable_bug();
}

static void dump_head(Buf *buf, const Program *program, const Head *head)
{
    for (uint32_t i = 0; i < head->count; i++) {
        const HeadTerm *term = &head->terms[i];
        if (i == 0)
            buf_printf(buf, "  %s ", dim_clause(term->atom.dim));
        else
            buf_c(buf, ", ");
        dump_atom(buf, program, &term->atom);
        if (term->audience != NONE)
            buf_printf(buf, " at %.*s",
                       STR_ARG(program->audiences[term->audience].name));
    }
    buf_c(buf, head->count == 0 ? "  nothing\n" : "\n");
}

static void dump_token(Buf *buf, const Token *token)
{
    if (token->says == 0)
        return;
    buf_c(buf, "  token");
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
    if (token->says & TOKEN_TENANT)
        buf_printf(buf, " tenant %.*s", STR_ARG(token->tenant));
    if (token->says & TOKEN_REVOCABLE) {
        buf_c(buf, " revocable ");
        duration_format(buf, token->revocable);
    }
    dump_texts(buf, " scope ", token->scope, token->scope_count);
    dump_texts(buf, " audience ", token->audience, token->audience_count);
    dump_texts(buf, " free ", token->free, token->free_count);
    buf_char(buf, '\n');
}

static void dump_across(Buf *buf, const Program *program, const char *party,
                        const Expr *tenant)
{
    if (tenant == NULL)
        return;
    buf_printf(buf, "  across %s ", party);
    ir_format(buf, program, tenant);
    buf_char(buf, '\n');
}

static void dump_rule(Buf *buf, const Program *program, const Rule *rule)
{
    static const char *const REQUIREMENTS[] = {[REQUIRE_ACR] = "acr",
                                               [REQUIRE_ATTESTED] = "attested",
                                               [REQUIRE_APPROVAL] = "approval",
                                               [REQUIRE_CONSENT] = "consent"};
    buf_printf(buf, "%s%s %.*s\n", rule->is_observe ? "observe " : "",
               rule_kind(rule->kind), STR_ARG(rule->name));
    for (uint32_t i = 0; i < rule->head_count; i++)
        dump_head(buf, program, &rule->heads[i]);
    for (uint32_t i = 0; i < rule->condition_count; i++) {
        buf_c(buf, rule->conditions[i].is_unless ? "  unless " : "  when ");
        ir_format(buf, program, rule->conditions[i].expr);
        buf_char(buf, '\n');
    }
    for (uint32_t i = 0; i < rule->requirement_count; i++)
        buf_printf(buf, "  require %s %u\n", REQUIREMENTS[rule->requirements[i].kind],
                   rule->requirements[i].of);
    dump_spends(buf, program, rule);
    dump_across(buf, program, "agent", rule->across_agent);
    dump_across(buf, program, "user", rule->across_user);
    dump_across(buf, program, "audience", rule->across_audience);
    dump_token(buf, &rule->token);
}

void ir_dump(Buf *buf, const Program *program)
{
    buf_printf(buf, "package %.*s\n", STR_ARG(program->package));
    dump_slots(buf, program);
    dump_parties(buf, program);
    dump_memos(buf, program);
    dump_memory(buf, program);
    for (uint32_t i = 0; i < program->rule_count; i++)
        dump_rule(buf, program, &program->rules[i]);
}
