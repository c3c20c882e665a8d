// SPDX-License-Identifier: Apache-2.0
// oracle: random policies and requests, decided by the engine and by the oracle.
//
//     oracle [DECISIONS [FIRST_SEED]]
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "tests/oracle/duel.h"

enum { CALLS = 200 }; // a policy

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
    return at < argc ? strtoull(argv[at], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    uint64_t decisions = number(argc, argv, 1, 100000);
    uint64_t seed = number(argc, argv, 2, 1);
    uint64_t most_failures = number(argc, argv, 3, 5);
    Tally tally = {0};
    for (; tally.decisions < decisions && tally.failures < most_failures; seed++)
        duel_run(seed, CALLS, &tally);
    printf("%llu policies, %llu decisions, %llu allows, next seed %llu\n",
           (unsigned long long)tally.policies, (unsigned long long)tally.decisions,
           (unsigned long long)tally.allows, (unsigned long long)seed);
    for (uint32_t code = 0; code < proviso_code_count(); code++)
        if (tally.codes[code] > 0)
            printf("  %-12s %llu\n", proviso_code_name(code),
                   (unsigned long long)tally.codes[code]);
    return tally.failures == 0 ? 0 : 1;
}
