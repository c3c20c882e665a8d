// SPDX-License-Identifier: Apache-2.0
#include "engine/bytecode/need.h"

#include "engine/bytecode/cost.h"

uint32_t need_of_known(const Bundle *bundle, uint32_t type)
{
    const BundleType *of = &bundle->types[type];
    switch ((Kind)of->kind) {
    case KIND_BOOL:
        return 1 + 1;
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return 1 + 8;
    case KIND_DECIMAL:
        return 1 + 16;
    case KIND_IP:
    case KIND_NET:
        return 1 + 18;
    case KIND_STRING:
    case KIND_LIST:
        return 1 + 4;
    case KIND_RECORD:
        return 1 + of->count; // a field that isn't there
    case KIND_JSON:
    case KIND_NONE:
    case KIND_ROW: // the verifier admits none
        return 1;
    }
    unreachable_bug();
}

// ---- calls ----

static uint32_t capped(uint32_t a, uint32_t b)
{
    uint32_t sum = cost_add(a, b);
    return sum < NEED_PACKED ? sum : NEED_PACKED;
}

static Need size_of(const Bundle *bundle, uint32_t number, uint64_t fields);

static Need record_size(const Bundle *bundle, const BundleType *type, uint64_t fields)
{
    Need all = {0, 0};
    for (uint32_t i = 0; i < type->count; i++) {
        bool is_kept = i >= KEEP_FIELDS || fields >> i & 1;
        Need one = {1, 1};
        if (is_kept)
            one = size_of(bundle, bundle->lists[type->of + i], UINT64_MAX);
        all = (Need){capped(all.least, one.least), capped(all.most, one.most)};
    }
    return all;
}

// Behind the byte that says the state (engine/vm/pack.h).
static Need known_size(const Bundle *bundle, const BundleType *type, uint64_t fields)
{
    switch ((Kind)type->kind) {
    case KIND_BOOL:
        return (Need){1, 1};
    case KIND_INT:
    case KIND_DURATION:
    case KIND_TIME:
        return (Need){8, 8};
    case KIND_DECIMAL:
        return (Need){16, 16};
    case KIND_IP:
    case KIND_NET:
        return (Need){18, 18};
    case KIND_STRING:
        return (Need){4, NEED_PACKED};
    case KIND_LIST: {
        Need item = size_of(bundle, type->of, fields);
        return (Need){4, capped(4, cost_times(type->count, item.most))};
    }
    case KIND_RECORD:
        return record_size(bundle, type, fields);
    case KIND_JSON:
    case KIND_NONE:
    case KIND_ROW: // the verifier admits none
        return (Need){0, 0};
    }
    unreachable_bug();
}

// The depth of types that are kept bounds the recursion.
static Need size_of(const Bundle *bundle, uint32_t number, uint64_t fields)
{
    Need need = known_size(bundle, &bundle->types[number], fields);
    return (Need){capped(1, need.least), capped(1, need.most)};
}

Need need_of_call(const Bundle *bundle, uint32_t tool)
{
    const BundleTool *of = &bundle->tools[tool];
    Need all = {0, 0};
    if (of->layout == NONE)
        return all;
    for (uint32_t i = 0; i < of->keep_count; i++) {
        const BundleKeep *keep = &bundle->keeps[of->keep + i];
        Need one = size_of(bundle, keep->type, keep->fields);
        all = (Need){capped(all.least, one.least), capped(all.most, one.most)};
    }
    return (Need){NEED_FACT + all.least, NEED_FACT + all.most};
}

// ---- tasks ----

static bool touches(const Bundle *bundle, uint32_t tool, uint32_t label)
{
    const BundleTool *of = &bundle->tools[tool];
    for (uint32_t i = 0; i < of->yield_count; i++)
        if (bundle->yields[of->yield + i].label == label)
            return true;
    return false;
}

static bool can_touch(const Bundle *bundle, const BundleIntent *intent, uint32_t label)
{
    for (uint32_t i = 0; i < intent->envelope_count; i++)
        if (touches(bundle, bundle->envelopes[intent->envelope + i].tool, label))
            return true;
    return false;
}

uint32_t need_labels(const Bundle *bundle, uint32_t intent)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bundle->labels_count; i++)
        count += can_touch(bundle, &bundle->intents[intent], i);
    return count;
}

uint32_t need_of_task(const Bundle *bundle, uint32_t intent)
{
    const BundleIntent *of = &bundle->intents[intent];
    bool keeps_calls = false;
    for (uint32_t i = 0; i < of->envelope_count; i++) {
        const BundleEnvelope *envelope = &bundle->envelopes[of->envelope + i];
        keeps_calls |= (bundle->tools[envelope->tool].flags & TOOL_KEPT_IN_TASK) != 0;
    }
    return need_labels(bundle, intent) * NEED_LABEL + (keeps_calls ? NEED_FACTS : 0);
}
