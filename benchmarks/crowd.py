"""What a server bears: thirty visitors at once, things broken under it, and hostile links.

1. `ketnoi app` on Viet Nam. Visitors, who speak Streamlit's own protocol over its socket, open
   the targets of 2030 and move sliders of villages at one moment, each to a value of their own.
2. The same with a broken place, a desk of an older format, a dangling link among the desks, and a
   place whose files are edited, broken and mended while visitors are on it.
3. Twenty visitors, each on a place and plan of their own, move a slider of demand at one moment;
   then each alone: how much longer it took together, and whether who comes later reads the same.
4. Links and uploads of at most 64 kB, each read in a process of its own: time and memory until
   it is refused or read, then the same links on a server.

Memory is the peak of the whole tree of processes (VmHWM); `/_stcore/health` is asked five times
a second by a process of its own. The last line is JSON.
"""

import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import statistics
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice, zip_longest
from pathlib import Path
from urllib.parse import urlencode

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from sim.faults import InputFaults
from sim.place.case import load_case
from sim.screen.parts.plan_text import from_link, read_plan, read_upload, to_link

ROOT = Path(__file__).parents[1]
VISITORS, ON_BROKEN, TWENTY, PATIENCE = 30, 20, 20, 900.0  # seconds
MOST_TIMES, MOST_GB, MOST_HEALTH, MOST_DOOR, MOST_DOOR_MB, MOST_LINK = (
    8,
    4.0,
    2.0,
    0.2,
    50.0,
    65_536,
)
VILLAGES = ("Village mobile sites ·", "Power for village sites ·", "Village sites shared")
KINDS = ("alert", "markdown", "heading")  # elements whose words are read
QUEUE = "People ahead of you"


class Visitor:
    """A browser without a screen: it keeps what it is sent, and moves sliders."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        """Come by a link."""
        self.socket, self.query = socket, query
        self.known: dict[str, ForwardMsg] = {}
        self.sliders: dict[str, tuple[str, list[str]]] = {}  # label -> id and steps
        self.moved: dict[str, str] = {}
        self.words: list[str] = []  # all that was sent, also what stood for a moment
        self.page: dict[tuple[int, ...], str] = {}  # where it stands -> what stands there at last
        self.failed = False  # whether the page ever ended in an error

    async def run(self) -> float:
        """Ask for the page and read until it is whole; return the seconds it took."""
        ask, begun = BackMsg(), time.monotonic()
        ask.rerun_script.query_string = self.query
        for id, value in self.moved.items():
            state = ask.rerun_script.widget_states.widgets.add()
            state.id = id
            state.string_array_value.data.append(value)
        self.words, self.page = [], {}
        await self.socket.send(ask.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not self._read(await self.socket.recv()):
                pass
        return time.monotonic() - begun

    def _read(self, frame: str | bytes) -> bool:
        """Take a message in; say whether it was the last one of a run."""
        message = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode())
        if message.WhichOneof("type") == "ref_hash":
            message = self.known[message.ref_hash]
        elif message.hash:
            self.known[message.hash] = message
        if message.WhichOneof("type") == "page_info_changed":
            self.query = message.page_info_changed.query_string
        if message.delta.WhichOneof("type") == "new_element":
            self._see(tuple(message.metadata.delta_path), message.delta.new_element)
        ended = message.WhichOneof("type") == "script_finished"
        return ended and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
        )

    def _see(self, place: tuple[int, ...], element) -> None:
        kind = element.WhichOneof("type")
        self.page.pop(place, None)
        if kind == "slider":
            about = element.slider
            self.sliders[about.label] = about.id, list(about.options)
        elif kind == "exception":
            self.failed = True
        elif kind in KINDS:
            self.page[place] = str(getattr(element, kind)).replace("\\", "")
            self.words.append(self.page[place])

    async def move(self, label: str, steps: int) -> float:
        """Put a slider so many steps above its least; return the seconds to the whole page."""
        name = next(each for each in self.sliders if each.startswith(label))
        id, options = self.sliders[name]
        self.moved[id] = options[steps]
        return await self.run()

    def read(self) -> list[str]:
        """Return the words that stand on the page after the last run, from top to bottom."""
        return [self.page[place] for place in sorted(self.page)]

    def sees(self, words: str) -> bool:
        """Whether some words were on the page in its last run."""
        return any(words in each for each in self.words)


@contextmanager
def served(folder: Path, *cases: Path) -> Iterator[tuple[psutil.Process, str]]:
    """Serve the app with case folders of one's own; desks lie in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = [word for case in cases for word in ("--case", str(case))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "ketnoi"), "app", "--port", str(port), *own],
            env={**os.environ, "KETNOI_DESKS": str(folder / "desks")},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 60
        while not healthy(port, 1.0) and time.monotonic() < until:
            time.sleep(0.25)
        yield psutil.Process(process.pid), f"127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def healthy(port: int, patience: float) -> bool:
    """Whether a server says that it is well."""
    try:
        address = f"http://127.0.0.1:{port}/_stcore/health"
        return urllib.request.urlopen(address, timeout=patience).read() == b"ok"
    except OSError:
        return False


@contextmanager
def watched(address: str) -> Iterator[list[float]]:
    """Ask a server for its health all the time; the slowest answer in seconds is in the list."""
    found: list[float] = []
    ours, theirs = multiprocessing.Pipe()
    port = int(address.partition(":")[2])
    asker = multiprocessing.Process(target=_ask_health, args=(port, theirs))
    asker.start()
    try:
        yield found
    finally:
        ours.send("end")
        found.append(ours.recv())
        asker.join()


def _ask_health(port: int, pipe) -> None:
    worst = 0.0
    while not pipe.poll(0.2):
        begun = time.monotonic()
        well = healthy(port, 60.0)
        worst = max(worst, time.monotonic() - begun) if well else float("inf")
    pipe.send(worst)


def gigabytes(process: psutil.Process) -> float:
    """Return the most memory that each process of a tree has held, added up."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        lines = Path(f"/proc/{each.pid}/status").read_text(encoding="ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return total / 2**20


async def come(address: str, **choices: str) -> Visitor:
    """Return a visitor with a cookie of their own, before anything is asked for."""
    answer = urllib.request.urlopen(f"http://{address}/_stcore/health")
    cookie = answer.headers.get("Set-Cookie", "").partition(";")[0]
    wire = await connect(
        f"ws://{address}/_stcore/stream",
        additional_headers={"Cookie": cookie},
        origin=f"http://{address}",
        subprotocols=["streamlit"],
        max_size=None,
    )
    return Visitor(wire, urlencode({"lang": "en", **choices}))


async def leave(visitors: list[Visitor]) -> None:
    """Let visitors go."""
    for visitor in visitors:
        await visitor.socket.close()


async def thirty(folder: Path) -> dict[str, object]:
    """Let visitors move sliders of villages of Viet Nam, 2030, at one moment."""
    with served(folder) as (process, address), watched(address) as health:
        link = {"case": "vietnam-2022", "scenario": "draft-plan", "targets": "national-2030"}
        visitors = [await come(address, **link) for _ in range(VISITORS)]
        await asyncio.gather(*(each.run() for each in visitors))
        opened = gigabytes(process)
        moves = [each.move(VILLAGES[at % 3], 3 + at) for at, each in enumerate(visitors)]
        waits = sorted(await asyncio.gather(*moves))
        told = sum(each.sees(QUEUE) for each in visitors)
        failed = sum(each.failed or not each.sees("adjusted") for each in visitors)
        peak = gigabytes(process)
        await leave(visitors)
    return {
        "GB when all had come": round(opened, 2),
        "peak GB": round(peak, 2),
        "worst health s": round(health[0], 2),
        "wait s, median and most": [round(waits[VISITORS // 2], 1), round(waits[-1], 1)],
        "visitors told their place": told,
        "visitors without an answer": failed,
        "held": peak <= MOST_GB and health[0] <= MOST_HEALTH and told > 0 and not failed,
    }


def spoilt(folder: Path) -> tuple[Path, Path]:
    """Return a place that is broken and one to edit, beside desks with what is no desk."""
    broken = Path(shutil.copytree(ROOT / "scenarios" / "vinh-phuc-2022", folder / "broken"))
    (broken / "observations.csv").write_text("nothing,of,this\n1,2,3\n", encoding="utf-8")
    edited = Path(shutil.copytree(ROOT / "scenarios" / "vinh-phuc-2022", folder / "edited"))
    desks = folder / "desks"
    desks.mkdir()
    (desks / "backup.json").symlink_to(folder / "gone")
    (desks / f"{'l' * 32}.json").symlink_to(folder / "gone")
    (desks / f"{'d' * 32}.json").mkdir()
    (desks / f"{'o' * 32}.json").write_text('{"version": 0, "plans": []}', encoding="utf-8")
    for each in desks.iterdir():
        os.utime(each, (0, 0), follow_symlinks=False)
    return broken, edited


async def broken(folder: Path) -> dict[str, object]:
    """Let visitors work while one place is broken and another is edited under them."""
    told: dict[str, object] = {}
    wrong, edited = spoilt(folder)
    with served(folder, wrong, edited) as (_, address), watched(address) as health:
        visitors = [await come(address, case="edited") for _ in range(ON_BROKEN)]
        await asyncio.gather(*(each.run() for each in visitors))
        told["a broken place is told"] = all(each.sees("observations.csv") for each in visitors)
        old = await come(address, case="edited", desk="o" * 32)
        await old.run()
        told["an old desk is told"] = old.sees("No desk can be read")
        loop = await come(address, case="edited", desk="l" * 32)
        await loop.run()
        told["a dangling desk is told"] = loop.sees("No desk can be read")
        told |= await under(edited, visitors)
        told["nobody met an error"] = not any(each.failed for each in [*visitors, old, loop])
        await leave([*visitors, old, loop])
    good = all(told.values())
    told["worst health s"] = round(health[0], 2)
    return {**told, "held": good and health[0] <= MOST_HEALTH}


async def under(case: Path, visitors: list[Visitor]) -> dict[str, object]:
    """Edit, break and mend a place while visitors move sliders of it."""
    told, label = {}, "Village mobile sites ·"

    async def step(at: int) -> list[list[str]]:
        await asyncio.gather(*(each.move(label, at + n) for n, each in enumerate(visitors)))
        return [each.words for each in visitors]

    before = await step(2)
    figures, base = case / "observations.csv", case / "baseline.toml"
    text, stood = figures.read_text(encoding="utf-8"), base.read_text(encoding="utf-8")
    moving = asyncio.create_task(step(3))
    base.write_text(stood.replace("permit_days = ", "permit_days = 1"), encoding="utf-8")
    await moving
    after = await step(2)
    told["all new after an edit"] = all(a != b for a, b in zip(before, after, strict=True))
    moving = asyncio.create_task(step(4))
    figures.write_text(text[: len(text) // 2] + "\n,,x", encoding="utf-8")
    await moving
    await asyncio.gather(*(each.run() for each in visitors))
    told["told when broken under them"] = all(each.sees("edited/observations") for each in visitors)
    told["and shown as last read"] = all(
        each.words[-1:] and "case=edited" in each.query for each in visitors
    )
    figures.write_text(text, encoding="utf-8")
    base.write_text(stood, encoding="utf-8")
    back = [await come(visitors[0].socket.request.headers["Host"], case="edited")]
    await back[0].run()
    told["well again when mended"] = back[0].sees("chance of meeting")
    await leave(back)
    return told


def plans() -> list[tuple[str, str]]:
    """Return as many places and plans of them as there are visitors, in turn from each place."""
    folders = sorted(file.parent for file in (ROOT / "scenarios").glob("*/case.toml"))
    no_plan = {"case", "targets"}
    each = [
        [(at.name, file.stem) for file in sorted(at.glob("*.toml")) if file.stem not in no_plan]
        for at in folders
    ]
    turns = chain.from_iterable(zip_longest(*each))
    return list(islice((turn for turn in turns if turn), TWENTY))


async def twenty(folder: Path) -> dict[str, object]:
    """Let visitors of unlike places and plans move a slider at one moment, and others alone."""
    label, pairs = "Vouchers for smartphones ·", plans()
    with served(folder) as (_, address), watched(address) as health:
        visitors = [await come(address, case=case, scenario=plan) for case, plan in pairs]
        for each in visitors:
            await each.run()
        moves = [each.move(label, 20 + at) for at, each in enumerate(visitors)]
        waits = sorted(await asyncio.gather(*moves))
        together = [each.read() for each in visitors]
        alone = sorted([await each.move(label, 50 + at) for at, each in enumerate(visitors)])
        await leave(visitors)
        visitors = [await come(address, case=case, scenario=plan) for case, plan in pairs]
        for at, each in enumerate(visitors):
            await each.run()
            await each.move(label, 20 + at)
        kept = [each.read() for each in visitors]
        await leave(visitors)
    one, most = statistics.median(alone), waits[int(0.95 * TWENTY)]
    same = together == kept and len({tuple(words) for words in kept}) == TWENTY
    return {
        "visitors": len(pairs),
        "alone, median s": round(one, 2),
        "together, median and p95 s": [round(statistics.median(waits), 2), round(most, 2)],
        "p95 as a multiple of one": round(most / one, 1),
        "worst health s": round(health[0], 2),
        "nothing mixed": same,
        "held": same and most < MOST_TIMES * one,
    }


PLAN = 'name = {{vi = "{0}", en = "{0}"}}\nwhy = {{vi = "a", en = "a"}}\n[levers]\n{1}\n'


def hostile() -> dict[str, bytes]:
    """Return texts that have stopped readers of TOML, by what they are."""
    dice = random.Random(1)
    keys = ["".join(dice.choices(string.ascii_lowercase, k=12)) for _ in range(4000)]

    def levers(text: str) -> bytes:
        return PLAN.format("a", text).encode()

    texts = {
        "a good plan": levers("training = 50"),
        "dotted keys": b"a." * 16_000 + b"a = 1",
        "dotted header": b"[" + b"a." * 16_000 + b"a]",
        "quoted dots": b'"a".' * 8_000 + b"a = 1",
        "short dotted keys": b"\n".join(b"a.b.c.d%d = 1" % i for i in range(2400)),
        "nested lists": b"x = " + b"[" * 32_000,
        "nested tables": b"x = " + b"{a=" * 10_000,
        "nesting to the limit": b"\n".join(
            b"x%d = %s1%s" % (i, b"[" * 15, b"]" * 15) for i in range(800)
        ),
        "many tables": b"\n".join(b"[t%d]" % i for i in range(4000)),
        "many lists of tables": b"[[t]]\n" * 5000,
        "digits": b"x = " + b"9" * 32_000,
        "digits of a lever": levers("training = " + "9" * 30_000),
        "hexadecimal digits": b"x = 0x" + b"f" * 32_000,
        "parted digits": b"x = " + b"9_" * 16_000 + b"9",
        "digits after the dot": levers("training = 0." + "9" * 30_000),
        "an exponent": levers("training = 1e999999999"),
        "a long exponent": levers("training = 1e" + "9" * 30_000),
        "a negative exponent": levers("training = 1e-999999999"),
        "unknown levers": levers("\n".join(f"{key} = 1" for key in keys[:1700])),
        "unknown levers, near": levers("\n".join(f"training_{i} = 1" for i in range(1700))),
        "a long unknown lever": levers("a" * 32_000 + " = 1"),
        "unknown entries": "\n".join(f"{key} = 1" for key in keys[:1900]).encode(),
        "a list for a lever": levers("training = [" + "1," * 15_000 + "]"),
        "control letters": PLAN.format("a\0b\x1b[2J" * 2000, "").encode(),
        "escaped control letters": PLAN.format(r"\u0001\uFFFE" * 2000, "").encode(),
        "a long name": PLAN.format("x" * 14_000, "").encode(),
        "combining letters": PLAN.format("a" + "\u0301" * 7_000, "").encode(),
        "letters that swell": PLAN.format("\ufdfa" * 5_000, "").encode(),
        "an open string": b'x = """' + b"a" * 32_000,
        "quotes": b'"' * 32_000,
        "backslashes": b'x = "' + b"\\" * 32_001,
        "comments": b"# a\n" * 8_000,
        "empty lines": b"\n" * 32_000,
        "equal signs": b"=" * 32_000,
        "64 kB of a letter": b"a" * MOST_LINK,
        "64 kB of digits": b"9" * MOST_LINK,
        "junk": dice.randbytes(MOST_LINK),
        "zip": b"PK\x03\x04" + dice.randbytes(60_000),
        "zeros": b"\0" * MOST_LINK,
        "UTF-16": "x = 1\n".encode("utf-16") * 3000,
    }
    return {name: text[:MOST_LINK] for name, text in texts.items()}


def bombs() -> dict[str, str]:
    """Return links that are more than a text packed, by what they are."""

    return {
        "a bomb of 45 MB": packed(b"a" * 45_000_000),
        "a bomb of newlines": packed(b"\n" * 45_000_000),
        "a bomb in a bomb": packed(zlib.compress(b"a" * 45_000_000)),
        "no base64": "1." + "!" * 65_000,
        "no schema": "9" * MOST_LINK,
        "a cut link": to_link({"x": "x = 1\n" * 4000})[:-40],
        "a schema of digits": "9" * 60_000 + ".eNoDAAAAAAE",
    }


def doors() -> dict[str, Callable[[], object]]:
    """Return what reads each hostile input: as an upload, and as a link where it fits."""
    case = load_case(ROOT / "scenarios" / "vietnam-2022")

    def link(code: str) -> Callable[[], object]:
        return lambda: [
            read_plan(case, text, id="link", file="link") for text in from_link(code).values()
        ]

    def upload(text: bytes) -> Callable[[], object]:
        return lambda: read_upload(case, text, file="x.toml")

    upload(hostile()["a good plan"])()  # what is imported once is no matter of an input
    found = {f"upload: {name}": upload(text) for name, text in hostile().items()}
    codes = {name: packed(text) for name, text in hostile().items()} | bombs()
    found |= {f"link: {name}": link(code) for name, code in codes.items() if len(code) <= MOST_LINK}
    return found


def packed(text: bytes) -> str:
    """Return any bytes as a link would carry them."""
    return "1." + urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


def tried(door: Callable[[], object]) -> tuple[float, float, str]:
    """Return seconds, megabytes and the verdict of an input: the fastest of three readings."""
    return min((_tried(door) for _ in range(3)), key=lambda found: found[0])


def _tried(door: Callable[[], object]) -> tuple[float, float, str]:
    """Read an input in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        before, begun = _most(), time.perf_counter()
        try:
            door()
            verdict = "read"
        except InputFaults as error:
            verdict = f"refused, {len(error.faults)}: {str(error.faults[0])[:60]}"
        except BaseException as error:
            verdict = f"NOT CAUGHT: {type(error).__name__}"
        took = time.perf_counter() - begun
        os.write(writer, json.dumps([took, _most() - before, verdict]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return tuple(json.loads(answer)) if answer else (float("inf"), float("inf"), "DIED")


def _most() -> float:
    """Return the most megabytes this process has held."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


def tables() -> dict[str, object]:
    """Print what every hostile input takes at the door."""
    rows = {name: tried(door) for name, door in doors().items()}
    print(f"\n{'input':44} {'s':>7} {'MB':>6}  verdict")
    for name, (took, size, verdict) in rows.items():
        print(f"{name:44} {took:7.3f} {size:6.1f}  {verdict}")
    slowest = max(rows, key=lambda name: rows[name][0])
    largest = max(rows, key=lambda name: rows[name][1])
    calm = all(verdict.startswith(("read", "refused")) for _, _, verdict in rows.values())
    took, size = rows[slowest][0], rows[largest][1]
    return {
        "inputs": len(rows),
        "slowest s": [slowest, round(took, 3)],
        "largest MB": [largest, round(size, 1)],
        "held": calm and took < MOST_DOOR and size < MOST_DOOR_MB,
    }


async def links(folder: Path) -> dict[str, object]:
    """Open every hostile link on a server, and junk for every other choice of a link."""
    codes = {name: packed(text) for name, text in hostile().items()} | bombs()
    every = {name: {"plan": code} for name, code in codes.items() if len(code) <= MOST_LINK}
    for choice in ("lang", "case", "targets", "scenario", "desk", "show", "plan", "nothing"):
        every[f"{choice} of 64 kB"] = {choice: "9" * MOST_LINK}
    with served(folder) as (process, address), watched(address) as health:
        for case in ("vietnam-2022", "vinh-phuc-2022"):  # what the first visitor waits for
            first = await come(address, case=case)
            await first.run()
        plain, before, rows, failed = await first.run(), gigabytes(process), {}, 0
        for name, choices in every.items():
            guest = await come(address, **{"case": "vinh-phuc-2022", **choices})
            rows[name] = await guest.run() - plain
            failed += guest.failed
            await leave([guest])
        grown = 1024 * (gigabytes(process) - before)
        await leave([first])
    print(
        "\n"
        + "\n".join(f"{took:7.3f} s more than a plain visit  {name}" for name, took in rows.items())
    )
    return {
        "links": len(rows),
        "slowest, s more than a plain visit": round(max(rows.values()), 2),
        "MB grown": round(grown),
        "worst health s": round(health[0], 2),
        "visits that ended in an error": failed,
        "held": health[0] <= MOST_HEALTH and not failed,
    }


PARTS = {"thirty": thirty, "broken": broken, "twenty": twenty, "links": links}


def main() -> None:
    """Try all parts, or those named."""
    wanted = sys.argv[1:] or ["doors", *PARTS]
    answer: dict[str, object] = {"doors": tables()} if "doors" in wanted else {}
    for name in wanted:
        if name in PARTS:
            with tempfile.TemporaryDirectory() as folder:
                answer[name] = asyncio.run(PARTS[name](Path(folder)))
            print(f"\n{name}: {json.dumps(answer[name], indent=1)}", flush=True)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
