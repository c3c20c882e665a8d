// SPDX-License-Identifier: Apache-2.0
// pack: values as bytes, to be kept of a call and read again in a later one, perhaps
// under another bundle. Whoever reads them knows their type. Little-endian:
//
//   state (1: known, 2: absent, 3: unknown, 4: not told yet); if known, by kind:
//   BOOL                       one byte
//   INT DURATION TIME          eight bytes
//   DECIMAL                    sixteen
//   STRING                     length in four, bytes
//   IP NET                     sixteen, then family and prefix
//   LIST                       count in four, elements, zeros up to what these would
//                              take if all were known, with empty texts
//   RECORD                     fields
//   JSON                       nothing: it is there
#ifndef PROVISO_ENGINE_VM_PACK_H
#define PROVISO_ENGINE_VM_PACK_H

#include "engine/base/bug.h"
#include "engine/base/buf.h"
#include "engine/bytecode/bundle.h"
#include "engine/vm/value.h"

// Appends a value of a type: one without rows of tables in it, of lists and records at
// most MAX_PACKED_DEPTH deep.
void value_pack(const Bundle *bundle, uint32_t type, const Value *value, Buf *out);
// The same, but of a record, or of the records in a list, only the fields of a mask
// (BundleKeep); the others are absent.
void value_pack_fields(const Bundle *bundle, uint32_t type, uint64_t fields,
                       const Value *value, Buf *out);

// Takes a value of a type from the front of *bytes. Its text points into them, its
// elements lie in the pool. False: they are no such value, or the pool is full.
MUST_USE bool value_unpack(const Bundle *bundle, uint32_t type, Str *bytes,
                           ValuePool *pool, Value *out);

#endif
