// SPDX-License-Identifier: Apache-2.0
// reach: the calls that a rule can be asked about, and what all of them have.
//
// A rule's head, and the envelopes of the intents in it, say which tools and intents
// those are. An argument that the rule reads must be in all of them; where some may
// lack it, it is optional, and where they type it differently, it is their common type.
// Rules with the same head share one Reach, so this is worked out once.
#ifndef PROVISO_LANG_CHECK_REACH_H
#define PROVISO_LANG_CHECK_REACH_H

#include "lang/check/checker.h"

// One argument or parameter, over all tools or intents of a Reach.
typedef struct Binding {
    uint32_t slot;    // NONE: nobody has it, or they don't agree on its type
    uint32_t lacking; // the first tool or intent that doesn't have it, or NONE
    uint32_t one;     // where the types conflict: the two that do, else NONE
    uint32_t other;
    uint32_t holders; // how many have it
} Binding;

typedef struct Reach Reach;
struct Reach {
    uint32_t *tools; // ascending
    uint32_t tool_count;
    uint32_t *intents; // ascending
    uint32_t intent_count;
    bool is_outside;  // may be asked about calls outside any task
    bool has_intents; // the head names intents: their parameters are surely there
    Map args;         // name to number in `bindings`
    Map params;
    Binding *bindings;
    uint32_t binding_count;
};

// The Reach of a rule's heads. `kind` is RULE_...
Reach *reach_of_heads(Checker *checker, const Head *heads, uint32_t count,
                      bool is_intent_none, uint8_t kind);
// The Reach of calls of these tools alone, in any intent.
Reach *reach_of_tools(Checker *checker, const uint32_t *tools, uint32_t count);
// What `args.NAME` and `intent.NAME` are there. Never NULL; good until the next call.
const Binding *reach_arg(Checker *checker, Reach *reach, Str name);
const Binding *reach_param(Checker *checker, Reach *reach, Str name);
// The slot of a member of `result` or `child`, which is such a record; NONE: there is
// none. `root` is SLOT_ROOT_RESULT or SLOT_ROOT_CHILD.
uint32_t reach_delivered(Checker *checker, const Schema *record, uint8_t root,
                         Str name);
// The slot of a member of what all the tools return, and as the same type; NONE:
// *lacking doesn't.
uint32_t reach_result(Checker *checker, const Reach *reach, Str name,
                      uint32_t *lacking);
// Offers the names of all arguments (parameters).
void reach_suggest_args(const Checker *checker, const Reach *reach, Nearest *nearest);
void reach_suggest_params(const Checker *checker, const Reach *reach, Nearest *nearest);

// The field of a closed record's schema, or NULL.
SchemaField *schema_field(const Schema *schema, Str name);
// The type of a field, optional where the member may be left out or be null.
const Type *schema_field_type(Checker *checker, const SchemaField *field);

#endif
