// SPDX-License-Identifier: Apache-2.0
// make_bundle: writes an unsigned bundle for the daemon's tests and bench, made by hand
// so that they need no policy text. Usage: make_bundle FILE AMOUNT [RULES]
//
// The permit `refund` lets agent `bot` call crm.refund in region `eu` up to AMOUNT;
// with RULES there are that many more, for other regions.
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/os.h"
#include "lang/emit/emit_unit.h"

enum { MEMORY = 512 << 20, THOUSAND = 1000 };

static void add_permit(World *world, Str name, const char *region, int64_t amount)
{
    Build *build = &world->build;
    Rule *rule = build_rule(build, RULE_PERMIT, name);
    build_scope(build, rule, DIM_AGENT, world->bot);
    build_scope(build, rule, DIM_TOOL, world->refund);
    rule->is_intent_none = true;
    build_when(rule, world_region_is(world, region));
    build_when(rule, world_amount_up_to(world, amount * THOUSAND));
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fputs("usage: make_bundle FILE AMOUNT [RULES]\n", stderr);
        return 2;
    }
    uint32_t more = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
    World world;
    world_start(&world, MEMORY, more + 1);
    add_permit(&world, STR("refund"), "eu", strtoll(argv[2], NULL, 10));
    for (uint32_t i = 0; i < more; i++) {
        Str name = arena_format(&world.build.arena, "refund_%u", i);
        Str region = arena_format(&world.build.arena, "region-%u", i);
        add_permit(&world, name, region.at, i);
    }
    EmitOptions options = emit_defaults();
    options.compiler = STR("make_bundle");
    Buf out = buf_on(&world.build.arena);
    EmitLimit limit;
    ir_check(&world.build.program);
    bool is_made =
        emit_bundle(&world.build.arena, &world.build.program, &options, &out, &limit);
    CHECK(is_made);
    Status status = os_write_file(str_from_c(argv[1]), buf_view(&out), 0644);
    if (status != STATUS_OK)
        fprintf(stderr, "%s: %s\n", argv[1], status_text(status));
    arena_free(&world.build.arena);
    return status == STATUS_OK ? 0 : 3;
}
