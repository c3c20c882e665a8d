// SPDX-License-Identifier: Apache-2.0
// Functions and shared expressions.
#include "engine/bytecode/verify_walk.h"

#include <string.h>

// ---- functions ----

static bool check_params(Verifier *verifier, uint32_t number)
{
    const Bundle *bundle = verifier->bundle;
    const BundleFunction *function = &bundle->functions[number];
    List params = {function->params, function->param_count};
    ALSO(verify_list(verifier, params, SECTION_FUNCTIONS, number));
    for (uint32_t i = 0; i < params.count; i++)
        NEED(bundle->lists[params.first + i] < bundle->types_count, FUNCTION_PARAMS,
             FUNCTIONS, number);
    return true;
}

static bool keep(Verifier *verifier, const NumberSet *from, const uint32_t **to,
                 uint32_t *count)
{
    uint32_t *copy = verify_alloc(verifier, from->count, sizeof *copy);
    if (copy && from->count > 0)
        memcpy(copy, from->list, from->count * sizeof *copy);
    *to = copy;
    *count = from->count;
    return copy != NULL;
}

static bool check_function(Verifier *verifier, WalkMemory *memory, uint32_t number,
                           uint32_t memo_limit)
{
    const Bundle *bundle = verifier->bundle;
    const BundleFunction *function = &bundle->functions[number];
    FunctionFacts *facts = &verifier->functions[number];
    if (facts->needs) // walked already, for an earlier memo
        return true;
    NEED(function->words > 0 && function->words <= MAX_FUNCTION_WORDS &&
             function->code <= bundle->code_count &&
             function->words <= bundle->code_count - function->code &&
             function->registers <= MAX_REGISTERS &&
             function->type < bundle->types_count,
         FUNCTION_RANGE, FUNCTIONS, number);
    ALSO(check_params(verifier, number));
    Walk walk;
    ALSO(walk_function(&walk, verifier, memory, number, memo_limit));
    NEED(walk.cost == function->cost && walk.cost <= MAX_DECISION_COST, FUNCTION_COST,
         FUNCTIONS, number);
    facts->memo_depth = walk.memo_depth;
    facts->is_of_pattern = walk.is_of_pattern;
    facts->keep_first = walk.keep_first;
    facts->keep_end = walk.keep_end;
    return keep(verifier, &memory->needs, &facts->needs, &facts->need_count) &&
           keep(verifier, &memory->lets, &facts->lets, &facts->let_count);
}

// ---- shared expressions ----

// One function that computes memo `number`, under a row of constants. It may use the
// memos before it, so it is walked now.
static bool check_memo_function(Verifier *verifier, WalkMemory *memory, uint32_t number,
                                uint32_t function, uint32_t row_at)
{
    const Bundle *bundle = verifier->bundle;
    NEED(function < bundle->functions_count, MEMO, MEMOS, number);
    ALSO(check_function(verifier, memory, function, number));
    const BundleFunction *code = &bundle->functions[function];
    NEED(verify_type_holds(bundle, bundle->memos[number].type, code->type), MEMO, MEMOS,
         number);
    const FunctionFacts *facts = &verifier->functions[function];
    if (facts->memo_depth > verifier->memo_depths[number])
        verifier->memo_depths[number] = facts->memo_depth;
    NEED(facts->memo_depth < MAX_MEMO_DEPTH, MEMO_DEPTH, MEMOS, number);
    return verify_row(verifier, row_at, code->param_count, code->params, SECTION_MEMOS,
                      number);
}

static bool is_kept_for(const BundleTool *tool, const BundlePattern *pattern)
{
    if (pattern->scope == PATTERN_TASK || pattern->scope == PATTERN_SUBTASK)
        return (tool->flags & TOOL_KEPT_IN_TASK) != 0;
    int64_t past = pattern->scope == PATTERN_USER ? tool->user_past : tool->agent_past;
    return pattern->within > 0 && past >= pattern->within;
}

// Only a pattern's function reads an earlier call, and of it what is kept of its
// tool's.
static bool check_pattern(Verifier *verifier, uint32_t number)
{
    const Bundle *bundle = verifier->bundle;
    const BundleMemo *memo = &bundle->memos[number];
    const FunctionFacts *facts = &verifier->functions[memo->function];
    if (memo->pattern == NONE) {
        NEED(!facts->is_of_pattern, PATTERN, MEMOS, number);
        return true;
    }
    NEED(memo->pattern < bundle->patterns_count && memo->type == KIND_BOOL, PATTERN,
         MEMOS, number);
    const BundlePattern *pattern = &bundle->patterns[memo->pattern];
    NEED(pattern->tool < bundle->tools_count && pattern->scope <= PATTERN_AGENT &&
             pattern->within >= 0 && pattern->within <= MAX_REMEMBERED,
         PATTERN, PATTERNS, memo->pattern);
    const BundleTool *tool = &bundle->tools[pattern->tool];
    NEED(is_kept_for(tool, pattern) && tool->layout != NONE, PATTERN, PATTERNS,
         memo->pattern);
    NEED(facts->keep_first == NONE ||
             (facts->keep_first >= tool->keep &&
              facts->keep_end - tool->keep <= tool->keep_count),
         PATTERN, MEMOS, number);
    return true;
}

// A memo of all tools has one function, whose needs are those of its readers. A `let`
// is checked tool by tool: see verify_dispatch.c.
static bool check_memo(Verifier *verifier, WalkMemory *memory, uint32_t number)
{
    const Bundle *bundle = verifier->bundle;
    const BundleMemo *memo = &bundle->memos[number];
    NEED(memo->type < bundle->types_count, MEMO, MEMOS, number);
    ALSO(verify_list(verifier, memo->per_tool, SECTION_MEMOS, number));
    if (memo->function != NONE) {
        NEED(memo->per_tool.count == 0, MEMO, MEMOS, number);
        return check_memo_function(verifier, memory, number, memo->function,
                                   memo->row) &&
               check_pattern(verifier, number);
    }
    NEED(memo->pattern == NONE, PATTERN, MEMOS, number);
    NEED(memo->per_tool.count > 0 && memo->per_tool.count % 3 == 0, MEMO, MEMOS,
         number);
    const uint32_t *triple = bundle->lists + memo->per_tool.first;
    for (uint32_t i = 0; i < memo->per_tool.count; i += 3) {
        NEED(triple[i] < bundle->tools_count && (i == 0 || triple[i - 3] < triple[i]),
             MEMO, MEMOS, number);
        ALSO(check_memo_function(verifier, memory, number, triple[i + 1],
                                 triple[i + 2]));
        NEED(!verifier->functions[triple[i + 1]].is_of_pattern, PATTERN, MEMOS, number);
    }
    return true;
}

bool verify_code(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    uint32_t memos = bundle->memos_count;
    verifier->functions =
        verify_alloc(verifier, bundle->functions_count, sizeof(FunctionFacts));
    verifier->memo_depths = verify_alloc(verifier, memos, sizeof(uint32_t));
    verifier->let_places = verify_alloc(verifier, memos, sizeof(uint32_t));
    if (!verifier->functions || !verifier->memo_depths || !verifier->let_places)
        return false;
    WalkMemory memory;
    ALSO(walk_memory_make(verifier, &memory));
    for (uint32_t i = 0; i < memos; i++)
        ALSO(check_memo(verifier, &memory, i));
    for (uint32_t i = 0; i < bundle->functions_count; i++)
        ALSO(check_function(verifier, &memory, i, memos));
    return true;
}
