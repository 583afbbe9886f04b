"""How fast a study runs: points a second, memory as it grows, and against other ways.

    python benchmarks/batch.py            # about eight minutes; --quick for a look

Points a second with one and two processes (start-up left out), beside the speed-up that two
processes of a plain loop reach on the same machine; the peak memory of the command and of
its worker at 1,000 and 10,000 points; the time of a run against `ketnoi run` called in a
loop, and against the EMA workbench driving the same function (installed into an environment
of its own, which needs a package index; left out without). The last line is JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import venv
from pathlib import Path

from kill_and_resume import rewritten

ROOT = Path(__file__).parents[1]
FACTORS_AND_TWO = 10  # runs a base sample of a Saltelli design of eight factors takes
CASE = ROOT / "scenarios" / "vinh-phuc-2022"
STUDY = """
[study]
case = "{case}"
replicates = {replicates}
chunk = {chunk}

[design]
kind = "sobol"
samples = {samples}

[factors.training]
low = 0
high = 10

[factors.smartphone_vouchers]
low = 0
high = 20
"""
SUPPLY = """
[factors.village_sites]
low = 0
high = 30
"""
EMA = """
import json, sys, time
from dataclasses import replace
from pathlib import Path
from ema_workbench import Model, RealParameter, ScalarOutcome, SequentialEvaluator, ema_logging
from sim.ask.answers import Question
from sim.place.case import load_case
from sim.ask.answers import compare
case = load_case(Path(sys.argv[1]))
base, targets = case.baseline, case.target_sets[case.default_targets]
def judge(training, smartphone_vouchers, village_sites):
    levers = {"training": training, "smartphone_vouchers": smartphone_vouchers,
              "village_sites": village_sites}
    plan = replace(base, levers={**base.levers, **levers})
    (answer,) = compare(Question(case=case, targets=targets, seed=2022, replicates=100), [plan])
    return {"chance_all": answer.judgement.chance_all}
judge(1.0, 1.0, 1.0)
model = Model("ketnoi", function=judge)
model.uncertainties = [RealParameter("training", 0, 10),
                       RealParameter("smartphone_vouchers", 0, 20),
                       RealParameter("village_sites", 0, 30)]
model.outcomes = [ScalarOutcome("chance_all")]
before = time.perf_counter()
with SequentialEvaluator(model) as evaluator:
    evaluator.perform_experiments(scenarios=int(sys.argv[2]))
print(json.dumps(time.perf_counter() - before))
"""


def main() -> None:
    """Measure, print a table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="an eighth of the points")
    parser.add_argument("--no-rival", action="store_true", help="install nothing")
    asked = parser.parse_args()
    part = 8 if asked.quick else 1
    answer: dict[str, object] = {"processors": os.cpu_count(), "load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(prefix="ketnoi-") as name:
        folder = Path(name)
        answer |= speed(folder, (64 // part, 256 // part))
        answer |= memory(folder, (1000 // part, 10_000 // part))
        answer |= loop(folder, 5, 1200 // part)
        if not asked.no_rival:
            answer |= rival(folder, 600 // part)
    print(json.dumps({key: shortened(value) for key, value in answer.items()}))


def written(folder: Path, samples: int, replicates: int, chunk: int, more: str) -> Path:
    """Write a study file."""
    path = folder / f"study-{samples}.toml"
    text = STUDY.format(case=CASE.as_posix(), samples=samples, replicates=replicates, chunk=chunk)
    path.write_text(text + more, encoding="utf-8")
    return path


def command(study: Path, out: Path, workers: int) -> list[str]:
    """Return the command that runs a study."""
    words = ["batch", str(study), "--out", str(out), "--workers", str(workers)]
    return [sys.executable, "-m", "sim.cli", *words]


def speed(folder: Path, samples: tuple[int, int]) -> dict[str, object]:
    """Return points a second with one and two processes: Viet Nam, 8 levers, 100 replicates.

    A rate is what the longer of two studies has more of points, over what it has more of
    time: start-up is in both.
    """
    found: dict[str, object] = {"ceiling": ceiling()}
    for workers in (1, 2):
        seconds = []
        for size in samples:
            place = folder / f"speed-{workers}-{size}"
            place.mkdir()
            study = rewritten(ROOT / "docs/studies/viet-nam-2022.toml", size, place)
            seconds.append(timed(command(study, place / "out", workers)))
        more = FACTORS_AND_TWO * (samples[1] - samples[0])
        found[f"points_a_second_{workers}"] = rate = more / (seconds[1] - seconds[0])
        found[f"start_up_{workers}"] = seconds[0] - FACTORS_AND_TWO * samples[0] / rate
    one, two = (float(str(found[f"points_a_second_{workers}"])) for workers in (1, 2))
    found |= {"speed_up": two / one}
    print(f"Viet Nam, {samples} base samples: {found}")
    return found


def ceiling() -> float:
    """Return the speed-up that two processes of nothing but a loop reach on this machine."""
    words = [sys.executable, "-c", "sum(i * i for i in range(20_000_000))"]
    one = timed(words)
    begin = time.perf_counter()
    both = [subprocess.Popen(words) for _ in range(2)]
    assert [each.wait() for each in both] == [0, 0]
    return 2 * one / (time.perf_counter() - begin)


def memory(folder: Path, sizes: tuple[int, int]) -> dict[str, object]:
    """Return the peak memory of the command and of its worker at two sizes, MB."""
    found: dict[str, object] = {}
    for name, size in zip(("small", "large"), sizes, strict=True):
        study = written(folder, size, 4, 100, "")
        watched = peaks(command(study, folder / f"memory-{size}", 1))
        found |= {f"{who}_mb_{name}": peak for who, peak in watched.items()}
    for who in ("command", "worker"):
        found[f"{who}_growth"] = found[f"{who}_mb_large"] / found[f"{who}_mb_small"] - 1
    print(f"memory at {sizes} points: {found}")
    return found


def peaks(words: list[str]) -> dict[str, float]:
    """Return the peak memory of a command and of the largest process it starts, MB."""
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    found = {"command": 0.0, "worker": 0.0}

    def watch() -> None:
        while process.poll() is None:
            found["command"] = max(found["command"], peak(process.pid))
            for child in children(process.pid):
                found["worker"] = max(found["worker"], peak(child))
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert process.wait() == 0
    watcher.join()
    return found


def peak(pid: int) -> float:
    """Return the peak memory of a process so far, MB; 0 if it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    lines = [line for line in text.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def loop(folder: Path, times: int, samples: int) -> dict[str, object]:
    """Return the seconds of one `ketnoi run` of a scenario at 100 replicates, and of a point."""
    words = [sys.executable, "-m", "sim.cli", "run", str(CASE / "fibre-first.toml"), "--case",
             str(CASE), "--replicates", "100", "--json"]  # fmt: skip
    alone = sorted(timed(words) for _ in range(times))[times // 2]
    study = written(folder, samples, 100, 60, SUPPLY)
    start = timed(command(written(folder, 1, 100, 60, SUPPLY), folder / "start", 1))
    point = (timed(command(study, folder / "points", 1)) - start) / samples
    print(f"ketnoi run by itself {alone:.2f} s, a point of a study {point:.4f} s")
    return {"seconds_in_a_loop": alone, "seconds_a_run": point, "ratio_to_loop": alone / point}


def rival(folder: Path, samples: int) -> dict[str, object]:
    """Return the seconds a run that the EMA workbench takes, one process, the same function."""
    place = folder / "rival"
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    ours = next(place.glob("lib/*/site-packages")) / "ours.pth"  # it sees what is installed here
    ours.write_text(f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n", encoding="utf-8")
    install = [python, "-m", "pip", "install", "--quiet", "ema_workbench"]
    if subprocess.run(install, check=False).returncode:
        return {"ema": "not installed"}
    script = folder / "ema.py"
    script.write_text(EMA, encoding="utf-8")
    words = [python, str(script), str(CASE), str(samples)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder)
    theirs = json.loads(done.stdout.splitlines()[-1]) / samples
    study = written(folder, samples, 100, 20, SUPPLY)
    start = timed(command(written(folder, 1, 100, 20, SUPPLY), folder / "again", 1))
    ours = (timed(command(study, folder / "ours", 1)) - start) / samples
    print(f"EMA workbench {theirs:.4f} s a run, ketnoi batch {ours:.4f} s a run")
    return {"ema_seconds_a_run": theirs, "ours_seconds_a_run": ours, "ratio_to_ema": theirs / ours}


def timed(words: list[str]) -> float:
    """Return the seconds a command takes."""
    before = time.perf_counter()
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, words
    return time.perf_counter() - before


def shortened(value: object) -> object:
    """Return a number to four digits."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
