// SPDX-License-Identifier: Apache-2.0
// Rules: shapes, conditions, extras, tokens and requirements.
#include "engine/bytecode/verify_parts.h"

static bool check_condition(Verifier *verifier, const BundleShape *shape,
                            uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleCondition *condition = &bundle->conditions[index];
    NEED(condition->function < bundle->functions_count, CONDITION, CONDITIONS, index);
    const BundleFunction *function = &bundle->functions[condition->function];
    NEED(!verifier->functions[condition->function].is_of_pattern, PATTERN, CONDITIONS,
         index);
    NEED(function->type == KIND_BOOL && condition->flags <= CONDITION_UNLESS &&
             condition->bound <= BOUND_LIKE,
         CONDITION, CONDITIONS, index);
    ALSO(verify_string(verifier, condition->text, false, SECTION_CONDITIONS, index));
    NEED(condition->row + (uint32_t)function->param_count <= shape->row_count,
         CONDITION, CONDITIONS, index);
    for (uint32_t i = 0; i < function->param_count; i++)
        NEED(bundle->lists[shape->row_types + condition->row + i] ==
                 bundle->lists[function->params + i],
             CONDITION, CONDITIONS, index);
    NEED(condition->bound == BOUND_NONE ||
             (condition->bound_slot < bundle->slots_count &&
              condition->bound_const < function->param_count),
         CONDITION, CONDITIONS, index);
    return true;
}

static bool check_shape(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleShape *shape = &bundle->shapes[index];
    NEED(shape->kind < RULE_KIND_COUNT &&
             shape->flags <= (RULE_OBSERVE | RULE_INTENT_NONE),
         SHAPE, SHAPES, index);
    NEED(shape->condition <= bundle->conditions_count &&
             shape->condition_count <= bundle->conditions_count - shape->condition,
         SHAPE, SHAPES, index);
    List types = {shape->row_types, shape->row_count};
    ALSO(verify_list(verifier, types, SECTION_SHAPES, index));
    for (uint32_t i = 0; i < types.count; i++)
        NEED(bundle->lists[types.first + i] < bundle->types_count, SHAPE, SHAPES,
             index);
    for (uint32_t i = 0; i < shape->condition_count; i++)
        ALSO(check_condition(verifier, shape, shape->condition + i));
    return true;
}

static bool check_rule(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleRule *rule = &bundle->rules[index];
    ALSO(verify_string(verifier, rule->name, false, SECTION_RULES, index));
    NEED(rule->shape < bundle->shapes_count && rule->extra < bundle->extras_count, RULE,
         RULES, index);
    NEED(rule->source == NONE || rule->source < bundle->meta->source_count, RULE, RULES,
         index);
    const BundleShape *shape = &bundle->shapes[rule->shape];
    return verify_row(verifier, rule->row, shape->row_count, shape->row_types,
                      SECTION_RULES, index);
}

static bool check_party(Verifier *verifier, uint32_t number, uint32_t row,
                        uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    if (number == NONE)
        return true;
    NEED(number < bundle->functions_count, ACROSS, EXTRAS, index);
    const BundleFunction *function = &bundle->functions[number];
    NEED(function->type == KIND_STRING, ACROSS, EXTRAS, index);
    NEED(!verifier->functions[number].is_of_pattern, PATTERN, EXTRAS, index);
    return verify_row(verifier, row, function->param_count, function->params,
                      SECTION_EXTRAS, index);
}

static bool check_extra(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleExtra *extra = &bundle->extras[index];
    NEED(extra->token == NONE || extra->token < bundle->tokens_count, REFERENCE, EXTRAS,
         index);
    NEED(extra->requirement <= bundle->requirements_count &&
             extra->requirement_count <=
                 bundle->requirements_count - extra->requirement,
         REFERENCE, EXTRAS, index);
    NEED(extra->spend <= bundle->spends_count &&
             extra->spend_count <= bundle->spends_count - extra->spend,
         SPEND, EXTRAS, index);
    ALSO(verify_string(verifier, extra->because, true, SECTION_EXTRAS, index));
    ALSO(verify_string(verifier, extra->doc, true, SECTION_EXTRAS, index));
    ALSO(verify_list(verifier, extra->controls, SECTION_EXTRAS, index));
    for (uint32_t i = 0; i < extra->controls.count; i++)
        ALSO(verify_string(verifier, bundle->lists[extra->controls.first + i], false,
                           SECTION_EXTRAS, index));
    NEED(extra->is_across ==
             (extra->across_agent != NONE || extra->across_user != NONE ||
              extra->across_audience != NONE),
         ACROSS, EXTRAS, index);
    return check_party(verifier, extra->across_agent, extra->across_agent_row, index) &&
           check_party(verifier, extra->across_user, extra->across_user_row, index) &&
           check_party(verifier, extra->across_audience, extra->across_audience_row,
                       index);
}

// Tokens count whole seconds.
static bool is_life(int64_t nanoseconds)
{
    return nanoseconds >= 1000000000 && nanoseconds <= MAX_REMEMBERED;
}

static bool check_token(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleToken *token = &bundle->tokens[index];
    uint32_t says = token->says, interned = bundle->meta->interned;
    NEED(says < 2 * TOKEN_REVOCABLE, TOKEN, TOKENS, index);
    NEED(!(says & TOKEN_TTL) || is_life(token->ttl), TOKEN, TOKENS, index);
    NEED(!(says & TOKEN_USES) || token->uses > 0, TOKEN, TOKENS, index);
    NEED(!(says & TOKEN_SENDER) || token->sender <= SENDER_MTLS, TOKEN, TOKENS, index);
    NEED(!(says & TOKEN_ACR) || token->acr < bundle->acrs_count, TOKEN, TOKENS, index);
    NEED(!(says & TOKEN_REVOCABLE) || is_life(token->revocable), TOKEN, TOKENS, index);
    if (says & TOKEN_TENANT)
        ALSO(verify_interned(verifier, token->tenant, false, SECTION_TOKENS, index));
    return verify_ascending(verifier, token->scope, interned, SECTION_TOKENS, index) &&
           verify_ascending(verifier, token->audience, interned, SECTION_TOKENS,
                            index) &&
           verify_ascending(verifier, token->free, interned, SECTION_TOKENS, index);
}

static bool check_requirement(Verifier *verifier, uint32_t index)
{
    const Bundle *bundle = verifier->bundle;
    const BundleRequirement *requirement = &bundle->requirements[index];
    bool is_fit = false;
    switch (requirement->kind) {
    case REQUIRE_ATTESTED:
        is_fit = true;
        break;
    case REQUIRE_ACR:
        is_fit = requirement->of < bundle->acrs_count;
        break;
    case REQUIRE_APPROVAL:
        is_fit = requirement->count > 0 && requirement->within > 0 &&
                 requirement->within <= MAX_REMEMBERED &&
                 (requirement->of == NONE || requirement->of < bundle->groups_count);
        break;
    case REQUIRE_CONSENT:
        is_fit =
            requirement->of <= CONSENT_TO_ARGS && requirement->within <= MAX_REMEMBERED;
        break;
    default:
        break;
    }
    NEED(is_fit && requirement->within >= 0 && requirement->reserved == 0, REQUIREMENT,
         REQUIREMENTS, index);
    return true;
}

bool verify_rules(Verifier *verifier)
{
    const Bundle *bundle = verifier->bundle;
    for (uint32_t i = 0; i < bundle->acrs_count; i++)
        ALSO(verify_interned(verifier, bundle->acrs[i], false, SECTION_ACRS, i));
    for (uint32_t i = 0; i < bundle->tokens_count; i++)
        ALSO(check_token(verifier, i));
    for (uint32_t i = 0; i < bundle->requirements_count; i++)
        ALSO(check_requirement(verifier, i));
    for (uint32_t i = 0; i < bundle->extras_count; i++)
        ALSO(check_extra(verifier, i));
    for (uint32_t i = 0; i < bundle->shapes_count; i++)
        ALSO(check_shape(verifier, i));
    NEED(bundle->rules_count <= MAX_RULES, RULE, RULES, MAX_RULES);
    for (uint32_t i = 0; i < bundle->rules_count; i++)
        ALSO(check_rule(verifier, i));
    return true;
}
