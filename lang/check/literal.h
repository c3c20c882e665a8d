// SPDX-License-Identifier: Apache-2.0
// literal: the values that a policy writes down.
#ifndef PROVISO_LANG_CHECK_LITERAL_H
#define PROVISO_LANG_CHECK_LITERAL_H

#include "lang/check/checker.h"

// The value of a literal node: STRING INT DECIMAL DURATION ADDRESS NETWORK TRUE FALSE.
// NULL after a message.
const Const *literal_value(Checker *checker, const Node *node);

const Const *literal_text(Checker *checker, const Type *type, Str text);
const Const *literal_number(Checker *checker, TypeForm form, int64_t number);
const Const *literal_decimal(Checker *checker, Decimal number);
// A set of values of one type; duplicates are dropped.
const Const *literal_set(Checker *checker, const Type *element, const Const *items,
                         uint32_t count);
// Ascending in the order of values of one type: negative, 0 or positive.
int literal_compare(const Const *a, const Const *b);
// The value as another type of its kind, or made from its text (time, ip, net), or an
// int made decimal. NULL if it can't be.
const Const *literal_convert(Checker *checker, const Const *value, const Type *want);
// The value as a policy writes it, for messages.
Str literal_show(Checker *checker, const Const *value);

#endif
