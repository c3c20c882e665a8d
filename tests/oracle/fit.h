// SPDX-License-Identifier: Apache-2.0
// fit: JSON against a schema of the Program, and the value that it makes.
#ifndef PROVISO_TESTS_ORACLE_FIT_H
#define PROVISO_TESTS_ORACLE_FIT_H

#include "engine/base/json.h"
#include "tests/oracle/value.h"

// The code of the deny if the JSON isn't what the schema demands; else NULL.
const char *fit_schema(Arena *arena, const Program *program, const Schema *schema,
                       const JsonValue *json, Val *out);
// The same for an attribute, which has a type only.
bool fit_type(Arena *arena, const Type *type, const JsonValue *json, Val *out);

#endif
