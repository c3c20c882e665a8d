// SPDX-License-Identifier: Apache-2.0
// facts: reads a facts file, which is YAML, JSON or CSV by its extension, as a tree.
//
// YAML is the part of it that nobody can misread: no anchors, aliases, tags or merge
// keys, one document, every name once, at most FACT_MAX_DEPTH deep (dependencies.md
// §6). JSON is RFC 8259 with every name once in its object. CSV is RFC 4180 with a
// header row; it becomes a list of maps.
//
// Mistakes are reported at their place in the file; the result is then NULL.
#ifndef PROVISO_LANG_FACTS_FACTS_H
#define PROVISO_LANG_FACTS_FACTS_H

#include "lang/facts/fact.h"

// Loads the file and reads it. `span` is where the policy names it: a file that can't
// be loaded is reported there.
const Fact *facts_load(Arena *arena, Diags *diags, Sources *sources, Str path,
                       Span span);
// Reads a source that is loaded already.
const Fact *facts_read(Arena *arena, Diags *diags, const Source *source);

#endif
