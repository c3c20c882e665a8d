// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/group.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "lang/source/diag.h"

// The files of a policy are its author's own: a fixed key serves.
static const uint64_t name_hash_key[2] = {0x70726f7669736f67u, 0x726f757067726f75u};

typedef struct Reader {
    Arena *arena;
    Diags *diags;
    GroupFacts facts;
    uint32_t member_capacity;
    Map names; // of the groups
} Reader;

static void add_name(Reader *reader, Str name)
{
    map_insert(&reader->names, name, reader->names.count, NULL);
}

static void add_member(Reader *reader, Str group, Str member, Span span)
{
    GroupFacts *facts = &reader->facts;
    if (facts->count == reader->member_capacity) {
        uint32_t capacity = facts->count == 0 ? 64 : facts->count * 2;
        GroupMember *members = ARENA_ARRAY(reader->arena, capacity, GroupMember);
        if (facts->count > 0)
            memcpy(members, facts->members, facts->count * sizeof *members);
        facts->members = members;
        reader->member_capacity = capacity;
    }
    add_name(reader, group);
    facts->members[facts->count++] = (GroupMember){group, member, span};
}

static void report_shape(Reader *reader, const Fact *fact, const char *what,
                         const char *wanted)
{
    diag_report3(reader->diags, DIAG_FACTS_SHAPE, fact->span, str_from_c(what),
                 str_from_c(wanted), fact_describe(reader->arena, fact));
}

// ---- lists of texts ----

// Calls for each text of a list, of a CSV cell split at `;`, or for one text alone.
typedef void TextVisit(Reader *reader, Str other, Str text, Span span);

static void visit_member(Reader *reader, Str group, Str member, Span span)
{
    add_member(reader, group, member, span);
}

static void visit_group(Reader *reader, Str user, Str group, Span span)
{
    add_member(reader, group, user, span);
}

static void visit_texts(Reader *reader, const Fact *fact, Str other, TextVisit *visit)
{
    if (fact_is_absent(fact))
        return;
    if (fact->kind == FACT_CELL) {
        Cut cut = {.tail = fact->text, .found = true};
        while (cut.found) {
            cut = str_cut(cut.tail, ';');
            visit(reader, other, cut.head, fact->span);
        }
        return;
    }
    if (fact_is_text(fact)) {
        visit(reader, other, fact->text, fact->span);
        return;
    }
    if (fact->kind != FACT_LIST) {
        report_shape(reader, fact, "the members of a group", "a list of ids");
        return;
    }
    for (const Fact *part = fact->first; part != NULL; part = part->next) {
        if (fact_is_text(part))
            visit(reader, other, part->text, part->span);
        else
            report_shape(reader, part, "a member", "an id");
    }
}

// ---- shapes ----

static const Fact *first_member(const Fact *map, Str a, Str b, Str c)
{
    const Fact *found = fact_member(map, a);
    if (found == NULL)
        found = fact_member(map, b);
    return found != NULL ? found : fact_member(map, c);
}

// A map of a list, or of a map whose member it is: then its name is the group, or the
// user.
static void read_row(Reader *reader, const Fact *row)
{
    if (row->kind != FACT_MAP) {
        report_shape(reader, row, "a group", "a map with `name` and `members`");
        return;
    }
    const Fact *members =
        first_member(row, STR("members"), STR("member"), STR("users"));
    const Fact *groups = fact_member(row, STR("groups"));
    const Fact *name = members == NULL && groups != NULL
                           ? first_member(row, STR("id"), STR("user"), STR("name"))
                           : first_member(row, STR("group"), STR("name"), STR("id"));
    Str id = name != NULL ? name->text : row->name;
    if (id.len == 0) {
        diag_report1(reader->diags, DIAG_CELL_MISSING, row->span, STR("name"));
        return;
    }
    if (members == NULL && groups != NULL) {
        visit_texts(reader, groups, id, visit_group);
        return;
    }
    add_name(reader, id);
    visit_texts(reader, members, id, visit_member);
}

static void read_map(Reader *reader, const Fact *map)
{
    for (const Fact *group = map->first; group != NULL; group = group->next) {
        if (group->kind == FACT_MAP) {
            read_row(reader, group);
            continue;
        }
        add_name(reader, group->name);
        visit_texts(reader, group, group->name, visit_member);
    }
}

static bool is_wrapper(const Fact *root)
{
    if (root->kind != FACT_MAP || root->count != 1 ||
        !str_eq(root->first->name, STR("groups")))
        return false;
    const Fact *inner = root->first;
    return inner->kind == FACT_MAP ||
           (inner->kind == FACT_LIST && inner->first != NULL &&
            inner->first->kind == FACT_MAP);
}

static void read_root(Reader *reader, Str wanted, const Fact *root)
{
    if (is_wrapper(root))
        root = root->first;
    if (root->kind == FACT_MAP) {
        read_map(reader, root);
        return;
    }
    if (root->kind != FACT_LIST) {
        report_shape(reader, root, "a file of groups", "a map from group to members");
        return;
    }
    bool is_members = root->first == NULL || fact_is_text(root->first);
    if (is_members && wanted.len > 0) {
        add_name(reader, wanted);
        visit_texts(reader, root, wanted, visit_member);
        return;
    }
    for (const Fact *row = root->first; row != NULL; row = row->next)
        read_row(reader, row);
}

static void copy_names(Reader *reader)
{
    GroupFacts *facts = &reader->facts;
    facts->name_count = reader->names.count;
    facts->names = ARENA_ARRAY(reader->arena, facts->name_count, Str);
    for (uint32_t i = 0; i < facts->name_count; i++)
        facts->names[i] = map_at(&reader->names, i)->key;
}

GroupFacts groups_from_facts(Arena *arena, Diags *diags, Str wanted, Span span,
                             const Source *source, const Fact *root)
{
    Reader reader = {.arena = arena, .diags = diags};
    reader.names = map_on(arena, name_hash_key);
    if (root == NULL)
        return reader.facts;
    uint32_t errors = diags->errors;
    read_root(&reader, wanted, root);
    copy_names(&reader);
    bool is_missing = wanted.len > 0 && map_find(&reader.names, wanted) == NULL;
    if (is_missing && diags->errors == errors) {
        Diag *diag =
            diag_report2(diags, DIAG_GROUP_MISSING, span, source->path, wanted);
        Nearest nearest = nearest_start(wanted);
        for (uint32_t i = 0; i < reader.facts.name_count; i++)
            nearest_offer(&nearest, reader.facts.names[i]);
        if (nearest.best.len > 0)
            diag_help(diag, arena_format(arena, "the nearest group there is `%.*s`",
                                         STR_ARG(nearest.best)));
    }
    return reader.facts;
}

void group_facts_add(Arena *arena, GroupFacts *facts, const GroupMember *members,
                     uint32_t count)
{
    GroupMember *joined = ARENA_ARRAY(arena, (size_t)facts->count + count, GroupMember);
    if (facts->count > 0)
        memcpy(joined, facts->members, facts->count * sizeof *joined);
    if (count > 0)
        memcpy(joined + facts->count, members, count * sizeof *joined);
    facts->members = joined;
    facts->count += count;
}

// ---- closure ----

// Per group: its members, chained through `next`.
struct GroupIndex {
    const GroupMember *members;
    Map groups;      // name to number
    uint32_t *first; // by group: a member + 1, or 0
    uint32_t *next;  // by member: another one of the group + 1, or 0
    bool *is_visited;
    uint32_t *visited; // groups, in the order in which they were met
    uint32_t visited_count;
};

GroupIndex *group_index(Arena *arena, const GroupFacts *facts)
{
    GroupIndex *index = ARENA_NEW(arena, GroupIndex);
    *index =
        (GroupIndex){.members = facts->members, .groups = map_on(arena, name_hash_key)};
    for (uint32_t i = 0; i < facts->name_count; i++)
        map_insert(&index->groups, facts->names[i], index->groups.count, NULL);
    for (uint32_t i = 0; i < facts->count; i++)
        map_insert(&index->groups, facts->members[i].group, index->groups.count, NULL);
    uint32_t count = index->groups.count;
    index->first = ARENA_ARRAY(arena, count, uint32_t);
    index->is_visited = ARENA_ARRAY(arena, count, bool);
    index->visited = ARENA_ARRAY(arena, count, uint32_t);
    index->next = ARENA_ARRAY(arena, facts->count, uint32_t);
    for (uint32_t i = 0; i < facts->count; i++) {
        uint32_t group = *map_find(&index->groups, facts->members[i].group);
        index->next[i] = index->first[group];
        index->first[group] = i + 1;
    }
    return index;
}

// True if it is a group.
static bool visit(GroupIndex *index, Str name)
{
    const uint32_t *number = map_find(&index->groups, name);
    if (number == NULL)
        return false;
    if (!index->is_visited[*number])
        index->visited[index->visited_count++] = *number;
    index->is_visited[*number] = true;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

// Ascending, each once; how many are left.
static uint32_t sort_ids(Str *ids, uint32_t count)
{
    uint32_t kept = 0;
    if (count > 0)
        qsort(ids, count, sizeof *ids, compare_ids);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || !str_eq(ids[kept - 1], ids[i]))
            ids[kept++] = ids[i];
    return kept;
}

Str *group_closure(Arena *arena, GroupIndex *index, Str group, uint32_t *count)
{
    uint32_t most = 0, found = 0;
    visit(index, group);
    for (uint32_t i = 0; i < index->visited_count; i++) {
        uint32_t at = index->first[index->visited[i]];
        for (; at != 0; at = index->next[at - 1])
            most += !visit(index, index->members[at - 1].member);
    }
    Str *ids = ARENA_ARRAY(arena, most, Str);
    for (uint32_t i = 0; i < index->visited_count; i++) {
        uint32_t at = index->first[index->visited[i]];
        for (; at != 0; at = index->next[at - 1]) {
            Str member = index->members[at - 1].member;
            if (map_find(&index->groups, member) == NULL)
                ids[found++] = member;
        }
    }
    while (index->visited_count > 0)
        index->is_visited[index->visited[--index->visited_count]] = false;
    *count = sort_ids(ids, found);
    return ids;
}
