"""What studies share: one of 10,240 points extended, killed, combined and held side by side.

    python benchmarks/share.py            # some minutes; --samples 512 for a look

A Latin hypercube of half as many samples is kept in a store; the whole one takes from it what
is there. The whole one again, with nothing to take from, is killed outright at random and
resumed. Both tables must be the same bytes. The last line is JSON.
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kill_and_resume import KETNOI

from sim.study.batch import Tally, load_study, pool, run_study, status
from sim.study.chunks import plan
from sim.study.kept.folder import open_study
from sim.study.kept.together import combine, moved

CASE = Path(__file__).parents[1] / "scenarios" / "vinh-phuc-2022"
STUDY = """
[study]
case = "{case}"
replicates = 4

[design]
kind = "latin_hypercube"
samples = {samples}

[factors.training]
low = 0
high = 10

[factors.smartphone_vouchers]
low = 0
high = 20
"""
KILLS = 3


def main() -> None:
    """Run the studies, and compare and combine them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=10_240)
    samples = parser.parse_args().samples
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        half, whole = (written(folder, count) for count in (samples // 2, samples))
        start = time.perf_counter()
        rows = sum(piece.num_rows for piece in plan(load_study(whole)))
        planned = rows / (time.perf_counter() - start)
        kept(half, folder / "half", folder / "store", seconds)
        extended = kept(whole, folder / "whole", folder / "store", seconds)
        killed(whole, folder / "killed", seconds)
        start = time.perf_counter()
        runs, again = combine([folder / "half", folder / "whole"], folder / "both")
        seconds["combine"] = time.perf_counter() - start
        steps, counts = moved(open_study(folder / "half"), open_study(folder / "whole"))
        tables = [digest(folder / name) for name in ("whole", "killed")]
    answer = {"points": samples, "shared": extended.shared, "same": len(set(tables)) == 1,
              "combined": runs, "came_again": again, "in_both": counts[0],
              "moved": max(abs(step.most) for step in steps), "planned_a_second": round(planned),
              "seconds": {name: round(value, 1) for name, value in seconds.items()}}  # fmt: skip
    print(json.dumps(answer))


def written(folder: Path, samples: int) -> Path:
    """Return a study file of so many samples."""
    path = folder / f"lhs-{samples}.toml"
    path.write_text(STUDY.format(case=CASE.as_posix(), samples=samples), encoding="utf-8")
    return path


def kept(study: Path, out: Path, store: Path, seconds: dict[str, float]) -> Tally:
    """Run a study with what a store has."""
    start = time.perf_counter()
    tally = run_study(load_study(study), out, engine=pool(2), store=store)
    seconds[out.name] = time.perf_counter() - start
    assert tally.complete
    return tally


def killed(study: Path, out: Path, seconds: dict[str, float]) -> None:
    """Run a study by its command, killed outright some times, then to its end."""
    luck, start = random.Random(1), time.perf_counter()
    words = [*KETNOI, str(study), "--out", str(out), "--workers", "2", "--resume"]
    for _ in range(KILLS):
        before = status(out).kept if (out / "study.json").exists() else 0
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
        while process.poll() is None and len(list(out.glob("shards/*"))) * 32 <= before:
            time.sleep(0.1)
        time.sleep(luck.uniform(0, 3))
        process.kill()
        process.wait()
        print("killed with", status(out).kept, "runs kept", file=sys.stderr, flush=True)
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    seconds["killed"] = time.perf_counter() - start


def digest(out: Path) -> str:
    """Return the hash of a study's table."""
    return hashlib.sha256((out / "verdicts.parquet").read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
