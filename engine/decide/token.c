// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/token.h"

static const int64_t SECOND = 1000000000;

void token_top(TokenPoint *point)
{
    point->is_empty = false;
    point->says = 0;
    point->ttl = INT64_MAX;
    point->uses = UINT32_MAX;
    point->depth = UINT32_MAX;
    point->sender = SENDER_NONE;
    point->tenant = NONE;
    point->acr = NONE;
    point->revocable = 0;
    point->scope_count = 0;
    point->free_count = 0;
}

// Copies an ascending list of strings; what doesn't fit leaves the point empty.
static uint32_t copy_list(TokenPoint *point, uint32_t *to, uint32_t most,
                          const uint32_t *from, uint32_t count)
{
    if (count > most) {
        point->is_empty = true;
        return 0;
    }
    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i];
    return count;
}

// Keeps of an ascending set what the other ascending set has too.
static uint32_t intersect(uint32_t *set, uint32_t count, const uint32_t *other,
                          uint32_t other_count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0, j = 0; i < count; i++) {
        while (j < other_count && other[j] < set[i])
            j++;
        if (j < other_count && other[j] == set[i])
            set[kept++] = set[i];
    }
    return kept;
}

void token_default(TokenPoint *point, const Request *request)
{
    const Bundle *bundle = request->bundle;
    List scope = bundle->tools[request->tool].scope;
    token_top(point);
    point->says = TOKEN_SCOPE | TOKEN_FREE;
    point->ttl = TOKEN_DEFAULT_TTL_SECONDS * SECOND;
    point->uses = 1;
    point->depth = 0;
    point->scope_count = copy_list(point, point->scope, MAX_SCOPES,
                                   bundle->lists + scope.first, scope.count);
    point->sender = request->credential_sender == SENDER_NONE
                        ? SENDER_DPOP
                        : request->credential_sender;
}

// The audience of a token is the one that is called, or none at all.
static bool has_audience(const Request *request, const BundleToken *token)
{
    uint32_t uri = request->bundle->audiences[request->audience].uri;
    return bundle_list_has(request->bundle, token->audience, uri);
}

static uint32_t stronger_acr(uint32_t a, uint32_t b)
{
    if (a == NONE || b == NONE)
        return a == NONE ? b : a;
    return a > b ? a : b;
}

// Equal, or nothing is left.
static void meet_tenant(TokenPoint *point, uint32_t tenant)
{
    if (point->says & TOKEN_TENANT && point->tenant != tenant)
        point->is_empty = true;
    point->says |= TOKEN_TENANT;
    point->tenant = tenant;
}

// The dimensions that a permit and a limit treat alike: no statement there can widen.
static void meet_common(TokenPoint *point, const Request *request,
                        const BundleToken *token)
{
    if (token->says & TOKEN_AUDIENCE && !has_audience(request, token))
        point->is_empty = true;
    if (token->says & TOKEN_TENANT)
        meet_tenant(point, token->tenant);
    if (token->says & TOKEN_ACR)
        point->acr = stronger_acr(point->acr, token->acr);
    if (token->says & TOKEN_REVOCABLE &&
        (point->revocable == 0 || token->revocable < point->revocable))
        point->revocable = token->revocable;
}

static bool has_argument(const Request *request, uint32_t name)
{
    const Bundle *bundle = request->bundle;
    const BundleSchema *schema = &bundle->schemas[bundle->tools[request->tool].schema];
    for (uint32_t i = 0; i < schema->count; i++)
        if (bundle->fields[schema->of + i].name == name)
            return true;
    return false;
}

// A permit of several tools may free what only some of them have.
static void keep_arguments(TokenPoint *point, const Request *request)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < point->free_count; i++)
        if (has_argument(request, point->free[i]))
            point->free[kept++] = point->free[i];
    point->free_count = kept;
}

void token_state(TokenPoint *point, const Request *request, const BundleToken *token)
{
    const uint32_t *lists = request->bundle->lists;
    if (token->says & TOKEN_TTL)
        point->ttl = token->ttl;
    if (token->says & TOKEN_USES)
        point->uses = token->uses;
    if (token->says & TOKEN_DEPTH)
        point->depth = token->depth;
    if (token->says & TOKEN_SCOPE)
        point->scope_count = copy_list(point, point->scope, MAX_SCOPES,
                                       lists + token->scope.first, token->scope.count);
    if (token->says & TOKEN_FREE) {
        point->free_count = copy_list(point, point->free, MAX_FREE,
                                      lists + token->free.first, token->free.count);
        keep_arguments(point, request);
    }
    if (token->says & TOKEN_SENDER)
        point->sender = token->sender;
    meet_common(point, request, token);
}

void token_meet(TokenPoint *point, const Request *request, const BundleToken *token)
{
    const uint32_t *lists = request->bundle->lists;
    TokenPoint other;
    token_top(&other);
    other.says = token->says & (TOKEN_SCOPE | TOKEN_FREE);
    if (token->says & TOKEN_TTL)
        other.ttl = token->ttl;
    if (token->says & TOKEN_USES)
        other.uses = token->uses;
    if (token->says & TOKEN_DEPTH)
        other.depth = token->depth;
    if (token->says & TOKEN_SENDER)
        other.sender = token->sender;
    if (token->says & TOKEN_SCOPE)
        other.scope_count = copy_list(&other, other.scope, MAX_SCOPES,
                                      lists + token->scope.first, token->scope.count);
    if (token->says & TOKEN_FREE)
        other.free_count = copy_list(&other, other.free, MAX_FREE,
                                     lists + token->free.first, token->free.count);
    meet_common(&other, request, token);
    token_meet_point(point, &other);
}

static void meet_scope(TokenPoint *point, const TokenPoint *other)
{
    if (!(other->says & TOKEN_SCOPE))
        return;
    if (!(point->says & TOKEN_SCOPE)) {
        point->scope_count = copy_list(point, point->scope, MAX_SCOPES, other->scope,
                                       other->scope_count);
        return;
    }
    point->scope_count =
        intersect(point->scope, point->scope_count, other->scope, other->scope_count);
    if (point->scope_count == 0)
        point->is_empty = true;
}

static void meet_free(TokenPoint *point, const TokenPoint *other)
{
    if (!(other->says & TOKEN_FREE))
        return;
    if (!(point->says & TOKEN_FREE))
        point->free_count =
            copy_list(point, point->free, MAX_FREE, other->free, other->free_count);
    else
        point->free_count =
            intersect(point->free, point->free_count, other->free, other->free_count);
}

void token_meet_point(TokenPoint *point, const TokenPoint *other)
{
    point->is_empty |= other->is_empty;
    if (other->ttl < point->ttl)
        point->ttl = other->ttl;
    if (other->uses < point->uses)
        point->uses = other->uses;
    if (other->depth < point->depth)
        point->depth = other->depth;
    if (other->sender > point->sender)
        point->sender = other->sender;
    meet_scope(point, other);
    meet_free(point, other);
    if (other->says & TOKEN_TENANT)
        meet_tenant(point, other->tenant);
    point->acr = stronger_acr(point->acr, other->acr);
    if (other->revocable != 0 &&
        (point->revocable == 0 || other->revocable < point->revocable))
        point->revocable = other->revocable;
    point->says |= other->says;
}

void token_bind_tenant(TokenPoint *point, uint32_t tenant)
{
    meet_tenant(point, tenant);
}

void token_cap(TokenPoint *point, int64_t left)
{
    if (left < point->ttl)
        point->ttl = left;
    if (point->ttl < SECOND) // a token's life is counted in whole seconds
        point->is_empty = true;
}

// All of `part` (ascending) stands in `whole` (ascending).
static bool is_subset(const uint32_t *part, uint32_t count, const uint32_t *whole,
                      uint32_t whole_count)
{
    uint32_t j = 0;
    for (uint32_t i = 0; i < count; i++) {
        while (j < whole_count && whole[j] < part[i])
            j++;
        if (j == whole_count || whole[j] != part[i])
            return false;
    }
    return true;
}

bool token_ask(TokenPoint *point, const Request *request, bool *is_full)
{
    *is_full = true;
    if (request->asks_scope) {
        if (!is_subset(request->ask_scope, request->ask_scope_count, point->scope,
                       point->scope_count))
            return false;
        point->scope_count = copy_list(point, point->scope, MAX_SCOPES,
                                       request->ask_scope, request->ask_scope_count);
    }
    if (request->asks_ttl) {
        *is_full &= point->ttl >= request->ask_ttl;
        token_cap(point, request->ask_ttl);
    }
    if (request->asks_uses) {
        *is_full &= point->uses >= request->ask_uses;
        if (request->ask_uses < point->uses)
            point->uses = request->ask_uses;
    }
    if (request->asks_depth) {
        *is_full &= point->depth >= request->ask_depth;
        if (request->ask_depth < point->depth)
            point->depth = request->ask_depth;
    }
    return true;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int token_compare(const TokenPoint *a, const TokenPoint *b)
{
    const int order[] = {
        compare(a->scope_count, b->scope_count),
        compare(a->depth, b->depth),
        compare(a->ttl, b->ttl),
        compare(a->uses, b->uses),
        compare(a->free_count, b->free_count),
        compare(b->sender, a->sender),
    };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (order[i] != 0)
            return order[i];
    return 0;
}
