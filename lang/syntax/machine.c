// SPDX-License-Identifier: Apache-2.0
#include "lang/syntax/machine.h"

#include "engine/base/bug.h"

#define Grammar_ENGINEALWAYSONSTACK 1
#ifndef NDEBUG
#define NDEBUG // else lemon's trace globals are compiled in
#endif

static void GrammarInit(void *parser, Build *build);
static void GrammarFinalize(void *parser);
static void Grammar(void *parser, int major, Token minor);
static int GrammarFallback(int token);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#include "lang/syntax/grammar.c"
#pragma GCC diagnostic pop

struct Machine {
    yyParser parser;
};

Machine *machine_new(Arena *arena, Build *build)
{
    Machine *machine = ARENA_NEW(arena, Machine);
    GrammarInit(&machine->parser, build);
    return machine;
}

void machine_feed(Machine *machine, Token token)
{
    Grammar(&machine->parser, token.kind, token);
}

// A look ahead: the automaton's stack with `below` as its top, and states pushed above
// it.
enum { PROBE_DEPTH = 64 };
typedef struct Probe {
    const yyStackEntry *below;
    YYACTIONTYPE pushed[PROBE_DEPTH];
    unsigned count;
} Probe;

static YYACTIONTYPE probe_state(const Probe *probe)
{
    return probe->count > 0 ? probe->pushed[probe->count - 1] : probe->below->stateno;
}

static void probe_push(Probe *probe, YYACTIONTYPE state)
{
    CHECK(probe->count < PROBE_DEPTH);
    if (state > YY_MAX_SHIFT && state <= YY_MAX_SHIFTREDUCE)
        state += YY_MIN_REDUCE - YY_MIN_SHIFTREDUCE;
    probe->pushed[probe->count++] = state;
}

static void probe_reduce(Probe *probe, unsigned rule)
{
    for (int i = yyRuleInfoNRhs[rule]; i < 0; i++) {
        if (probe->count > 0)
            probe->count--;
        else
            probe->below--;
    }
    probe_push(probe, yy_find_reduce_action(probe_state(probe), yyRuleInfoLhs[rule]));
}

// Does to the probe what Grammar() does to the stack.
static bool probe_feed(Probe *probe, unsigned kind)
{
    for (;;) {
        YYACTIONTYPE action =
            yy_find_shift_action((YYCODETYPE)kind, probe_state(probe));
        if (action >= YY_MIN_REDUCE) {
            probe_reduce(probe, action - YY_MIN_REDUCE);
        } else if (action <= YY_MAX_SHIFTREDUCE) {
            probe_push(probe, action);
            return true;
        } else {
            return action == YY_ACCEPT_ACTION;
        }
    }
}

static Probe probe_start(const Machine *machine)
{
    Probe probe;
    probe.below = machine->parser.yytos;
    probe.count = 0;
    return probe;
}

bool machine_accepts(const Machine *machine, unsigned kind)
{
    Probe probe = probe_start(machine);
    return probe_feed(&probe, kind);
}

bool machine_accepts_all(const Machine *machine, const unsigned *kinds, unsigned count)
{
    Probe probe = probe_start(machine);
    for (unsigned i = 0; i < count; i++) {
        if (!probe_feed(&probe, kinds[i]))
            return false;
    }
    return true;
}

bool machine_accepts_two(const Machine *machine, unsigned first, unsigned second)
{
    const unsigned kinds[] = {first, second};
    return machine_accepts_all(machine, kinds, 2);
}

static bool state_takes_error(YYACTIONTYPE state)
{
    return state <= YY_MAX_SHIFT &&
           yy_find_reduce_action(state, YYERRORSYMBOL) <= YY_MAX_SHIFTREDUCE;
}

// The innermost entry of the stack at which a broken element can be put. A block whose
// brace is closed but that isn't reduced yet lies behind us.
static yyStackEntry *machine_find_list(const Machine *machine)
{
    yyStackEntry *entry = machine->parser.yytos;
    unsigned closed = 0;
    for (;; entry--) {
        CHECK(entry > machine->parser.yystack); // BEGIN_FILE is below everything
        closed += entry->major == TK_RBRACE ? 1 : 0;
        if (closed == 0 && state_takes_error(entry->stateno))
            return entry;
        closed -= entry->major == TK_LBRACE && closed > 0 ? 1 : 0;
    }
}

bool machine_recovers(const Machine *machine, unsigned kind)
{
    Probe probe;
    probe.below = machine_find_list(machine);
    probe.count = 0;
    probe_push(&probe, yy_find_reduce_action(probe.below->stateno, YYERRORSYMBOL));
    return probe_feed(&probe, kind);
}

bool machine_is_at_list(const Machine *machine)
{
    return state_takes_error(machine->parser.yytos->stateno);
}

void machine_recover(Machine *machine)
{
    yyParser *parser = &machine->parser;
    parser->yytos = machine_find_list(machine);
    YYACTIONTYPE action = yy_find_reduce_action(parser->yytos->stateno, YYERRORSYMBOL);
    yy_shift(parser, action, YYERRORSYMBOL, (Token){0});
}
