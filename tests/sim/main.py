# SPDX-License-Identifier: Apache-2.0
"""main.py SECONDS [SEED]: histories from that seed on, for so long. main.py --seed SEED: one, step by step."""
import sys
import time

import sim
from policy import text_of

STEPS = 250


def tell(seed, policies, bundles, steps):
    """The smallest history that fails that can be made of this one."""
    steps = sim.shrink(policies, bundles, steps)
    print(f"\nseed {seed} fails; the smallest history that does:\n\n{text_of(policies[0])}")
    sim.run(policies, bundles, steps, print)
    print(f"\nagain: tests/sim/run --seed {seed}")


def play(seed, note=None):
    """Whether the history of a seed holds; and how often which answer was given."""
    policies = sim.policies_of(seed)
    bundles = sim.bundles_of(policies)
    steps = sim.steps_of(seed, STEPS)
    failure, counts = sim.run(policies, bundles, steps, note)
    if failure:
        tell(seed, policies, bundles, steps)
    return failure is None, counts


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--seed":
        return 0 if play(int(arguments[1]), print)[0] else 1
    seconds, seed = float(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 1
    end, first, total = time.monotonic() + seconds, seed, {}
    while time.monotonic() < end:
        is_good, counts = play(seed)
        if not is_good:
            return 1
        for what, count in counts.items():
            total[what] = total.get(what, 0) + count
        seed += 1
    print(f"{seed - first} histories of {STEPS} steps, seeds {first} to {seed - 1}: core and model agree")
    for (what, code), count in sorted(total.items()):
        print(f"  {what} {code}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
