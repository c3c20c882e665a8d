// SPDX-License-Identifier: Apache-2.0
// arg_email: one plain e-mail address.
//
// An address is known when the whole text is local "@" domain with
// - a local part of RFC 5321's dot-string (letters, digits, !#$%&'*+-/=?^_`{|}~ and
// single
//   inner dots), 1 to 64 bytes, without "%" and "!", by which old relays route
//   elsewhere;
// - a domain of labels of letters, digits and inner hyphens, each 1 to 63 bytes, with a
//   letter in the last; the whole at most 254 bytes (RFC 5321 §4.5.3.1; a path is the
//   address in angle brackets, at most 256).
// Display names, lists, comments, quoted local parts, address literals, white space and
// anything but ASCII are unknown.
#ifndef PROVISO_ENGINE_VM_ARG_EMAIL_H
#define PROVISO_ENGINE_VM_ARG_EMAIL_H

#include "engine/vm/arg_list.h"

// In lower case.
bool email_domain(Str address, Buf *memory, Str *out);

#endif
