// SPDX-License-Identifier: Apache-2.0
#include "lang/check/scope.h"

#include "engine/base/arena.h"
#include "lang/check/array.h"

static const uint64_t HASH_KEY[2] = {0x70726f7669736f20u, 0x6c616e672f636b21u};

Str decl_kind_text(DeclKind kind)
{
    switch (kind) {
#define DECL(name, text, article)                                                        \
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
#define DECL(name, text, article)                                                        \
    case DECL_##name:                                                                  \
        return STR(article);
#include "lang/check/decl.def"
#undef DECL
    }
    unreachable_bug();
}

void scope_init(Scope *scope, Arena *arena)
{
    *scope = (Scope){.arena = arena};
    for (size_t i = 0; i < DECL_KIND_COUNT; i++)
        scope->names[i] = map_on(arena, HASH_KEY);
    *ARRAY_PUSH(arena, scope->packages, scope->package_count) = STR("");
}

uint32_t scope_package(Scope *scope, Str name)
{
    for (uint32_t i = 1; i < scope->package_count; i++)
        if (str_eq(scope->packages[i], name))
            return i;
    *ARRAY_PUSH(scope->arena, scope->packages, scope->package_count) = name;
    return scope->package_count - 1;
}

static Str in_package(const Scope *scope, uint32_t package, Str name)
{
    if (package == 0)
        return name;
    Str prefix = scope->packages[package];
    return arena_format(scope->arena, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name));
}

Decl *scope_declare(Scope *scope, Diags *diags, DeclKind kind, Str name, Span span,
                    const Node *node)
{
    Str full = in_package(scope, scope->package, name);
    bool is_new = false;
    uint32_t *at =
        map_insert(&scope->names[kind], full, scope->decl_count[kind], &is_new);
    if (!is_new) {
        Diag *diag = diag_report2(diags, DIAG_NAME_TWICE, span, decl_kind_article(kind),
                                  name);
        diag_label(diag, scope->decls[kind][*at]->span, STR("the first is here"));
        return NULL;
    }
    Decl *decl = ARENA_NEW(scope->arena, Decl);
    *decl = (Decl){.name = name,
                   .full = full,
                   .node = node,
                   .span = span,
                   .package = scope->package,
                   .number = UINT32_MAX};
    *ARRAY_PUSH(scope->arena, scope->decls[kind], scope->decl_count[kind]) = decl;
    return decl;
}

static Decl *find_full(const Scope *scope, DeclKind kind, Str full)
{
    const uint32_t *at = map_find(&scope->names[kind], full);
    return at == NULL ? NULL : scope->decls[kind][*at];
}

Decl *scope_find(const Scope *scope, DeclKind kind, Str name)
{
    Decl *found = NULL;
    if (scope->package != 0)
        found = find_full(scope, kind, in_package(scope, scope->package, name));
    if (found == NULL)
        found = find_full(scope, kind, name);
    for (uint32_t i = 1; found == NULL && i < scope->package_count; i++)
        found = find_full(scope, kind, in_package(scope, i, name));
    return found;
}

// What another kind has under that name, for the mistake of taking one for the other.
static void explain_other_kind(const Scope *scope, Diag *diag, DeclKind kind, Str name)
{
    for (int other = 0; other < DECL_KIND_COUNT; other++) {
        Decl *decl = NULL;
        if (other != (int)kind && other != DECL_RULE && other != DECL_TEST &&
            other != DECL_PROOF)
            decl = scope_find(scope, (DeclKind)other, name);
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
    Decl *found = scope_find(scope, kind, name);
    if (found != NULL)
        return found;
    Diag *diag = diag_report2(diags, DIAG_NAME_UNKNOWN, span, decl_kind_text(kind), name);
    Nearest nearest = nearest_start(name);
    for (uint32_t i = 0; i < scope->decl_count[kind]; i++)
        nearest_offer(&nearest, scope->decls[kind][i]->name);
    if (nearest.best.len > 0)
        diag_suggest(diag, span, &nearest);
    else
        explain_other_kind(scope, diag, kind, name);
    return NULL;
}
