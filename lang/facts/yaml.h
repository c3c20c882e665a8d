// SPDX-License-Identifier: Apache-2.0
// yaml: a YAML file as facts, by libyaml's events, with all that is ambiguous refused.
#ifndef PROVISO_LANG_FACTS_YAML_H
#define PROVISO_LANG_FACTS_YAML_H

#include "lang/facts/fact.h"

// The text must be UTF-8 without NUL. What is refused is reported once; then NULL.
Fact *yaml_read(Arena *arena, Diags *diags, const Source *source);

#endif
