// SPDX-License-Identifier: Apache-2.0
#include "engine/bytecode/cost.h"

#include "engine/base/arena.h"
#include "engine/bytecode/need.h"

uint32_t cost_of_instruction(uint32_t ins, uint32_t list_most)
{
    static const uint16_t BUILTIN_COSTS[BUILTINS_COUNT] = {
#define BUILTIN(name, text, arity, result, kinds, cost, what) cost,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
    };
    switch (ins_op(ins)) {
    case OP_CALL:
        return 1u + BUILTIN_COSTS[ins_b(ins)];
    case OP_LIKE:
        return COST_GLOB;
    case OP_ROW:
    case OP_IN_TABLE:
        return COST_ROW;
    case OP_IN_LIST:
        return cost_add(1, list_most / 4);
    default:
        return 1;
    }
}

// Steps with every memo computed where it is read, and without memos.
typedef struct Steps {
    uint32_t full;
    uint32_t own;
} Steps;

typedef struct GroupSteps {
    Steps bucket; // of the costliest
    Steps total;  // of all
} GroupSteps;

typedef struct Costs {
    const Bundle *bundle;
    uint32_t *functions; // full
    uint32_t *memos;     // full, of the costliest tool
    Steps *rules;
    GroupSteps *groups;  // those whose entries name no tool
    Steps *tools;        // of the groups whose entries name it, so far
    GroupSteps *of_tool; // of the group at hand, by tool; all zero in between
    uint32_t agent_tags, agent_groups, user_groups; // the most that a call can have
} Costs;

// ---- patterns ----

// The bytes that the longest kept list has which can stand in `reg` before instruction
// `pc`; 0: it can't be told that one does. The code generator puts it there just
// before.
static uint32_t kept_bytes(const Bundle *bundle, const uint32_t *code, uint32_t pc,
                           uint32_t reg)
{
    uint32_t at = pc;
    if (at > 0 && code[at - 1] == ins_abc(OP_STRICT, reg, reg, 0))
        at--;
    if (at == 0 || ins_op(code[at - 1]) != OP_KEPT || ins_a(code[at - 1]) != reg)
        return 0;
    for (uint32_t i = 0; i < pc; i++) { // nothing jumps in between
        uint32_t op = ins_op(code[i]), target = i + 1 + ins_bx(code[i]);
        if ((op == OP_JFALSE || op == OP_JTRUE) && target >= at && target <= pc)
            return 0;
    }
    const BundleType *list = &bundle->types[bundle->keeps[ins_bx(code[at - 1])].type];
    return cost_times(list->count, need_of_known(bundle, list->of));
}

// What a pattern's function takes of a call whose kept lists are empty, and the bytes
// of the shortest of these when it is full.
typedef struct Kept {
    uint32_t empty;
    uint32_t least;
} Kept;

// Where it isn't plain, a call takes all that the function can, and no bytes.
static Kept kept_lists(const Bundle *bundle, const BundleFunction *function)
{
    const uint32_t *code = bundle->code + function->code;
    Kept kept = {0, COST_MOST};
    for (uint32_t pc = 0; pc < function->words; pc++) {
        uint32_t op = ins_op(code[pc]), most = COST_MOST;
        if (op == OP_EACH)
            most = kept_bytes(bundle, code, pc, ins_a(code[pc]));
        if (op == OP_IN_LIST)
            most = kept_bytes(bundle, code, pc, ins_c(code[pc]));
        if (most == 0)
            return (Kept){function->cost, 0};
        kept.least = most < kept.least ? most : kept.least;
        kept.empty = cost_add(kept.empty, cost_of_instruction(code[pc], 0));
        if (op == OP_EACH)
            pc += ins_bx(code[pc]); // on to the END
    }
    return kept.least == COST_MOST ? (Kept){function->cost, 0} : kept;
}

static uint32_t times_over(uint32_t steps, uint32_t bytes)
{
    uint64_t all = (uint64_t)steps * NEED_FACTS / bytes;
    return all > COST_MOST ? COST_MOST : (uint32_t)all;
}

// Calls with long lists take longer, but fewer of them are kept: the worst case is one
// of the ends. Of elements that are not known there are no more than of those that are
// (pack.c).
static uint32_t pattern_cost(const Bundle *bundle, const BundleMemo *memo)
{
    const BundleFunction *function = &bundle->functions[memo->function];
    if (memo->pattern == NONE)
        return function->cost;
    Kept kept = kept_lists(bundle, function);
    uint32_t empty = times_over(cost_add(COST_CALL, kept.empty), NEED_FACT);
    uint32_t full = times_over(cost_add(COST_CALL, function->cost),
                               cost_add(NEED_FACT, kept.least));
    return cost_add(NEED_FACTS / COST_UNPACKED, empty > full ? empty : full);
}

// ---- functions and memos ----

static uint32_t function_cost(Costs *costs, uint32_t number);

// Memos use earlier ones only.
static uint32_t memo_cost(Costs *costs, uint32_t number)
{
    const BundleMemo *memo = &costs->bundle->memos[number];
    if (costs->memos[number] != 0)
        return costs->memos[number];
    uint32_t most = 0;
    if (memo->per_tool.count == 0)
        most = cost_add(function_cost(costs, memo->function) -
                            costs->bundle->functions[memo->function].cost,
                        pattern_cost(costs->bundle, memo));
    const uint32_t *triple = costs->bundle->lists + memo->per_tool.first;
    for (uint32_t i = 0; i < memo->per_tool.count; i += 3) {
        uint32_t cost = function_cost(costs, triple[i + 1]);
        most = cost > most ? cost : most;
    }
    costs->memos[number] = most;
    return most;
}

static uint32_t function_cost(Costs *costs, uint32_t number)
{
    const BundleFunction *function = &costs->bundle->functions[number];
    if (costs->functions[number] != 0)
        return costs->functions[number];
    uint32_t cost = function->cost;
    for (uint32_t i = 0; i < function->words; i++) {
        uint32_t ins = costs->bundle->code[function->code + i];
        if (ins_op(ins) == OP_MEMO)
            cost = cost_add(cost, memo_cost(costs, ins_bx(ins)));
    }
    costs->functions[number] = cost;
    return cost;
}

// All memos once, as far as they have a value for the tool.
static uint32_t memos_of_tool(const Costs *costs, uint32_t tool)
{
    const Bundle *bundle = costs->bundle;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < bundle->memos_count; i++) {
        const BundleMemo *memo = &bundle->memos[i];
        if (memo->per_tool.count == 0)
            sum = cost_add(sum, pattern_cost(bundle, memo));
        const uint32_t *triple = bundle->lists + memo->per_tool.first;
        for (uint32_t k = 0; k < memo->per_tool.count; k += 3)
            if (triple[k] == tool)
                sum = cost_add(sum, bundle->functions[triple[k + 1]].cost);
    }
    return sum;
}

// ---- rules ----

static Steps steps_add(Steps a, Steps b)
{
    return (Steps){cost_add(a.full, b.full), cost_add(a.own, b.own)};
}

static Steps function_steps(Costs *costs, uint32_t number)
{
    if (number == NONE)
        return (Steps){0, 0};
    return (Steps){function_cost(costs, number), costs->bundle->functions[number].cost};
}

static Steps compute_steps(Costs *costs, uint32_t compute)
{
    if (compute == NONE)
        return (Steps){0, 0};
    Steps steps = {COST_RULE, COST_RULE};
    return steps_add(steps,
                     function_steps(costs, costs->bundle->computes[compute].function));
}

static Steps list_of_computes(Costs *costs, List computes)
{
    Steps steps = {0, 0};
    for (uint32_t i = 0; i < computes.count; i++)
        steps = steps_add(
            steps, compute_steps(costs, costs->bundle->lists[computes.first + i]));
    return steps;
}

static Steps spend_steps(Costs *costs, const BundleSpend *spend)
{
    const BundleBudget *budget = &costs->bundle->budgets[spend->budget];
    Steps steps = {COST_BUDGET, COST_BUDGET};
    steps = steps_add(steps, compute_steps(costs, spend->amount));
    steps = steps_add(steps, compute_steps(costs, spend->settle));
    steps = steps_add(steps, compute_steps(costs, budget->most));
    steps = steps_add(steps, list_of_computes(costs, budget->keys));
    return steps_add(steps, list_of_computes(costs, budget->distinct));
}

static Steps rule_steps(Costs *costs, const BundleRule *rule)
{
    const Bundle *bundle = costs->bundle;
    const BundleShape *shape = &bundle->shapes[rule->shape];
    const BundleExtra *extra = &bundle->extras[rule->extra];
    Steps steps = {COST_RULE, COST_RULE};
    for (uint32_t i = 0; i < shape->condition_count; i++) {
        steps = steps_add(steps, (Steps){COST_RULE, COST_RULE});
        steps = steps_add(
            steps,
            function_steps(costs, bundle->conditions[shape->condition + i].function));
    }
    steps = steps_add(steps, function_steps(costs, extra->across_agent));
    steps = steps_add(steps, function_steps(costs, extra->across_user));
    for (uint32_t i = 0; i < extra->spend_count; i++)
        steps = steps_add(steps, spend_steps(costs, &bundle->spends[extra->spend + i]));
    return steps_add(steps, function_steps(costs, extra->across_audience));
}

// ---- groups ----

static Steps bucket_steps(const Costs *costs, const uint32_t *rules, uint32_t count)
{
    Steps sum = {0, 0};
    for (uint32_t i = 0; i < count; i++)
        sum = steps_add(sum, costs->rules[rules[i]]);
    return sum;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static const uint32_t *slot_of(const Costs *costs, const BundleDispatch *group,
                               uint32_t number)
{
    return costs->bundle->dispatch_words + group->slots +
           (size_t)number * (group->dim_count + 2u);
}

// Adds what the slot's bucket takes.
static void add_slot(const Costs *costs, const BundleDispatch *group,
                     const uint32_t *slot, GroupSteps *steps)
{
    Steps bucket = bucket_steps(costs, bundle_bucket(costs->bundle, group, slot),
                                slot[group->dim_count + 1]);
    steps->bucket.full = max_u32(steps->bucket.full, bucket.full);
    steps->bucket.own = max_u32(steps->bucket.own, bucket.own);
    steps->total = steps_add(steps->total, bucket);
}

static GroupSteps group_steps(const Costs *costs, const BundleDispatch *group)
{
    GroupSteps steps = {0};
    for (uint32_t i = 0; i < group->size; i++)
        add_slot(costs, group, slot_of(costs, group, i), &steps);
    return steps;
}

// Where the group's atoms name a tool, or NONE.
static uint32_t tool_dim(const BundleDispatch *group)
{
    for (uint32_t k = 0; k < group->dim_count; k++)
        if (group->dims[k] == DIM_TOOL)
            return k;
    return NONE;
}

static uint32_t atoms_of(const Costs *costs, const BundleTool *tool, uint8_t dim)
{
    switch ((Dim)dim) {
    case DIM_AGENT_TAG:
        return costs->agent_tags;
    case DIM_AGENT_GROUP:
        return costs->agent_groups;
    case DIM_USER_GROUP:
        return costs->user_groups;
    case DIM_TOOL_TAG:
        return tool->tags.count;
    case DIM_GATEWAY:
    case DIM_AGENT:
    case DIM_USER:
    case DIM_INTENT:
    case DIM_TOOL:
    case DIM_AUDIENCE:
    case DIM_FAMILY:
    case DIM_TENANT:
    case DIM_RESOURCE:
    case DIM_EQUAL:
        return 1;
    }
    unreachable_bug();
}

static uint32_t lookups_of(const Costs *costs, const BundleTool *tool,
                           const BundleDispatch *group)
{
    uint32_t lookups = 1;
    for (uint32_t k = 0; k < group->dim_count; k++)
        lookups = cost_times(lookups, atoms_of(costs, tool, group->dims[k]));
    return lookups;
}

static Steps rules_found(const GroupSteps *steps, uint32_t lookups)
{
    return (Steps){min_u32(cost_times(lookups, steps->bucket.full), steps->total.full),
                   min_u32(cost_times(lookups, steps->bucket.own), steps->total.own)};
}

// Adds, to each tool that entries of the group name, what these take.
static void add_to_tools(Costs *costs, const BundleDispatch *group, uint32_t dim)
{
    const BundleTool *tools = costs->bundle->tools;
    for (uint32_t i = 0; i < group->size; i++) {
        const uint32_t *slot = slot_of(costs, group, i);
        if (slot[dim] < costs->bundle->tools_count)
            add_slot(costs, group, slot, &costs->of_tool[slot[dim]]);
    }
    for (uint32_t i = 0; i < group->size; i++) {
        uint32_t tool = slot_of(costs, group, i)[dim];
        if (tool >= costs->bundle->tools_count || costs->of_tool[tool].total.full == 0)
            continue;
        Steps found =
            rules_found(&costs->of_tool[tool], lookups_of(costs, &tools[tool], group));
        costs->tools[tool] = steps_add(costs->tools[tool], found);
        costs->of_tool[tool] = (GroupSteps){0};
    }
}

static Steps list_steps(const Costs *costs, const BundleTool *tool, List list)
{
    const Bundle *bundle = costs->bundle;
    Steps sum = {0, 0};
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t number = bundle->lists[list.first + i];
        const BundleDispatch *group = &bundle->dispatch[number];
        uint32_t lookups = lookups_of(costs, tool, group);
        uint32_t search =
            cost_times(lookups, COST_LOOKUP + COST_ATOM * group->dim_count);
        Steps found = rules_found(&costs->groups[number], lookups);
        sum = steps_add(sum, steps_add(found, (Steps){search, search}));
    }
    return sum;
}

// What the call touches, and what is kept of it.
static Steps memory_steps(Costs *costs, const BundleTool *tool)
{
    const Bundle *bundle = costs->bundle;
    Steps steps = {0, 0};
    for (uint32_t i = 0; i < tool->yield_count; i++)
        steps = steps_add(steps,
                          compute_steps(costs, bundle->yields[tool->yield + i].when));
    for (uint32_t i = 0; i < tool->keep_count; i++)
        steps = steps_add(steps,
                          compute_steps(costs, bundle->keeps[tool->keep + i].compute));
    return steps;
}

static uint32_t tool_cost(Costs *costs, uint32_t number)
{
    const BundleTool *tool = &costs->bundle->tools[number];
    Steps sum = costs->tools[number];
    sum = steps_add(sum, list_steps(costs, tool, tool->permits));
    sum = steps_add(sum, list_steps(costs, tool, tool->forbids));
    sum = steps_add(sum, list_steps(costs, tool, tool->limits));
    sum = steps_add(sum, list_steps(costs, tool, tool->results));
    sum = steps_add(sum, memory_steps(costs, tool));
    return min_u32(sum.full, cost_add(sum.own, memos_of_tool(costs, number)));
}

// ---- the decision ----

static void count_parties(Costs *costs)
{
    const Bundle *bundle = costs->bundle;
    for (uint32_t i = 0; i < bundle->agents_count; i++) {
        costs->agent_tags = max_u32(costs->agent_tags, bundle->agents[i].tags.count);
        costs->agent_groups =
            max_u32(costs->agent_groups, bundle->agents[i].groups.count);
    }
    uint32_t named = 0;
    for (uint32_t i = 0; i < bundle->groups_count; i++)
        named += (bundle->groups[i].flags & GROUP_FROM_REQUEST) != 0;
    for (uint32_t i = 0; i < bundle->members_count; i++)
        costs->user_groups =
            max_u32(costs->user_groups, bundle->members[i].groups.count);
    costs->user_groups += min_u32(named, COST_GROUPS);
}

static bool allocate(Costs *costs, Arena *scratch)
{
    const Bundle *bundle = costs->bundle;
    costs->functions =
        arena_try(scratch, (bundle->functions_count + 1) * sizeof *costs->functions);
    costs->memos = arena_try(scratch, (bundle->memos_count + 1) * sizeof *costs->memos);
    costs->rules = arena_try(scratch, (bundle->rules_count + 1) * sizeof *costs->rules);
    costs->groups =
        arena_try(scratch, (bundle->dispatch_count + 1) * sizeof *costs->groups);
    costs->tools = arena_try(scratch, (bundle->tools_count + 1) * sizeof *costs->tools);
    costs->of_tool =
        arena_try(scratch, (bundle->tools_count + 1) * sizeof *costs->of_tool);
    return costs->functions && costs->memos && costs->rules && costs->groups &&
           costs->tools && costs->of_tool;
}

static DecisionCost decision_cost(Costs *costs)
{
    const Bundle *bundle = costs->bundle;
    count_parties(costs);
    for (uint32_t i = 0; i < bundle->rules_count; i++)
        costs->rules[i] = rule_steps(costs, &bundle->rules[i]);
    for (uint32_t i = 0; i < bundle->dispatch_count; i++) {
        const BundleDispatch *group = &bundle->dispatch[i];
        uint32_t dim = tool_dim(group);
        if (dim == NONE)
            costs->groups[i] = group_steps(costs, group);
        else
            add_to_tools(costs, group, dim);
    }
    DecisionCost most = {0, 0};
    for (uint32_t i = 0; i < bundle->tools_count; i++) {
        uint32_t steps = tool_cost(costs, i);
        if (steps > most.steps)
            most = (DecisionCost){steps, i};
    }
    return most;
}

bool cost_of_decision(const Bundle *bundle, Arena *scratch, DecisionCost *cost)
{
    ArenaMark mark = arena_mark(scratch);
    Costs costs = {.bundle = bundle};
    bool fits = allocate(&costs, scratch);
    if (fits)
        *cost = decision_cost(&costs);
    arena_reset(scratch, mark);
    return fits;
}
