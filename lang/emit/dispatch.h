// SPDX-License-Identifier: Apache-2.0
// dispatch: the tables by which the engine finds the rules that can match a call
// (bytecode.h, "dispatch: tuple-space search").
//
// A rule stands under every combination of one term a head clause. Conditions of the
// form `slot == constant` are dimensions too; they stay conditions all the same, since
// an atom may stand for several values. Where the slot can be unknown when the rule is
// asked, the rule also stands under ATOM_UNKNOWN: it may apply then.
#ifndef PROVISO_LANG_EMIT_DISPATCH_H
#define PROVISO_LANG_EMIT_DISPATCH_H

#include "lang/emit/emitter.h"

// Writes DISPATCH and DISPATCH_WORDS and the lists of groups of all tools. Everything
// else must have been written.
void dispatch_write(Emitter *emitter);

#endif
