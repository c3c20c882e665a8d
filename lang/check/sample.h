// SPDX-License-Identifier: Apache-2.0
// sample: the arguments, results and facts that tests write down, against their types.
#ifndef PROVISO_LANG_CHECK_SAMPLE_H
#define PROVISO_LANG_CHECK_SAMPLE_H

#include "lang/check/checker.h"

// Checks a value: a constant, a RECORD, a LIST or a SET of such.
void sample_check(Checker *checker, const Node *node, const Type *type);
// `none`, as the value of a member: the member is left out.
bool sample_is_nothing(const Node *node);
// Checks the ENTRYs of ARGUMENTS: each is a field of the record and of its type, and
// what is required is there. `owner` and `what` ("argument") are for messages.
void sample_check_fields(Checker *checker, const Node *arguments, const Schema *record,
                         Str owner, Str what);

#endif
