// SPDX-License-Identifier: Apache-2.0
// lapse: the time on which what was granted ends, so that it ends by the wall clock and
// by the time that has passed, whichever is first, and for good.
//
// It goes on with the ticks, and with the wall clock where that runs ahead of them: by
// a step, or while nothing was served. When the wall clock steps back it only goes on.
// So between two moments at least as much of it passes as of either clock, and what is
// over can't become good again; what is granted after a step has its whole time.
//
// It is part of the state: every step that an operation meets is in the log.
#ifndef PROVISO_ENGINE_STATE_LAPSE_H
#define PROVISO_ENGINE_STATE_LAPSE_H

#include <stdbool.h>
#include <stdint.h>

// When something happens. Policies speak of `wall`: ns since 1970, as the system says.
// What counts against a caller is measured on `tick`: ns of time that really passed
// while the state was served. It never goes back, whatever is done to the wall clock,
// and starts where the state was left.
//
// `start` and `end` are set by lapse_moment, in ns of the state's own clock: what is
// granted now begins at `start`, and what ends at `end` or before is over. They differ
// by LAPSE_SLACK at most.
typedef struct Moment {
    int64_t wall;
    int64_t tick;
    int64_t start;
    int64_t end;
} Moment;

// Two readings of the system's clocks lie apart by about so much; no more than that is
// held against a caller when the wall clock seems to go back.
static const int64_t LAPSE_SLACK = 10000000;

typedef struct Lapse {
    bool is_set;
    int64_t offset; // wall - tick, as it was last
    int64_t ahead;  // how far steps have put it ahead of the ticks
} Lapse;

// Whether at those two times it would step: then that must be remembered.
bool lapse_steps(const Lapse *lapse, int64_t wall, int64_t tick);

// It takes the step, if there is one.
void lapse_see(Lapse *lapse, int64_t wall, int64_t tick);

// The moment of those two times. It is the same before they were seen, and after.
Moment lapse_moment(const Lapse *lapse, int64_t wall, int64_t tick);

#endif
