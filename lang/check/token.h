// SPDX-License-Identifier: Apache-2.0
// token: `token { ... }` of rules, and token shapes.
#ifndef PROVISO_LANG_CHECK_TOKEN_H
#define PROVISO_LANG_CHECK_TOKEN_H

#include "lang/check/checker.h"

// Meets `token` with the items (class TOKEN) below the node.
void token_check(Checker *checker, const Node *node, Token *token);

// Reports what is no scope-token of RFC 6749 §3.3.
void token_check_scope(Checker *checker, Str scope, Span span);

#endif
