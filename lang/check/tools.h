// SPDX-License-Identifier: Apache-2.0
// tools: audiences, and the tools that they offer.
#ifndef PROVISO_LANG_CHECK_TOOLS_H
#define PROVISO_LANG_CHECK_TOOLS_H

#include "lang/check/checker.h"

// The declared audiences; a Decl's number is that of its family.
void tools_declare(Checker *checker);
// True if a mistake has cost the audience tools, so that an unknown one is none of its
// own.
bool tools_are_partial(const Decl *audience);
// Their tools, with types and tags; the tables are there.
void tools_load(Checker *checker);
// The `let`s of tools; everything that they can read is there.
void tools_load_lets(Checker *checker);

#endif
