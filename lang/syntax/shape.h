// SPDX-License-Identifier: Apache-2.0
// shape: what a tree must look like before names are looked at.
//
// The grammar takes every rule clause in every kind of rule, and clauses in any number;
// here a forbid with a token, a second `unless` or two `uri` are refused, with words
// that a grammar's message wouldn't have.
#ifndef PROVISO_LANG_SYNTAX_SHAPE_H
#define PROVISO_LANG_SYNTAX_SHAPE_H

#include "lang/source/diag.h"
#include "lang/syntax/ast.h"

// Reports everything that is out of shape in a FILE.
void shape_check(Diags *diags, const Node *file);

#endif
