"""A hundred troubles at each command that writes: `make kills`, a few minutes.

A command is killed, its disk is full, its folder becomes read-only, nobody reads what it
prints, or another writes to the same place: at moments drawn by a fixed seed, onto nothing, an
older result with `--force`, and one without. What is there then must be the old or the new,
whole; a later run leaves nothing beside it; nothing ends in a traceback. Prints the counts.

A moment is a step of the command that opens, makes, moves or removes something there. Commands
are played in forks of this process, in which what is slow was computed once; one in ten that
are killed is a process of its own. Where no disk can be mounted, files are kept from growing.
"""

import argparse
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from random import Random
from typing import IO

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from cases import VINH_PHUC  # noqa: E402
from doors import files_of  # noqa: E402
from panels import invented, write_long  # noqa: E402
from trial import laid  # noqa: E402

from sim.cli.main import main as ketnoi  # noqa: E402
from sim.study import engines  # noqa: E402

ENDS = ("old", "new", "resumed", "neither", "traceback", "odd exit", "left over")
BAD = ENDS[3:]
RUDE = ("Traceback", "Failed:", "Exception ignored")
VERSIONS = ("old", "new", "other")
SLOW = (
    ("sim.ask.answers", "compare"),
    ("sim.ask.hindsight", "look_back"),
    ("sim.paper.folders", "result_files"),
    ("sim.paper.folders", "hindsight_files"),
    ("sim.cli.report", "_written"),
    ("sim.paper.setting", "html_bytes"),
    ("sim.world.past.learned", "fit"),
)
STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "ctypes.dlsym")
PATIENCE, HUNG = 120, 75  # seconds; exit code
NOBODY = 65534
OUTSIDE = 0.1  # of those killed, processes of their own
DISK = 32 << 20  # bytes
STUDY = """
[study]
case = "{case}"
scenarios = ["baseline", "fibre-first", "late-money"]
replicates = 2
seed = {seed}
[design]
kind = "latin_hypercube"
samples = 2
[factors.fibre_build]
low = 0
high = 110
"""

Tree = dict[str, bytes]


@dataclass(slots=True)
class Command:
    """A command that writes, three versions of what it is asked.

    Attributes:
        words: version -> the command line, without where to write.
        out: the name it writes to.
        forced: the option that lets it write over an older result.
        trees: version -> what it writes.
        seconds, steps: how long it takes over an older result, and in how many steps.
    """

    name: str
    words: dict[str, list[str]]
    out: str
    forced: str = "--force"
    trees: dict[str, Tree] = field(default_factory=dict)
    seconds: float = 0
    steps: int = 0

    def line(self, version: str, ground: "Ground", *, force: bool) -> list[str]:
        """Return the whole command line."""
        out = str(ground.folder / self.out)
        return [*self.words[version], "--out", out, *[self.forced] * force]

    @property
    def resumed(self) -> bool:
        """Whether it goes on with what is there, which may hold more than the new."""
        return self.forced == "--resume"

    def holds(self, tree: Tree, version: str) -> bool:
        """Whether a version is there, whole."""
        whole = self.trees[version]
        return tree == whole or (self.resumed and whole.items() <= tree.items())


def commands(work: Path) -> list[Command]:
    """Return the commands; what they read is made in a folder."""
    case = shutil.copytree(VINH_PHUC, work / "case")
    (case / "outcomes.csv").unlink()  # a report of a past asks another process to play it
    plan, few, seeds = str(case / "late-money.toml"), ["--replicates", "2"], dict.fromkeys(VERSIONS)
    for seed, version in enumerate(VERSIONS):
        seeds[version] = ["--seed", str(seed)]
        write_long(invented(countries=4, seed=seed), work / f"{version}.csv")
        (work / f"{version}.toml").write_text(STUDY.format(case=VINH_PHUC, seed=seed))

    def each(*words: str) -> dict[str, list[str]]:
        return {version: [*words, *seeds[version]] for version in VERSIONS}

    files = {v: ["fit", "--panel", str(work / f"{v}.csv")] for v in VERSIONS}
    studies = {v: ["batch", "run", str(work / f"{v}.toml")] for v in VERSIONS}
    return [
        Command("run", each("run", plan, *few), "out"),
        Command("report", each("report", plan, *few), "report.html"),
        Command("batch run", studies, "study", forced="--resume"),
        Command("backtest", each("backtest", "--case", str(VINH_PHUC)), "back"),
        Command("fit", files, "fitted.json"),
    ]


def remember(put: Callable[[object, str, object], None] = setattr) -> None:
    """Let what is slow be computed once a command line, and chunks in this process."""
    known: dict[tuple[str, ...], object] = {}
    for place, name in SLOW:
        module = import_module(place)
        put(module, name, _remembered(getattr(module, name), name, known))
    put(import_module("sim.cli.batch"), "_engine", lambda *given: engines.here)


def _remembered(slow: Callable[..., object], name: str, known: dict[tuple[str, ...], object]):
    def quick(*given, **how):
        key = (name, *sys.argv[1 : sys.argv.index("--out")])
        if key not in known:
            found = slow(*given, **how)
            known[key] = list(found) if isinstance(found, Iterator) else found
        return known[key]

    return quick


# ---- a command in a fork of this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happens to a command while it runs.

    Attributes:
        step: at which of its steps, if any.
        then: what is done there.
        seconds: after how long it is killed.
        letters: how many bytes are read of what it prints; None for all.
        room: bytes that a file may grow to.
        humble: whether it is no administrator's process.
    """

    step: int = -1
    then: Callable[[], object] = lambda: None
    seconds: float | None = None
    letters: int | None = None
    room: int | None = None
    humble: bool = False


def start(words: list[str], ground: "Ground", trouble: Trouble) -> int:
    """Fork a command and return its process id."""
    said = ground.said
    sys.stdout.flush()
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        if trouble.letters:
            os.read(reader, trouble.letters)
        os.close(reader)
        return process
    code = 70
    try:
        os.close(reader)
        if trouble.letters is None:
            writer = os.open(said.with_suffix(".out"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(writer, 1)
        os.dup2(os.open(said.with_suffix(".err"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        sys.stdout, sys.stderr = (open(n, "w", closefd=False) for n in (1, 2))  # noqa: SIM115
        code = _played(words, ground.folder, said.with_suffix(".steps").open("w"), trouble)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _played(words: list[str], folder: Path, counted: IO[str], trouble: Trouble) -> int:
    """Return the exit code of a command, its steps written down, its trouble met."""
    steps = -1

    def watch(event: str, given: tuple[object, ...]) -> None:
        nonlocal steps
        if event in STEPS and (event == STEPS[0] or str(given[0]).startswith(str(folder))):
            steps += 1
            if steps == trouble.step:
                trouble.then()

    if trouble.room is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (trouble.room, resource.RLIM_INFINITY))
    if trouble.humble and os.getuid() == 0:
        os.setuid(NOBODY)
    sys.addaudithook(watch)
    code = spoken(words)
    sys.stdout.flush()
    with suppress(OSError):
        counted.write(str(steps + 1))
        counted.flush()
    return code


def spoken(words: list[str]) -> int:
    """Return the exit code of a command line."""
    sys.argv = ["ketnoi", *words]
    try:
        ketnoi()
    except SystemExit as end:
        return int(end.code or 0)


def ended(process: int, seconds: float | None = None) -> int:
    """Return the exit code of a process, minus a signal's number; it is killed after a time."""
    if seconds is not None:
        time.sleep(seconds)
        os.kill(process, signal.SIGKILL)
    late = time.monotonic() + PATIENCE
    while time.monotonic() < late:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return HUNG


# ---- where it is played


@dataclass(frozen=True, slots=True)
class Ground:
    """Where commands write; `disk` is the small disk it is on, if one could be mounted."""

    folder: Path
    said: Path
    disk: Path | None

    def lay(self, files: Tree) -> None:
        """Leave nothing there but these files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        laid(files, self.folder)

    def trouble_of_room(self, room: int) -> Trouble:
        """Leave so many bytes on the disk, or to a file where there is no disk to fill."""
        if self.disk is None:
            return Trouble(room=room)
        free = os.statvfs(self.disk)
        with (self.disk / "ballast").open("wb") as ballast:
            size = free.f_bavail * free.f_frsize - room
            os.posix_fallocate(ballast.fileno(), 0, max(size, 1))
        return Trouble()

    def close(self) -> None:
        """Let nothing be written there."""
        for folder in (self.folder, *self.folder.rglob("*/")):
            folder.chmod(0o555)

    def free(self, user: int) -> None:
        """Undo what keeps from writing, and give all to a user."""
        if self.disk:
            (self.disk / "ballast").unlink(missing_ok=True)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user, -1)
            path.chmod(0o755)

    def found(self) -> tuple[Tree, list[str]]:
        """Return the files there, and the names of what was left beside them."""
        files = files_of(self.folder)
        left = [path.name for path in self.folder.rglob("*.part")]
        return {name: files[name] for name in files if ".part" not in name}, left


@contextmanager
def prepared(work: Path, *, mount: bool = True) -> Iterator[Ground]:
    """Yield a ground, on a small disk of its own where one can be mounted."""
    work.chmod(0o755)
    disk = work / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)]
    mount = mount and shutil.which("mount") is not None
    mounted = mount and not subprocess.run(words, capture_output=True).returncode
    try:
        yield Ground(disk / "in", work / "said", disk if mounted else None)
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


# ---- a moment


@dataclass(frozen=True, slots=True)
class Moment:
    """How a moment ended: one of `ENDS`, and what tells of it if it is bad."""

    end: str
    command: str
    trouble: str
    detail: str = ""


def moment(command: Command, trouble: str, ground: Ground, luck: Random) -> Moment:
    """Return how a command ends that meets a trouble."""
    laid_before, force = luck.choices(((), ("old",), ("old",)), (3, 5, 2))[0], luck.random() < 0.7
    before = command.trees["old"] if laid_before else {}
    ground.lay(before)
    for path in ground.said.parent.glob("said*"):
        path.unlink()
    codes = MEETINGS[trouble](command, ground, luck, force)
    ground.free(os.getuid())
    said = "".join(path.read_text("utf-8", "replace") for path in ground.said.parent.glob("said*"))
    tree, left = ground.found()
    end = judged(command, before, tree, codes)
    detail = f"{codes} {left} " + " ".join(line for line in said.splitlines() if line.isascii())
    if any(word in said for word in RUDE):
        end = "traceback"
    elif left and trouble not in ("killed", "read-only"):
        end = "left over"
    elif (left or command.resumed) and end not in BAD:
        end = resumed(command, ground) or end
    return Moment(end, command.name, trouble, detail[:500])


def judged(command: Command, before: Tree, tree: Tree, codes: list[int]) -> str:
    """Return the end by what is there; a command that says it is done has made the new."""
    whole = {version for version in VERSIONS[1:] if command.holds(tree, version)}
    if not set(codes) <= {0, 1, 2, -signal.SIGKILL} or (0 in codes and not whole):
        return "odd exit"
    if whole:
        return "new"
    return "old" if tree == before else "resumed" if command.resumed else "neither"


def resumed(command: Command, ground: Ground) -> str:
    """Run a command again, untroubled; return what is bad about how it ends, if anything."""
    code = ended(start(command.line("new", ground, force=True), ground, Trouble()))
    tree, left = ground.found()
    if code or not command.holds(tree, "new"):
        return "neither"
    return "left over" if left else ""


def killed(command: Command, ground: Ground, luck: Random, force: bool) -> list[int]:
    """Kill it at a step, after a time, or, a process of its own, while it writes."""
    words, kind = command.line("new", ground, force=force), luck.random()
    if kind < OUTSIDE:
        return [_killed_outside(words, ground, luck)]
    if kind < 0.4:
        seconds = luck.uniform(0, command.seconds)
        return [ended(start(words, ground, Trouble()), seconds)]
    step = luck.randrange(command.steps)
    return [ended(start(words, ground, Trouble(step=step, then=_kill)))]


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _killed_outside(words: list[str], ground: Ground, luck: Random) -> int:
    with ground.said.with_suffix(".err").open("wb") as said:
        command = [sys.executable, "-P", "-m", "sim.cli", *words]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, cwd=ROOT)
    while process.poll() is None and not list(ground.folder.rglob("*.part")):
        time.sleep(0.002)
    time.sleep(luck.uniform(0, 0.5))
    process.kill()
    return process.wait()


def disk_full(command: Command, ground: Ground, luck: Random, force: bool) -> list[int]:
    """Leave it too little room, or just enough."""
    sizes = [len(content) for content in command.trees["new"].values()]
    need = sum(sizes) + 4096 * len(sizes) if ground.disk else max(sizes)
    trouble = ground.trouble_of_room(int(luck.uniform(0, 1.5) * need))
    return [ended(start(command.line("new", ground, force=force), ground, trouble))]


def read_only(command: Command, ground: Ground, luck: Random, force: bool) -> list[int]:
    """Let its folder become read-only at a step, for one who is no administrator."""
    ground.free(NOBODY if os.getuid() == 0 else os.getuid())
    trouble = Trouble(step=luck.randrange(command.steps), then=ground.close, humble=True)
    return [ended(start(command.line("new", ground, force=force), ground, trouble))]


def closed_pipe(command: Command, ground: Ground, luck: Random, force: bool) -> list[int]:
    """Read little of what it prints, or nothing."""
    trouble = Trouble(letters=luck.choice([0, 1, 50, 1000]))
    return [ended(start(command.line("new", ground, force=force), ground, trouble))]


def two_at_once(command: Command, ground: Ground, luck: Random, force: bool) -> list[int]:
    """Start another while it works."""
    one = start(command.line("new", ground, force=force), ground, Trouble())
    time.sleep(luck.uniform(0, command.seconds))
    beside = replace(ground, said=ground.said.with_name("said2"))
    other = start(command.line("other", ground, force=force), beside, Trouble())
    return [ended(one), ended(other)]


MEETINGS = {
    "killed": killed,
    "disk full": disk_full,
    "read-only": read_only,
    "closed pipe": closed_pipe,
    "two at once": two_at_once,
}


# ---- all of them


def learn(command: Command, ground: Ground) -> None:
    """Compute once what is slow of a command, keep what it writes, count its steps."""
    for version in VERSIONS:
        ground.lay({})
        with redirect_stdout(io.StringIO()):
            spoken(command.line(version, ground, force=False))
        command.trees[version] = ground.found()[0]
    ground.lay(command.trees["old"])
    begun = time.monotonic()
    ended(start(command.line("new", ground, force=True), ground, Trouble()))
    command.seconds = time.monotonic() - begun
    command.steps = int(ground.said.with_suffix(".steps").read_text())


def played(chosen: list[Command], ground: Ground, seed: int, count: int) -> Iterator[Moment]:
    """Yield so many moments of each command, the troubles in turn."""
    for command in chosen:
        learn(command, ground)
        for number in range(count):
            luck = Random(f"{seed} {command.name} {number}")
            yield moment(command, list(MEETINGS)[number % len(MEETINGS)], ground, luck)


def told(moments: list[Moment]) -> str:
    """Return the table of counts."""
    lines = [f"{'':26}{'moments':>8}" + "".join(f"{end:>12}" for end in ENDS)]
    for name in dict.fromkeys((each.command, each.trouble) for each in moments) | {("all", ""): 0}:
        own = [each for each in moments if name in ((each.command, each.trouble), ("all", ""))]
        ends = Counter(each.end for each in own)
        lines.append(
            f"{' '.join(name):26}{len(own):>8}" + "".join(f"{ends[end]:>12}" for end in ENDS)
        )
    return "\n".join(lines)


def main() -> int:
    """Play, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2022)
    parser.add_argument("--command", default="", help="only commands whose name holds this")
    asked = parser.parse_args()
    remember()
    moments: list[Moment] = []
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder)) as ground:
        chosen = [each for each in commands(Path(folder)) if asked.command in each.name]
        for command in chosen:
            for each in played([command], ground, asked.seed, asked.moments):
                moments.append(each)
                if each.end in BAD:
                    print(f"\n{each.end}: {each.command}, {each.trouble}\n{each.detail}")
            print(told([each for each in moments if each.command == command.name]), flush=True)
    print(told(moments))
    return any(each.end in BAD for each in moments)


if __name__ == "__main__":
    sys.exit(main())
