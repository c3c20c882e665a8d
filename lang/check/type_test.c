// SPDX-License-Identifier: Apache-2.0
#include "lang/check/type.h"

#include "engine/base/arena.h"
#include "engine/base/unit.h"

static Types *start(Arena *arena)
{
    arena_init(arena, 1 << 22);
    return types_new(arena);
}

static Str text_of(Arena *arena, const Type *type)
{
    Buf buf = buf_on(arena);
    type_format(&buf, type);
    return buf_view(&buf);
}

START_TEST(equal_shapes_are_one_type)
{
    Arena arena;
    Types *types = start(&arena);
    const Type *string = type_plain(types, TYPE_STRING);
    ck_assert_ptr_eq(string, type_plain(types, TYPE_STRING));
    ck_assert_ptr_eq(type_set(types, string, 5), type_set(types, string, 5));
    ck_assert_ptr_ne(type_set(types, string, 5), type_set(types, string, 6));
    ck_assert_ptr_ne(type_set(types, string, 5), type_list(types, string, 5));
    ck_assert_ptr_eq(type_key(types, 1), type_key(types, 1));
    ck_assert_ptr_ne(type_key(types, 1), type_row(types, 1));
    Str ab[] = {STR("a"), STR("b")};
    Str ba[] = {STR("b"), STR("a")};
    Str joined[] = {STR("ab")};
    ck_assert_ptr_eq(type_enum(types, ab, 2), type_enum(types, ba, 2));
    ck_assert_ptr_ne(type_enum(types, ab, 2), type_enum(types, joined, 1));
    for (uint32_t i = 0; i < 200; i++)
        type_list(types, string, i);
    ck_assert_ptr_eq(string, type_plain(types, TYPE_STRING));
    arena_free(&arena);
}
END_TEST

START_TEST(optional_types_know_their_bare_type)
{
    Arena arena;
    Types *types = start(&arena);
    const Type *integer = type_plain(types, TYPE_INT);
    const Type *optional = type_optional(types, integer);
    ck_assert(optional->is_optional);
    ck_assert_ptr_eq(optional->bare, integer);
    ck_assert_ptr_eq(integer->bare, integer);
    ck_assert_ptr_eq(type_optional(types, optional), optional);
    ck_assert_ptr_eq(type_optional(types, integer), optional);
    arena_free(&arena);
}
END_TEST

START_TEST(fields_are_found_by_name)
{
    Arena arena;
    Types *types = start(&arena);
    const Type *string = type_plain(types, TYPE_STRING);
    TypeField fields[] = {
        {STR("tenant"), string}, {STR("id"), string}, {STR("m"), string}};
    const Type *record = type_record(types, fields, 3);
    ck_assert_uint_eq(type_field(record, STR("id")), 0);
    ck_assert_uint_eq(type_field(record, STR("m")), 1);
    ck_assert_uint_eq(type_field(record, STR("tenant")), 2);
    ck_assert_uint_eq(type_field(record, STR("x")), NONE);
    TypeField swapped[] = {
        {STR("m"), string}, {STR("tenant"), string}, {STR("id"), string}};
    ck_assert_ptr_eq(type_record(types, swapped, 3), record);
    arena_free(&arena);
}
END_TEST

START_TEST(joins_are_the_narrowest_common_type)
{
    Arena arena;
    Types *types = start(&arena);
    const Type *integer = type_plain(types, TYPE_INT);
    const Type *decimal = type_plain(types, TYPE_DECIMAL);
    const Type *string = type_plain(types, TYPE_STRING);
    const Type *poison = type_plain(types, TYPE_POISON);
    ck_assert_ptr_eq(type_join(types, integer, decimal), decimal);
    ck_assert_ptr_eq(type_join(types, type_key(types, 0), type_plain(types, TYPE_URI)),
                     string);
    ck_assert_ptr_eq(type_join(types, integer, string), NULL);
    ck_assert_ptr_eq(type_join(types, integer, poison), integer);
    ck_assert_ptr_eq(type_join(types, poison, integer), integer);
    ck_assert_ptr_eq(type_join(types, type_optional(types, integer), decimal),
                     type_optional(types, decimal));
    ck_assert_ptr_eq(type_join(types, integer, type_optional(types, integer)),
                     type_optional(types, integer));
    ck_assert_ptr_eq(
        type_join(types, type_set(types, integer, 3), type_set(types, decimal, 9)),
        type_set(types, decimal, 9));
    ck_assert_ptr_eq(
        type_join(types, type_set(types, string, 3), type_list(types, string, 2)),
        type_list(types, string, 3));
    arena_free(&arena);
}
END_TEST

START_TEST(texts_are_what_an_author_writes)
{
    Arena arena;
    Types *types = start(&arena);
    types_name_table(types, 2, STR("customers"));
    const Type *string = type_plain(types, TYPE_STRING);
    const Type *pair[] = {string, type_plain(types, TYPE_INT)};
    Str ab[] = {STR("b"), STR("a")};
    ck_assert_text(text_of(&arena, type_key(types, 2)), "key of customers");
    ck_assert_text(text_of(&arena, type_row(types, 7)), "row of table 7");
    ck_assert_text(text_of(&arena, type_optional(types, type_set(types, string, 4))),
                   "set<string>?");
    ck_assert_text(text_of(&arena, type_enum(types, ab, 2)), "enum{\"a\", \"b\"}");
    ck_assert_text(text_of(&arena, type_tuple(types, pair, 2)), "(string, int)");
    ck_assert_text(text_of(&arena, type_list(types, type_record(types, NULL, 0), 4)),
                   "list<record>");
    arena_free(&arena);
}
END_TEST

UNIT_MAIN("type", equal_shapes_are_one_type, optional_types_know_their_bare_type,
          fields_are_found_by_name, joins_are_the_narrowest_common_type,
          texts_are_what_an_author_writes)
