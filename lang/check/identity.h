// SPDX-License-Identifier: Apache-2.0
// identity: no two parties under one id or uri.
//
// A call names its agent by id and issuer, gateway and audience by uri. Were two
// declared under the same one, a rule about one of them might not speak of the call
// that it was written for, so that is a mistake.
#ifndef PROVISO_LANG_CHECK_IDENTITY_H
#define PROVISO_LANG_CHECK_IDENTITY_H

#include "lang/check/checker.h"

// Reports parties that can't be told apart. After parties and audiences are loaded.
void identity_check(Checker *checker);

#endif
