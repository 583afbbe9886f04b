"""Nothing is lost: a study killed and resumed, and one on a Dask cluster that loses a worker.

    python benchmarks/kill_and_resume.py --samples 1024 --folder study

Three times the same study: undisturbed with two processes; with three, killed outright three
times at random and resumed; on a Dask cluster of two worker processes, one of them killed
half way. Then a study on a disk too small for it (where a small disk may be mounted). The
last line is JSON; `same` says whether the three tables are the same bytes.
"""

import argparse
import hashlib
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
KETNOI = [sys.executable, "-m", "sim.cli", "batch"]
DASK = [str(Path(sys.executable).with_name("dask"))]
KILLS = 3


def main() -> None:
    """Run the three studies and compare their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=ROOT / "docs/studies/viet-nam-2022.toml")
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--folder", type=Path, default=None)
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="ketnoi-"))
    folder.mkdir(parents=True, exist_ok=True)
    study = rewritten(asked.study, asked.samples, folder)
    seconds: dict[str, float] = {}
    seconds["undisturbed"] = timed(lambda: finish(study, folder / "undisturbed", "--workers", "2"))
    chunks = shards(folder / "undisturbed")
    seconds["killed"] = timed(lambda: killed(study, folder / "killed", seconds["undisturbed"]))
    seconds["dask"] = timed(lambda: dask(study, folder, chunks))
    tables = {name: digest(folder / name) for name in seconds}
    answer = {"chunks": chunks, "seconds": seconds, "kills": KILLS, "tables": tables,
              "same": len(set(tables.values())) == 1, "small_disk": small_disk(study)}  # fmt: skip
    print(json.dumps(answer))


def rewritten(study: Path, samples: int, folder: Path) -> Path:
    """Return a copy of a study with another number of samples, its case by its full path."""
    text = study.read_text(encoding="utf-8")
    case = re.search(r'^case = "(.*)"', text, re.MULTILINE)
    assert case is not None
    text = text.replace(case[1], (study.parent / case[1]).resolve().as_posix())
    path = folder / study.name
    path.write_text(re.sub(r"(?m)^samples = \d+", f"samples = {samples}", text), encoding="utf-8")
    return path


def start(study: Path, out: Path, *more: str) -> "subprocess.Popen[bytes]":
    """Start the command, going on with whatever the folder holds."""
    return subprocess.Popen([*KETNOI, str(study), "--out", str(out), "--resume", *more], cwd=ROOT)


def finish(study: Path, out: Path, *more: str) -> None:
    """Run the command to its end."""
    code = start(study, out, *more).wait()
    assert code == 0, code


def killed(study: Path, out: Path, whole: float) -> None:
    """Kill the command outright at random moments, then let it finish."""
    luck = random.Random(2022)
    for _ in range(KILLS):
        process = start(study, out, "--workers", "3")
        before = shards(out)
        while shards(out) == before and process.poll() is None:  # it is at work
            time.sleep(0.1)
        time.sleep(luck.uniform(0.02, 0.25) * whole)
        process.send_signal(signal.SIGKILL)
        process.wait()
        print("killed with", shards(out), "chunks kept", flush=True)
    finish(study, out, "--workers", "3")


def dask(study: Path, folder: Path, chunks: int) -> None:
    """Run the study on two worker processes and kill one of them half way."""
    address = folder / "scheduler.json"
    address.unlink(missing_ok=True)
    quiet = {"stderr": subprocess.DEVNULL, "cwd": ROOT}
    scheduler = subprocess.Popen(
        [*DASK, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(address)],
        **quiet,
    )
    while not address.exists():
        time.sleep(0.1)
    place = json.loads(address.read_text())["address"]
    words = ["worker", place, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    scratch = ["--local-directory", str(folder / "scratch")]
    workers = [subprocess.Popen([*DASK, *words, *scratch], **quiet) for _ in range(2)]
    try:
        process = start(study, folder / "dask", "--scheduler", place)
        while shards(folder / "dask") < chunks / 2 and process.poll() is None:
            time.sleep(0.1)
        workers[0].send_signal(signal.SIGKILL)
        print("worker killed with", shards(folder / "dask"), "chunks kept", flush=True)
        assert process.wait() == 0
    finally:
        for each in (*workers, scheduler):
            each.terminate()
            each.wait()


def small_disk(study: Path) -> str:
    """Return what the command says on a disk of 100 kB, and check that it then finishes."""
    disk = Path(tempfile.mkdtemp(prefix="ketnoi-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        return "not mounted here"
    try:
        words = [*KETNOI, str(study), "--out", str(disk / "out"), "--limit", "600", "--workers",
                 "2", "--lang", "en"]  # fmt: skip
        full = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert full.returncode == 1, full
        kept = shards(disk / "out")
        subprocess.run(["mount", "-o", "remount,size=10m", str(disk)], check=True)
        finish(study, disk / "out", "--limit", "120", "--workers", "2")
        assert shards(disk / "out") > kept > 0
        return full.stderr.strip().replace(str(disk), "DISK")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def shards(out: Path) -> int:
    """Return how many chunks a folder keeps."""
    return len(list((out / "shards").glob("*.parquet"))) if out.exists() else 0


def digest(out: Path) -> str:
    """Return the hash of a folder's table."""
    return hashlib.sha256((out / "verdicts.parquet").read_bytes()).hexdigest()


def timed(work) -> float:
    """Return the seconds some work takes."""
    before = time.perf_counter()
    work()
    return round(time.perf_counter() - before, 1)


if __name__ == "__main__":
    main()
