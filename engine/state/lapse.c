// SPDX-License-Identifier: Apache-2.0
#include "engine/state/lapse.h"

// Further than that no wall clock gets; what is added to it still fits.
static const int64_t MOST = INT64_MAX / 4;

static int64_t bounded(int64_t time)
{
    if (time > MOST)
        return MOST;
    return time < -MOST ? -MOST : time;
}

static int64_t offset_of(int64_t wall, int64_t tick)
{
    return bounded(bounded(wall) - bounded(tick));
}

// The clock as it is after those two times were seen.
static Lapse seen(const Lapse *lapse, int64_t offset)
{
    Lapse next = *lapse;
    int64_t by = offset - lapse->offset;
    if (!lapse->is_set || by > 0 || by < -LAPSE_SLACK)
        next.offset = offset;
    if (lapse->is_set && by > 0)
        next.ahead = bounded(lapse->ahead + by);
    next.is_set = true;
    return next;
}

bool lapse_steps(const Lapse *lapse, int64_t wall, int64_t tick)
{
    Lapse next = seen(lapse, offset_of(wall, tick));
    return lapse->is_set && next.offset != lapse->offset;
}

void lapse_see(Lapse *lapse, int64_t wall, int64_t tick)
{
    *lapse = seen(lapse, offset_of(wall, tick));
}

Moment lapse_moment(const Lapse *lapse, int64_t wall, int64_t tick)
{
    int64_t offset = offset_of(wall, tick);
    Lapse next = seen(lapse, offset);
    int64_t end = bounded(tick) + next.ahead;
    return (Moment){
        .wall = wall, .tick = tick, .start = end - (next.offset - offset), .end = end};
}
