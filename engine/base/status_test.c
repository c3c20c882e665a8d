// SPDX-License-Identifier: Apache-2.0
#include "engine/base/status.h"

#include "engine/base/unit.h"

// What status.h promises of each text, so that it can stand behind a path in a message.
START_TEST(every_text_is_lower_case_without_full_stop)
{
    static const Status all[] = {
#define STATUS(name, text) STATUS_##name,
#include "engine/base/status.def"
#undef STATUS
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        Str text = str_from_c(status_text(all[i]));
        ck_assert_uint_gt(text.len, 0);
        ck_assert(text.at[0] >= 'a' && text.at[0] <= 'z');
        ck_assert(!str_ends(text, STR(".")));
    }
    ck_assert_int_eq(all[0], STATUS_OK);
    ck_assert_int_eq(STATUS_OK, 0);
}
END_TEST

UNIT_MAIN("status", every_text_is_lower_case_without_full_stop)
