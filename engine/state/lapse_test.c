// SPDX-License-Identifier: Apache-2.0
#include "engine/state/lapse.h"

#include "engine/base/unit.h"

static const int64_t SECOND = 1000000000;

static Lapse begun(void)
{
    Lapse lapse = {0};
    lapse_see(&lapse, 100 * SECOND, 0);
    return lapse;
}

// What of `ttl` is left to that which was granted at `start`.
static int64_t left(const Lapse *lapse, int64_t start, int64_t ttl, int64_t wall,
                    int64_t tick)
{
    return start + ttl - lapse_moment(lapse, wall, tick).end;
}

START_TEST(it_goes_on_with_the_ticks)
{
    Lapse lapse = begun();
    Moment now = lapse_moment(&lapse, 107 * SECOND, 7 * SECOND);
    ck_assert_int_eq(now.start, 7 * SECOND);
    ck_assert_int_eq(now.end, 7 * SECOND);
    ck_assert(!lapse_steps(&lapse, 107 * SECOND, 7 * SECOND));
}
END_TEST

START_TEST(a_step_forth_counts)
{
    Lapse lapse = begun();
    ck_assert(lapse_steps(&lapse, 160 * SECOND, SECOND));
    ck_assert_int_eq(left(&lapse, 0, 60 * SECOND, 160 * SECOND, SECOND), 0);
    lapse_see(&lapse, 160 * SECOND, SECOND);
    ck_assert(!lapse_steps(&lapse, 160 * SECOND, SECOND));
    ck_assert_int_eq(left(&lapse, 0, 60 * SECOND, 160 * SECOND, SECOND), 0);
}
END_TEST

START_TEST(a_step_back_gives_nothing_back)
{
    Lapse lapse = begun();
    lapse_see(&lapse, 160 * SECOND, SECOND);
    ck_assert(lapse_steps(&lapse, 102 * SECOND, 2 * SECOND));
    lapse_see(&lapse, 102 * SECOND, 2 * SECOND);
    ck_assert_int_lt(left(&lapse, 0, 60 * SECOND, 102 * SECOND, 2 * SECOND), 0);
    // What is granted afterwards has all of its time, by either clock.
    int64_t start = lapse_moment(&lapse, 102 * SECOND, 2 * SECOND).start;
    ck_assert_int_eq(left(&lapse, start, 60 * SECOND, 161 * SECOND, 61 * SECOND),
                     SECOND);
    ck_assert_int_eq(left(&lapse, start, 60 * SECOND, 162 * SECOND, 61 * SECOND), 0);
}
END_TEST

// Within the slack the clock takes no step, and nobody gains by that.
START_TEST(small_steps_are_held_against_the_caller)
{
    Lapse lapse = begun();
    int64_t little = LAPSE_SLACK / 2;
    ck_assert(!lapse_steps(&lapse, 100 * SECOND - little, 0));
    Moment now = lapse_moment(&lapse, 100 * SECOND - little, 0);
    ck_assert_int_eq(now.end - now.start, little);
    ck_assert_int_eq(lapse_moment(&lapse, 100 * SECOND - LAPSE_SLACK, 0).end, 0);
    ck_assert(!lapse_steps(&lapse, 100 * SECOND - LAPSE_SLACK, 0));
    ck_assert(lapse_steps(&lapse, 100 * SECOND - LAPSE_SLACK - 1, 0));
}
END_TEST

// Whatever the clocks do: what is over by one of them is over, and stays so.
START_TEST(nothing_outlives_either_clock)
{
    enum { MOMENTS = 400, SEEDS = 50 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        uint64_t dice = seed * 0x9E3779B97F4A7C15u;
        Lapse lapse = {0};
        int64_t wall = 1000 * SECOND, tick = 0, walls[MOMENTS], ticks[MOMENTS],
                starts[MOMENTS], end = 0;
        for (int i = 0; i < MOMENTS; i++) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            int64_t scale = (dice >> 60) % 4 == 0 ? SECOND : LAPSE_SLACK;
            tick += (int64_t)(dice >> 40 & 0xFF) * scale / 0x100;
            wall += (int64_t)((dice >> 48 & 0xFF) - 0x60) * scale / 0x100;
            Moment now = lapse_moment(&lapse, wall, tick);
            ck_assert_int_ge(now.end, end);
            ck_assert_int_le(now.start, now.end);
            end = now.end;
            walls[i] = wall;
            ticks[i] = tick;
            starts[i] = now.start;
            for (int k = 0; k < i; k++) {
                ck_assert_int_ge(now.end - starts[k], wall - walls[k]);
                ck_assert_int_ge(now.end - starts[k], tick - ticks[k]);
            }
            lapse_see(&lapse, wall, tick);
            ck_assert_int_eq(lapse_moment(&lapse, wall, tick).start, now.start);
            ck_assert_int_eq(lapse_moment(&lapse, wall, tick).end, now.end);
        }
    }
}
END_TEST

START_TEST(clocks_beyond_all_measure_stay_in_bounds)
{
    const int64_t EDGES[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    enum { COUNT = sizeof EDGES / sizeof EDGES[0] };
    for (int i = 0; i < COUNT * COUNT; i++) {
        Lapse lapse = begun();
        for (int k = 0; k < 4; k++) {
            lapse_see(&lapse, EDGES[i % COUNT], EDGES[i / COUNT]);
            lapse_see(&lapse, INT64_MIN, 0);
        }
        Moment now = lapse_moment(&lapse, EDGES[i % COUNT], EDGES[i / COUNT]);
        ck_assert_int_le(now.end, INT64_MAX / 2);
    }
}
END_TEST

UNIT_MAIN("lapse", it_goes_on_with_the_ticks, a_step_forth_counts,
          a_step_back_gives_nothing_back, small_steps_are_held_against_the_caller,
          nothing_outlives_either_clock, clocks_beyond_all_measure_stay_in_bounds)
