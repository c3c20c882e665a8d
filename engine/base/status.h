// SPDX-License-Identifier: Apache-2.0
// status: failures of the world around the program, one row each in status.def.
//
// Not for mistakes in a user's policy (those are Diags) and not for bugs (CHECK).
#ifndef PROVISO_ENGINE_BASE_STATUS_H
#define PROVISO_ENGINE_BASE_STATUS_H

typedef enum Status {
#define STATUS(name, text) STATUS_##name,
#include "engine/base/status.def"
#undef STATUS
} Status;

// The row's text: a constant, lower case, without a full stop.
const char *status_text(Status status);

#endif
