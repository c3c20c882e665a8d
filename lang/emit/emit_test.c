// SPDX-License-Identifier: Apache-2.0
#include "lang/emit/emit.h"

#include "engine/bytecode/cost.h"
#include "engine/bytecode/disasm.h"
#include "engine/bytecode/verify.h"
#include "lang/emit/emit_unit.h"
#include "lang/opt/opt.h"

// ---- helpers ----

static void must_verify(World *world, const Bundle *bundle)
{
    VerifyFailure failure = {0};
    Status status = verify_bundle(bundle, &world->build.arena, &failure);
    ck_assert_msg(status == STATUS_OK, "%s in %s at %u: %s",
                  verify_rule_name(failure.rule), section_name(failure.section),
                  failure.index, verify_rule_text(failure.rule));
}

static Bundle emit_with(World *world, EmitOptions options)
{
    options.compiler = STR("proviso test");
    Bundle bundle = world_open(world_bytes(world, &options));
    must_verify(world, &bundle);
    return bundle;
}

static Bundle emit_all(World *world)
{
    return emit_with(world, emit_defaults());
}

// The code of the only condition of the only rule.
static Str code_of(World *world, EmitOptions options, Expr *expr)
{
    Build *build = &world->build;
    build->program.rule_count = 0;
    Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
    build_scope(build, rule, DIM_TOOL, world->refund);
    build_when(rule, expr);
    Bundle bundle = emit_with(world, options);
    Buf text = buf_on(&build->arena);
    ck_assert_uint_eq(bundle.conditions_count, 1);
    disasm_function(&text, &bundle, bundle.conditions[0].function);
    return buf_view(&text);
}

#define CODE(expr) code_of(&world, emit_defaults(), expr)

static void start(World *world, uint32_t rules)
{
    world_start(world, (size_t)256 << 20, rules);
}

// permit NAME { agent bot; tool crm.refund; when region == REGION and amount <=
// THOUSANDTHS }
static Rule *add_permit(World *world, const char *name, const char *region,
                        int64_t thousandths)
{
    Build *build = &world->build;
    Rule *rule = build_rule(build, RULE_PERMIT, str_from_c(name));
    build_scope(build, rule, DIM_AGENT, world->bot);
    build_scope(build, rule, DIM_TOOL, world->refund);
    build_when(rule, world_region_is(world, region));
    build_when(rule, world_amount_up_to(world, thousandths));
    return rule;
}

// ---- declarations ----

START_TEST(declarations_are_in_the_bundle)
{
    World world;
    start(&world, 4);
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.agents_count, 2);
    uint32_t clerk = bundle_find_agent(
        &bundle, bundle_intern(&bundle, STR("spiffe://acme.example/clerk")));
    ck_assert_uint_ne(clerk, NONE);
    ck_assert_uint_eq(bundle.agents[clerk].groups.count, 1);
    uint32_t member = bundle_find_member(&bundle, bundle_intern(&bundle, STR("u-1")));
    ck_assert_uint_ne(member, NONE);
    ck_assert_uint_eq(bundle.members[member].groups.count, 2);
    member = bundle_find_member(&bundle, bundle_intern(&bundle, STR("u-7")));
    ck_assert_uint_eq(bundle.members[member].groups.count, 1);
    uint32_t mail = bundle_find_audience(
        &bundle, bundle_intern(&bundle, STR("https://mail.acme.example/mcp")));
    ck_assert_text(bundle_string(&bundle, bundle.audiences[mail].name), "mail");
    uint32_t family = bundle.audiences[mail].family;
    uint32_t send =
        bundle_find_tool(&bundle, family, bundle_intern(&bundle, STR("send")));
    ck_assert_text(bundle_string(&bundle, bundle.tools[send].full), "mail.send");
    // No scope was written: the tool's own name is one.
    ck_assert_uint_eq(bundle.tools[send].scope.count, 1);
    ck_assert_uint_eq(bundle.lists[bundle.tools[send].scope.first],
                      bundle_intern(&bundle, STR("mail.send")));
    ck_assert_uint_eq(bundle_intern(&bundle, STR("unheard of")), NONE);
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(tables_are_folded_and_found)
{
    World world;
    start(&world, 4);
    Bundle bundle = emit_all(&world);
    uint32_t atom = bundle_intern(&bundle, STR("c-two"));
    ck_assert_uint_ne(atom, NONE);
    ck_assert_uint_eq(bundle_intern(&bundle, STR("C-Two")), NONE);
    const BundleTable *table = &bundle.tables[0];
    uint32_t at = table_hash(&atom, 1) & (table->index_size - 1);
    uint32_t row = bundle.table_index[table->index + at];
    ck_assert_uint_eq(bundle.cells[table->cell + row * 3 + 1], NONE);
    uint32_t tenant = bundle.cells[table->cell + row * 3 + 2];
    ck_assert_uint_eq(bundle.consts[tenant].low, bundle_intern(&bundle, STR("beta")));
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(intents_name_tools_by_their_new_numbers)
{
    World world;
    start(&world, 4);
    Bundle bundle = emit_all(&world);
    const BundleIntent *intent = &bundle.intents[0];
    ck_assert_uint_eq(intent->envelope_count, 2);
    const BundleEnvelope *envelope = &bundle.envelopes[intent->envelope];
    ck_assert_text(bundle_string(&bundle, bundle.tools[envelope[0].tool].full),
                   "crm.refund");
    ck_assert_uint_ne(envelope[0].audience, NONE);
    ck_assert_text(bundle_string(&bundle, bundle.tools[envelope[1].tool].full),
                   "mail.send");
    ck_assert_uint_eq(envelope[1].audience, NONE);
    arena_free(&world.build.arena);
}
END_TEST

// ---- code ----

START_TEST(comparisons_of_certain_slots_need_no_checks)
{
    World world;
    start(&world, 4);
    ck_assert_text(CODE(world_region_is(&world, "eu")),
                   "F0 (string) -> bool, 2 registers, at most 4 steps\n"
                   "     0  SLOT           r0 S39 args.region\n"
                   "     1  LOADK          r1 K0\n"
                   "     2  EQ_STR_K       r0 r0 r1\n"
                   "     3  RET            r0\n");
    EmitOptions careful = emit_defaults();
    careful.has_two_values = false;
    ck_assert_text(code_of(&world, careful, world_amount_up_to(&world, 1000)),
                   "F0 (decimal) -> bool, 2 registers, at most 4 steps\n"
                   "     0  SLOT           r0 S38 args.amount\n"
                   "     1  LOADK          r1 K0\n"
                   "     2  LE_DEC         r0 r0 r1\n"
                   "     3  RET            r0\n");
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(what_may_be_missing_is_checked)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Expr *note = world_slot(&world, world.note);
    Expr *equal = build_test(build, IR_EQ, note, build_text(build, STR("x")));
    Expr *department = build_test(build, IR_EQ, world_slot(&world, world.department),
                                  build_text(build, STR("ops")));
    Expr *either =
        build_test(build, IR_OR, build_test(build, IR_HAS, note, NULL), equal);
    ck_assert_text(CODE(build_test(build, IR_OR, either, department)),
                   "F0 (string, string) -> bool, 3 registers, at most 13 steps\n"
                   "     0  OPT            r0 S40 args.note\n"
                   "     1  HAS            r0 r0\n"
                   "     2  JTRUE          r0 to 7\n"
                   "     3  OPT            r1 S40 args.note\n"
                   "     4  LOADK          r2 K0\n"
                   "     5  EQ_STR         r1 r1 r2\n"
                   "     6  OR             r0 r0 r1\n"
                   "     7  JTRUE          r0 to 12\n"
                   "     8  SLOT           r1 S43 user.department\n"
                   "     9  LOADK          r2 K1\n"
                   "    10  EQ_STR         r1 r1 r2\n"
                   "    11  OR             r0 r0 r1\n"
                   "    12  RET            r0\n");
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(known_operands_need_no_combining)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Expr *expired = build_test(build, IR_LT, build_slot_of(build, SLOT_CREDENTIAL_EXP),
                               build_slot_of(build, SLOT_CONTEXT_NOW));
    Expr *either = build_test(build, IR_OR, expired, world_region_is(&world, "eu"));
    ck_assert_text(CODE(either), "F0 (string) -> bool, 2 registers, at most 8 steps\n"
                                 "     0  SLOT           r0 S21 credential.exp\n"
                                 "     1  SLOT           r1 S31 context.now\n"
                                 "     2  LT_INT_K       r0 r0 r1\n"
                                 "     3  JTRUE          r0 to 7\n"
                                 "     4  SLOT           r0 S39 args.region\n"
                                 "     5  LOADK          r1 K0\n"
                                 "     6  EQ_STR_K       r0 r0 r1\n"
                                 "     7  RET            r0\n");
    // The other way round LIST needs both: it leaves arguments open.
    either = build_test(build, IR_OR, world_region_is(&world, "eu"), expired);
    ck_assert(str_contains(CODE(either), STR("  OR             r0 r0 r1\n")));
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(loops_cost_as_often_as_they_turn)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    const Type *string = build_type(build, TYPE_STRING);
    Expr *element = build_leaf(build, IR_ELEMENT, 0, string);
    Expr *body = build_test(build, IR_EQ, element, world_slot(&world, world.region));
    Expr *loop = build_test(build, IR_ANY, world_slot(&world, world.tags), body);
    ck_assert_text(CODE(build_test(build, IR_NOT, loop, NULL)),
                   "F0 () -> bool, 5 registers, at most 35 steps\n"
                   "     0  SLOT           r0 S42 args.tags\n"
                   "     1  EACH           r0 until 4\n"
                   "     2  SLOT           r4 S39 args.region\n"
                   "     3  EQ_STR         r3 r1 r4\n"
                   "     4  END_ANY        r0 r3\n"
                   "     5  MOVE           r0 r2\n"
                   "     6  NOT            r0 r0\n"
                   "     7  RET            r0\n");
    arena_free(&world.build.arena);
}
END_TEST

// A loop after other code, whose registers still hold values of other types.
START_TEST(loops_verify_after_other_code)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    const Type *string = build_type(build, TYPE_STRING);
    Expr *call =
        build_call(build, BUILTIN_PATH_UNDER, build_type(build, TYPE_BOOL),
                   world_slot(&world, world.path), build_text(build, STR("/w")));
    Expr *sum =
        build_number(build, IR_ADD, build_int(build, 1),
                     build_number(build, IR_MUL, build_int(build, 2),
                                  build_number(build, IR_MUL, build_int(build, 3),
                                               build_int(build, 4))));
    Expr *some = build_test(build, IR_OR,
                            build_test(build, IR_EQ, sum, build_int(build, 7)), call);
    for (int i = 0; i < 2; i++) {
        Expr *element = build_leaf(build, IR_ELEMENT, 0, string);
        Expr *outer = build_leaf(build, IR_ELEMENT, 1, string);
        Expr *inner = build_test(
            build, IR_ALL, world_slot(&world, world.tags),
            build_test(build, IR_OR, build_test(build, IR_EQ, element, outer), call));
        some = build_test(
            build, IR_OR, some,
            build_test(build, IR_ANY, world_slot(&world, world.tags), inner));
    }
    CODE(some);
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(tables_groups_and_lists_verify)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    const Type *string = build_type(build, TYPE_STRING);
    const Type *boolean = build_type(build, TYPE_BOOL);
    Expr *key = world_slot(&world, world.region);
    Expr *row = build_expr(build, IR_ROW, 0, type_row(build->types, 0), &key, 1);
    Expr *tier =
        build_expr(build, IR_COLUMN, 1, type_optional(build->types, string), &row, 1);
    Expr *otherwise[] = {tier, build_text(build, STR("none"))};
    Expr *named = build_expr(build, IR_ELSE, 0, string, otherwise, 2);
    const char *const tiers[] = {"gold", "none", "gold"};
    Expr *parts[] = {
        build_test(build, IR_IN_LIST, named, build_set(build, tiers, 3)),
        build_expr(build, IR_IN_TABLE, 0, boolean, &key, 1),
        build_leaf(build, IR_IN_GROUP, world.staff, boolean),
        build_leaf(build, IR_IN_GROUP, world.guests, boolean),
        build_test(build, IR_LIKE, key, build_text(build, STR("a*"))),
        build_test(build, IR_KNOWN, row, NULL),
        build_test(build, IR_LT, build_slot_of(build, SLOT_CREDENTIAL_EXP),
                   build_slot_of(build, SLOT_CONTEXT_NOW)),
    };
    parts[3]->is_agent = true;
    Expr *all = build_expr(build, IR_OR, 0, boolean, parts, 7);
    ck_assert(str_contains(CODE(all), STR("AGENT_IN_GROUP")));
    // The chain: records in a list.
    const Type *chain = build->program.slots[SLOT_CHAIN].type;
    Expr *actor = build_leaf(build, IR_ELEMENT, 0, chain->element);
    Expr *id = build_expr(build, IR_FIELD, 0, string, &actor, 1);
    Expr *tenant =
        build_expr(build, IR_FIELD, 1, type_optional(build->types, string), &actor, 1);
    Expr *loop = build_test(build, IR_ALL, build_slot_of(build, SLOT_CHAIN),
                            build_test(build, IR_EQ, id, tenant));
    ck_assert(str_contains(CODE(loop), STR("FIELD")));
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(a_list_and_its_default_may_differ_in_length)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    const Type *strings = type_list(build->types, build_type(build, TYPE_STRING), 10);
    world.tags = build_argument(build, "args.labels",
                                type_optional(build->types, strings), false);
    const char *const labels[] = {"a", "b"};
    Expr *args[] = {world_slot(&world, world.tags), build_set(build, labels, 2)};
    Expr *list = build_expr(build, IR_ELSE, 0, strings, args, 2);
    Str code =
        CODE(build_test(build, IR_IN_LIST, world_slot(&world, world.region), list));
    ck_assert(str_contains(code, STR("ELSE")));
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(too_much_for_one_function_is_a_limit)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Expr *deep = build_int(build, 1);
    for (int i = 0; i < 250; i++)
        deep = build_number(build, IR_ADD, build_int(build, 1), deep);
    Expr *equal = build_test(build, IR_EQ, build_int(build, 1), deep);
    Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
    build_scope(build, rule, DIM_TOOL, world.refund);
    build_when(rule, equal);
    Buf out = buf_on(&build->arena);
    EmitLimit limit = {0};
    EmitOptions options = emit_defaults();
    ck_assert(!emit_bundle(&build->arena, &build->program, &options, &out, &limit));
    ck_assert_uint_eq(out.len, 0);
    ck_assert_uint_eq(limit.limit, MAX_REGISTERS);
    ck_assert_uint_eq(limit.is, MAX_REGISTERS + 2);
    // Two less fit.
    equal->args[1] = deep->args[1]->args[1];
    build_rule(build, RULE_FORBID, STR("s"));
    emit_all(&world);
    arena_free(&build->arena);
}
END_TEST

// ---- families ----

START_TEST(rules_that_differ_in_constants_share_their_code)
{
    World world;
    start(&world, 4);
    add_permit(&world, "a", "eu", 1000);
    add_permit(&world, "b", "us", 2000);
    Rule *other = add_permit(&world, "c", "us", 2000);
    build_unless(
        other, build_test(&world.build, IR_HAS, world_slot(&world, world.note), NULL));
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.shapes_count, 2);
    ck_assert_uint_eq(bundle.functions_count, 3);
    ck_assert_uint_eq(bundle.rules[0].shape, bundle.rules[1].shape);
    ck_assert_uint_ne(bundle.rules[0].row, bundle.rules[1].row);
    const BundleShape *shape = &bundle.shapes[bundle.rules[0].shape];
    const BundleCondition *conditions = &bundle.conditions[shape->condition];
    ck_assert_text(bundle_string(&bundle, conditions[0].text), "args.region == {0}");
    ck_assert_text(bundle_string(&bundle, conditions[1].text), "args.amount <= {0}");
    ck_assert_uint_eq(conditions[1].row, 1);
    ck_assert_uint_eq(conditions[0].bound, BOUND_EQ);
    ck_assert_uint_eq(conditions[1].bound, BOUND_LE);
    ck_assert_uint_eq(conditions[1].bound_slot, world.amount);
    EmitOptions apart = emit_defaults();
    apart.has_families = false;
    bundle = emit_with(&world, apart);
    ck_assert_uint_eq(bundle.shapes_count, 3);
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(cheap_conditions_go_first)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
    build_scope(build, rule, DIM_TOOL, world.refund);
    build_when(rule, build_call(build, BUILTIN_PATH_UNDER, build_type(build, TYPE_BOOL),
                                world_slot(&world, world.path),
                                build_text(build, STR("/work"))));
    build_when(rule, world_region_is(&world, "eu"));
    Bundle bundle = emit_all(&world);
    const BundleCondition *conditions = &bundle.conditions[bundle.shapes[0].condition];
    ck_assert_text(bundle_string(&bundle, conditions[0].text), "args.region == {0}");
    ck_assert_text(bundle_string(&bundle, conditions[1].text),
                   "path.under(args.path, {0})");
    ck_assert_uint_eq(conditions[1].bound, BOUND_NONE);
    arena_free(&world.build.arena);
}
END_TEST

// ---- dispatch ----

static Str dispatch_text(World *world, EmitOptions options)
{
    Bundle bundle = emit_with(world, options);
    Buf text = buf_on(&world->build.arena);
    disasm_bundle(&text, &bundle, 20);
    Str all = buf_view(&text);
    for (size_t i = 0; i + 6 < all.len; i++)
        if (str_starts(str_slice(all, i, all.len), STR("\ngroup ")))
            return str_slice(all, i + 1, all.len);
    return (Str){0};
}

START_TEST(equalities_are_looked_up)
{
    World world;
    start(&world, 4);
    add_permit(&world, "a", "eu", 1000);
    add_permit(&world, "b", "eu", 2000);
    ck_assert_text(
        dispatch_text(&world, emit_defaults()),
        "group 0: permits by agent, tool, args.region; 2 slots, largest bucket 2\n"
        "  bot, crm.refund, \"eu\" -> 0 1\n");
    EmitOptions plain = emit_defaults();
    plain.has_equal_dims = false;
    ck_assert_text(dispatch_text(&world, plain),
                   "group 0: permits by agent, tool; 2 slots, largest bucket 2\n"
                   "  bot, crm.refund -> 0 1\n");
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(what_may_be_unknown_stands_under_unknown_too)
{
    World world;
    start(&world, 8);
    Build *build = &world.build;
    for (int i = 0; i < 2; i++) {
        Rule *rule = build_rule(build, RULE_FORBID, i == 0 ? STR("a") : STR("b"));
        build_scope(build, rule, DIM_TOOL, world.send);
        build_when(rule, build_test(build, IR_EQ,
                                    build_text(build, i == 0 ? STR("hr") : STR("it")),
                                    world_slot(&world, world.department)));
    }
    Str text = dispatch_text(&world, emit_defaults());
    ck_assert(str_contains(text, STR("  mail.send, \"hr\" -> 0\n")));
    ck_assert(str_contains(text, STR("  mail.send, \"it\" -> 1\n")));
    ck_assert(str_contains(text, STR("  mail.send, unknown -> 0 1\n")));
    // So does an equality with a number that is required: what is sent may fit no
    // number.
    Rule *number = build_rule(build, RULE_FORBID, STR("c"));
    build_scope(build, number, DIM_TOOL, world.refund);
    build_when(number, build_test(build, IR_EQ, world_slot(&world, world.amount),
                                  build_decimal(build, 5000)));
    text = dispatch_text(&world, emit_defaults());
    ck_assert(str_contains(text, STR("  crm.refund, unknown -> 2\n")));
    build->program.rule_count--;
    // Of permits that differ in this constant only, one stands for all.
    build->program.rules[0].kind = RULE_PERMIT;
    build->program.rules[1].kind = RULE_PERMIT;
    text = dispatch_text(&world, emit_defaults());
    ck_assert(str_contains(text, STR("  mail.send, unknown -> 0\n")));
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(clauses_combine_as_a_cross_product)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Rule *rule = build_rule(build, RULE_LIMIT, STR("l"));
    Head *who = build_head(build, rule);
    build_term(who, DIM_USER, 0, "u-7");
    build_term(who, DIM_USER_GROUP, world.staff, "");
    Head *what = build_head(build, rule);
    build_term(what, DIM_TOOL_TAG, 0, "payment");
    build_term(what, DIM_TOOL, world.send, "");
    Head *why = build_head(build, rule);
    build_term(why, DIM_INTENT, world.resolve, "");
    build_term(why, DIM_INTENT, ATOM_ABSENT, "");
    Str text = dispatch_text(&world, emit_defaults());
    ck_assert(str_contains(text, STR("limits by user, intent, tool tag;")));
    ck_assert(str_contains(text, STR("limits by user group, intent, tool;")));
    ck_assert(str_contains(text, STR("  u-7, none, mail.send -> 0\n")));
    ck_assert(str_contains(text, STR("  staff, resolve, payment -> 0\n")));
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.dispatch_count, 4);
    for (uint32_t i = 0; i < bundle.tools_count; i++) {
        bool is_lookup =
            str_eq(bundle_string(&bundle, bundle.tools[i].full), STR("crm.lookup"));
        ck_assert_uint_eq(bundle.tools[i].limits.count, is_lookup ? 0 : 2);
        ck_assert_uint_eq(bundle.tools[i].permits.count, 0);
    }
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(heads_that_exclude_each_other_have_no_entry)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    Rule *rule = build_rule(build, RULE_PERMIT, STR("never"));
    build_scope(build, rule, DIM_TOOL, world.refund);
    build_scope(build, rule, DIM_AUDIENCE, world.mail);
    Rule *both = build_rule(build, RULE_PERMIT, STR("redundant"));
    build_scope(build, both, DIM_TOOL, world.refund);
    build_scope(build, both, DIM_AUDIENCE, world.crm);
    build_scope(build, both, DIM_FAMILY, world.crm);
    ck_assert_text(dispatch_text(&world, emit_defaults()),
                   "group 0: permits by tool; 2 slots, largest bucket 1\n"
                   "  crm.refund -> 0\n");
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(a_rule_without_a_head_is_found_for_every_tool)
{
    World world;
    start(&world, 4);
    build_rule(&world.build, RULE_FORBID, STR("all"));
    ck_assert_text(dispatch_text(&world, emit_defaults()),
                   "group 0: forbids by nothing; 2 slots, largest bucket 1\n"
                   "   -> 0\n");
    Bundle bundle = emit_all(&world);
    for (uint32_t i = 0; i < bundle.tools_count; i++)
        ck_assert_uint_eq(bundle.tools[i].forbids.count, 1);
    arena_free(&world.build.arena);
}
END_TEST

// ---- memos ----

START_TEST(lets_and_shared_expressions_become_memos)
{
    World world;
    start(&world, 8);
    Build *build = &world.build;
    const Type *decimal = build_type(build, TYPE_DECIMAL);
    MemoTool *tools = ARENA_ARRAY(&build->arena, 1, MemoTool);
    tools[0] = (MemoTool){world.refund, world_slot(&world, world.amount)};
    build->program.memos[build->program.memo_count++] = (Memo){
        .name = STR("tool.cost"), .type = decimal, .tools = tools, .tool_count = 1};
    for (int i = 0; i < 2; i++) {
        Rule *rule = build_rule(build, RULE_FORBID, i == 0 ? STR("a") : STR("b"));
        build_scope(build, rule, DIM_TOOL, world.refund);
        build_when(rule, build_test(build, IR_LT, build_decimal(build, 20000),
                                    build_leaf(build, IR_MEMO, 0, decimal)));
        build_when(rule,
                   build_call(build, BUILTIN_PATH_UNDER, build_type(build, TYPE_BOOL),
                              world_slot(&world, world.path),
                              build_text(build, STR("/work"))));
    }
    opt_run(&build->program, &build->arena, OPT_ALL, NULL, NULL);
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.memos_count, 2);
    ck_assert_uint_eq(bundle.memos[0].per_tool.count, 3);
    ck_assert_uint_eq(bundle.memos[0].function, NONE);
    ck_assert_uint_eq(bundle.memos[1].per_tool.count, 0);
    ck_assert_uint_eq(bundle.shapes_count, 1);
    const BundleCondition *conditions = &bundle.conditions[bundle.shapes[0].condition];
    ck_assert_text(bundle_string(&bundle, conditions[0].text),
                   "path.under(args.path, \"/work\")");
    ck_assert_text(bundle_string(&bundle, conditions[1].text), "tool.cost > {0}");
    arena_free(&build->arena);
}
END_TEST

START_TEST(lets_of_lists_take_the_longest)
{
    World world;
    start(&world, 4);
    Build *build = &world.build;
    const char *const few[] = {"a"};
    const char *const many[] = {"a", "b", "c", "d", "e"};
    MemoTool *tools = ARENA_ARRAY(&build->arena, 2, MemoTool);
    tools[0] = (MemoTool){world.refund, build_set(build, many, 5)};
    tools[1] = (MemoTool){world.lookup, build_set(build, few, 1)};
    const Type *strings = tools[0].value->type;
    build->program.memos[build->program.memo_count++] = (Memo){
        .name = STR("tool.names"), .type = strings, .tools = tools, .tool_count = 2};
    Rule *rule = build_rule(build, RULE_FORBID, STR("r"));
    build_scope(build, rule, DIM_FAMILY, world.crm);
    build_when(rule, build_test(build, IR_IN_LIST, build_slot_of(build, SLOT_AGENT_ID),
                                build_leaf(build, IR_MEMO, 0, strings)));
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.types[bundle.memos[0].type].count, 8);
    arena_free(&build->arena);
}
END_TEST

// ---- extras ----

START_TEST(tokens_and_across_are_kept_once)
{
    World world;
    start(&world, 8);
    Build *build = &world.build;
    static const char *const scope[] = {"b", "a"};
    for (int i = 0; i < 2; i++) {
        Rule *rule = add_permit(&world, i == 0 ? "a" : "b", "eu", 1000);
        rule->token = (Token){.says = TOKEN_TTL | TOKEN_SCOPE,
                              .ttl = 30000000000,
                              .scope = build_texts(build, scope, 2),
                              .scope_count = 2};
        rule->is_across = true;
        rule->across_user = build_text(build, STR("acme"));
        rule->because = STR("it is safe");
    }
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.extras_count, 1);
    ck_assert_uint_eq(bundle.tokens_count, 1);
    ck_assert_int_eq(bundle.tokens[0].ttl, 30000000000);
    List list = bundle.tokens[0].scope;
    ck_assert_uint_eq(list.count, 2);
    ck_assert_text(bundle_string(&bundle, bundle.lists[list.first]), "a");
    const BundleExtra *extra = &bundle.extras[0];
    ck_assert_uint_eq(extra->across_agent, NONE);
    ck_assert_uint_eq(bundle.functions[extra->across_user].type, KIND_STRING);
    ck_assert_text(bundle_string(&bundle, extra->because), "it is safe");
    arena_free(&build->arena);
}
END_TEST

START_TEST(rules_say_where_they_stand)
{
    World world;
    start(&world, 4);
    Sources sources;
    sources_init(&sources, &world.build.arena, NULL, NULL);
    Source *second;
    Source *first;
    ck_assert_int_eq(
        sources_add(&sources, STR("b.proviso"), STR("one\ntwo\nthree\n"), &second),
        STATUS_OK);
    ck_assert_int_eq(sources_add(&sources, STR("a.proviso"), STR("x\n"), &first),
                     STATUS_OK);
    Rule *rule = add_permit(&world, "r", "eu", 1000);
    rule->span = span_make(second->base + 4, second->base + 7);
    EmitOptions options = emit_defaults();
    options.sources = &sources;
    Bundle bundle = emit_with(&world, options);
    ck_assert_uint_eq(bundle.meta->source_count, 2);
    ck_assert_uint_eq(bundle.rules[0].source, 1);
    ck_assert_uint_eq(bundle.rules[0].line, 2);
    uint32_t name = bundle.lists[bundle.meta->sources + 1];
    ck_assert_text(bundle_string(&bundle, name), "b.proviso");
    arena_free(&world.build.arena);
}
END_TEST

// ---- the whole ----

static void add_many(World *world, uint32_t count, bool is_reversed)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = is_reversed ? count - 1 - i : i;
        const char *name = arena_format(&world->build.arena, "rule_%05u", n).at;
        const char *region = arena_format(&world->build.arena, "region-%u", n % 97).at;
        Rule *rule = add_permit(world, name, region, 1000 * (n % 50));
        if (n % 3 == 0)
            rule->kind = RULE_LIMIT;
    }
}

START_TEST(the_order_of_rules_does_not_show)
{
    World world;
    start(&world, 500);
    EmitOptions options = emit_defaults();
    add_many(&world, 500, false);
    Str bytes = world_bytes(&world, &options);
    ck_assert(str_eq(bytes, world_bytes(&world, &options)));
    World other;
    start(&other, 500);
    add_many(&other, 500, true);
    ck_assert(str_eq(bytes, world_bytes(&other, &options)));
    arena_free(&world.build.arena);
    arena_free(&other.build.arena);
}
END_TEST

START_TEST(ten_thousand_rules_are_small)
{
    enum { RULES = 10000 };
    World world;
    start(&world, RULES);
    add_many(&world, RULES, false);
    opt_run(&world.build.program, &world.build.arena, OPT_ALL, NULL, NULL);
    Bundle bundle = emit_all(&world);
    ck_assert_uint_eq(bundle.rules_count, RULES);
    ck_assert_uint_lt(bundle.bytes.len, RULES * 100 + 20000);
    ck_assert_uint_lt(bundle.meta->cost, 5000);
    arena_free(&world.build.arena);
}
END_TEST

START_TEST(past_the_cost_of_a_decision_is_a_limit)
{
    enum { RULES = 80000 };
    World world;
    start(&world, RULES);
    Build *build = &world.build;
    for (uint32_t i = 0; i < RULES; i++) {
        Str name = arena_format(&build->arena, "rule_%u", i);
        Rule *rule = build_rule(build, RULE_FORBID, name);
        build_scope(build, rule, DIM_TOOL, world.refund);
        build_when(rule, world_amount_up_to(&world, (int64_t)i));
        build_unless(rule, world_amount_up_to(&world, (int64_t)i * 2));
    }
    Buf out = buf_on(&build->arena);
    EmitLimit limit = {0};
    EmitOptions options = emit_defaults();
    ck_assert(!emit_bundle(&build->arena, &build->program, &options, &out, &limit));
    ck_assert_uint_eq(limit.limit, MAX_DECISION_COST);
    ck_assert_str_eq(limit.what, "steps of a decision about `crm.refund` at worst");
    build->program.rule_count = RULES / 2;
    ck_assert(emit_bundle(&build->arena, &build->program, &options, &out, &limit));
    arena_free(&build->arena);
}
END_TEST

// A table with a key of so many columns.
static bool emits_table(uint32_t keys)
{
    World world;
    start(&world, 1);
    Build *build = &world.build;
    Table *table = &build->program.tables[build->program.table_count++];
    *table = (Table){.name = STR("t"),
                     .key_count = keys,
                     .columns = ARENA_ARRAY(&build->arena, keys, Column),
                     .column_count = keys,
                     .tenant = NONE};
    for (uint32_t i = 0; i < keys; i++)
        table->columns[i] = (Column){.name = arena_format(&build->arena, "c%u", i),
                                     .type = build_type(build, TYPE_INT)};
    Buf out = buf_on(&build->arena);
    EmitLimit limit = {0};
    EmitOptions options = emit_defaults();
    bool is_made = emit_bundle(&build->arena, &build->program, &options, &out, &limit);
    if (!is_made)
        ck_assert_str_eq(limit.what, "columns of a table's key");
    arena_free(&build->arena);
    return is_made;
}

START_TEST(keys_of_too_many_columns_are_a_limit)
{
    ck_assert(emits_table(MAX_TABLE_KEYS));
    ck_assert(!emits_table(MAX_TABLE_KEYS + 1));
}
END_TEST

UNIT_MAIN("emit", declarations_are_in_the_bundle, tables_are_folded_and_found,
          intents_name_tools_by_their_new_numbers,
          comparisons_of_certain_slots_need_no_checks, what_may_be_missing_is_checked,
          known_operands_need_no_combining, loops_cost_as_often_as_they_turn,
          loops_verify_after_other_code, tables_groups_and_lists_verify,
          a_list_and_its_default_may_differ_in_length,
          too_much_for_one_function_is_a_limit,
          rules_that_differ_in_constants_share_their_code, cheap_conditions_go_first,
          equalities_are_looked_up, what_may_be_unknown_stands_under_unknown_too,
          clauses_combine_as_a_cross_product,
          heads_that_exclude_each_other_have_no_entry,
          a_rule_without_a_head_is_found_for_every_tool,
          lets_and_shared_expressions_become_memos, lets_of_lists_take_the_longest,
          tokens_and_across_are_kept_once, rules_say_where_they_stand,
          the_order_of_rules_does_not_show, ten_thousand_rules_are_small,
          past_the_cost_of_a_decision_is_a_limit, keys_of_too_many_columns_are_a_limit)
