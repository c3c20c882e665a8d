// SPDX-License-Identifier: Apache-2.0
// scalar: the language's scalar values, the same for the compiler and the engine: how
// they are read from text, written, compared and calculated with. One module a family
// of types.
#ifndef PROVISO_ENGINE_BASE_SCALAR_H
#define PROVISO_ENGINE_BASE_SCALAR_H

#include "engine/base/ip.h"
#include "engine/base/number.h"
#include "engine/base/time.h"

#endif
