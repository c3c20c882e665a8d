// SPDX-License-Identifier: Apache-2.0
// scope: names to declarations. Each kind of declaration is a namespace of its own.
//
// The files that a compilation is given are one package, whose names stand as they are
// written. An imported package's names stand as PACKAGE.NAME. Inside an imported package its
// own names come first, then those of the policy that imports it; elsewhere an imported name
// can be written without its package where nothing else has that name.
#ifndef PROVISO_LANG_CHECK_SCOPE_H
#define PROVISO_LANG_CHECK_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/map.h"
#include "engine/base/str.h"
#include "lang/source/diag.h"
#include "lang/syntax/ast.h"

typedef enum DeclKind {
#define DECL(name, text, article) DECL_##name,
#include "lang/check/decl.def"
#undef DECL
} DeclKind;
#define DECL(name, text, article) +1
enum { DECL_KIND_COUNT = 0
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

typedef struct Scope {
    Arena *arena;
    Map names[DECL_KIND_COUNT]; // full name to position in `decls`
    Decl **decls[DECL_KIND_COUNT];
    uint32_t decl_count[DECL_KIND_COUNT];
    Str *packages; // [0] is the policy itself
    uint32_t package_count;
    uint32_t package; // whose declarations are being looked at
} Scope;

void scope_init(Scope *scope, Arena *arena);
// The number of an imported package, which is added if it is new.
uint32_t scope_package(Scope *scope, Str name);
// Adds a name of the current package. NULL if the kind has it already: that is reported.
Decl *scope_declare(Scope *scope, Diags *diags, DeclKind kind, Str name, Span span,
                    const Node *node);
// The declaration that a name, dotted or not, means in the current package, or NULL.
Decl *scope_find(const Scope *scope, DeclKind kind, Str name);
// As scope_find; a name that isn't there is reported at the span, with the nearest one.
Decl *scope_need(const Scope *scope, Diags *diags, DeclKind kind, Str name, Span span);
// How messages call the kind: "audience".
Str decl_kind_text(DeclKind kind);
// "an audience", "a gateway".
Str decl_kind_article(DeclKind kind);

#endif
