"""Levers: what a planner may set, of which kind, and within which bounds at a place.

`levers.csv` beside this file is the one table: sliders, command-line flags, checks, costs,
the JSON Schema of a scenario and what a run keeps all follow from its rows. Bounds of budgets
there are in the large money unit a year per million inhabitants; a case may say them better
in a `levers.csv` of its own, in its own money. Sizes of effect are assumptions of a case.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pydantic
from pydantic import ConfigDict, Field, create_model

from sim.faults import Fault, Message, near, one_of, refuse, shown, span, told
from sim.months import month_end
from sim.numbers import ten_digits
from sim.place.assumptions import HOME
from sim.reading import Record, read_rows
from sim.words import Words, needed

Setting = float | int | str
Settings = tuple[tuple[str, Setting], ...]
Kind = Literal["budget", "start", "share", "ratio", "days", "month", "choice"]
Side = Literal["supply", "demand"]
Policy = Literal["allocation", "spending", "training", "organisation", "data"]

POLICY_NAMES: Mapping[str, str] = {
    "allocation": "Allocating money",
    "spending": "Managing its spending",
    "training": "Training",
    "organisation": "Organisation down to the grassroots",
    "data": "Data",
}
DECIDERS: Mapping[str, str] = {
    "ministry": "Ministry",
    "province": "Province",
    "operators": "Operators",
}
MONTHS_TO_START = 36
FINEST = 1000  # steps of a lever's range that a plan may tell apart
WHOLE = ("start", "month")  # kinds of which only whole numbers make sense


class LeverEntry(Record):
    """One row of the table of levers; empty cells are left out."""

    name: str
    kind: Kind
    side: Side
    policy: Policy
    read_by: str
    falls: Literal["yes", "no"]
    recurrent: Literal["yes", "no"]
    unit: str = ""
    label: str
    mechanism: str
    choices: str = ""
    low: float = 0
    high: float = 0
    supported: float | None = None
    aim: float | None = None
    usual: float | str
    source: str
    source_vi: str = ""
    deciders: str
    owner: str
    payer: str
    owner_source: str = ""
    owner_source_vi: str = ""


class OwnBounds(Record):
    """One row of a case's own `levers.csv`, in the case's own money."""

    name: str
    low: float
    high: float
    supported: float | None = None
    aim: float | None = None
    source: Annotated[str, Field(min_length=3)]
    source_vi: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """What a planner may set at a place, within bounds, in a unit, acting by a mechanism.

    Attributes:
        kind: a budget brings its own first month, a lever of kind `start`.
        read_by: the steps of a run that read it, and by which they are kept.
        falls: whether a smaller value does more; 0, where it means never, does least.
        recurrent: of a budget, whether it is paid month by month like wages.
        choices: name -> label, of a choice.
        supported: beyond this nothing found says anything.
        aim: as far as a planner who wants more of it might go.
        usual: what it is where a place's baseline says nothing.
        policy: which of the plan's five policies it carries.
        side: supply levers change what is built, demand levers who takes it up.
        deciders: whose it is to decide, of `DECIDERS`.
        owner, payer: who decides it and who bears its cost, public money or not.
        owner_source: where that is from; where it is empty, it is assumed.
        begins: the first month of plans at the place; months of a plan then have dates.
    """

    name: str
    kind: Kind
    side: Side
    policy: Policy
    read_by: tuple[str, ...]
    falls: bool
    recurrent: bool
    unit: str
    label: str
    mechanism: str
    choices: Mapping[str, str]
    low: float
    high: float
    supported: float | None
    aim: float | None
    usual: Setting
    source: str
    source_vi: str
    deciders: tuple[str, ...]
    owner: str
    payer: str
    owner_source: str
    owner_source_vi: str
    begins: date | None = None

    def decided_by(self, whose: str) -> bool:
        """Return whether it is theirs, of `DECIDERS`, to decide; "all" is everybody."""
        return whose in ("all", *self.deciders)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.kind in WHOLE

    def beyond(self, value: Setting) -> bool:
        """Return whether a value goes beyond what anything found speaks of."""
        if self.supported is None or isinstance(value, str):
            return False
        return 0 < value < self.supported if self.falls else value > self.supported

    def wanted(self, value: Setting) -> Message:
        """Return what would do in place of a value; nothing if it will do."""
        if self.choices:
            return told("") if value in self.choices else one_of(self.choices)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        fits = number and self.low <= float(value) <= self.high
        if fits and (not self.whole or float(value).is_integer()):
            return told("")
        return span(self.low, self.high, self.unit, whole=self.whole)

    def typed(self, number: float) -> tuple[float, Message]:
        """Return what a number sets, per cents if a share, and what would do if it will not."""
        times = 100 if self.kind == "share" else 1
        value = number / times
        wanted = self.wanted(value) and span(
            times * self.low, times * self.high, "%" if times > 1 else self.unit
        )
        return value, wanted or self.too_fine(value)

    def too_fine(self, value: Setting) -> Message:
        """Return what would do in place of a value so small that it does nothing; else nothing.

        Of money in thousands a dot may have been meant to part the thousands.
        """
        least = self.high / FINEST
        if isinstance(value, str) or self.low or self.whole or not 0 < value < least:
            return told("")
        return told("0, or {span}", span=span(least, self.high, self.unit))

    def evidence(self, language: str) -> str:
        """Return where its bounds come from, as the table has it where it has no Vietnamese."""
        return self.source_vi or self.source if language == "vi" else self.source

    def authority(self, language: str) -> str:
        """Return the source of who decides and pays; nothing where that is assumed."""
        return self.owner_source_vi or self.owner_source if language == "vi" else self.owner_source

    @property
    def budget(self) -> str:
        """The budget whose first month it is; empty for any other lever."""
        return self.name.removesuffix("_start") if self.kind == "start" else ""

    def step(self) -> float:
        """Return a sensible smallest change: a hundredth of the range, or a bit less."""
        if self.whole:
            return 1
        hundredth = (self.high - self.low) / 100
        ten = 10.0 ** math.floor(math.log10(hundredth))
        return float(f"{max(n * ten for n in (1, 2, 5) if n * ten <= hundredth * (1 + 1e-9)):.1g}")

    def steps(self, standing: float) -> list[float]:
        """Return what a slider can be put to, from the least: each step, and where it stands."""
        step = self.step()
        count = math.floor((self.high - self.low) / step + 1e-9)
        every = [self.low + at * step for at in range(count + 1)]
        found = sorted({round(value, 10) for value in (*every, self.high, standing)})
        return [int(value) for value in found] if self.whole else found

    def furthest(self, standing: Setting) -> Setting:
        """Return the value a planner who wants more of it might go to."""
        if self.kind == "choice":
            return standing
        ends = (self.aim, self.supported, self.high)
        furthest = next(value for value in ends if value is not None)
        return int(furthest) if self.whole else furthest

    def field(self, standing: Setting) -> tuple[Any, Any]:
        """Return type and field of the lever in the model of a `[levers]` table."""
        if self.kind == "choice":
            return Literal[tuple(self.choices)], Field(default=standing, title=self.label)
        number: Any = int if self.whole else float
        return (
            Annotated[number, Field(strict=True)],
            Field(
                default=number(standing),
                ge=self.low,
                le=self.high,
                title=self.label,
                description=f"{self.mechanism} Source: {self.source}.",
                json_schema_extra={"unit": self.unit, "policy": self.policy},
            ),
        )


Levers = Mapping[str, Lever]


@cache
def entries() -> tuple[LeverEntry, ...]:
    """Return the table of levers."""
    rows, faults = read_rows(Path(__file__).with_suffix(".csv"), LeverEntry)
    assert not faults, faults
    return tuple(row for _, row in rows)


@cache
def known() -> Mapping[str, Lever]:
    """Return every lever there is, for a million people and any money: names, kinds, units."""
    return levers_at(1e6, "{bn}")


def label(name: str) -> str:
    """Return the label of a lever."""
    return known()[name].label


def levers_at(
    population: float, money: str = HOME, begins: date | None = None, worth: float = 1.0
) -> dict[str, Lever]:
    """Return the levers of a place with so many people, a budget followed by its first month.

    Bounds of budgets are the table's sums by the people, in units of money of which one
    of the table's is `worth` so many.

    >>> levers = levers_at(97_590_000)
    >>> levers["fibre_build"].high, levers["fibre_build"].step(), levers["permit_days"].step()
    (9800.0, 50.0, 0.5)
    """
    found: dict[str, Lever] = {}
    for row in entries():
        lever = replace(_lever(row, money), begins=begins)
        if row.kind == "budget":
            lever = _for_people(lever, population * worth)
        found[row.name] = lever
        if row.kind == "budget":
            found[f"{row.name}_start"] = _start_of(lever)
    return found


def _lever(row: LeverEntry, money: str) -> Lever:
    pairs = (pair.partition(":") for pair in row.choices.split(";") if pair)
    return Lever(
        name=row.name,
        kind=row.kind,
        side=row.side,
        policy=row.policy,
        read_by=tuple(row.read_by.split(";")),
        falls=row.falls == "yes",
        recurrent=row.recurrent == "yes",
        unit=row.unit.format(bn=money),
        label=row.label,
        mechanism=row.mechanism,
        choices={name: label for name, _, label in pairs},
        low=row.low,
        high=row.high,
        supported=row.supported,
        aim=row.aim,
        usual=row.usual,
        source=row.source,
        source_vi=row.source_vi,
        deciders=tuple(row.deciders.split(";")),
        owner=row.owner,
        payer=row.payer,
        owner_source=row.owner_source,
        owner_source_vi=row.owner_source_vi,
    )


def _for_people(lever: Lever, population: float) -> Lever:
    """Return a budget with its bounds for so many people, to two digits."""
    high = float(f"{lever.high * population / 1e6:.2g}")
    share = (lever.supported or lever.high) / lever.high
    usual = float(f"{float(lever.usual) * population / 1e6:.2g}")
    return replace(lever, high=high, supported=float(f"{share * high:.3g}"), usual=usual)


def _start_of(budget: Lever) -> Lever:
    return replace(
        budget,
        name=f"{budget.name}_start",
        kind="start",
        policy="spending",
        falls=True,
        recurrent=False,
        unit="month of the plan",
        label=f"{budget.label}: first month",
        mechanism="Moves the whole yearly release of this money later.",
        low=1,
        high=MONTHS_TO_START,
        supported=None,
        aim=1,
        usual=1,
        source="Design choice: a budget has a start month.",
        source_vi="Quy ước: ngân sách có tháng bắt đầu.",
    )


def with_own(levers: dict[str, Lever], path: Path, faults: list[Fault]) -> dict[str, Lever]:
    """Return levers with the bounds and sources of a case's own table, where it has one.

    Args:
        levers: as the place's people alone would have them.
        path: of the case's `levers.csv`; a lever it does not name keeps its bounds.
        faults: gets every fault of the file.
    """
    rows, met = read_rows(path, OwnBounds, optional=("supported", "aim", "source_vi"))
    found = dict(levers)
    for line, row in rows:
        lever, place = levers.get(row.name), f"line {line}, {row.name}"
        if lever is None or lever.kind in ("choice", "start"):
            ranged = [name for name, each in levers.items() if each.kind not in ("choice", "start")]
            wanted = told("a lever that has bounds; {hint}", hint=near(row.name, ranged))
            met.append(Fault(str(path), place, shown(row.name), wanted))
        elif not row.low < row.high:
            met.append(
                Fault(
                    str(path),
                    place,
                    told("{low:g} to {high:g}", low=row.low, high=row.high),
                    told("low < high"),
                )
            )
        else:
            found[row.name] = replace(lever, **row.model_dump(exclude={"name"}))
    faults += met
    return found


def budgets(levers: Levers) -> tuple[str, ...]:
    """Return the names of the budgets, in the order of the table."""
    return tuple(name for name, lever in levers.items() if lever.kind == "budget")


def read_by(levers: Levers, *steps: str) -> frozenset[str]:
    """Return the levers that some steps of a run read, and so are kept by."""
    return frozenset(name for name, lever in levers.items() if set(lever.read_by) & set(steps))


def shared(
    levers: Levers, settings: Mapping[str, Setting], total: float, moved: str = ""
) -> dict[str, Setting]:
    """Return settings whose budgets add up to a total: the others share what one leaves them.

    They keep their proportions as far as their bounds let them; what bounds keep them from
    taking is left over, and what is moved gets no more than the total.

    Args:
        levers: of the place.
        settings: of all of them.
        total: of the budgets a year.
        moved: the budget that stays as it is; empty if all are scaled.

    >>> levers = levers_at(97_590_000)
    >>> settings = {name: lever.low for name, lever in levers.items()}
    >>> settings |= {"fibre_build": 900, "village_sites": 50, "training": 150}
    >>> found = shared(levers, settings, 1000, "fibre_build")
    >>> [found[name] for name in ("fibre_build", "village_sites", "training")]
    [900, 25.0, 75.0]
    """
    found, free = dict(settings), [name for name in budgets(levers) if name != moved]
    if moved and number(settings, moved) > total:
        found[moved] = total
    left = total - (number(found, moved) if moved else 0.0)
    while free:
        own = sum(number(settings, name) for name in free)
        scale = left / own if own else 0.0
        full = [name for name in free if number(settings, name) * scale > levers[name].high]
        for name in full or free:
            share = min(number(settings, name) * scale, levers[name].high)
            found[name] = 0.0 if levers[name].too_fine(share) else exact(share)
        left -= sum(number(found, name) for name in full)
        free = [name for name in free if name not in full] if full else []
    return found


def only(settings: Mapping[str, Setting], names: Iterable[str]) -> Settings:
    """Return some settings, in the order of the table: what a step of a run is kept by."""
    wanted = frozenset(names)
    return tuple((name, value) for name, value in settings.items() if name in wanted)


def number(settings: Mapping[str, Setting], name: str) -> float:
    """Return the value of a lever that is a number."""
    return float(settings[name])


def exact(value: Setting) -> Setting:
    """Return a value to ten digits, so that it is the same once written and read again."""
    return ten_digits(value) if isinstance(value, float) else value


def check_settings(levers: Levers, settings: Mapping[str, Setting], id: str) -> None:
    """Refuse settings that a scenario's file could not hold, however they were made.

    Raises:
        InputFaults: a lever is unknown, missing or out of bounds.
    """
    faults = [
        Fault(
            id, name, shown(settings[name]), told("no such lever; {hint}", hint=near(name, levers))
        )
        for name in settings
        if name not in levers
    ]
    for name, lever in levers.items():
        if name not in settings:
            faults.append(Fault(id, name, told("nothing"), told("a value")))
        elif wanted := lever.wanted(settings[name]):
            faults.append(Fault(id, name, shown(settings[name]), wanted))
    refuse(faults)


def levers_model(levers: Levers, standing: Mapping[str, Setting]) -> type[pydantic.BaseModel]:
    """Return the model of a `[levers]` table; what it does not name is as it stands."""
    fields: dict[str, Any] = {name: lever.field(standing[name]) for name, lever in levers.items()}
    config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, title="Levers")
    return create_model("Levers", __config__=config, **fields)


class LeverRow(TypedDict):
    """A lever of a case as `ketnoi levers --json` prints it; `step` is None for a choice.

    Its `aim` is the value a planner who wants more of it might go to.
    """

    name: str
    label: str
    unit: str
    low: Setting
    high: Setting
    step: float | None
    baseline: Setting
    supported: float | None
    aim: Setting
    policy: str
    side: str
    mechanism: str
    source: str


def lever_row(lever: Lever, baseline: Setting) -> LeverRow:
    """Return a lever and its baseline value as one row."""
    choices, ends = tuple(lever.choices), (lever.low, lever.high)
    low, high = map(int, ends) if lever.whole else ends
    return LeverRow(
        name=lever.name,
        label=lever.label,
        unit=lever.unit or ", ".join(choices),
        low=choices[0] if choices else low,
        high=choices[-1] if choices else high,
        step=None if choices else lever.step(),
        baseline=baseline,
        supported=lever.supported,
        aim=lever.furthest(baseline),
        policy=lever.policy,
        side=lever.side,
        mechanism=lever.mechanism,
        source=lever.source,
    )


def lever_value(lever: Lever, value: Setting, say: Words) -> str:
    """Return a lever's value as text, shares as per cents."""
    if isinstance(value, str):
        return say(lever.choices[value])
    return _step_words(lever.kind, lever.begins if lever.whole else None, value, say.language)


@lru_cache(maxsize=65_536)  # every slider of a page writes all its steps again whenever one moves
def _step_words(kind: Kind, begins: date | None, value: float, language: str) -> str:
    say = Words(language)
    if begins is not None and value:
        return say.month(month_end(begins.year, begins.month + int(value) - 1))
    if kind == "month":
        return say("month {month}", month=say.plain(value)) if value else say("never")
    if kind == "share":
        return say.percent(value, needed(round(100 * value, 4)))
    return say.number(value, needed(value)) + (" " + say("days") if kind == "days" else "")
