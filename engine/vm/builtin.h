// SPDX-License-Identifier: Apache-2.0
// builtin: the C side of builtin.def: one function a row, over known operands.
#ifndef PROVISO_ENGINE_VM_BUILTIN_H
#define PROVISO_ENGINE_VM_BUILTIN_H

#include "engine/vm/vm.h"

// The value of builtin `number` of args[0], args[1] ..., which are known and of the
// kinds that its row names. Unknown when the text doesn't parse, or the VM's scratch is
// full.
Value builtin_call(Vm *vm, Builtin number, const Value *args);

#endif
