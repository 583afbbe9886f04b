"""One trial: an input spoilt, read, and held against three laws.

- No exception but a fault that says what to mend, in printable letters (else a traceback).
- No input altered, nothing left beside it (else a loss).
- No change of the answer without a change of meaning, and no change of meaning taken without
  a word (else a silent acceptance).
"""

import json
import shutil
import traceback
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from random import Random

import numpy as np
from doors import Door, files_of
from spoil import SPOILINGS, Files, Spoiling

from sim.faults import InputFaults

GOOD = ("message", "accepted, same", "accepted, heard", "accepted with a word")
UNSAID = "changed, unsaid"  # what may be meant: to be looked at, no fault yet
BAD = ("traceback", "silent acceptance", "loss")


@dataclass(frozen=True, slots=True)
class Trial:
    """How a trial ended, of which door, by which spoiling of which file."""

    end: str
    door: str
    spoiling: str
    file: str
    detail: str = ""


class Ground:
    """A door with what its sound example says, computed once."""

    def __init__(self, door: Door, work: Path) -> None:
        """Read the sound example in a folder."""
        self.door, self.folder = door, work / "in"
        laid(door.files, self.folder)
        self.said = door.read(self.folder)
        self.answered = door.ask(self.folder) if door.ask else None
        self.noted = {*door.notes(self.folder)} if door.notes else set()

    def trial(self, luck: Random, *, ask: float = 0.1) -> Trial | None:
        """Return how a spoiling drawn by luck ends; None where it does not apply.

        Args:
            luck: draws the file, the spoiling, and what it does.
            ask: how often an input that is taken is asked for its answer, too.
        """
        door = self.door
        name = luck.choice(sorted(door.files))
        fit = [each for each in SPOILINGS if name.endswith(each.ending)]
        chosen = luck.choice(fit)
        try:
            files = chosen.spoil(door.files, name, luck)
        except (UnicodeDecodeError, ValueError):  # of a file that is no text
            return None
        if files is None:
            return None
        end, detail = self._end(files, name, chosen, luck.random() < ask)
        detail += apart(door.files[name], files.get(name, b"")) if end not in GOOD else ""
        return Trial(end, door.name, chosen.name, name, detail)

    def _word_of(self, names: set[str]) -> bool:
        """Whether anything is told of some files that is not told of the sound example."""
        told = {*self.door.notes(self.folder)} - self.noted
        return any(Path(note.file).name in names for note in told)

    def _end(self, files: Files, name: str, chosen: Spoiling, ask: bool) -> tuple[str, str]:
        laid(files, self.folder)
        end, detail = self._read(chosen, ask)
        heard = end in (BAD[1], UNSAID) and chosen.meaning != "kept" and self.door.notes
        try:
            if heard and self._word_of({name} | files.keys() - self.door.files.keys()):
                end, detail = "accepted with a word", ""
        except Exception:
            end, detail = "traceback", traceback.format_exc()
        if files_of(self.folder) != files or len(list(self.folder.parent.iterdir())) != 1:
            return "loss", "the input was altered, or something was left"
        return end, detail

    def _read(self, chosen: Spoiling, ask: bool) -> tuple[str, str]:
        door = self.door
        try:
            said = door.read(self.folder)
            answer = door.ask(self.folder) if ask and door.ask else None
        except InputFaults as error:
            text = str(error)
            odd = [letter for letter in text if not letter.isprintable() and letter != "\n"]
            return (
                ("traceback", f"odd letters {odd[:3]} in {text[:200]}")
                if odd
                else ("message", text)
            )
        except Exception:
            return "traceback", traceback.format_exc()
        same = said == self.said
        if door.whole and chosen.name not in ("renamed", "gone"):
            return "silent acceptance", "told to be the same"
        if chosen.meaning == "kept" and not same:
            return "silent acceptance", "another value from the same meaning"
        if chosen.meaning == "kept" and answer is not None and not close(answer, self.answered):
            return "silent acceptance", f"another answer from the same meaning: {answer}"
        if chosen.meaning == "lost" and not (same and door.vouched):
            return "silent acceptance", "taken without a word"
        if chosen.meaning == "changed" and same:
            return "silent acceptance", "a change that was not heard"
        heard = GOOD[2] if chosen.meaning == "changed" else UNSAID
        return (GOOD[1] if same else heard), ""


def laid(files: Files, folder: Path) -> None:
    """Lay files into a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def apart(before: bytes, after: bytes) -> str:
    """Return the first lines in which two files differ."""
    lines = [each.decode(errors="replace").splitlines() for each in (before, after)]
    differ = [f"{one[:3000]}" for one in unified_diff(*lines, n=0, lineterm="")]
    return "\n" + "\n".join(ascii(line)[:300] for line in differ[3:9])


def close(one: str, other: str) -> bool:
    """Return whether two answers are the same but for the order of sums."""

    def numbers(text: str) -> list[float]:
        found: list[float] = []
        json.loads(text, parse_float=lambda told: found.append(float(told)))
        return found

    return bool(np.allclose(numbers(one), numbers(other), rtol=1e-7, atol=1e-9))
