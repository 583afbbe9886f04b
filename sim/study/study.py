"""A study as a value: a place, base scenarios, what varies, and where its points lie."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from sim.numbers import SEED, ten_digits
from sim.place.assumptions import HOME, Assumption
from sim.place.case import Case
from sim.place.levers import Setting
from sim.place.scenario import Scenario
from sim.place.stamp import digest, written
from sim.place.targets import TargetSet
from sim.study.designs import Design
from sim.study.outcomes import Own

Point = Mapping[str, Setting]
Monthly = Literal["none", "nation", "area", "both"]

CHUNK = 32  # points computed and kept together, unless the file says otherwise
MOST_POINTS = 10**9
BANDS = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a study varies, and over which values.

    Attributes:
        name: of a lever or an assumption.
        low, high: the range, if it has one.
        values: the list, if it has one.
        steps: how many values a grid takes of a range.
        whole: whether only whole numbers make sense.
        choices: the names a choice has, in the order of its lever.
        own: the assumption whose own distribution it takes, if it has neither.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    values: tuple[Setting, ...] = ()
    steps: int | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()
    own: Assumption | None = None

    @property
    def count(self) -> int | None:
        """How many values a grid takes; None where a range does not say."""
        return len(self.values) if self.values else self.steps

    def at(self, share: float, *, grid: bool = False) -> Setting:
        """Return the value at a place of the unit interval, to ten digits.

        Args:
            share: 0 to 1.
            grid: whether the place is a grid's node, 0 and 1 being the ends, rather than
                drawn evenly from the interval.
        """
        if self.values:
            count = len(self.values)
            place = round(share * (count - 1)) if grid else min(int(share * count), count - 1)
            return self.values[place]
        if self.own is not None:
            return ten_digits(float(self.own.quantile(np.array([share]))[0]))
        if self.whole:
            span = self.high - self.low
            inner = share * span + 0.5 if grid else share * (span + 1)
            return int(min(self.low + inner, self.high))
        return ten_digits(self.low + share * (self.high - self.low))

    def number(self, setting: Setting) -> float:
        """Return a value as a number; a name is its place in the list."""
        if isinstance(setting, str):
            return float(self.choices.index(setting))
        return float(setting)

    def described(self) -> dict[str, Any]:
        """Return the factor as plain values for a file."""
        if self.values:
            named = {"choices": list(self.choices)} if self.choices else {}
            return {"name": self.name, "values": list(self.values), **named}
        if self.own is not None:
            own = {"low", "central", "high", "distribution"}
            steps = {"steps": self.steps} if self.steps else {}
            return {"name": self.name, **self.own.model_dump(include=own), **steps}
        more = {"steps": self.steps, "whole": self.whole}
        told = {name: value for name, value in more.items() if value}
        return {"name": self.name, "low": self.low, "high": self.high, **told}


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What is to be computed: every base scenario at every point.

    Attributes:
        id: the file's name without its ending.
        scenarios: the base scenarios; a point's levers replace theirs.
        factors: assumptions first, then supply levers, then demand levers, so that
            neighbours of a grid share what is dear to compute.
        design: where the points lie; None where they are given one by one.
        given: the points of a table, if they are given.
        monthly: whether quantiles by month are kept, for the nation, each area or both.
        quantiles: which.
        draws: whether the draws behind them are kept, of the same places.
        own: outcomes of one's own.
        chunk: points computed and kept together.
    """

    id: str
    case: Case
    scenarios: tuple[Scenario, ...]
    targets: TargetSet
    factors: tuple[Factor, ...]
    design: Design | None
    given: tuple[Point, ...] = ()
    replicates: int = 100
    seed: int = SEED
    monthly: Monthly = "none"
    quantiles: tuple[float, ...] = BANDS
    draws: Monthly = "none"
    own: Own | None = None
    chunk: int = CHUNK

    @property
    def size(self) -> int:
        """How many points there are, of one base scenario."""
        return len(self.given) if self.design is None else self.design.size

    @property
    def runs(self) -> int:
        """How many runs there are: points times base scenarios."""
        return self.size * len(self.scenarios)

    @cached_property
    def step(self) -> int:
        """Points a chunk, rounded up so that rows that belong together stay together."""
        group = 1 if self.design is None else self.design.group
        return -(-self.chunk // group) * group

    def points(self, start: int, stop: int) -> list[Point]:
        """Return the points from `start` up to, not with, `stop`."""
        if self.design is None:
            return list(self.given[start:stop])
        grid = self.design.kind == "grid"
        return [
            {
                factor.name: factor.at(float(share), grid=grid)
                for factor, share in zip(self.factors, row, strict=True)
            }
            for row in self.design.rows(start, stop)
        ]

    def pieces(self) -> Iterator[tuple[Scenario, int, int]]:
        """Yield base scenario, first point and end of every chunk, in order."""
        for scenario in self.scenarios:
            for start in range(0, self.size, self.step):
                yield scenario, start, min(start + self.step, self.size)

    def described(self) -> dict[str, Any]:
        """Return the study as plain values: what its table was made from."""
        money = self.case.head.currency
        return {
            "study": self.id,
            "case": self.case.head.id,
            "case_hash": self.case.hash,
            "targets": self.targets.id,
            "scenario_hashes": {scenario.id: scenario.hash for scenario in self.scenarios},
            "seed": self.seed,
            "replicates": self.replicates,
            "scenarios": [written(scenario) for scenario in self.scenarios],
            "targets_hash": digest(asdict(self.targets)),
            "baseline": written(self.case.baseline),
            "outputs": {
                "monthly": self.monthly,
                "quantiles": list(self.quantiles),
                "draws": self.draws,
                "outcomes": self.own.described() if self.own else None,
            },
            "chunk": self.step,
            "points": self.size,
            "design": _described(self.design),
            "factors": [{**factor.described(), **self._meaning(factor)} for factor in self.factors],
            "points_hash": self._given_hash(),
            **({} if money == HOME else {"currency": money}),
            **({"facts": self.case.facts.as_json()} if self.case.facts else {}),
        }

    def _meaning(self, factor: Factor) -> dict[str, dict[str, str]]:
        row = self.case.assumptions.get(factor.name)
        return {"meaning": {"vi": row.meaning_vi, "en": row.meaning_en}} if row else {}

    def _given_hash(self) -> str:
        rows = json.dumps([dict(point) for point in self.given])
        return hashlib.sha256(rows.encode()).hexdigest() if self.given else ""


def _described(design: Design | None) -> dict[str, Any]:
    if design is None:
        return {"kind": "csv"}
    told: dict[str, Any] = {"kind": design.kind, "samples": design.samples, "seed": design.seed}
    told["steps"] = list(design.steps)
    more = {"groups": list(design.groups), "second_order": design.second_order}
    return told | {name: value for name, value in more.items() if value}
