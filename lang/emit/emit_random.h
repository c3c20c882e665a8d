// SPDX-License-Identifier: Apache-2.0
// emit_random: random policies over the World of emit_unit.h, well typed by
// construction. For
// *_test.c only.
#ifndef PROVISO_LANG_EMIT_EMIT_RANDOM_H
#define PROVISO_LANG_EMIT_EMIT_RANDOM_H

#include "lang/emit/emit_unit.h"

typedef struct Dice {
    World *world;
    uint64_t state;
    uint32_t loops;
    uint32_t count;   // an int argument that is certain
    uint32_t limit;   // one that is not
    uint32_t urgent;  // a bool that is not
    uint32_t colours; // a list that may be absent
} Dice;

static inline uint32_t dice_roll(Dice *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

static inline const Type *dice_type(Dice *dice, TypeForm form)
{
    return build_type(&dice->world->build, form);
}

static inline Expr *dice_bool(Dice *dice, uint32_t depth);

static inline Expr *dice_op(Dice *dice, IrOp op, Expr *left, Expr *right)
{
    return build_test(&dice->world->build, op, left, right);
}

static inline Expr *dice_int(Dice *dice, uint32_t depth)
{
    Build *build = &dice->world->build;
    switch (dice_roll(dice, depth == 0 ? 3 : 6)) {
    case 0:
        return build_int(build, dice_roll(dice, 4));
    case 1:
        return world_slot(dice->world, dice->count);
    case 2:
        return world_slot(dice->world, dice->limit);
    case 3:
        return build_number(build, dice_roll(dice, 2) ? IR_ADD : IR_MUL,
                            dice_int(dice, depth - 1), dice_int(dice, depth - 1));
    case 4:
        return build_number(build, IR_SUB, dice_int(dice, depth - 1),
                            build_int(build, dice_roll(dice, 3) == 0 ? INT64_MIN : 1));
    default:
        return build_slot_of(build, SLOT_CHAIN_DEPTH);
    }
}

static inline Expr *dice_decimal(Dice *dice, uint32_t depth)
{
    Build *build = &dice->world->build;
    Expr *number = NULL;
    switch (dice_roll(dice, 3)) {
    case 0:
        return build_decimal(build, 500 * (int64_t)dice_roll(dice, 4));
    case 1:
        return world_slot(dice->world, dice->world->amount);
    default:
        number = dice_int(dice, depth);
        return build_expr(build, IR_DECIMAL, 0, dice_type(dice, TYPE_DECIMAL), &number,
                          1);
    }
}

static inline Expr *dice_text(Dice *dice, uint32_t depth)
{
    static const char *const TEXTS[] = {"a", "b", "c-one", "gold", "none", "/w/x"};
    Build *build = &dice->world->build;
    World *world = dice->world;
    const Type *string = dice_type(dice, TYPE_STRING);
    switch (dice_roll(dice, depth == 0 ? 4 : 7)) {
    case 0:
        return build_text(build, str_from_c(TEXTS[dice_roll(dice, 6)]));
    case 1:
        return world_slot(world, world->region);
    case 2:
        return world_slot(world, world->department);
    case 3:
        if (dice->loops > 0)
            return build_leaf(build, IR_ELEMENT, dice_roll(dice, dice->loops), string);
        return world_slot(world, world->path);
    case 4: {
        Expr *args[] = {world_slot(world, world->note), dice_text(dice, depth - 1)};
        return build_expr(build, IR_ELSE, 0, string, args, 2);
    }
    case 5:
        return build_call(build, BUILTIN_TEXT_FOLD, string, dice_text(dice, depth - 1),
                          NULL);
    default: {
        Expr *key = dice_text(dice, depth - 1);
        Expr *row = build_expr(build, IR_ROW, 0, type_row(build->types, 0), &key, 1);
        uint32_t column = dice_roll(dice, 3);
        return build_expr(build, IR_COLUMN, column,
                          column == 1 ? type_optional(build->types, string) : string,
                          &row, 1);
    }
    }
}

static inline Expr *dice_list(Dice *dice)
{
    static const char *const TEXTS[] = {"a", "b", "b", "/w"};
    Build *build = &dice->world->build;
    switch (dice_roll(dice, 3)) {
    case 0:
        return world_slot(dice->world, dice->world->tags);
    case 1:
        return build_set(build, TEXTS, dice_roll(dice, 5));
    default: {
        Expr *list = world_slot(dice->world, dice->colours);
        Expr *args[] = {list, build_set(build, TEXTS, 2)};
        return build_expr(build, IR_ELSE, 0, list->type->bare, args, 2);
    }
    }
}

static inline Expr *dice_compare(Dice *dice, uint32_t depth)
{
    IrOp op = dice_roll(dice, 3) == 0 ? IR_LT : dice_roll(dice, 2) ? IR_EQ : IR_LE;
    switch (dice_roll(dice, 3)) {
    case 0:
        return dice_op(dice, op, dice_int(dice, depth), dice_int(dice, depth));
    case 1:
        return dice_op(dice, op, dice_decimal(dice, depth), dice_decimal(dice, depth));
    default:
        return dice_op(dice, op, dice_text(dice, depth), dice_text(dice, depth));
    }
}

static inline Expr *dice_loop(Dice *dice, uint32_t depth)
{
    Expr *list = dice_list(dice);
    if (dice->loops == 2 || list->type->most == 0)
        return dice_compare(dice, depth);
    dice->loops++;
    Expr *body = dice_bool(dice, depth);
    dice->loops--;
    return dice_op(dice, dice_roll(dice, 2) ? IR_ALL : IR_ANY, list, body);
}

static inline Expr *dice_leaf(Dice *dice)
{
    Build *build = &dice->world->build;
    Expr *leaf = NULL;
    switch (dice_roll(dice, 5)) {
    case 0:
        return build_bool(build, dice_roll(dice, 2));
    case 1:
        return world_slot(dice->world, dice->urgent);
    case 2:
        return dice_op(dice, IR_HAS, world_slot(dice->world, dice->world->note), NULL);
    case 3:
        return dice_op(dice, IR_KNOWN, dice_text(dice, 1), NULL);
    default:
        leaf = build_leaf(build, IR_IN_GROUP, dice->world->staff,
                          dice_type(dice, TYPE_BOOL));
        leaf->is_agent = dice_roll(dice, 2) == 0;
        leaf->may_unknown = !leaf->is_agent;
        return leaf;
    }
}

static inline Expr *dice_logic(Dice *dice, uint32_t depth)
{
    Expr *args[4];
    uint32_t count = 2 + dice_roll(dice, 3);
    for (uint32_t i = 0; i < count; i++)
        args[i] = dice_bool(dice, depth - 1);
    return build_expr(&dice->world->build, dice_roll(dice, 2) ? IR_AND : IR_OR, 0,
                      dice_type(dice, TYPE_BOOL), args, count);
}

static inline Expr *dice_bool(Dice *dice, uint32_t depth)
{
    Build *build = &dice->world->build;
    Expr *key = NULL;
    if (depth == 0)
        return dice_roll(dice, 2) ? dice_leaf(dice) : dice_compare(dice, 0);
    switch (dice_roll(dice, 8)) {
    case 0:
        return dice_op(dice, IR_NOT, dice_bool(dice, depth - 1), NULL);
    case 1:
        return dice_op(dice, IR_IN_LIST, dice_text(dice, depth), dice_list(dice));
    case 2:
        return dice_loop(dice, depth - 1);
    case 3:
        key = dice_text(dice, depth);
        return build_expr(build, IR_IN_TABLE, 0, dice_type(dice, TYPE_BOOL), &key, 1);
    case 4:
        return build_call(build, BUILTIN_PATH_UNDER, dice_type(dice, TYPE_BOOL),
                          dice_text(dice, depth - 1), build_text(build, STR("/w")));
    case 5:
        return dice_compare(dice, depth);
    default:
        return dice_logic(dice, depth);
    }
}

// `slot == constant`, as dispatch looks it up.
static inline Expr *dice_equality(Dice *dice)
{
    Build *build = &dice->world->build;
    World *world = dice->world;
    switch (dice_roll(dice, 5)) {
    case 0:
        return world_region_is(world, dice_roll(dice, 2) ? "a" : "b");
    case 1:
        return dice_op(dice, IR_EQ, world_slot(world, world->department),
                       build_text(build, dice_roll(dice, 2) ? STR("a") : STR("b")));
    case 2:
        return dice_op(dice, IR_EQ, build_int(build, dice_roll(dice, 3)),
                       world_slot(world, dice->count));
    case 3:
        return dice_op(dice, IR_EQ, world_slot(world, dice->urgent),
                       build_bool(build, dice_roll(dice, 2)));
    default:
        return dice_op(dice, IR_EQ, world_slot(world, dice->limit),
                       build_int(build, dice_roll(dice, 3)));
    }
}

static inline void dice_head(Dice *dice, Rule *rule)
{
    Build *build = &dice->world->build;
    World *world = dice->world;
    Head *tool = build_head(build, rule);
    build_term(tool, dice_roll(dice, 2) ? DIM_TOOL : DIM_TOOL_TAG, world->refund,
               "payment");
    if (dice_roll(dice, 3) == 0)
        build_scope(build, rule, DIM_AUDIENCE,
                    dice_roll(dice, 8) ? world->crm : world->mail);
    if (dice_roll(dice, 2)) {
        Head *who = build_head(build, rule);
        build_term(who, DIM_AGENT, dice_roll(dice, 2) ? world->bot : world->clerk, "");
        if (dice_roll(dice, 2))
            build_term(who, DIM_AGENT_GROUP, world->guests, "");
    }
    if (dice_roll(dice, 3) == 0) {
        Head *who = build_head(build, rule);
        build_term(who, DIM_USER, dice_roll(dice, 4) ? 0 : ATOM_ABSENT, "u-7");
        build_term(who, DIM_USER_GROUP, world->guests, "");
    }
}

static inline void dice_rule(Dice *dice, uint32_t number)
{
    Build *build = &dice->world->build;
    Rule *rule = build_rule(build, (uint8_t)dice_roll(dice, RULE_KIND_COUNT),
                            arena_format(&build->arena, "rule_%02u", number));
    dice_head(dice, rule);
    for (uint32_t i = dice_roll(dice, 3); i > 0; i--)
        build_when(rule, dice_equality(dice));
    for (uint32_t i = dice_roll(dice, 3); i > 0; i--)
        build_when(rule, dice_bool(dice, 1 + dice_roll(dice, 3)));
    if (dice_roll(dice, 3) == 0)
        build_unless(rule, dice_bool(dice, dice_roll(dice, 3)));
}

// Makes a world whose rules depend on the seed only.
static inline void dice_start(Dice *dice, World *world, uint64_t seed, uint32_t rules)
{
    Build *build = world_start(world, (size_t)64 << 20, rules);
    *dice = (Dice){.world = world, .state = seed * 0x9e3779b97f4a7c15u + 1};
    const Type *integer = build_type(build, TYPE_INT);
    const Type *list = type_list(build->types, build_type(build, TYPE_STRING), 6);
    const Type *maybe = type_optional(build->types, list);
    dice->count = build_argument(build, "args.count", integer, true);
    dice->limit = build_argument(build, "args.limit", integer, false);
    dice->urgent =
        build_argument(build, "args.urgent", build_type(build, TYPE_BOOL), false);
    dice->colours = build_argument(build, "args.colours", maybe, false);
    // Before the arguments that the world has given the tool: names ascend.
    Schema *args = build->program.tools[world->refund].args;
    SchemaField held[8];
    uint32_t count = args->field_count;
    memcpy(held, args->fields, count * sizeof *held);
    args->field_count = 1;
    build_tool_argument(build, world->refund, "colours", maybe, false, dice->colours);
    build_tool_argument(build, world->refund, "count", integer, true, dice->count);
    build_tool_argument(build, world->refund, "limit", integer, false, dice->limit);
    for (uint32_t i = 1; i < count; i++)
        build_tool_argument(build, world->refund, held[i].name.at, held[i].schema->type,
                            held[i].is_required, held[i].fills->slot);
    build_tool_argument(build, world->refund, "urgent", build_type(build, TYPE_BOOL),
                        false, dice->urgent);
    for (uint32_t i = 0; i < rules; i++)
        dice_rule(dice, i);
}

#endif
