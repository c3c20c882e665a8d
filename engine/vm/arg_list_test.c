// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_list.h"

#include "engine/base/unit.h"

START_TEST(a_list_takes_its_capacity_and_no_more)
{
    Str items[2];
    ArgList list = {items, 0, 2};
    ck_assert(arg_list_add(&list, STR("a")));
    ck_assert(arg_list_add(&list, STR("a")));
    ck_assert(!arg_list_add(&list, STR("b")));
    ck_assert_uint_eq(list.count, 2);
    ck_assert(arg_list_has(&list, STR("a")));
    ck_assert(!arg_list_has(&list, STR("b")));
}
END_TEST

START_TEST(lower_case_copies_only_what_it_must)
{
    char bytes[4];
    Buf memory = buf_fixed(bytes, sizeof bytes);
    Str text = STR("abc\xc3\x84");
    Str out;
    ck_assert(arg_lower(text, &memory, &out));
    ck_assert_ptr_eq(out.at, text.at);
    ck_assert(arg_lower(STR("aZ[@"), &memory, &out));
    ck_assert_text(out, "az[@");
    ck_assert(!arg_lower(STR("A"), &memory, &out));
}
END_TEST

UNIT_MAIN("arg_list", a_list_takes_its_capacity_and_no_more,
          lower_case_copies_only_what_it_must)
