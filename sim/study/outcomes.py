"""Outcomes of one's own: a function that boils a run down to numbers, checked before a study.

It is named by its file, `my.py:function`, takes what a run gives and returns numbers by name::

    def worst(forecast, summary):
        levels = forecast.tracks["mobile_broadband"].draws[:, :, -1]
        return {"worst_area": levels.mean(axis=0).min()}

Its text travels with every chunk, so it may import what is installed where chunks are computed
and none of its own neighbours; the hash of the text is part of what a study is.
"""

import inspect
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isnan
from numbers import Real
from pathlib import Path

from sim.ask.answers import Question, compare
from sim.ask.summary import Summary
from sim.faults import Fault, InputFaults, Message, near, refuse, shown, told
from sim.forecast import Forecast
from sim.numbers import ten_digits
from sim.place.stamp import digest
from sim.reading import read_text

Numbers = dict[str, float | None]
Outcome = Callable[[Forecast, Summary], Mapping[str, float | None]]

NAMED = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,79}", flags=re.ASCII)
TRIAL = 2  # draws of the run it is tried on
WANTED = told("numbers by name, such as {example}", example='{"worst_area": 0.7}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A function of one's own.

    Attributes:
        file, name: what it was called by.
        text: all of its file.
        columns: the names of what it returns.
    """

    file: str
    name: str
    text: str
    columns: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """A fingerprint of the text and of which function of it is meant."""
        return digest([self.text, self.name])

    def described(self) -> dict[str, object]:
        """Return it as plain values, the text left out."""
        told = {"file": self.file, "function": self.name, "hash": self.hash}
        return {**told, "columns": list(self.columns)}

    def __call__(self, forecast: Forecast, summary: Summary) -> Numbers:
        """Return the outcomes of a run; raises `ValueError` where they are not as at the trial."""
        found = _numbers(_function(self)(forecast, summary))
        if tuple(found) != self.columns:
            raise ValueError(f"{self.name} gave {', '.join(found)}, not {', '.join(self.columns)}")
        return found


@lru_cache(maxsize=4)
def _function(own: Own) -> Outcome:
    """Run a file of one's own and return its function."""
    space: dict[str, object] = {"__name__": "outcomes", "__file__": own.file}
    exec(compile(own.text, own.file, "exec"), space)  # it is the user's own, on purpose
    found = space[own.name]
    if not callable(found):
        raise TypeError(f"{own.name} is no function")
    return found


def _numbers(returned: object) -> Numbers:
    """Return what a function gave as numbers to ten digits; no number is None."""
    if not isinstance(returned, Mapping):
        raise TypeError(f"{type(returned).__name__} is no mapping")
    wrong = [f"{name} {value!r:.40}" for name, value in returned.items() if not _is_number(value)]
    if wrong:
        raise TypeError(f"no numbers: {', '.join(wrong)}")
    return {name: _rounded(value) for name, value in returned.items()}


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, Real) and abs(float(value)) != float("inf"))


def _rounded(value: float | None) -> float | None:
    return None if value is None or isnan(value) else ten_digits(float(value))


def load_own(spec: str, study: Path, question: Question, taken: Mapping[str, str]) -> Own:
    """Read a function of one's own and try it on the baseline, twice.

    Args:
        spec: `my.py:function`.
        study: the study's file, beside which its own is looked for.
        question: what studies ask; the trial asks it with few draws.
        taken: names that columns have already, and whose they are.

    Raises:
        InputFaults: with everything that is wrong with it.
    """
    path, colon, name = spec.rpartition(":")
    place = study.parent / path
    if not colon or place.suffix != ".py" or not name.isidentifier():
        wanted = told("a file and its function, such as my.py:worst")
        raise InputFaults([Fault(str(study), "outputs.outcomes", shown(spec), wanted)])
    own = Own(file=place.name, name=name, text=read_text(place))
    refuse(_faults(own, place))
    tried = Question(
        case=question.case, targets=question.targets, seed=question.seed, replicates=TRIAL
    )
    base = tried.case.baseline
    given = tried.forecast(base), compare(tried, [base])[0]
    first, again = (_tried(own, str(place), *given) for _ in range(2))
    refuse(_column_faults(own, str(place), first, again, taken))
    return Own(file=own.file, name=name, text=own.text, columns=tuple(first))


def _faults(own: Own, place: Path) -> Iterator[Fault]:
    """Yield why a file has no such function: its grammar, what it does when read, its names."""
    file = str(place)
    try:
        _function(own)
    except SyntaxError as error:
        where, given = f"line {error.lineno or 1}", told("{error}", error=error.msg)
        yield Fault(file, where, given, told("Python that can be read"))
    except KeyError:
        names = re.findall(r"^def ([A-Za-z_]\w*)", own.text, flags=re.MULTILINE)
        wanted = near(own.name, names) if names else told("a function of this name")
        yield Fault(file, own.name, told("a function that is not there"), wanted)
    except (Exception, SystemExit) as error:  # whatever a file of somebody else's does
        yield _raised(own, file, error, told("a file that can be run"))
    else:
        if not _takes_two(_function(own)):
            yield Fault(file, own.name, told("other arguments"), told("forecast and summary"))


def _takes_two(function: Outcome) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    return True


def _raised(own: Own, file: str, error: BaseException, wanted: Message) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == own.file]
    given = told("{kind}: {error}", kind=type(error).__name__, error=str(error)[:200])
    return Fault(file, f"line {lines[-1]}" if lines else own.name, given, wanted)


def _tried(own: Own, file: str, forecast: Forecast, summary: Summary) -> Numbers:
    try:
        return _numbers(_function(own)(forecast, summary))
    except (Exception, SystemExit) as error:
        raise InputFaults([_raised(own, file, error, WANTED)]) from None


def _column_faults(
    own: Own, file: str, first: Numbers, again: Numbers, taken: Mapping[str, str]
) -> Iterator[Fault]:
    if not first:
        yield Fault(file, own.name, told("nothing"), WANTED)
    for name in first:
        if not isinstance(name, str) or not NAMED.fullmatch(name):
            wanted = told("a name of letters, digits, _ and .")
            yield Fault(file, own.name, shown(name), wanted)
        elif name in taken:
            given = told("{name}, a column of {whose}", name=name, whose=taken[name])
            yield Fault(file, own.name, given, told("another name"))
    if first != again:
        yield Fault(
            file,
            own.name,
            told("other numbers for the same run"),
            told("no random numbers of its own"),
        )
