// SPDX-License-Identifier: Apache-2.0
// scope: names to declarations. Each kind of declaration is a namespace of its own.
//
// The files that a compilation is given are one package, number 0, whose names stand as
// they are written. An imported package's names stand as PACKAGE.NAME. What a name
// means depends on the file that holds it: one of its own package, or PACKAGE.NAME of a
// package that its own imports, never anything else. So neither the order of files nor
// what somebody else imports changes a meaning. Attributes belong to the request and
// have one namespace for all.
#ifndef PROVISO_LANG_CHECK_SCOPE_H
#define PROVISO_LANG_CHECK_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/map.h"
#include "engine/base/str.h"
#include "lang/source/diag.h"
#include "lang/source/source.h"
#include "lang/syntax/ast.h"

typedef enum DeclKind {
#define DECL(name, text, article) DECL_##name,
#include "lang/check/decl.def"
#undef DECL
} DeclKind;
#define DECL(name, text, article) +1
enum {
    DECL_KIND_COUNT = 0
#include "lang/check/decl.def"
};
#undef DECL

typedef enum DeclState {
    DECL_FRESH, // not looked at yet
    DECL_BUSY,  // being worked out: whoever meets it again has a circle
    DECL_DONE,
} DeclState;

typedef struct Decl {
    Str name;         // as written
    Str full;         // with the package, if that is imported
    const Node *node; // the declaration; a label's is its LABEL node
    Span span;        // of the name
    uint32_t package; // number: 0 is the policy itself
    uint32_t number;  // position in the Program, where the kind has one
    DeclState state;
    const void *detail; // what the kind's module has worked out
} Decl;

#define NO_PACKAGE UINT32_MAX

typedef struct Package {
    Str name;          // empty if package 0 doesn't say one
    uint32_t *imports; // numbers of packages
    uint32_t import_count;
} Package;

typedef struct Packages {
    Package *items; // [0] is the policy itself
    uint32_t count;
    uint32_t *of_source; // by number of the source, NO_PACKAGE for files of facts
    uint32_t source_count;
} Packages;

typedef struct Scope {
    Arena *arena;
    const Sources *sources;
    const Packages *packages;
    Map names[DECL_KIND_COUNT]; // full name to position in `decls`
    Decl **decls[DECL_KIND_COUNT];
    uint32_t decl_count[DECL_KIND_COUNT];
} Scope;

// An empty scope; sources and packages stay the caller's.
void scope_init(Scope *scope, Arena *arena, const Sources *sources,
                const Packages *packages);
// The number of the package whose text the span lies in.
uint32_t scope_package(const Scope *scope, Span span);
// Adds a name to the package in which its span lies. NULL if the kind has it already:
// that is reported.
Decl *scope_declare(Scope *scope, Diags *diags, DeclKind kind, Str name, Span span,
                    const Node *node);
// The declaration that a name, dotted or not, means where it is written, or NULL.
Decl *scope_find(const Scope *scope, DeclKind kind, Str name, Span span);
// As scope_find; a name that isn't there is reported at the span, with the nearest one.
Decl *scope_need(const Scope *scope, Diags *diags, DeclKind kind, Str name, Span span);
// Offers the names of a kind, as they are written at the span.
void scope_offer(const Scope *scope, DeclKind kind, Span span, Nearest *nearest);
// How messages call the kind: "audience".
Str decl_kind_text(DeclKind kind);
// "an audience", "a gateway".
Str decl_kind_article(DeclKind kind);

#endif
