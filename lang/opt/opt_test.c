// SPDX-License-Identifier: Apache-2.0
#include "lang/opt/opt.h"

#include "lang/ir/ir_unit.h"

typedef struct World {
    Build build;
    uint32_t amount, limit, note, path, tags, dry;
    uint32_t agent, crm, mail, refund, send;
} World;

static Build *world_new(World *world)
{
    Build *build = &world->build;
    build_start(build, 1 << 24, 4096);
    const Type *string = build_type(build, TYPE_STRING);
    const Type *decimal = build_type(build, TYPE_DECIMAL);
    world->amount = build_argument(build, "args.amount", decimal, true);
    world->limit = build_argument(build, "args.limit", decimal, false);
    world->note =
        build_argument(build, "args.note", type_optional(build->types, string), false);
    world->path = build_argument(build, "args.path", string, true);
    world->tags =
        build_argument(build, "args.tags", type_list(build->types, string, 10), true);
    world->dry = build_argument(build, "args.dry", build_type(build, TYPE_BOOL), false);
    world->agent = build_agent(build, STR("bot"));
    world->crm = build_audience(build, "crm", "https://crm.acme.example/mcp");
    world->refund = build_tool(build, STR("refund"));
    world->mail = build_audience(build, "mail", "https://mail.acme.example/mcp");
    world->send = build_tool(build, STR("send"));
    static const char *const tags[] = {"egress"};
    build->program.tools[world->send].tags = build_texts(build, tags, 1);
    build->program.tools[world->send].tag_count = 1;
    return build;
}

static Expr *slot(World *world, uint32_t number)
{
    return build_slot_of(&world->build, number);
}

static Expr *over(World *world, uint32_t number, int64_t thousandths)
{
    return build_test(&world->build, IR_LT, build_decimal(&world->build, thousandths),
                      slot(world, number));
}

static Expr *under(World *world, const char *folder)
{
    Build *build = &world->build;
    return build_call(build, BUILTIN_PATH_UNDER, build_type(build, TYPE_BOOL),
                      slot(world, world->path), build_text(build, str_from_c(folder)));
}

// The text of a condition after `passes`.
static Str after(World *world, uint32_t passes, Expr *expr)
{
    Build *build = &world->build;
    build->program.rule_count = 0;
    Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
    if (expr->op == IR_AND) // which would be taken apart after `when`
        build_unless(rule, expr);
    else
        build_when(rule, expr);
    opt_run(&build->program, &build->arena, passes, NULL, NULL);
    return build_format(build, build->program.rules[0].conditions[0].expr);
}

#define FOLD (1u << PASS_FOLD)

START_TEST(constants_are_computed)
{
    World world;
    Build *build = world_new(&world);
    Expr *one = build_decimal(build, 1000);
    Expr *two = build_decimal(build, 2000);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_LT, one, two)), "true");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_LE, two, one)), "false");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_EQ, one, one)), "true");
    Expr *sum = build_number(build, IR_ADD, one, two);
    ck_assert_text(
        after(&world, FOLD, build_test(build, IR_LT, sum, slot(&world, world.amount))),
        "args.amount > 3");
    const char *const colours[] = {"red", "blue"};
    Expr *set = build_set(build, colours, 2);
    ck_assert_text(
        after(&world, FOLD,
              build_test(build, IR_IN_LIST, build_text(build, STR("blue")), set)),
        "true");
    ck_assert_text(after(&world, FOLD,
                         build_test(build, IR_IN_LIST, slot(&world, world.path),
                                    build_set(build, colours, 1))),
                   "args.path == \"red\"");
    ck_assert_text(after(&world, FOLD,
                         build_test(build, IR_LIKE, slot(&world, world.note),
                                    build_text(build, STR("plain")))),
                   "args.note == \"plain\"");
    ck_assert_text(after(&world, FOLD,
                         build_test(build, IR_LIKE, slot(&world, world.note),
                                    build_text(build, STR("a*")))),
                   "args.note like \"a*\"");
    arena_free(&build->arena);
}
END_TEST

START_TEST(overflow_stays_for_run_time)
{
    World world;
    Build *build = world_new(&world);
    Expr *most = build_int(build, INT64_MAX);
    Expr *sum = build_number(build, IR_ADD, most, build_int(build, 1));
    ck_assert_text(after(&world, FOLD, build_test(build, IR_EQ, sum, most)),
                   "9223372036854775807 + 1 == 9223372036854775807");
    arena_free(&build->arena);
}
END_TEST

START_TEST(logic_is_folded_in_three_values)
{
    World world;
    Build *build = world_new(&world);
    Expr *yes = build_bool(build, true);
    Expr *no = build_bool(build, false);
    Expr *unsure = over(&world, world.limit, 5000);
    Expr *absent = build_slot_of(build, world.note);
    Expr *has = build_test(build, IR_HAS, absent, NULL);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_AND, unsure, no)), "false");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_OR, unsure, yes)), "true");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_OR, unsure, no)),
                   "args.limit > 5");
    Expr *inner = build_test(build, IR_OR, unsure, has);
    Expr *outer = build_test(build, IR_OR, inner, unsure);
    ck_assert_text(after(&world, FOLD, outer), "args.limit > 5 or has args.note");
    Expr *not = build_test(build, IR_NOT, unsure, NULL);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_NOT, not, NULL)),
                   "args.limit > 5");
    // x == x is unknown where x is.
    Expr *limit = slot(&world, world.limit);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_EQ, limit, limit)),
                   "args.limit == args.limit");
    Expr *path = slot(&world, world.path);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_EQ, path, path)), "true");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_LT, path, path)), "false");
    // A number may be sent that fits no number.
    Expr *amount = slot(&world, world.amount);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_LT, amount, amount)),
                   "args.amount < args.amount");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_KNOWN, amount, NULL)),
                   "known(args.amount)");
    // x in {} is unknown where x is.
    Expr *nothing = build_set(build, NULL, 0);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_IN_LIST, absent, nothing)),
                   "args.note in {}");
    ck_assert_text(
        after(&world, FOLD,
              build_test(build, IR_IN_LIST, slot(&world, world.path), nothing)),
        "false");
    arena_free(&build->arena);
}
END_TEST

// `x and true` of an absent x is unknown, x itself is absent: it must not become x.
START_TEST(absence_is_kept_from_conditions)
{
    World world;
    Build *build = world_new(&world);
    Expr *flag = slot(&world, world.dry);
    flag->may_absent = 1;
    ck_assert_text(
        after(&world, FOLD, build_test(build, IR_OR, flag, build_bool(build, false))),
        "args.dry or false");
    flag->may_absent = 0;
    ck_assert_text(
        after(&world, FOLD, build_test(build, IR_OR, flag, build_bool(build, false))),
        "args.dry");
    arena_free(&build->arena);
}
END_TEST

START_TEST(loops_over_nothing_are_constant)
{
    World world;
    Build *build = world_new(&world);
    Expr *body = build_test(
        build, IR_EQ, build_leaf(build, IR_ELEMENT, 0, build_type(build, TYPE_STRING)),
        slot(&world, world.path));
    Expr *nothing = build_set(build, NULL, 0);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_ALL, nothing, body)),
                   "true");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_ANY, nothing, body)),
                   "false");
    Expr *tags = slot(&world, world.tags);
    Expr *yes = build_bool(build, true);
    ck_assert_text(after(&world, FOLD, build_test(build, IR_ALL, tags, yes)), "true");
    ck_assert_text(after(&world, FOLD, build_test(build, IR_ANY, tags, yes)),
                   "any x in args.tags: true");
    arena_free(&build->arena);
}
END_TEST

START_TEST(heads_say_who_and_where)
{
    World world;
    Build *build = world_new(&world);
    Rule *rule = build_rule(build, RULE_PERMIT, STR("r"));
    build_scope(build, rule, DIM_AGENT, world.agent);
    build_term(build_head(build, rule), DIM_USER, 0, "u-7");
    build_when(rule, build_test(build, IR_EQ, build_slot_of(build, SLOT_AGENT_ID),
                                slot(&world, world.path)));
    build_when(rule,
               build_test(build, IR_HAS, build_slot_of(build, SLOT_USER_ID), NULL));
    Rule *other = build_rule(build, RULE_PERMIT, STR("s"));
    Head *head = build_head(build, other);
    build_term(head, DIM_USER, 0, "u-7");
    build_term(head, DIM_USER, ATOM_ABSENT, "");
    build_when(other,
               build_test(build, IR_HAS, build_slot_of(build, SLOT_USER_ID), NULL));
    opt_run(&build->program, &build->arena, FOLD, NULL, NULL);
    Rule *rules = build->program.rules;
    ck_assert_text(build_format(build, rules[0].conditions[0].expr),
                   "args.path == \"spiffe://acme.example/bot\"");
    ck_assert_text(build_format(build, rules[0].conditions[1].expr), "true");
    ck_assert_text(build_format(build, rules[1].conditions[0].expr), "has user.id");
    arena_free(&build->arena);
}
END_TEST

START_TEST(rules_that_never_apply_are_dropped)
{
    World world;
    Build *build = world_new(&world);
    build_when(build_rule(build, RULE_FORBID, STR("never")), build_bool(build, false));
    build_unless(build_rule(build, RULE_FORBID, STR("unless_true")),
                 build_bool(build, true));
    Rule *always = build_rule(build, RULE_FORBID, STR("always"));
    build_when(always, build_bool(build, true));
    build_unless(always, build_bool(build, false));
    build_term(build_head(build, build_rule(build, RULE_PERMIT, STR("no_such_tag"))),
               DIM_TOOL_TAG, 0, "payment");
    Rule *elsewhere = build_rule(build, RULE_PERMIT, STR("tool_elsewhere"));
    build_scope(build, elsewhere, DIM_TOOL, world.refund);
    build_scope(build, elsewhere, DIM_AUDIENCE, world.mail);
    Rule *some = build_rule(build, RULE_PERMIT, STR("some"));
    Head *head = build_head(build, some);
    build_term(head, DIM_TOOL_TAG, 0, "payment");
    build_term(head, DIM_TOOL_TAG, 0, "egress");
    opt_run(&build->program, &build->arena, 1u << PASS_PRUNE, NULL, NULL);
    ck_assert_uint_eq(build->program.rule_count, 2);
    ck_assert_text(build->program.rules[0].name, "always");
    ck_assert_uint_eq(build->program.rules[0].condition_count, 0);
    ck_assert_text(build->program.rules[1].name, "some");
    ck_assert_uint_eq(build->program.rules[1].heads[0].count, 1);
    ck_assert_text(build->program.rules[1].heads[0].terms[0].atom.text, "egress");
    arena_free(&build->arena);
}
END_TEST

#define SHARE (1u << PASS_SHARE)

START_TEST(expensive_expressions_are_shared)
{
    World world;
    Build *build = world_new(&world);
    build_when(build_rule(build, RULE_FORBID, STR("a")), under(&world, "/work"));
    Rule *b = build_rule(build, RULE_FORBID, STR("b"));
    build_when(b, build_test(build, IR_AND, over(&world, world.amount, 1),
                             under(&world, "/work")));
    build_when(build_rule(build, RULE_FORBID, STR("c")), under(&world, "/other"));
    opt_run(&build->program, &build->arena, SHARE, NULL, NULL);
    ck_assert_uint_eq(build->program.memo_count, 1);
    const Rule *rules = build->program.rules;
    ck_assert_uint_eq(rules[0].conditions[0].expr->op, IR_MEMO);
    ck_assert_uint_eq(rules[1].condition_count, 2);
    ck_assert_uint_eq(rules[1].conditions[0].expr->op, IR_LT);
    ck_assert_uint_eq(rules[1].conditions[1].expr->op, IR_MEMO);
    ck_assert_uint_eq(rules[2].conditions[0].expr->op, IR_CALL);
    ck_assert_text(build_format(build, rules[0].conditions[0].expr),
                   "path.under(args.path, \"/work\")");
    arena_free(&build->arena);
}
END_TEST

START_TEST(cheap_or_unfinished_expressions_are_not_shared)
{
    World world;
    Build *build = world_new(&world);
    for (int i = 0; i < 2; i++) {
        Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
        build_when(rule, over(&world, world.amount, 5000));
        // The call reads the loop's element; only the whole loop can be shared.
        Expr *element =
            build_leaf(build, IR_ELEMENT, 0, build_type(build, TYPE_STRING));
        Expr *call = build_call(build, BUILTIN_TEXT_PLAIN, build_type(build, TYPE_BOOL),
                                element, NULL);
        build_when(rule, build_test(build, IR_ALL, slot(&world, world.tags), call));
    }
    opt_run(&build->program, &build->arena, SHARE, NULL, NULL);
    ck_assert_uint_eq(build->program.memo_count, 1);
    ck_assert_uint_eq(build->program.memos[0].value->op, IR_ALL);
    ck_assert_uint_eq(build->program.rules[0].conditions[0].expr->op, IR_LT);
    arena_free(&build->arena);
}
END_TEST

START_TEST(shared_expressions_nest)
{
    World world;
    Build *build = world_new(&world);
    const Type *string = build_type(build, TYPE_STRING);
    for (int i = 0; i < 2; i++) {
        Expr *verb =
            build_call(build, BUILTIN_SQL_VERB, string, slot(&world, world.path), NULL);
        Expr *folded = build_call(build, BUILTIN_TEXT_FOLD, string, verb, NULL);
        Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
        build_when(rule,
                   build_test(build, IR_EQ, folded, build_text(build, STR("select"))));
        build_when(rule, build_test(build, IR_EQ, verb,
                                    build_text(build, i == 0 ? STR("x") : STR("y"))));
    }
    opt_run(&build->program, &build->arena, SHARE, NULL, NULL);
    // sql.verb; and the whole comparison of the folded verb, which reads the first.
    ck_assert_uint_eq(build->program.memo_count, 2);
    ck_assert_uint_eq(build->program.memos[0].value->op, IR_CALL);
    ck_assert_uint_eq(build->program.memos[1].value->op, IR_EQ);
    ck_assert_uint_eq(build->program.memos[1].value->args[0]->args[0]->op, IR_MEMO);
    arena_free(&build->arena);
}
END_TEST

START_TEST(memos_nest_no_deeper_than_the_format_allows)
{
    World world;
    Build *build = world_new(&world);
    const Type *string = build_type(build, TYPE_STRING);
    Expr *expr = slot(&world, world.path);
    for (int i = 0; i < 12; i++) {
        expr = build_call(build, BUILTIN_TEXT_FOLD, string, expr, NULL);
        Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
        build_when(rule, build_test(build, IR_EQ, expr, build_text(build, STR("x"))));
        build_when(rule, build_test(build, IR_EQ, expr, build_text(build, STR("y"))));
    }
    opt_run(&build->program, &build->arena, SHARE, NULL, NULL);
    ck_assert_uint_eq(build->program.memo_count, MAX_MEMO_DEPTH);
    arena_free(&build->arena);
}
END_TEST

START_TEST(passes_are_found_by_name)
{
    Pass pass;
    ck_assert(opt_pass_by_name(STR("share"), &pass));
    ck_assert_uint_eq(pass, PASS_SHARE);
    ck_assert(!opt_pass_by_name(STR("shar"), &pass));
    for (uint32_t i = 0; i < PASS_COUNT; i++)
        ck_assert(opt_pass_by_name(str_from_c(opt_pass_name((Pass)i)), &pass) &&
                  pass == i);
}
END_TEST

UNIT_MAIN("opt", constants_are_computed, overflow_stays_for_run_time,
          logic_is_folded_in_three_values, absence_is_kept_from_conditions,
          loops_over_nothing_are_constant, heads_say_who_and_where,
          rules_that_never_apply_are_dropped, expensive_expressions_are_shared,
          cheap_or_unfinished_expressions_are_not_shared, shared_expressions_nest,
          memos_nest_no_deeper_than_the_format_allows, passes_are_found_by_name)
