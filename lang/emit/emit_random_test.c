// SPDX-License-Identifier: Apache-2.0
// Whatever well-typed policy is emitted, the verifier accepts the bundle, whichever
// passes ran and whichever options were off.
#include "lang/emit/emit_random.h"

#include "engine/bytecode/verify.h"
#include "lang/opt/opt.h"

enum { SEEDS = 300, RULES = 12 };

static void check_seed(uint64_t seed)
{
    for (uint32_t mask = 0; mask < 8; mask++) {
        World world;
        Dice dice;
        dice_start(&dice, &world, seed, RULES);
        EmitOptions options = {.has_families = (mask & 1) != 0,
                               .has_equal_dims = (mask & 2) != 0,
                               .has_two_values = (mask & 4) != 0,
                               .compiler = STR("test")};
        Arena *arena = &world.build.arena;
        opt_run(&world.build.program, arena, (uint32_t)(seed + mask) & OPT_ALL, NULL,
                NULL);
        Bundle bundle = world_open(world_bytes(&world, &options));
        VerifyFailure failure;
        ck_assert_msg(verify_bundle(&bundle, arena, &failure) == STATUS_OK,
                      "seed %u, options %u: %s in %s at %u", (unsigned)seed, mask,
                      verify_rule_name(failure.rule), section_name(failure.section),
                      failure.index);
        arena_free(arena);
    }
}

START_TEST(every_bundle_verifies)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        check_seed(seed);
}
END_TEST

// A loop whose body uses registers that held other types before it.
START_TEST(loop_bodies_have_registers_of_their_own)
{
    check_seed(682);
}
END_TEST

UNIT_MAIN("emit_random", every_bundle_verifies, loop_bodies_have_registers_of_their_own)
