// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/rows.h"

#include "engine/base/arena.h"
#include "lang/source/diag.h"

static bool are_maps(const Fact *parent)
{
    for (const Fact *child = parent->first; child != NULL; child = child->next)
        if (child->kind != FACT_MAP)
            return false;
    return true;
}

// True for a map that only wraps the rows: {rows: ...} or {NAME: ...}.
static bool is_wrapper(const Fact *fact, Str name)
{
    if (fact->kind != FACT_MAP || fact->count != 1)
        return false;
    const Fact *inner = fact->first;
    Cut own = str_cut_last(name, '.');
    if (!str_eq(inner->name, STR("rows")) &&
        !str_eq(inner->name, own.found ? own.tail : name))
        return false;
    return inner->kind == FACT_LIST || (inner->kind == FACT_MAP && are_maps(inner));
}

static void report_shape(Arena *arena, Diags *diags, const Fact *fact, const char *what,
                         const char *wanted)
{
    diag_report3(diags, DIAG_FACTS_SHAPE, fact->span, str_from_c(what),
                 str_from_c(wanted), fact_describe(arena, fact));
}

FactRows rows_of(Arena *arena, Diags *diags, Str name, const Fact *root)
{
    FactRows rows = {0};
    if (root == NULL)
        return rows;
    if (is_wrapper(root, name))
        root = root->first;
    if (root->kind != FACT_LIST && root->kind != FACT_MAP) {
        report_shape(arena, diags, root, "a table", "a list of rows, or a map of them");
        return rows;
    }
    rows.is_good = true;
    rows.are_named = root->kind == FACT_MAP;
    rows.items = ARENA_ARRAY(arena, root->count, const Fact *);
    for (const Fact *row = root->first; row != NULL; row = row->next) {
        if (row->kind == FACT_MAP)
            rows.items[rows.count++] = row;
        else
            report_shape(arena, diags, row, "a row", "a map from column to value");
    }
    rows.left_out = root->count - rows.count;
    return rows;
}
