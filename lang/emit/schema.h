// SPDX-License-Identifier: Apache-2.0
// schema: slots, and what arguments, parameters and attributes must look like.
#ifndef PROVISO_LANG_EMIT_SCHEMA_H
#define PROVISO_LANG_EMIT_SCHEMA_H

#include "lang/emit/emitter.h"

// Writes SLOTS, in the order of the Program.
void slots_write(Emitter *emitter);
// Writes a schema and all below it; its number.
uint32_t schema_write(Emitter *emitter, const Schema *schema);
// The same for a record of arguments or parameters, which has no other members.
uint32_t schema_write_closed(Emitter *emitter, const Schema *schema);

#endif
