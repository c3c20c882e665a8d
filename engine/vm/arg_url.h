// SPDX-License-Identifier: Apache-2.0
// arg_url: URLs where RFC 3986 and the WHATWG URL standard agree, and no others.
//
// A URL is known when it reads scheme://host[:port][path][?query][#fragment], in
// visible ASCII, with
// - no user info, and none of \ " < > ^ ` { | } anywhere;
// - a host of letters, digits, "-", "_" and single inner dots, at most 253 bytes,
// labels at
//   most 63; an address only as four plain decimal numbers ("0x7f.1", "2130706433",
//   "127.1" and "[::1]" are unknown); other scripts only as xn--;
// - a port, if there is a colon, of 1 to 65535 without leading zeros;
// - a path without "." and ".." segments, empty segments (but the last) and semicolons;
//   escapes in it are upper-case hex and none of control, space-like (NUL to %1F, %7F),
//   "%2F", "%5C", "%25" or a character that needs none (letters, digits, "-", ".", "_",
//   "~"): two spellings of one path would be two paths to a rule;
// - escapes in query and fragment of two hexadecimal digits.
// All else is unknown to every function here, also to those that ask for another part.
#ifndef PROVISO_ENGINE_VM_ARG_URL_H
#define PROVISO_ENGINE_VM_ARG_URL_H

#include <stdint.h>

#include "engine/vm/arg_list.h"

// In lower case.
bool url_scheme(Str url, Buf *memory, Str *out);
// In lower case.
bool url_host(Str url, Buf *memory, Str *out);
// As written, or the default of http, https, ws, wss and ftp; unknown for other
// schemes.
bool url_port(Str url, int64_t *out);
// As written; "/" when it is empty.
bool url_path(Str url, Str *out);
// As written, without the question mark; empty when there is none.
bool url_query(Str url, Str *out);

// Whether scheme, host and port are the base's and the path is the base's or lies below
// it, by whole segments. Queries and fragments of the url don't matter; a base that has
// one is unknown.
bool url_under(Str url, Str base, bool *out);

#endif
