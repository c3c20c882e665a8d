// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/laws.h"

#include <stdio.h>

#include "engine/base/bug.h"
#include "engine/wire/transcode.h"
#include "tests/oracle/ask.h"
#include "tests/oracle/shrink.h"
#include "tests/oracle/subject.h"

enum { MEMORY = 512 << 20 };

// What is added to a policy. A lone limit: the policy has one permit only, so that
// tokens compare permit by permit (a limit that empties the least candidate hands out
// the next).
typedef enum Addition {
    MORE_PERMIT,
    MORE_FORBID,
    MORE_LIMIT,
    MORE_REQUIREMENT,
    LONE_LIMIT
} Addition;
enum { KINDS = LONE_LIMIT + 1 };

static const char *const WORDS[KINDS] = {
    [MORE_PERMIT] = "a permit turned an allow into a deny",
    [MORE_FORBID] = "a forbid turned a deny into an allow",
    [MORE_LIMIT] = "a limit turned a deny into an allow",
    [MORE_REQUIREMENT] = "a requirement turned a deny into an allow",
    [LONE_LIMIT] = "a limit widened a token",
};

static bool is_subset(const Names *part, const Names *whole)
{
    for (uint32_t i = 0; i < part->count; i++)
        if (!names_have(whole, part->at[i]))
            return false;
    return true;
}

static int rank_of(Str text, const char *const *order, int count)
{
    for (int i = 0; i < count; i++)
        if (str_eq(text, str_from_c(order[i])))
            return i;
    unreachable_bug();
}

static bool is_narrower(const Verdict *token, const Verdict *than)
{
    static const char *const SENDERS[] = {"none", "dpop", "mtls"};
    static const char *const ACRS[] = {"", "pwd", "mfa", "hw"};
    bool is_stale = than->revalidate != 0 &&
                    (token->revalidate == 0 || token->revalidate > than->revalidate);
    return token->ttl <= than->ttl && token->expires <= than->expires &&
           token->uses <= than->uses && token->depth <= than->depth && !is_stale &&
           is_subset(&token->scope, &than->scope) &&
           is_subset(&token->free, &than->free) &&
           rank_of(token->sender, SENDERS, 3) >= rank_of(than->sender, SENDERS, 3) &&
           rank_of(token->acr, ACRS, 4) >= rank_of(than->acr, ACRS, 4) &&
           str_eq(token->tenant, than->tenant) &&
           str_eq(token->audience, than->audience);
}

// Whether a decision before and one after something was added break the law.
static bool is_broken(Addition kind, const Verdict *before, const Verdict *after)
{
    if (kind == MORE_PERMIT)
        return before->allow && !after->allow;
    if (!after->allow)
        return false;
    return !before->allow || (kind == LONE_LIMIT && !is_narrower(after, before));
}

// ---- a policy with and without ----

static void without(Draft *draft, Addition kind)
{
    for (uint32_t i = draft->block_count; i-- > 0;) {
        Block *block = &draft->blocks[i];
        if (block->is_added && kind != MORE_REQUIREMENT)
            draft_drop_block(draft, i);
        else if (block->is_added && block->line_count > 0 &&
                 str_starts(block->lines[block->line_count - 1], STR("require")))
            draft_drop_line(block, block->line_count - 1);
    }
}

static bool is_permit(const Block *block)
{
    return block->is_rule && str_starts(block->head, STR("permit"));
}

// Keeps one permit.
static void keep_one(Draft *draft)
{
    bool has_one = false;
    for (uint32_t i = draft->block_count; i-- > 0;) {
        bool is_one = is_permit(&draft->blocks[i]);
        if (is_one && has_one)
            draft_drop_block(draft, i);
        has_one = has_one || is_one;
    }
}

// Adds it, marked. False if there is nothing to add to.
static bool add(Draft *draft, Addition kind)
{
    static const char *const REQUIRED[] = {"require attested", "require acr \"mfa\"",
                                           "require acr \"hw\" within 5m"};
    if (kind == LONE_LIMIT)
        keep_one(draft);
    if (kind != MORE_REQUIREMENT) {
        draft_add_rule(draft, kind == MORE_PERMIT   ? "permit"
                              : kind == MORE_FORBID ? "forbid"
                                                    : "limit");
        draft->blocks[draft->block_count - 1].is_added = true;
        return true;
    }
    for (uint32_t i = 0; i < draft->block_count; i++) {
        Block *block = &draft->blocks[i];
        if (!block->is_rule || str_contains(block->head, STR("forbid")) ||
            !dice_chance(&draft->dice, 40))
            continue;
        block->lines[block->line_count++] = DICE_PICK(&draft->dice, REQUIRED);
        block->is_added = true;
        return true;
    }
    return false;
}

static uint32_t line_total(const Draft *draft)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < draft->block_count; i++)
        total += draft->blocks[i].is_added ? 0 : 1 + draft->blocks[i].line_count;
    return total;
}

// The two policies. False if the new one can't be had without changing the old one.
static bool make_pair(const Draft *base, Addition kind, Arena *arena, Draft *with,
                      Draft *plain)
{
    *with = *base;
    if (!add(with, kind))
        return false;
    uint32_t lines = line_total(with);
    bool may_cut = kind != MORE_REQUIREMENT;
    if (!subject_check(with, arena, may_cut) || line_total(with) != lines)
        return false;
    *plain = *with;
    without(plain, kind);
    return subject_check(plain, arena, false) != NULL;
}

// ---- asking both ----

typedef struct Pair {
    Addition kind;
    Subject before, after;
} Pair;

static bool build_pair(Pair *pair, const Draft *with, const Draft *plain, Arena *arena)
{
    pair->before = pair->after = (Subject){0};
    return subject_build(&pair->before, plain, VARIANT_ALL_ON, arena, NULL) == BUILT &&
           subject_build(&pair->after, with, VARIANT_ALL_ON, arena, NULL) == BUILT;
}

static void free_pair(Pair *pair)
{
    subject_free(&pair->before);
    subject_free(&pair->after);
}

static bool ask_pair(const Pair *pair, Arena *arena, Str json, Verdict *before,
                     Verdict *after)
{
    Buf cbor = buf_on(arena);
    TranscodeError why;
    if (transcode_request(arena, json, &cbor, &why) != STATUS_OK)
        return false;
    *before = subject_decide(&pair->before, arena, buf_view(&cbor), ASK_NOW);
    *after = subject_decide(&pair->after, arena, buf_view(&cbor), ASK_NOW);
    return is_broken(pair->kind, before, after);
}

static bool still_broken(void *context, Draft *draft, Str json)
{
    Pair pair = {.kind = *(Addition *)context};
    Arena arena;
    Verdict before, after;
    arena_init(&arena, MEMORY);
    Draft *plain = ARENA_NEW(&arena, Draft);
    *plain = *draft;
    without(plain, pair.kind);
    bool is_still = build_pair(&pair, draft, plain, &arena) &&
                    ask_pair(&pair, &arena, json, &before, &after);
    free_pair(&pair);
    arena_free(&arena);
    return is_still;
}

static void print_breach(const Draft *with, Str json, Addition kind, uint64_t seed)
{
    Arena arena;
    arena_init(&arena, MEMORY);
    Draft *small = ARENA_NEW(&arena, Draft);
    *small = *with;
    small->arena = &arena;
    shrink(small, &arena, &json, still_broken, &kind);
    printf("---- seed %llu: %s ----\n", (unsigned long long)seed, WORDS[kind]);
    shrink_print(small, &arena, json);
    for (uint32_t i = 0; i < small->block_count; i++)
        if (small->blocks[i].is_added)
            printf("added: %.*s\n", STR_ARG(small->blocks[i].head));
    arena_free(&arena);
}

static bool run_pair(const Pair *pair, const Draft *with, uint64_t seed, uint32_t calls,
                     Tally *tally)
{
    Dice dice = dice_of(~seed);
    Arena arena;
    bool is_kept = true;
    arena_init(&arena, MEMORY);
    for (uint32_t i = 0; i < calls && is_kept; i++) {
        ArenaMark mark = arena_mark(&arena);
        Verdict before, after;
        Str json = ask_make(with, &arena, &dice);
        is_kept = !ask_pair(pair, &arena, json, &before, &after);
        tally->decisions++;
        tally->allows += after.allow;
        if (!is_kept)
            print_breach(with, json, pair->kind, seed);
        arena_reset(&arena, mark);
    }
    arena_free(&arena);
    return is_kept;
}

bool laws_run(uint64_t seed, uint32_t calls, Tally *tally)
{
    Arena arena;
    bool is_kept = true;
    arena_init(&arena, MEMORY);
    Draft *base = ARENA_NEW(&arena, Draft), *with = ARENA_NEW(&arena, Draft);
    Draft *plain = ARENA_NEW(&arena, Draft);
    draft_make(base, &arena, seed);
    CHECK(subject_check(base, &arena, true) != NULL);
    for (int kind = 0; kind < KINDS && is_kept; kind++) {
        Pair pair = {.kind = (Addition)kind};
        if (!make_pair(base, pair.kind, &arena, with, plain))
            continue;
        if (build_pair(&pair, with, plain, &arena))
            is_kept = run_pair(&pair, with, seed, calls, tally);
        free_pair(&pair);
    }
    tally->policies++;
    tally->failures += !is_kept;
    arena_free(&arena);
    return is_kept;
}
