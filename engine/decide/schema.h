// SPDX-License-Identifier: Apache-2.0
// schema: whether something sent is what a schema of the bundle says, and the value
// that it stands for.
//
// Arguments, parameters and attributes are CBOR items; a BundleSchema says what each
// must look like. What doesn't fit is refused with the place and the rule. Three things
// are not refused: `null` where the schema is nullable is absent; a number that is of
// the right kind but too large for 64 or 128 bits is unknown, unless the schema bounds
// it; members that an open record doesn't name are passed over.
#ifndef PROVISO_ENGINE_DECIDE_SCHEMA_H
#define PROVISO_ENGINE_DECIDE_SCHEMA_H

#include "engine/base/cbor.h"
#include "engine/bytecode/bundle.h"
#include "engine/decide/refusal.h"
#include "engine/state/state.h"
#include "engine/vm/value.h"

enum { MAX_KEYED_ROWS = 16 };

// A tenant that was named but stands nowhere in the bundle: the user's, or in a row of
// a live table another's, which is equal to none.
#define TENANT_ALIEN 0xfffffffeu
#define TENANT_OTHER 0xfffffffdu

typedef struct SchemaReader {
    const Bundle *bundle;
    const State *state; // of the rows of live tables; NULL: there are none
    ValuePool *pool;
    Refusal *refusal;
    Str alien;        // the text of TENANT_ALIEN; empty: it is nobody's
    bool has_unknown; // a number was sent that fits no number
    // The tenants (string numbers or NONE) of the rows that fields marked
    // FIELD_TENANT_ROW have named, each once.
    bool is_collecting; // private: such a field is being read
    uint32_t tenant_count;
    uint32_t tenants[MAX_KEYED_ROWS];
} SchemaReader;

// Takes one item as `schema` says and makes its value, whose text points into what was
// read and whose elements lie in the pool. With `out` NULL it only checks. False: the
// refusal is set, to CODE_ARGUMENT, or CODE_TOO_LARGE for what exceeds a limit.
bool schema_take(SchemaReader *reader, uint32_t schema, const Path *path,
                 const CborNode *node, Value *out);
// The same for a member of a record: entry `field` of FIELDS.
bool schema_take_field(SchemaReader *reader, uint32_t field, const Path *path,
                       const CborNode *node, Value *out);
// The position of the member of that name among a record's FIELDS, or NONE.
uint32_t schema_find_field(const Bundle *bundle, uint32_t schema, Str name);

#endif
