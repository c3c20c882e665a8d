// SPDX-License-Identifier: Apache-2.0
// parties: issuers, gateways and agents, acr values, and the attributes that requests
// carry.
#ifndef PROVISO_LANG_CHECK_PARTIES_H
#define PROVISO_LANG_CHECK_PARTIES_H

#include "lang/check/checker.h"

// The declared names, with their numbers.
void parties_declare(Checker *checker);
// What they say; the tables are there.
void parties_load(Checker *checker);
// Attributes become slots; the tables are there.
void parties_load_attributes(Checker *checker);
// The rank of an acr value, or NONE after a message.
uint32_t parties_acr(Checker *checker, Str value, Span span);
// The text of a clause with one expression: URI, ID, CLIENT, TENANT. Empty without it.
Str parties_clause_text(Checker *checker, const Node *node, NodeKind kind);

#endif
