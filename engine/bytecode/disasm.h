// SPDX-License-Identifier: Apache-2.0
// disasm: a verified bundle as text, for people and for goldens.
//
// The names in it are those of the format: r0 a register, K0 a constant of the row, S34
// a slot, M0 a memo, F0 a function.
#ifndef PROVISO_ENGINE_BYTECODE_DISASM_H
#define PROVISO_ENGINE_BYTECODE_DISASM_H

#include "engine/bytecode/bundle.h"

typedef struct Buf Buf;

// The whole bundle. Of tables and dispatch groups at most `most` entries each are
// written out; the rest is counted.
void disasm_bundle(Buf *buf, const Bundle *bundle, uint32_t most);
// One function: a line with its types and cost, and one for each instruction.
void disasm_function(Buf *buf, const Bundle *bundle, uint32_t function);
// A type, a constant, as an author would write it.
void disasm_type(Buf *buf, const Bundle *bundle, uint32_t type);
void disasm_const(Buf *buf, const Bundle *bundle, uint32_t number);

#endif
