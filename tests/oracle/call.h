// SPDX-License-Identifier: Apache-2.0
// call: the oracle's reading of a request: who asks for what, and every fact that a
// rule can read. Stages 1 and 2 as far as docs/protocol.md and docs/language.md say
// them.
#ifndef PROVISO_TESTS_ORACLE_CALL_H
#define PROVISO_TESTS_ORACLE_CALL_H

#include "engine/base/json.h"
#include "tests/oracle/value.h"

// A text that may not be there: `at` is NULL then.
static inline bool is_there(Str text)
{
    return text.at != NULL;
}

typedef struct Call {
    Arena *arena;
    const Program *program;
    const JsonValue *request;
    int64_t now;
    const char *code; // what stage 1 or 2 says; NULL: nothing

    uint32_t gateway, agent, audience, tool, intent; // intent: NONE outside a task
    uint32_t chain[MAX_CHAIN], chain_count;
    uint32_t above[MAX_CHAIN], above_count;
    int64_t opened;
    Str user, user_tenant; // user: not there for autonomous work
    uint32_t user_row;     // in the users' table, or NONE
    const JsonValue *args; // NULL: none
    // Tenants of the rows of keyed arguments; not there: the row has none.
    Str row_tenants[64];
    uint32_t row_count;
    Val *slots;
} Call;

// Reads the request into `call`.
void call_read(Call *call, Arena *arena, const Program *program,
               const JsonValue *request, int64_t now);

bool call_user_in(const Call *call, uint32_t group);
bool call_agent_in(const Program *program, uint32_t agent, uint32_t group);
bool call_has_text(const Str *texts, uint32_t count, Str text);
// The row under the key, or NONE.
uint32_t call_find_row(const Table *table, const Val *keys);
// The text with A to Z in lower case.
Str call_lower(Arena *arena, Str text);
// A cell; absent where it is empty. Text of a `nocase` column is kept in lower case.
Val call_cell(Arena *arena, const Table *table, uint32_t row, uint32_t column);
// The member's text; not there if it is missing or no text.
Str call_text(const JsonValue *object, const char *name);
// A time as the protocol writes it: seconds or RFC 3339.
bool call_time(const JsonValue *value, int64_t *out);
// One text or a list of texts; one is split at spaces where `is_split`.
Val call_text_list(Arena *arena, const JsonValue *value, bool is_split);

#endif
