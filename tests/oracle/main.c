// SPDX-License-Identifier: Apache-2.0
// oracle: random policies and requests, decided by the engine and by the oracle.
//
//     oracle duel|laws [DECISIONS [FIRST_SEED]]
//
// Prints every difference made small, at most five, and the seed to go on with.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "tests/oracle/duel.h"
#include "tests/oracle/laws.h"

enum { CALLS = 200 /* a policy */, MOST_FAILURES = 5, PROGRESS = 10000000 };

static uint64_t number(int argc, char **argv, int at, uint64_t otherwise)
{
    return at < argc ? strtoull(argv[at], NULL, 10) : otherwise;
}

static void print_tally(const char *what, const Tally *tally, uint64_t seed)
{
    printf("%s: %llu policies, %llu decisions, %llu allows, %llu differences; next "
           "seed %llu\n",
           what, (unsigned long long)tally->policies,
           (unsigned long long)tally->decisions, (unsigned long long)tally->allows,
           (unsigned long long)tally->failures, (unsigned long long)seed);
    fflush(stdout);
}

static void print_codes(const Tally *tally)
{
    for (uint32_t code = 0; code < proviso_code_count(); code++)
        if (tally->codes[code] > 0)
            printf("  %-12s %llu\n", proviso_code_name(code),
                   (unsigned long long)tally->codes[code]);
}

int main(int argc, char **argv)
{
    bool is_duel = argc > 1 && strcmp(argv[1], "duel") == 0;
    if (!is_duel && (argc < 2 || strcmp(argv[1], "laws") != 0)) {
        fprintf(stderr, "usage: oracle duel|laws [DECISIONS [FIRST_SEED]]\n");
        return 2;
    }
    uint64_t decisions = number(argc, argv, 2, 100000);
    uint64_t seed = number(argc, argv, 3, 1), said = 0;
    Tally tally = {0};
    for (; tally.decisions < decisions && tally.failures < MOST_FAILURES; seed++) {
        (is_duel ? duel_run : laws_run)(seed, CALLS, &tally);
        if (tally.decisions / PROGRESS > said) {
            said = tally.decisions / PROGRESS;
            print_tally("so far", &tally, seed + 1);
        }
    }
    print_tally(argv[1], &tally, seed);
    print_codes(&tally);
    return tally.failures == 0 ? 0 : 1;
}
