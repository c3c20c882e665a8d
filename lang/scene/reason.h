// SPDX-License-Identifier: Apache-2.0
// reason: why a call was decided as it was, for the author of the test: labels at the
// rules and conditions that decided, and a line of help.
#ifndef PROVISO_LANG_SCENE_REASON_H
#define PROVISO_LANG_SCENE_REASON_H

#include "lang/scene/judge.h"

// Adds why the decision is what it is.
void reason_add(const Judge *judge, Diag *diag, const JsonValue *answer);
// Adds which permit and limits the token is from.
void reason_add_token(const Judge *judge, Diag *diag, const JsonValue *answer);

#endif
