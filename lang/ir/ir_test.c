// SPDX-License-Identifier: Apache-2.0
#include "lang/ir/ir.h"

#include <signal.h>

#include "lang/ir/ir_unit.h"

typedef struct World {
    Build build;
    uint32_t amount, note, tags;
} World;

static World *world_new(World *world)
{
    Build *build = &world->build;
    build_start(build, 1 << 22, 8);
    build_audience(build, "crm", "https://crm.acme.example/mcp");
    world->amount =
        build_argument(build, "args.amount", build_type(build, TYPE_DECIMAL), true);
    world->note = build_argument(
        build, "args.note", type_optional(build->types, build_type(build, TYPE_STRING)),
        false);
    world->tags = build_argument(
        build, "args.tags", type_list(build->types, build_type(build, TYPE_STRING), 10),
        true);
    uint32_t tool = build_tool(build, STR("refund"));
    build_tool_argument(build, tool, "amount", build_type(build, TYPE_DECIMAL), true,
                        world->amount);
    return world;
}

static Str template_of(Build *build, const Expr *expr)
{
    Buf buf = buf_on(&build->arena);
    ir_format_template(&buf, &build->program, expr);
    return buf_view(&buf);
}

START_TEST(expressions_read_as_they_are_written)
{
    World world;
    Build *build = &world_new(&world)->build;
    Expr *amount = build_slot_of(build, world.amount);
    Expr *note = build_slot_of(build, world.note);
    Expr *over = build_test(build, IR_LT, build_decimal(build, 20500), amount);
    Expr *named = build_test(build, IR_EQ, note, build_text(build, STR("a \"b\"")));
    ck_assert_text(build_format(build, over), "args.amount > 20.5");
    ck_assert_text(build_format(build, build_test(build, IR_NOT, named, NULL)),
                   "args.note != \"a \\\"b\\\"\"");
    Expr *either =
        build_test(build, IR_OR, over, build_test(build, IR_HAS, note, NULL));
    ck_assert_text(
        build_format(build, build_test(build, IR_AND, either, named)),
        "(args.amount > 20.5 or has args.note) and args.note == \"a \\\"b\\\"\"");
    ck_assert_text(build_format(build, build_test(build, IR_NOT, either, NULL)),
                   "not (args.amount > 20.5 or has args.note)");
    Expr *sum = build_number(build, IR_ADD, amount, build_decimal(build, 1000));
    ck_assert_text(build_format(build, build_number(build, IR_MUL, sum, amount)),
                   "(args.amount + 1) * args.amount");
    ck_assert_text(build_format(build, build_number(build, IR_SUB, amount, sum)),
                   "args.amount - (args.amount + 1)");
    arena_free(&build->arena);
}
END_TEST

START_TEST(loops_name_their_variables)
{
    World world;
    Build *build = &world_new(&world)->build;
    const Type *string = build_type(build, TYPE_STRING);
    Expr *tags = build_slot_of(build, world.tags);
    Expr *outer = build_leaf(build, IR_ELEMENT, 1, string);
    Expr *inner = build_leaf(build, IR_ELEMENT, 0, string);
    Expr *some =
        build_test(build, IR_ANY, tags, build_test(build, IR_EQ, outer, inner));
    ck_assert_text(build_format(build, build_test(build, IR_ALL, tags, some)),
                   "all x in args.tags: any y in args.tags: x == y");
    arena_free(&build->arena);
}
END_TEST

START_TEST(templates_number_constants_as_a_walk_meets_them)
{
    World world;
    Build *build = &world_new(&world)->build;
    const char *const colours[] = {"red", "blue"};
    Expr *note = build_slot_of(build, world.note);
    Expr *over =
        build_test(build, IR_LE, build_decimal(build, 1000),
                   build_number(build, IR_ADD, build_slot_of(build, world.amount),
                                build_decimal(build, 2000)));
    Expr *in = build_test(build, IR_IN_LIST, note, build_set(build, colours, 2));
    Expr *both = build_test(build, IR_AND, over, in);
    ck_assert_text(template_of(build, both),
                   "args.amount + {1} >= {0} and args.note in {2}");
    ck_assert_text(build_format(build, both),
                   "args.amount + 2 >= 1 and args.note in {\"red\", \"blue\"}");
    build->program.memos[build->program.memo_count++] =
        (Memo){.type = both->type, .value = in};
    Expr *memo = build_leaf(build, IR_MEMO, 0, both->type);
    ck_assert_text(template_of(build, build_test(build, IR_OR, memo, over)),
                   "args.note in {\"red\", \"blue\"} or args.amount + {1} >= {0}");
    arena_free(&build->arena);
}
END_TEST

START_TEST(cost_counts_loops_and_calls)
{
    World world;
    Build *build = &world_new(&world)->build;
    Expr *over = build_test(build, IR_LT, build_decimal(build, 0),
                            build_slot_of(build, world.amount));
    ck_assert_uint_eq(ir_cost(over), 3);
    Expr *loop = build_test(build, IR_ALL, build_slot_of(build, world.tags), over);
    ck_assert_uint_eq(ir_cost(loop), 1 + 1 + 10 * 3);
    Expr *call = build_call(build, BUILTIN_SQL_VERB, build_type(build, TYPE_STRING),
                            build_slot_of(build, world.note), NULL);
    ck_assert_uint_eq(ir_cost(call), 151);
    arena_free(&build->arena);
}
END_TEST

START_TEST(a_program_reads_as_a_policy)
{
    World world;
    Build *build = &world_new(&world)->build;
    uint32_t agent = build_agent(build, STR("bot"));
    Rule *rule = build_rule(build, RULE_PERMIT, STR("refund"));
    build_scope(build, rule, DIM_AGENT, agent);
    Head *head = build_head(build, rule);
    build_term(head, DIM_TOOL, 0, "");
    build_term(head, DIM_TOOL_TAG, 0, "payment");
    build_when(rule, build_test(build, IR_LE, build_slot_of(build, world.amount),
                                build_decimal(build, 50000)));
    rule->token =
        (Token){.says = TOKEN_TTL | TOKEN_USES, .ttl = 30000000000, .uses = 1};
    ir_check(&build->program);
    Buf buf = buf_on(&build->arena);
    ir_dump(&buf, &build->program);
    ck_assert_text(buf_view(&buf), "package test\n"
                                   "slot 38 args.amount: decimal certain\n"
                                   "slot 39 args.note: string?\n"
                                   "slot 40 args.tags: list<string> certain\n"
                                   "agent 0 bot spiffe://acme.example/bot\n"
                                   "audience 0 crm https://crm.acme.example/mcp\n"
                                   "tool 0 crm.refund\n"
                                   "permit refund\n"
                                   "  agent bot\n"
                                   "  tool crm.refund, @payment\n"
                                   "  when args.amount <= 50\n"
                                   "  token ttl 30s uses 1\n");
    arena_free(&build->arena);
}
END_TEST

START_TEST(the_order_of_writing_is_forgotten)
{
    World world;
    Build *build = &world_new(&world)->build;
    Expr *note = build_test(build, IR_HAS, build_slot_of(build, world.note), NULL);
    Expr *over = build_test(build, IR_LT, build_decimal(build, 1000),
                            build_slot_of(build, world.amount));
    build_when(build_rule(build, RULE_FORBID, STR("b")), note);
    Rule *rule = build_rule(build, RULE_PERMIT, STR("a"));
    build_when(rule,
               build_test(build, IR_AND, over, build_test(build, IR_AND, note, over)));
    build_unless(rule, build_test(build, IR_OR, note, over));
    build_unless(rule, build_test(build, IR_AND, note, over));
    for (int i = 0; i < 2; i++) {
        ir_normalize(&build->program, &build->arena);
        rule = &build->program.rules[0];
        ck_assert_text(rule->name, "a");
        ck_assert_uint_eq(rule->condition_count, 6);
        ck_assert_ptr_eq(rule->conditions[1].expr, note);
        ck_assert(!rule->conditions[2].is_unless);
        ck_assert(rule->conditions[4].is_unless);
        ck_assert_uint_eq(rule->conditions[5].expr->op, IR_AND);
    }
    arena_free(&build->arena);
}
END_TEST

static void check_condition(Expr *(*make)(Build *build, World *world))
{
    World world;
    Build *build = &world_new(&world)->build;
    build_when(build_rule(build, RULE_FORBID, STR("r")), make(build, &world));
    ir_check(&build->program);
}

static Expr *kinds_differ(Build *build, World *world)
{
    return build_test(build, IR_EQ, build_slot_of(build, world->amount),
                      build_int(build, 1));
}

static Expr *no_such_loop(Build *build, World *world)
{
    const Type *string = build_type(build, TYPE_STRING);
    return build_test(build, IR_EQ, build_slot_of(build, world->note),
                      build_leaf(build, IR_ELEMENT, 0, string));
}

static Expr *not_a_bool(Build *build, World *world)
{
    return build_slot_of(build, world->amount);
}

static Expr *no_such_slot(Build *build, World *world)
{
    (void)world;
    return build_leaf(build, IR_SLOT, build->program.slot_count,
                      build_type(build, TYPE_BOOL));
}

static Expr *glob_not_constant(Build *build, World *world)
{
    Expr *note = build_slot_of(build, world->note);
    return build_test(build, IR_LIKE, note, note);
}

START_TEST(broken_kinds_abort)
{
    check_condition(kinds_differ);
}
END_TEST
START_TEST(broken_loops_abort)
{
    check_condition(no_such_loop);
}
END_TEST
START_TEST(broken_conditions_abort)
{
    check_condition(not_a_bool);
}
END_TEST
START_TEST(broken_slots_abort)
{
    check_condition(no_such_slot);
}
END_TEST
START_TEST(broken_globs_abort)
{
    check_condition(glob_not_constant);
}
END_TEST

int main(void)
{
    const TTest *const holds[] = {expressions_read_as_they_are_written,
                                  loops_name_their_variables,
                                  templates_number_constants_as_a_walk_meets_them,
                                  cost_counts_loops_and_calls,
                                  a_program_reads_as_a_policy,
                                  the_order_of_writing_is_forgotten};
    const TTest *const aborts[] = {broken_kinds_abort, broken_loops_abort,
                                   broken_conditions_abort, broken_slots_abort,
                                   broken_globs_abort};
    Suite *suite = suite_create("ir");
    TCase *cases = tcase_create("ir");
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++)
        tcase_add_test(cases, holds[i]);
    for (size_t i = 0; i < sizeof aborts / sizeof *aborts; i++)
        tcase_add_test_raise_signal(cases, aborts[i], SIGABRT);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
