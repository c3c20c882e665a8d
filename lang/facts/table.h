// SPDX-License-Identifier: Apache-2.0
// table: a facts file as a typed table, ready to be joined by key.
//
// In YAML and JSON the rows are a list of maps; a map from key to row; or one of these
// under `rows` or under the table's own name. In a map from key to row the key may
// stand in the row as well: then that one counts, and the map's name is only a label.
//
// Columns are what the policy's block says, the key columns first; a key column that
// the block leaves out is a string. Without a block they are what the file says, in
// order of appearance: a list makes the column a set of strings, JSON's numbers and
// booleans stay what they are, all else is a string, and a column that some row lacks
// is optional. Some tables have columns that need no declaration:
//
//     users      tenant: string?, groups (not a column: it says whom the user belongs
//     to) agents     tenant: string?, client: string?, tags: set<string>? audiences
//     uri: uri, tenant: string?
//
// Each mistake is reported at its place in the file; the row is then left out.
#ifndef PROVISO_LANG_FACTS_TABLE_H
#define PROVISO_LANG_FACTS_TABLE_H

#include "lang/facts/fact.h"
#include "lang/ir/ir.h"

typedef enum TableUse {
    TABLE_FREE,
    TABLE_USERS,
    TABLE_AGENTS,
    TABLE_AUDIENCES,
} TableUse;

// What the policy says.
typedef struct TableDecl {
    Str name;
    Span span;
    TableUse use;
    const Str *keys; // as in `key a, b`
    uint32_t key_count;
    bool has_block;
    // Of the block; the key columns may be among them. One of a poisoned type has no
    // cells.
    const Column *columns;
    uint32_t column_count;
} TableDecl;

// "`member` belongs to `group`", where members are users, agents and other groups.
typedef struct GroupMember {
    Str group;
    Str member;
    Span span;
} GroupMember;

typedef struct FactTable {
    Table table;
    bool is_known;     // the columns are complete: false for a file that can't be used
    bool is_whole;     // no row had to be left out
    const Fact **rows; // where each row of the table comes from
    GroupMember *members; // users: what their `groups` say
    uint32_t member_count;
} FactTable;

// Makes the table. `root` may be NULL, for a file that was reported already: then there
// are no rows, and without a block the columns aren't known either.
FactTable table_from_facts(Arena *arena, Types *types, Diags *diags,
                           const TableDecl *decl, const Fact *root);

// Reports every cell of a `key of` column that isn't a key of its table. `tables` are
// all of the compilation, by number.
void table_check_keys(Arena *arena, Diags *diags, const FactTable *tables,
                      uint32_t count);

#endif
