// SPDX-License-Identifier: Apache-2.0
// Memory: labels, what calls touch, what is kept of them, budgets, sub-tasks.
#include "engine/bytecode/verify_parts.h"

enum { ALL_PER = 2 * PER_APPROVER - 1 };
static const uint32_t ANY_TYPE = NONE;

// ---- types that can be packed (engine/vm/pack.h) ----

enum { NEVER = MAX_PACKED_DEPTH + 1 };

// How deep the values of a type nest, so far as that is of use; NEVER: they hold a row,
// or where that matters json, of which nothing is packed.
static uint8_t depth_of(const Bundle *bundle, const uint8_t *depths, uint32_t number,
                        bool with_json)
{
    const BundleType *type = &bundle->types[number];
    uint8_t most = 0;
    switch ((Kind)type->kind) {
    case KIND_NONE:
    case KIND_ROW:
        return NEVER;
    case KIND_JSON:
        return with_json ? 0 : NEVER;
    case KIND_LIST:
        most = depths[type->of];
        break;
    case KIND_RECORD:
        for (uint32_t i = 0; i < type->count; i++) {
            uint8_t depth = depths[bundle->lists[type->of + i]];
            most = depth > most ? depth : most;
        }
        break;
    case KIND_BOOL:
    case KIND_INT:
    case KIND_DECIMAL:
    case KIND_STRING:
    case KIND_DURATION:
    case KIND_TIME:
    case KIND_IP:
    case KIND_NET:
        return 0;
    }
    return most < NEVER ? (uint8_t)(most + 1) : NEVER;
}

// A type refers to earlier ones only.
static uint8_t *depths_of_types(Verifier *verifier, bool with_json)
{
    const Bundle *bundle = verifier->bundle;
    uint8_t *depths = verify_alloc(verifier, bundle->types_count, 1);
    for (uint32_t i = 0; depths && i < bundle->types_count; i++)
        depths[i] = depth_of(bundle, depths, i, with_json);
    return depths;
}

// ---- computed values ----

// The name is short enough for the state to know something by it.
static bool check_name(Verifier *verifier, uint32_t string, Section section,
                       uint32_t index)
{
    ALSO(verify_string(verifier, string, false, section, index));
    if (bundle_string(verifier->bundle, string).len > MAX_REMEMBERED_NAME)
        return verify_fail(verifier, VERIFY_REMEMBERED_NAME, section, index);
    return true;
}

// A reference to COMPUTES, or NONE where it may be left out.
static bool check_compute(Verifier *verifier, uint32_t number, uint32_t type,
                          bool may_be_none, Section section, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    if (number == NONE && may_be_none)
        return true;
    if (number >= bundle->computes_count ||
        (type != ANY_TYPE &&
         bundle->functions[bundle->computes[number].function].type != type))
        return verify_fail(verifier, VERIFY_COMPUTE, section, index);
    return true;
}

static bool check_computes(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleCompute *compute = &bundle->computes[index];
    NEED(compute->function < bundle->functions_count, COMPUTE, COMPUTES, index);
    const BundleFunction *function = &bundle->functions[compute->function];
    NEED(!verifier->functions[compute->function].is_of_pattern, COMPUTE, COMPUTES,
         index);
    return verify_row(verifier, compute->row, function->param_count, function->params,
                      SECTION_COMPUTES, index);
}

static uint32_t function_of(const Bundle *bundle, uint32_t compute)
{
    return bundle->computes[compute].function;
}

static bool is_within(uint32_t first, uint32_t count, uint32_t all)
{
    return first <= all && count <= all - first;
}

// ---- tools ----

static bool check_yields(Verifier *verifier, uint32_t tool)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTool *of = &bundle->tools[tool];
    NEED(is_within(of->yield, of->yield_count, bundle->yields_count), YIELD, TOOLS,
         tool);
    for (uint32_t i = of->yield; i < of->yield + of->yield_count; i++) {
        const BundleYield *yield = &bundle->yields[i];
        NEED(yield->label < bundle->labels_count && yield->flags <= YIELD_AFTER, YIELD,
             YIELDS, i);
        ALSO(check_compute(verifier, yield->when, KIND_BOOL, true, SECTION_YIELDS, i));
        NEED(yield->when == NONE ||
                 verify_reads(verifier, function_of(bundle, yield->when), tool, NONE),
             YIELD, YIELDS, i);
    }
    return true;
}

static bool check_keep(Verifier *verifier, const uint8_t *depths, uint32_t tool,
                       uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleKeep *keep = &bundle->keeps[index];
    NEED(keep->flags <= KEEP_AFTER && keep->reserved == 0 &&
             keep->type < bundle->types_count && depths[keep->type] <= MAX_PACKED_DEPTH,
         KEEP, KEEPS, index);
    ALSO(check_compute(verifier, keep->compute, ANY_TYPE, false, SECTION_KEEPS, index));
    uint32_t function = function_of(bundle, keep->compute);
    NEED(verify_type_holds(bundle, keep->type, bundle->functions[function].type) &&
             verify_reads(verifier, function, tool, NONE),
         KEEP, KEEPS, index);
    return true;
}

static bool check_keeps(Verifier *verifier, const uint8_t *depths, uint32_t tool)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTool *of = &bundle->tools[tool];
    NEED(is_within(of->keep, of->keep_count, bundle->keeps_count) &&
             of->reserved == 0 && of->user_past >= 0 &&
             of->user_past <= MAX_REMEMBERED && of->agent_past >= 0 &&
             of->agent_past <= MAX_REMEMBERED,
         KEEP, TOOLS, tool);
    bool is_kept =
        of->flags & TOOL_KEPT_IN_TASK || of->user_past > 0 || of->agent_past > 0;
    NEED(is_kept == (of->layout != NONE) && (is_kept || of->keep_count == 0), KEEP,
         TOOLS, tool);
    if (is_kept)
        ALSO(check_name(verifier, of->layout, SECTION_TOOLS, tool));
    for (uint32_t i = 0; i < of->keep_count; i++)
        ALSO(check_keep(verifier, depths, tool, of->keep + i));
    return check_name(verifier, of->full, SECTION_TOOLS, tool);
}

// ---- budgets ----

// Values that become part of a key, by `depths` without json: all of it would be one.
static bool check_keys(Verifier *verifier, const uint8_t *depths, List computes,
                       uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    ALSO(verify_list(verifier, computes, SECTION_BUDGETS, index));
    for (uint32_t i = 0; i < computes.count; i++) {
        uint32_t compute = bundle->lists[computes.first + i];
        ALSO(check_compute(verifier, compute, ANY_TYPE, false, SECTION_BUDGETS, index));
        uint32_t type = bundle->functions[function_of(bundle, compute)].type;
        NEED(depths[type] <= MAX_PACKED_DEPTH, COMPUTE, BUDGETS, index);
    }
    return true;
}

static bool check_budget(Verifier *verifier, const uint8_t *depths, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleBudget *budget = &bundle->budgets[index];
    ALSO(verify_string(verifier, budget->name, false, SECTION_BUDGETS, index));
    NEED(budget->kind <= BUDGET_OF_DISTINCT && budget->per <= ALL_PER &&
             budget->window >= 0 && budget->window <= MAX_REMEMBERED &&
             (budget->kind == BUDGET_OF_DISTINCT) == (budget->distinct.count > 0),
         BUDGET, BUDGETS, index);
    ALSO(check_compute(verifier, budget->most, KIND_DECIMAL, false, SECTION_BUDGETS,
                       index));
    return check_keys(verifier, depths, budget->keys, index) &&
           check_keys(verifier, depths, budget->distinct, index);
}

static bool check_spend(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleSpend *spend = &bundle->spends[index];
    NEED(spend->budget < bundle->budgets_count && spend->reserved == 0, SPEND, SPENDS,
         index);
    return check_compute(verifier, spend->amount, KIND_DECIMAL, true, SECTION_SPENDS,
                         index) &&
           check_compute(verifier, spend->settle, KIND_DECIMAL, true, SECTION_SPENDS,
                         index);
}

// ---- sub-tasks ----

static bool check_delegates(Verifier *verifier, uint32_t intent)
{
    const Bundle *bundle = verifier->bundle;
    const BundleIntent *of = &bundle->intents[intent];
    NEED(is_within(of->delegate, of->delegate_count, bundle->delegates_count) &&
             of->inherits >= 0 && of->inherits <= MAX_REMEMBERED,
         DELEGATE, INTENTS, intent);
    ALSO(check_name(verifier, of->name, SECTION_INTENTS, intent));
    ALSO(verify_ascending(verifier, of->under, bundle->intents_count, SECTION_INTENTS,
                          intent));
    for (uint32_t i = of->delegate; i < of->delegate + of->delegate_count; i++) {
        const BundleDelegate *delegate = &bundle->delegates[i];
        NEED(delegate->intent < bundle->intents_count, DELEGATE, DELEGATES, i);
        ALSO(check_compute(verifier, delegate->when, KIND_BOOL, true, SECTION_DELEGATES,
                           i));
        NEED(delegate->when == NONE ||
                 verify_reads(verifier, function_of(bundle, delegate->when), NONE,
                              intent),
             DELEGATE, DELEGATES, i);
    }
    return true;
}

static bool check_labels(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    NEED(bundle->labels_count <= MAX_POLICY_LABELS, YIELD, LABELS, MAX_POLICY_LABELS);
    for (uint32_t i = 0; i < bundle->labels_count; i++) {
        ALSO(check_name(verifier, bundle->labels[i].name, SECTION_LABELS, i));
        NEED(bundle->labels[i].flags <= LABEL_STICKY, YIELD, LABELS, i);
    }
    return true;
}

static bool check_parties(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->agents_count; i++)
        ALSO(check_name(verifier, bundle->agents[i].id, SECTION_AGENTS, i));
    for (uint32_t i = 0; i < bundle->audiences_count; i++)
        ALSO(check_name(verifier, bundle->audiences[i].uri, SECTION_AUDIENCES, i));
    for (uint32_t i = 0; i < bundle->tables_count; i++)
        if (bundle->tables[i].layout != NONE)
            ALSO(check_name(verifier, bundle->tables[i].layout, SECTION_TABLES, i));
    return true;
}

bool verify_memory(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    const uint8_t *depths = depths_of_types(verifier, true);
    const uint8_t *key_depths = depths_of_types(verifier, false);
    if (!depths || !key_depths)
        return false;
    for (uint32_t i = 0; i < bundle->computes_count; i++)
        ALSO(check_computes(verifier, i));
    ALSO(check_labels(verifier) && check_parties(verifier));
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        ALSO(check_yields(verifier, i) && check_keeps(verifier, depths, i));
    for (uint32_t i = 0; i < bundle->budgets_count; i++)
        ALSO(check_budget(verifier, key_depths, i));
    for (uint32_t i = 0; i < bundle->spends_count; i++)
        ALSO(check_spend(verifier, i));
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        ALSO(check_delegates(verifier, i));
    return true;
}
