// SPDX-License-Identifier: Apache-2.0
// bench: what benchmark programs share: a folder that goes when they end, a bound on
// their time, medians, and lines that hold goals against results.
#ifndef PROVISO_TESTS_BENCH_BENCH_H
#define PROVISO_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "engine/base/arena.h"
#include "engine/base/str.h"

typedef struct Bench {
    Arena arena;
    const char *build; // build/KIND, absolute
    Str folder;        // for files, in $TMPDIR or /tmp
} Bench;

// `program` is argv[0]. What isn't done after so many seconds is stuck: the program
// ends with a message then, and with it all that bench_fork has started.
void bench_start(Bench *bench, const char *program, unsigned seconds);
// Removes the folder. What main returns.
int bench_end(Bench *bench);

// Ends the program, which has failed.
_Noreturn void bench_die(const char *what);

// A process that is killed when this one ends, however that comes.
pid_t bench_fork(void);

// A path in the folder.
const char *bench_path(Bench *bench, const char *name);

// Runs build/KIND/PROGRAM with a list of arguments that a NULL ends, in the folder.
// Ends this program unless it succeeds.
void bench_run(Bench *bench, const char *program, char *const *arguments);

// Sorts numbers, after which the middle is the median, and so on.
void bench_sort(double *values, size_t count);

// A line that begins with "=": a goal, what was measured, whether it is met.
void bench_goal(const char *what, double measured, bool is_floor, double goal,
                const char *unit);

#endif
