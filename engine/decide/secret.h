// SPDX-License-Identifier: Apache-2.0
// secret: whether a text contains something shaped like a bearer credential.
//
// A request that does is refused and not logged. Looked for are JSON Web Tokens (RFC
// 7519; also encrypted and detached ones), what follows "Bearer" (RFC 6750 §2.1), PEM
// private keys (RFC 7468), and the issuers' shapes in secret.def. Shapes only: a
// password or a random text without a prefix isn't found, and prose, paths, hashes and
// identifiers are to pass.
#ifndef PROVISO_ENGINE_DECIDE_SECRET_H
#define PROVISO_ENGINE_DECIDE_SECRET_H

#include <stdbool.h>

#include "engine/base/str.h"

enum { SECRET_MIN = 16 }; // a shorter text is none

// In linear time.
bool secret_shaped(Str text);

#endif
