// SPDX-License-Identifier: Apache-2.0
// change: what one operation does to the state, as bytes: those that state_apply
// applies and the log keeps. change.def has one row a kind of change.
//
// Each module of the state has, for each of its changes, a function that writes it and
// one that applies it; the latter takes the fields in the same order. Little-endian.
#ifndef PROVISO_ENGINE_STATE_CHANGE_H
#define PROVISO_ENGINE_STATE_CHANGE_H

#include "engine/base/buf.h"
#include "engine/base/number.h"
#include "engine/base/reader.h"
#include "engine/state/state.h"

typedef enum Change {
#define CHANGE(name, number, apply) CHANGE_##name = (number),
#include "engine/state/change.def"
#undef CHANGE
} Change;

enum { CHANGES_MAX = 256 << 10 }; // bytes of one operation's changes

// ---- fields, written ----
void change_begin(Buf *changes, Change change);
void change_key(Buf *changes, StateKey key);
void change_text(Buf *changes, Str text); // more than 65535 bytes: the Buf has failed
// Texts that a record will own together (block.h): if they don't fit, the Buf has
// failed.
void change_texts(Buf *changes, const Str *texts, uint32_t count);
// A text that the state will know by a number: of more than STATE_NAME_MAX bytes the
// Buf has failed.
void change_name(Buf *changes, Str name);
void change_decimal(Buf *changes, Decimal number);
// Numbers: buf_u32le, buf_u64le and so on.

// ---- fields, read: STATUS_MALFORMED where the bytes end ----
MUST_USE Status change_read_key(Reader *reader, StateKey *out);
MUST_USE Status change_read_text(Reader *reader, Str *out);
// The next `count` texts, as they stand there: what a Blob holds of them.
MUST_USE Status change_read_texts(Reader *reader, uint32_t count, Str *out);
MUST_USE Status change_read_i64(Reader *reader, int64_t *out);
MUST_USE Status change_read_decimal(Reader *reader, Decimal *out);

#endif
