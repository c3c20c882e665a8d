// SPDX-License-Identifier: Apache-2.0
#include "lang/check/scope.h"

#include "engine/base/arena.h"
#include "lang/check/array.h"

static const uint64_t HASH_KEY[2] = {0x70726f7669736f20u, 0x6c616e672f636b21u};

Str decl_kind_text(DeclKind kind)
{
    switch (kind) {
#define DECL(name, text, article)                                                      \
    case DECL_##name:                                                                  \
        return STR(text);
#include "lang/check/decl.def"
#undef DECL
    }
    unreachable_bug();
}

Str decl_kind_article(DeclKind kind)
{
    switch (kind) {
#define DECL(name, text, article)                                                      \
    case DECL_##name:                                                                  \
        return STR(article);
#include "lang/check/decl.def"
#undef DECL
    }
    unreachable_bug();
}

void scope_init(Scope *scope, Arena *arena, const Sources *sources,
                const Packages *packages)
{
    *scope = (Scope){.arena = arena, .sources = sources, .packages = packages};
    for (size_t i = 0; i < DECL_KIND_COUNT; i++)
        scope->names[i] = map_on(arena, HASH_KEY);
}

uint32_t scope_package(const Scope *scope, Span span)
{
    const Packages *packages = scope->packages;
    const Source *source =
        packages->count == 1 ? NULL : sources_find(scope->sources, span.start);
    if (source == NULL || source->number >= packages->source_count)
        return 0; // facts: a name in them is one of the policy
    uint32_t package = packages->of_source[source->number];
    return package == NO_PACKAGE ? 0 : package;
}

static Str full_name(const Scope *scope, DeclKind kind, uint32_t package, Str name)
{
    if (package == 0 || kind == DECL_ATTRIBUTE)
        return name;
    Str prefix = scope->packages->items[package].name;
    return arena_format(scope->arena, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name));
}

Decl *scope_declare(Scope *scope, Diags *diags, DeclKind kind, Str name, Span span,
                    const Node *node)
{
    uint32_t package = scope_package(scope, span);
    Str full = full_name(scope, kind, package, name);
    bool is_new = false;
    uint32_t *at =
        map_insert(&scope->names[kind], full, scope->decl_count[kind], &is_new);
    if (!is_new) {
        Diag *diag =
            diag_report2(diags, DIAG_NAME_TWICE, span, decl_kind_article(kind), name);
        diag_label(diag, scope->decls[kind][*at]->span, STR("the first is here"));
        return NULL;
    }
    Decl *decl = ARENA_NEW(scope->arena, Decl);
    *decl = (Decl){.name = name,
                   .full = full,
                   .node = node,
                   .span = span,
                   .package = package,
                   .number = UINT32_MAX};
    *ARRAY_PUSH(scope->arena, scope->decls[kind], scope->decl_count[kind]) = decl;
    return decl;
}

static Decl *find_full(const Scope *scope, DeclKind kind, Str full)
{
    const uint32_t *at = map_find(&scope->names[kind], full);
    return at == NULL ? NULL : scope->decls[kind][*at];
}

static bool is_of_package(const Scope *scope, uint32_t package, Str name)
{
    Str prefix = scope->packages->items[package].name;
    return str_starts(name, prefix) && name.len > prefix.len &&
           name.at[prefix.len] == '.';
}

Decl *scope_find(const Scope *scope, DeclKind kind, Str name, Span span)
{
    uint32_t number = scope_package(scope, span);
    const Package *package = &scope->packages->items[number];
    Decl *found = find_full(scope, kind, full_name(scope, kind, number, name));
    // Only package 0 has names without a package in front, and nobody imports it.
    bool is_own = found != NULL && (kind == DECL_ATTRIBUTE || found->package == number);
    for (uint32_t i = 0; !is_own && i < package->import_count; i++)
        if (is_of_package(scope, package->imports[i], name))
            return find_full(scope, kind, name);
    return is_own ? found : NULL;
}

// An imported name that lacks nothing but its package was meant, whatever else is near.
static void offer_full(Nearest *nearest, const Decl *decl)
{
    if (!str_eq(decl->name, nearest->name)) {
        nearest_offer(nearest, decl->full);
        return;
    }
    if (nearest->distance > 0 || str_compare(decl->full, nearest->best) < 0)
        nearest->best = decl->full;
    nearest->distance = 0;
}

void scope_offer(const Scope *scope, DeclKind kind, Span span, Nearest *nearest)
{
    uint32_t number = scope_package(scope, span);
    const Package *package = &scope->packages->items[number];
    for (uint32_t i = 0; i < scope->decl_count[kind]; i++) {
        const Decl *decl = scope->decls[kind][i];
        if (decl->package == number)
            nearest_offer(nearest, decl->name);
        else if (array_has_number(package->imports, package->import_count,
                                  decl->package))
            offer_full(nearest, decl);
    }
}

// What another kind has under that name, for the mistake of taking one for the other.
static void explain_other_kind(const Scope *scope, Diag *diag, DeclKind kind, Str name,
                               Span span)
{
    for (int other = 0; other < DECL_KIND_COUNT; other++) {
        Decl *decl = NULL;
        if (other != (int)kind && other != DECL_RULE && other != DECL_TEST &&
            other != DECL_PROOF)
            decl = scope_find(scope, (DeclKind)other, name, span);
        if (decl == NULL)
            continue;
        Str what = decl_kind_article((DeclKind)other);
        diag_help(diag, arena_format(scope->arena, "`%.*s` is %.*s", STR_ARG(name),
                                     STR_ARG(what)));
        diag_label(diag, decl->span, STR("declared here"));
        return;
    }
}

Decl *scope_need(const Scope *scope, Diags *diags, DeclKind kind, Str name, Span span)
{
    Decl *found = scope_find(scope, kind, name, span);
    if (found != NULL)
        return found;
    Diag *diag =
        diag_report2(diags, DIAG_NAME_UNKNOWN, span, decl_kind_text(kind), name);
    Nearest nearest = nearest_start(name);
    scope_offer(scope, kind, span, &nearest);
    if (nearest.best.len > 0)
        diag_suggest(diag, span, &nearest);
    else
        explain_other_kind(scope, diag, kind, name, span);
    return NULL;
}
