// SPDX-License-Identifier: Apache-2.0
// Fuzzes the readers of facts: YAML, JSON and CSV, as tables and as groups (libFuzzer).
//
// The first byte chooses the format. Any bytes become facts or messages, facts become a
// table and groups or messages; a table that is whole has all its rows.
#include <stdint.h>

#include "engine/base/bug.h"
#include "lang/facts/facts.h"
#include "lang/facts/group.h"
#include "lang/facts/table.h"
#include "lang/source/diag.h"

enum { MEMORY = 512 * 1024 * 1024 };

static void check_table(const FactTable *made)
{
    const Table *table = &made->table;
    for (uint32_t row = 0; row < table->row_count; row++) {
        CHECK(made->rows[row] != NULL);
        for (uint32_t i = 0; i < table->column_count; i++) {
            const Const *cell = table->cells[row * table->column_count + i];
            CHECK(cell != NULL || table->columns[i].is_optional);
            CHECK(cell == NULL || cell->type == table->columns[i].type);
        }
    }
}

static void make_tables(Arena *arena, Diags *diags, const Fact *root)
{
    Types *types = types_new(arena);
    Str keys[] = {STR("id"), STR("n")};
    Column columns[] = {
        {.name = STR("n"), .type = type_plain(types, TYPE_DECIMAL)},
        {.name = STR("id"), .type = type_plain(types, TYPE_STRING), .is_nocase = true},
        {.name = STR("tags"),
         .type = type_set(types, type_plain(types, TYPE_STRING), MAX_LIST_DEFAULT)},
        {.name = STR("at"), .type = type_optional(types, type_plain(types, TYPE_TIME))},
    };
    TableDecl decls[] = {
        {.name = STR("t"), .keys = keys, .key_count = 1},
        {.name = STR("t"),
         .keys = keys,
         .key_count = 2,
         .has_block = true,
         .columns = columns,
         .column_count = 4},
        {.name = STR("users"), .use = TABLE_USERS, .keys = keys, .key_count = 1},
        {.name = STR("agents"), .use = TABLE_AGENTS, .keys = keys, .key_count = 1},
    };
    for (size_t i = 0; i < sizeof decls / sizeof decls[0]; i++) {
        FactTable made = table_from_facts(arena, types, diags, &decls[i], root);
        check_table(&made);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"f.yaml", "f.csv", "f.json"};
    if (size == 0)
        return 0;
    Arena arena;
    arena_init(&arena, MEMORY);
    Sources sources;
    sources_init(&sources, &arena, NULL, NULL);
    Diags diags;
    diags_init(&diags, &arena, &sources);
    Source *source;
    CHECK(sources_add(&sources, str_from_c(names[data[0] % 3]),
                      (Str){(const char *)data + 1, size - 1}, &source) == STATUS_OK);
    const Fact *root = facts_read(&arena, &diags, source);
    CHECK((root == NULL) == diags_has_errors(&diags));
    for (const Diag *diag = diags.first; diag != NULL; diag = diag->next)
        CHECK(diag->span.start >= source->base &&
              diag->span.start <= source->base + source->text.len);
    if (root != NULL) {
        make_tables(&arena, &diags, root);
        GroupFacts groups = groups_from_facts(&arena, &diags, STR("staff"),
                                              span_make(0, 0), source, root);
        uint32_t count;
        group_closure(&arena, group_index(&arena, &groups), STR("staff"), &count);
    }
    arena_free(&arena);
    return 0;
}
