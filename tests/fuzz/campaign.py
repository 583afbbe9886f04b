"""Ten thousand spoilt inputs at every door: `make fuzz`, a few minutes.

Prints how many ended how, by door; exits 1 if any ended in a traceback, was taken in silence,
or cost a file. The seed is fixed, `--seed` takes another; every bad end is printed with what
makes it again, and what changed an answer without a word, by its kinds.
"""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from doors import Door, doors  # noqa: E402
from trial import BAD, GOOD, UNSAID, Ground, Trial  # noqa: E402

SHOWN = 40  # bad ends told in full
CHOSEN: list[Door] = []  # known to the processes forked from this one


def played(ground: Ground, seed: int, count: int) -> list[Trial]:
    """Return so many trials of a door; trial `n` of a seed is always the same."""
    found: list[Trial] = []
    number = 0
    while len(found) < count:
        trial = ground.trial(Random(f"{seed} {ground.door.name} {number}"))
        found += [trial] if trial else []
        number += 1
    return found


def played_at(number: int, seed: int, count: int, folder: Path) -> list[Trial]:
    """Return so many trials of a chosen door, played in a folder of their own."""
    folder.mkdir()
    return played(Ground(CHOSEN[number], folder), seed, count)


def told(trials: list[Trial], names: list[str]) -> str:
    """Return the table of counts."""
    columns = (*GOOD, UNSAID, *BAD)
    lines = [f"{'':24}{'inputs':>8}" + "".join(f"{name:>19}" for name in columns)]
    for name in [*names, "all"]:
        own = [trial for trial in trials if name in (trial.door, "all")]
        ends = Counter(trial.end for trial in own)
        lines.append(f"{name:24}{len(own):>8}" + "".join(f"{ends[end]:>19}" for end in columns))
    return "\n".join(lines)


def main() -> int:
    """Play, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2022)
    parser.add_argument("--door", default="", help="only doors whose name holds this")
    asked = parser.parse_args()
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "made").mkdir()
        CHOSEN[:] = [door for door in doors(work / "made") if asked.door in door.name]
        least, more = divmod(asked.inputs, len(CHOSEN))
        tasks = [
            (number, asked.seed, least + (number < more), work / str(number))
            for number in reversed(range(len(CHOSEN)))  # what takes longest first
        ]
        with ProcessPoolExecutor(2, get_context("fork")) as crew:
            for found in crew.map(played_at, *zip(*tasks, strict=True)):
                trials += found
                print(told(found, [found[0].door]).splitlines()[1], flush=True)
    bad = [trial for trial in trials if trial.end in BAD]
    kinds: Counter[tuple[str, ...]] = Counter()
    for each in [*bad, *(trial for trial in trials if trial.end == UNSAID)]:
        kind = (each.end, each.door, each.spoiling, each.file)
        kinds[kind] += 1
        if kinds[kind] == 1 and len(kinds) <= SHOWN:
            print(f"\n{each.end}: {each.door}, {each.spoiling} of {each.file}\n{each.detail}")
    print()
    for kind, count in kinds.most_common():
        print(count, *kind, sep="  ")
    print(told(trials, [door.name for door in CHOSEN]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
