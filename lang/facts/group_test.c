// SPDX-License-Identifier: Apache-2.0
#include "lang/facts/group.h"

#include "lang/facts/facts_unit.h"

static GroupFacts read(Bench *bench, const char *path, const char *text,
                       const char *wanted)
{
    const Fact *root = bench_read(bench, path, text);
    return groups_from_facts(&bench->arena, &bench->diags, str_from_c(wanted),
                             span_make(bench->source->base, bench->source->base),
                             bench->source, root);
}

static Str index_text(Bench *bench, GroupIndex *index, const char *group)
{
    uint32_t count;
    Str *ids = group_closure(&bench->arena, index, str_from_c(group), &count);
    Buf out = buf_on(&bench->arena);
    for (uint32_t i = 0; i < count; i++)
        buf_printf(&out, "%s%.*s", i == 0 ? "" : " ", STR_ARG(ids[i]));
    return buf_view(&out);
}

static Str closure_text(Bench *bench, const GroupFacts *facts, const char *group)
{
    return index_text(bench, group_index(&bench->arena, facts), group);
}

// Who belongs to the group, or what was said about the file.
static void expect(const char *path, const char *text, const char *group,
                   const char *expected)
{
    Bench *bench = bench_new();
    GroupFacts facts = read(bench, path, text, group);
    Str got = diags_has_errors(&bench->diags) ? bench_messages(bench)
                                              : closure_text(bench, &facts, group);
    ck_assert_msg(str_eq(got, str_from_c(expected)),
                  "%s:\n%s\ngives    %.*s\nexpected %s", path, text, STR_ARG(got),
                  expected);
    bench_free(bench);
}

START_TEST(groups_come_in_several_shapes)
{
    static const char *const yaml[] = {
        "staff: [u-2, u-1]\nother: [u-3]\n",
        "groups:\n  staff: [u-1, u-2]\n",
        "groups:\n- {name: staff, members: [u-1, u-2]}\n",
        "- {name: staff, members: [u-1, u-2]}\n- {id: other, members: [u-3]}\n",
        "staff: {members: [u-1, u-2]}\n",
        "- u-1\n- u-2\n",
        "- {id: u-1, groups: [staff, other]}\n- {id: u-2, groups: [staff]}\n",
        "u-1: {groups: [staff, other]}\nu-2: {groups: [staff]}\n",
        "staff: [u-1, u-2, u-1]\n",
    };
    for (size_t i = 0; i < sizeof yaml / sizeof yaml[0]; i++)
        expect("g.yaml", yaml[i], "staff", "u-1 u-2");
    expect("g.csv", "group,member\nstaff,u-1\nother,u-3\nstaff,u-2\n", "staff",
           "u-1 u-2");
    expect("g.csv", "group,members\nstaff,u-1;u-2\n", "staff", "u-1 u-2");
    expect("g.json", "{\"staff\": [\"u-1\", \"u-2\"]}", "staff", "u-1 u-2");
    expect("g.yaml", "staff: []\n", "staff", "");
    expect("g.yaml", "staff:\n", "staff", "");
}
END_TEST

START_TEST(membership_is_transitive)
{
    expect("g.yaml", "all: [staff, admins, u-0]\nstaff: [u-2, admins]\nadmins: [u-1]\n",
           "all", "u-0 u-1 u-2");
    expect("g.yaml", "all: [staff, admins, u-0]\nstaff: [u-2, admins]\nadmins: [u-1]\n",
           "admins", "u-1");
    expect("g.yaml", "a: [b, u-1]\nb: [a, u-2]\n", "a", "u-1 u-2");
    expect("g.yaml", "a: [a]\n", "a", "");
    expect("g.yaml", "a: [b]\nb: []\n", "a", "");
}
END_TEST

START_TEST(mistakes_have_their_place)
{
    expect("g.yaml", "staff: [u-1]\n", "stuff",
           "1:1 `g.yaml` says nothing of a group `stuff`");
    expect("g.yaml", "staff: [[u-1], {a: b}]\n", "staff",
           "1:9 a member should be an id, found a list; "
           "1:16 a member should be an id, found a map");
    expect("g.json", "{\"staff\": [5]}", "staff",
           "1:12 a member should be an id, found the number `5`");
    expect("g.json", "{\"staff\": 5}", "staff",
           "1:11 the members of a group should be a list of ids, found the number `5`");
    expect("g.yaml", "x\n", "staff",
           "1:1 a file of groups should be a map from group to members, found `x`");
    expect("g.yaml", "- {members: [a]}\n", "staff", "1:3 the row has no `name`");
    expect("g.yaml", "- {name: a, members: [b]}\n- x\n", "a",
           "2:3 a group should be a map with `name` and `members`, found `x`");
}
END_TEST

START_TEST(users_add_to_the_groups_of_a_file)
{
    Bench *bench = bench_new();
    GroupFacts facts = read(bench, "g.yaml", "staff: [u-1]\n", "staff");
    GroupMember members[] = {{.group = STR("staff"), .member = STR("u-9")}};
    group_facts_add(&bench->arena, &facts, members, 1);
    ck_assert_text(closure_text(bench, &facts, "staff"), "u-1 u-9");
    bench_free(bench);
}
END_TEST

START_TEST(without_a_name_all_groups_of_the_file_are_meant)
{
    Bench *bench = bench_new();
    GroupFacts facts = read(bench, "g.yaml", "a: [u-1]\nb:\n", "");
    ck_assert(!diags_has_errors(&bench->diags));
    ck_assert_uint_eq(facts.name_count, 2);
    ck_assert_text(facts.names[1], "b");
    read(bench, "g.yaml", "- u-1\n", "");
    ck_assert_text(
        bench_messages(bench),
        "1:3 a group should be a map with `name` and `members`, found `u-1`");
    bench_free(bench);
}
END_TEST

START_TEST(one_index_answers_any_number_of_times)
{
    Bench *bench = bench_new();
    GroupFacts facts =
        read(bench, "g.yaml", "a: [b, u-1]\nb: [a, u-2]\nc: [u-3]\n", "");
    GroupIndex *index = group_index(&bench->arena, &facts);
    for (int i = 0; i < 2; i++) {
        ck_assert_text(index_text(bench, index, "a"), "u-1 u-2");
        ck_assert_text(index_text(bench, index, "c"), "u-3");
        ck_assert_text(index_text(bench, index, "none"), "");
    }
    bench_free(bench);
}
END_TEST

UNIT_MAIN("group", one_index_answers_any_number_of_times, groups_come_in_several_shapes,
          membership_is_transitive, mistakes_have_their_place,
          users_add_to_the_groups_of_a_file,
          without_a_name_all_groups_of_the_file_are_meant)
