// SPDX-License-Identifier: Apache-2.0
// arg_path: file paths as a file server would resolve them, without looking at its
// files.
//
// Lexical: "." and repeated slashes fall away, ".." removes the segment before it, a
// slash at the end means nothing, letters have case. What no text can show stays
// unseen: symbolic links, mounts, a file system without case.
//
// A path is unknown when two servers could take it differently: an empty one; one that
// climbs above its start ("/../etc", "a/../.."); "~" or "//" in front; a colon in the
// first segment of a relative path (a drive, a URL); a segment that ends in a space or,
// but for "." and
// "..", in a dot; a backslash; a control character; "%" before 2e, 2f, 5c, 00 or 25; a
// character that some systems turn into a dot or a slash (U+FF0E, U+2215, …); bad
// UTF-8.
#ifndef PROVISO_ENGINE_VM_ARG_PATH_H
#define PROVISO_ENGINE_VM_ARG_PATH_H

#include "engine/vm/arg_list.h"

// Whether the path is the folder or lies below it. Unknown, too, when one of the two is
// absolute and the other relative: two relative ones start from the same folder.
bool path_under(Str path, Str folder, bool *out);

// The last segment. Unknown for the root and for ".".
bool path_name(Str path, Str *out);

// What follows the last dot of the name, in lower case: "gz" of "a.tar.GZ". Empty when
// there is no dot or only one in front (".profile"). Unknown where the name is, and
// when the name holds a colon (a stream: "a.txt::$DATA").
bool path_extension(Str path, Buf *memory, Str *out);

#endif
