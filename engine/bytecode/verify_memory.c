// SPDX-License-Identifier: Apache-2.0
// Memory: labels, what calls touch, what is kept of them, budgets, sub-tasks.
#include "engine/bytecode/verify_parts.h"

enum { ALL_PER = 2 * PER_APPROVER - 1 };
static const uint32_t ANY_TYPE = NONE;

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

static bool check_keeps(Verifier *verifier, uint32_t tool)
{
    const Bundle *bundle = verifier->bundle;
    const BundleTool *of = &bundle->tools[tool];
    NEED(is_within(of->keep, of->keep_count, bundle->keeps_count) &&
             of->reserved == 0 && of->user_past >= 0 && of->agent_past >= 0,
         KEEP, TOOLS, tool);
    bool is_kept =
        of->flags & TOOL_KEPT_IN_TASK || of->user_past > 0 || of->agent_past > 0;
    NEED(is_kept == (of->layout != NONE) && (is_kept || of->keep_count == 0), KEEP,
         TOOLS, tool);
    ALSO(verify_string(verifier, of->layout, true, SECTION_TOOLS, tool));
    for (uint32_t i = of->keep; i < of->keep + of->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[i];
        NEED(keep->flags <= KEEP_AFTER && keep->type < bundle->types_count, KEEP, KEEPS,
             i);
        ALSO(check_compute(verifier, keep->compute, ANY_TYPE, false, SECTION_KEEPS, i));
        uint32_t function = function_of(bundle, keep->compute);
        NEED(verify_type_holds(bundle, keep->type, bundle->functions[function].type) &&
                 verify_reads(verifier, function, tool, NONE),
             KEEP, KEEPS, i);
    }
    return true;
}

// ---- budgets ----

static bool check_all(Verifier *verifier, List computes, Section section,
                      uint32_t index)
{
    ALSO(verify_list(verifier, computes, section, index));
    for (uint32_t i = 0; i < computes.count; i++)
        ALSO(check_compute(verifier, verifier->bundle->lists[computes.first + i],
                           ANY_TYPE, false, section, index));
    return true;
}

static bool check_budget(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleBudget *budget = &bundle->budgets[index];
    ALSO(verify_string(verifier, budget->name, false, SECTION_BUDGETS, index));
    NEED(budget->kind <= BUDGET_OF_DISTINCT && budget->per <= ALL_PER &&
             budget->window >= 0 &&
             (budget->kind == BUDGET_OF_DISTINCT) == (budget->distinct.count > 0),
         BUDGET, BUDGETS, index);
    ALSO(check_compute(verifier, budget->most, KIND_DECIMAL, false, SECTION_BUDGETS,
                       index));
    return check_all(verifier, budget->keys, SECTION_BUDGETS, index) &&
           check_all(verifier, budget->distinct, SECTION_BUDGETS, index);
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
             of->inherits >= 0,
         DELEGATE, INTENTS, intent);
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

bool verify_memory(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->computes_count; i++)
        ALSO(check_computes(verifier, i));
    for (uint32_t i = 0; i < bundle->labels_count; i++) {
        ALSO(verify_string(verifier, bundle->labels[i].name, false, SECTION_LABELS, i));
        NEED(bundle->labels[i].flags <= LABEL_STICKY, YIELD, LABELS, i);
    }
    for (uint32_t i = 0; i < bundle->tools_count; i++)
        ALSO(check_yields(verifier, i) && check_keeps(verifier, i));
    for (uint32_t i = 0; i < bundle->budgets_count; i++)
        ALSO(check_budget(verifier, i));
    for (uint32_t i = 0; i < bundle->spends_count; i++)
        ALSO(check_spend(verifier, i));
    for (uint32_t i = 0; i < bundle->intents_count; i++)
        ALSO(check_delegates(verifier, i));
    return true;
}
