// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/fact.h"

#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/bug.h"
#include "engine/base/map.h"
#include "lang/source/diag.h"

// Maps this small are searched name by name; larger ones get a hash map.
enum { SMALL_MAP = 16 };

// The files of a policy are its author's own: a fixed key serves.
static const uint64_t name_hash_key[2] = {0x70726f7669736f46u, 0x6163747320666163u};

void fact_append(Fact *parent, Fact *child)
{
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
}

const Fact *fact_member(const Fact *map, Str name)
{
    if (map == NULL || map->kind != FACT_MAP)
        return NULL;
    for (const Fact *member = map->first; member != NULL; member = member->next)
        if (str_eq(member->name, name))
            return member;
    return NULL;
}

bool fact_is_absent(const Fact *fact)
{
    return fact == NULL || fact->kind == FACT_NULL ||
           (fact->kind == FACT_CELL && fact->text.len == 0);
}

bool fact_is_text(const Fact *fact)
{
    return fact->kind == FACT_PLAIN || fact->kind == FACT_CELL ||
           fact->kind == FACT_STRING;
}

// At most 40 bytes of a text, cut between two characters.
static Str fact_cut(Arena *arena, Str text)
{
    size_t len = 40;
    if (text.len <= len)
        return text;
    while (len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len--;
    return arena_format(arena, "%.*s...", (int)len, text.at);
}

Str fact_describe(Arena *arena, const Fact *fact)
{
    if (fact_is_absent(fact))
        return STR("nothing");
    Str text = fact_cut(arena, fact->text);
    switch (fact->kind) {
    case FACT_NULL:
        return STR("nothing");
    case FACT_PLAIN:
    case FACT_CELL:
        return arena_format(arena, "`%.*s`", STR_ARG(text));
    case FACT_STRING:
        return arena_format(arena, "the text `%.*s`", STR_ARG(text));
    case FACT_NUMBER:
        return arena_format(arena, "the number `%.*s`", STR_ARG(text));
    case FACT_BOOL:
        return arena_format(arena, "`%.*s`", STR_ARG(text));
    case FACT_LIST:
        return STR("a list");
    case FACT_MAP:
        return STR("a map");
    }
    unreachable_bug();
}

static void report_twice(Diags *diags, const Fact *second, const Fact *first)
{
    Diag *diag =
        diag_report1(diags, DIAG_FACTS_NAME_TWICE, second->name_span, second->name);
    diag_label(diag, first->name_span, STR("here it stands first"));
}

// The member before `limit` that has its name, or NULL.
static const Fact *earlier_member(const Fact *map, const Fact *limit)
{
    for (const Fact *member = map->first; member != limit; member = member->next)
        if (str_eq(member->name, limit->name))
            return member;
    return NULL;
}

static bool check_small_map(Diags *diags, const Fact *map)
{
    bool is_good = true;
    for (const Fact *member = map->first; member != NULL; member = member->next) {
        const Fact *first = earlier_member(map, member);
        if (first != NULL) {
            report_twice(diags, member, first);
            is_good = false;
        }
    }
    return is_good;
}

static bool check_large_map(Arena *arena, Diags *diags, const Fact *map)
{
    bool is_good = true;
    Map names = map_on(arena, name_hash_key);
    const Fact **members = ARENA_ARRAY(arena, map->count, const Fact *);
    uint32_t n = 0;
    for (const Fact *member = map->first; member != NULL; member = member->next) {
        members[n] = member;
        bool is_new;
        uint32_t first = *map_insert(&names, member->name, n++, &is_new);
        if (!is_new) {
            report_twice(diags, member, members[first]);
            is_good = false;
        }
    }
    return is_good;
}

static bool check_name(Arena *arena, Diags *diags, const Fact *member)
{
    if (member->name.len <= FACT_MAX_NAME)
        return true;
    diag_report2(diags, DIAG_FACTS_LIMIT, member->name_span, STR("the name"),
                 arena_format(arena, "%d bytes", (int)FACT_MAX_NAME));
    return false;
}

bool fact_check(Arena *arena, Diags *diags, const Fact *root)
{
    if (root->text.len > FACT_MAX_TEXT) {
        diag_report2(diags, DIAG_FACTS_LIMIT, root->span, STR("the text"),
                     arena_format(arena, "%d KiB", FACT_MAX_TEXT >> 10));
        return false;
    }
    if (root->count > FACT_MAX_ROWS) {
        diag_report2(diags, DIAG_FACTS_LIMIT, root->span,
                     root->kind == FACT_LIST ? STR("the list") : STR("the map"),
                     arena_format(arena, "%d entries", (int)FACT_MAX_ROWS));
        return false;
    }
    bool is_good = true;
    for (const Fact *child = root->first; child != NULL; child = child->next) {
        if (root->kind == FACT_MAP && !check_name(arena, diags, child))
            is_good = false;
        if (!fact_check(arena, diags, child))
            is_good = false;
    }
    if (root->kind != FACT_MAP)
        return is_good;
    bool is_unique = root->count <= SMALL_MAP ? check_small_map(diags, root)
                                              : check_large_map(arena, diags, root);
    return is_good && is_unique;
}
