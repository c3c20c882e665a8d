// SPDX-License-Identifier: Apache-2.0
// draft: a random policy as text, in blocks and lines that can be left out one by one,
// with the vocabulary from which requests are made.
#ifndef PROVISO_TESTS_ORACLE_DRAFT_H
#define PROVISO_TESTS_ORACLE_DRAFT_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "tests/oracle/dice.h"

// What a value is; with the literals that a policy and a request can hold.
typedef enum Sort {
    SORT_BOOL,
    SORT_INT,
    SORT_DECIMAL,
    SORT_STRING,
    SORT_DURATION,
    SORT_TIME,
    SORT_IP,
    SORT_NET,
    SORT_ENUM,
    SORT_EMAIL,
    SORT_URI,
    SORT_CUSTOMER, // key of customers
    SORT_TEXTS,    // list of strings
    SORT_INTS,
    SORT_RECORD, // { name: string, size: int? }
    SORT_RECORDS,
} Sort;

// An argument, a parameter or an attribute: how it is read, "args.amount".
typedef struct Word {
    Str root, name;
    Sort sort;
    bool is_optional;
} Word;

enum {
    MOST_WORDS = 24,
    MOST_TOOLS = 14,
    MOST_BLOCKS = 96,
    MOST_LINES = 24,
    MOST_INTENT_TOOLS = 14
};

typedef struct Words {
    Word at[MOST_WORDS];
    uint32_t count;
} Words;

typedef struct DraftTool {
    Str path;                // "crm.refund"
    Str audience, name;      // the audience's name, the tool's
    const char *const *uris; // of the audiences that have it
    uint32_t uri_count;
    Str tag;
    Words args;
} DraftTool;

typedef struct DraftIntent {
    Str name;
    Words params;
    uint32_t tools[MOST_INTENT_TOOLS], tool_count; // that it allows
} DraftIntent;

// HEAD { LINES }, or HEAD alone where nothing can be left out.
typedef struct Block {
    Str head;
    Str lines[MOST_LINES];
    uint32_t line_count;
    bool is_rule, is_plain;
    bool is_added; // (laws.h) it, or its last line, is what was added to a policy
} Block;

typedef struct File {
    Str path, text;
} File;

typedef struct Draft {
    Arena *arena;
    Dice dice;
    Block blocks[MOST_BLOCKS];
    uint32_t block_count;
    File files[10]; // tables; the policy's text is not among them
    uint32_t file_count;
    DraftTool tools[MOST_TOOLS];
    uint32_t tool_count;
    DraftIntent intents[4];
    uint32_t intent_count;
    Words attributes;
    bool has_users, has_agents, are_groups_sent, has_pairs;
    bool has_computed_tenant; // in an `across`
    uint32_t rule_count;      // made so far, for their names
} Draft;

// A policy that depends on the seed only.
void draft_make(Draft *draft, Arena *arena, uint64_t seed);
// One more random rule, "permit" and so on.
void draft_add_rule(Draft *draft, const char *kind);
// The text of all blocks. With `shuffle` the blocks stand in another order.
Str draft_text(const Draft *draft, Arena *arena, Dice *shuffle);
// Takes out the line, or else the block, that holds the byte of the unshuffled text.
// False if there is none.
bool draft_cut(Draft *draft, uint32_t offset);
void draft_drop_block(Draft *draft, uint32_t block);
void draft_drop_line(Block *block, uint32_t line);

// For printf: the text with a NUL behind it, evaluated once (which STR_ARG doesn't).
static inline const char *draft_c_text(Arena *arena, Str text)
{
    return arena_str(arena, text).at;
}

// A literal of the policy language.
Str draft_literal(Draft *draft, Sort sort);

static inline bool sort_is_text(Sort sort)
{
    return sort == SORT_STRING || sort == SORT_ENUM || sort == SORT_EMAIL ||
           sort == SORT_URI || sort == SORT_CUSTOMER;
}

#endif
