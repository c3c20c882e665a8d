// SPDX-License-Identifier: Apache-2.0
// item: what the clauses of a head list: names, tags, groups, texts, `none`.
#ifndef PROVISO_LANG_CHECK_ITEM_H
#define PROVISO_LANG_CHECK_ITEM_H

#include "lang/check/checker.h"

// Items of HEAD_AGENT, HEAD_USER ... as the terms of a Head. What is wrong is reported
// and left out.
Head item_head(Checker *checker, const Node *clause);
// True for HEAD_GATEWAY ... HEAD_RESOURCE.
bool item_is_head(const Node *clause);
// The number of the tool that a path means, as in crm.refund; NONE after a message.
uint32_t item_tool(Checker *checker, const Node *path);
// One tool, or all with a tag, that an intent allows.
void item_envelope(Checker *checker, const Node *item, Intent *intent);

#endif
