// SPDX-License-Identifier: Apache-2.0
// How many groups a user may be in, by the policy and by the request.
#include "tests/decisions/memory_unit.h"

static const char HEAD[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent bot { id \"bot\" tenant \"acme\" }\n"
    "audience crm { uri \"https://crm.example/mcp\" tenant \"acme\" "
    "tool look() }\n";

// Groups within each other, so that ada is in all.
static const char *nested(Arena *arena, uint32_t count)
{
    Buf text = buf_on(arena);
    buf_str(&text, str_from_c(HEAD));
    buf_str(&text, STR("group g1 { \"ada\" }\n"));
    for (uint32_t i = 2; i <= count; i++)
        buf_str(&text, arena_format(arena, "group g%u { g%u }\n", i, i - 1));
    buf_str(&text,
            arena_format(arena, "permit look { user g%u intent none tool crm.look }\n",
                         count));
    buf_char(&text, '\0');
    return text.at;
}

START_TEST(of_one_user_in_a_policy)
{
    Point point;
    Arena arena;
    arena_init(&arena, MEMORY_ARENA);
    const char *policy = nested(&arena, 4096);
    point_start(&point, policy);
    ck_assert_str_eq(
        point_ask(&point, point_request(&point, "bot",
                                        "\"audience\":\"https://crm.example/mcp\","
                                        "\"tool\":\"look\",\"args\":{}")),
        "allow");
    point_stop(&point);
    LangInput input = {.paths = &STR("policy.proviso"),
                       .count = 1,
                       .read = point_read,
                       .context = (void *)(uintptr_t)nested(&arena, 4097),
                       .compiler = STR("test"),
                       .is_build = true};
    LangOutput output;
    ck_assert_int_eq(lang_compile(&arena, &input, &output), STATUS_OK);
    ck_assert_uint_eq(output.bundle.len, 0);
    Buf text = buf_on(&arena);
    render_text(&text, output.diags.first, (RenderStyle){0});
    buf_char(&text, '\0');
    ck_assert_ptr_nonnull(
        strstr(text.at, "groups of one user: 4097, where 4096 is the limit"));
    arena_free(&arena);
}
END_TEST

static const char *ask_with(Point *point, uint32_t count)
{
    Buf groups = buf_on(&point->arena);
    buf_str(&groups, STR("\"staff\""));
    for (uint32_t i = 1; i < count; i++)
        buf_str(&groups, arena_format(&point->arena, ",\"other-%u\"", i));
    return point_ask(
        point,
        arena_format(&point->arena,
                     "{\"gateway\":\"edge\",\"agent\":\"bot\",\"user\":{\"id\":\"ada\","
                     "\"tenant\":\"acme\",\"groups\":[%.*s]},\"presenter\":\"key\","
                     "\"credential\":{\"iss\":\"https://okta.example\",\"sub\":\"ada\","
                     "\"aud\":\"https://edge.example/mcp\",\"exp\":1772500000,"
                     "\"cnf\":\"key\"},\"audience\":\"https://crm.example/mcp\","
                     "\"tool\":\"look\",\"args\":{}}",
                     STR_ARG(buf_view(&groups))));
}

START_TEST(of_one_user_in_a_request)
{
    Point point;
    Arena arena;
    arena_init(&arena, MEMORY_ARENA);
    point_start(&point,
                arena_format(&arena,
                             "%sattribute user.groups: set<string>? from request\n"
                             "group staff { \"ann\" }\n"
                             "permit look { user staff intent none tool crm.look }\n",
                             HEAD)
                    .at);
    ck_assert_str_eq(ask_with(&point, 256), "allow");
    ck_assert_str_eq(ask_with(&point, 257), "too_large");
    ck_assert(point_says(&point, "user.groups: names more than 256 groups"));
    ck_assert_str_eq(ask_with(&point, 8000), "too_large");
    ck_assert(point_says(&point, "user: more items than are allowed"));
    point_stop(&point);
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("groups", of_one_user_in_a_policy, of_one_user_in_a_request)
