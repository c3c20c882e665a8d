// SPDX-License-Identifier: Apache-2.0
// bug: what to do when the program itself is wrong, and the two control-flow macros.
//
// CHECK states an invariant. It stays alive in release builds: a broken invariant
// aborts, and a caller that gets no answer denies. It is never used on input.
#ifndef PROVISO_ENGINE_BASE_BUG_H
#define PROVISO_ENGINE_BASE_BUG_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, args_at)                                                \
    __attribute__((format(printf, format_at, args_at)))

// A function that most calls pass by. Kept out of the one that calls it, which then
// saves no registers and guards no stack for its sake.
#define RARE __attribute__((noinline))

// Prints where and which condition, then aborts. Never returns.
_Noreturn void bug_abort(const char *file, int line, const char *condition);

#define CHECK(condition)                                                               \
    ((condition) ? (void)0 : bug_abort(__FILE__, __LINE__, #condition))

// Stands after a switch that handles every enumerator.
#define unreachable_bug() bug_abort(__FILE__, __LINE__, "unreachable")

// Evaluates an expression of type Status and returns it from here unless it is
// STATUS_OK.
#define TRY(expression)                                                                \
    do {                                                                               \
        Status try_status = (expression);                                              \
        if (try_status != STATUS_OK)                                                   \
            return try_status;                                                         \
    } while (0)

// Returns `status` from here unless the condition holds.
#define ENSURE(condition, status)                                                      \
    do {                                                                               \
        if (!(condition))                                                              \
            return (status);                                                           \
    } while (0)

#endif
