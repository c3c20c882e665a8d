// SPDX-License-Identifier: Apache-2.0
// group: a facts file as groups and who belongs to them.
//
// A file of groups is a map from group to a list of members; or a list of maps with
// `name` (or `id` or `group`) and `members`, in CSV with the columns group and member;
// either may stand under `groups`. A list of texts alone is the members of the one
// group that is asked for. Rows with `groups`, as users have them, count too. A member
// is the id of a user or an agent, or the name of another group of the file.
#ifndef PROVISO_LANG_FACTS_GROUP_H
#define PROVISO_LANG_FACTS_GROUP_H

#include "lang/facts/table.h"

typedef struct GroupFacts {
    GroupMember *members; // in the order of the file
    uint32_t count;
    Str *names; // of all groups of the file, those without members too
    uint32_t name_count;
} GroupFacts;

// Reads the groups. `wanted` is the group that the policy asks for at `span`: a file
// that says nothing of it is reported there. `root` may be NULL: no groups.
GroupFacts groups_from_facts(Arena *arena, Diags *diags, Str wanted, Span span,
                             const Source *source, const Fact *root);

// The groups by name, made once and asked for any number of them. It keeps a view of
// the facts.
typedef struct GroupIndex GroupIndex;
GroupIndex *group_index(Arena *arena, const GroupFacts *facts);

// The users and agents that belong to a group, directly or through other groups: their
// ids, ascending, each once. Groups that contain each other do no harm. The cost
// follows the members, not the other groups.
Str *group_closure(Arena *arena, GroupIndex *index, Str group, uint32_t *count);

// Adds members from elsewhere (the users' own `groups`) to those of the file.
void group_facts_add(Arena *arena, GroupFacts *facts, const GroupMember *members,
                     uint32_t count);

#endif
