"""Case + scenario + seed -> forecast: the seven steps a number travels.

1 draw the assumptions; 2 where the areas start; 3 where history alone would take the
nation; 4 what gets built; 5 who takes it up, under the hazard that makes the baseline
follow history; 6 the forecast, ready to be judged; 7 its stamp (see `sim.place.stamp`).
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from threading import Lock
from typing import ClassVar, TypeVar, cast

import numpy as np

from models.moves.adoption import Hazard, Market, Pushes, invert, subscriptions, take_up
from models.moves.power import Lit
from models.moves.queue import Built, Works
from sim.faults import Fault, InputFaults, told
from sim.forecast import Array, Forecast, Track, weighted
from sim.indicators import SERIES, of_kind
from sim.months import months_between, year_past
from sim.numbers import REPLICATES, SEED
from sim.place.assumptions import draw
from sim.place.case import Case
from sim.place.levers import Setting, Settings, budgets, check_settings, only, read_by
from sim.place.scenario import Scenario
from sim.world.demand import (
    PhoneDemand,
    fibre_demand,
    offers_spent,
    phone_demand,
    teams_spent,
    who_may,
)
from sim.world.homes import HomesLeft, HomesUnderWay, home_works, homes_left, pass_homes
from sim.world.money import public_money
from sim.world.past.history import paths
from sim.world.starts import Starts, area_pace, area_willing, starts
from sim.world.supply import Reach
from sim.world.ties import tie_assumptions, tie_paths
from sim.world.villages import (
    VillageOrders,
    VillagesLeft,
    VillagesUnderWay,
    cover_villages,
    light_villages,
    power_spent,
    village_orders,
    village_works,
    villages_left,
)

Found = TypeVar("Found")
Flow = Mapping[str, Array]  # budget -> `[replicate, month]` in the large unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Works with which a run goes on, made by `sim.track.under_way`; None of what begins anew."""

    homes: HomesUnderWay | None
    villages: VillagesUnderWay | None


BEGIN_ANEW = UnderWay(homes=None, villages=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What no lever touches.

    Attributes:
        assumed: draws of the assumptions, `[replicate]`.
        nation: history's paths, `[replicate, month + 1]`.
        starts: where the areas start.
        willing, pace: of what is taken up, by indicator: the share of each area that ever will,
            and how much quicker than the nation it does, `[replicate, area]`.
        homes: those to pass; None where nothing is known of lines.
    """

    assumed: dict[str, Array]
    nation: dict[str, Array]
    starts: Starts
    willing: Mapping[str, Array]
    pace: Mapping[str, Array]
    homes: tuple[HomesLeft, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The baseline: its hazards, and the take-up that scenarios are set against.

    Attributes:
        hazards: those under which what is taken up follows history, by indicator.
        users: who has it under them, by indicator, `[replicate, area, month]`.
        derived: what moves with another indicator, by name, `[replicate, area, month]`.
        feature_phones: its subscriptions without a smartphone, `[replicate, month]`.
    """

    hazards: Mapping[str, Hazard]
    users: Mapping[str, Array]
    derived: Mapping[str, Array]
    feature_phones: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Who takes something up, and the public money that found them, by indicator and budget."""

    tracks: Mapping[str, Track]
    spent: Flow


NO_REACH = Reach(tracks={}, waiting={}, spent={}, private={})  # of a programme nobody counted
NO_USERS = Users(tracks={}, spent={})
BYTES_A_MONTH, BYTES_AN_AREA = 200, 5_000  # of a draw and area; measured on Viet Nam


def bytes_needed(case: Case, months: int, replicates: int) -> int:
    """Return about how many bytes a world of so many months and draws takes once it has run."""
    each = len(case.areas) * (BYTES_A_MONTH * months + BYTES_AN_AREA) + 40 * len(case.months)
    return replicates * each


def memory() -> float:
    """Return the bytes that a run may take: nine tenths of the machine's memory."""
    try:
        return 0.9 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 8e9


class Kept:
    """The last few results of each step, by the settings they were made from.

    What takes long is kept for as many plans as visitors of one place may have before them; the
    take-up of what is built is soon made again, and its results are the larger ones.
    """

    MOST: ClassVar[Mapping[str, int]] = {"homes": 5, "villages": 5, "power": 5, "power spent": 5}
    ELSE = 2

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self._steps: dict[str, OrderedDict[Settings, object]] = {}
        self._lock = Lock()

    def once(self, step: str, settings: Settings, make: Callable[[], Found]) -> Found:
        """Return what a step makes of some settings, made now unless it is kept."""
        kept = self._steps.setdefault(step, OrderedDict())
        with self._lock:
            if settings in kept:
                kept.move_to_end(settings)
                return cast("Found", kept[settings])
        made = make()
        with self._lock:
            kept[settings] = made
            while len(kept) > self.MOST.get(step, self.ELSE):
                kept.popitem(last=False)
        return made


class World:
    """A case under one luck: what no lever touches, made once, and the steps that levers make.

    Each step is kept by the levers that it reads (the table of levers says which), so that
    moving one remakes only what it touches.

    Attributes:
        case: a place as it was known on its vintage day.
        seed: of all luck; the same seed gives the same luck to every scenario.
        replicates: how many draws.
        months: how many months a run has.
    """

    def __init__(
        self,
        case: Case,
        *,
        seed: int = SEED,
        replicates: int = REPLICATES,
        until: date | None = None,
        under_way: UnderWay = BEGIN_ANEW,
    ) -> None:
        """Begin with nothing computed.

        Args:
            case, seed, replicates: see the class.
            until: the last month wanted; a year past the default targets' last deadline if
                None, and never past the case's horizon.
            under_way: works that go on from a run before.

        Raises:
            ValueError: `until` lies before the first month's end.
        """
        self.case, self.seed, self.replicates = case, seed, replicates
        self.months = months_until(case, until)
        self.under_way = under_way
        self._refuse_too_large()
        self._kept = Kept()
        self._origin: list[Origin] = []  # shared by worlds of other lengths

    def _refuse_too_large(self) -> None:
        """Refuse a run that the machine's memory cannot hold, before it is begun."""
        areas, most = len(self.case.areas), memory()
        need = bytes_needed(self.case, self.months, self.replicates)
        if need > most:
            given = told(
                "{draws:,} draws of {areas:,} areas and {months:,} months, about {need:,.1f} GB",
                draws=self.replicates,
                areas=areas,
                months=self.months,
                need=need / 1e9,
            )
            most = int(most / need * self.replicates)
            wanted = told("at most {most:,} draws on this machine", most=most)
            raise InputFaults([Fault("ketnoi", "--replicates", given, wanted)])

    def until(self, day: date) -> "World":
        """Return the same world to another last month; what no lever touches is shared."""
        other = World(
            self.case,
            seed=self.seed,
            replicates=self.replicates,
            until=day,
            under_way=self.under_way,
        )
        other._origin = self._origin
        return other

    @property
    def origin(self) -> Origin:
        """What no lever touches."""
        if not self._origin:
            self._origin.append(self._begin())
        return self._origin[0]

    def _begin(self) -> Origin:
        case, seed, replicates = self.case, self.seed, self.replicates
        assumed = tie_assumptions(
            case, draw(list(case.assumptions.values()), seed, replicates), seed
        )
        nation = tie_paths(case, paths(case, assumed, seed, replicates), seed)
        first = {name: path[:, 0] for name, path in nation.items()}
        begin = starts(case, first, assumed, seed)
        lines = begin.levels.get(case.lines)
        homes = (
            None if lines is None else homes_left(case, assumed, lines, seed, self.under_way.homes)
        )
        of = {case.lines: "fibre_willing", case.users: "smartphone_ceiling"}
        return Origin(
            assumed=assumed,
            nation=nation,
            starts=begin,
            willing={
                name: area_willing(case, name, assumed, share, seed)
                for name, share in of.items()
                if name
            },
            pace={name: area_pace(case, name, assumed, seed) for name in of if name},
            homes=homes,
        )

    def run(self, scenario: Scenario) -> Forecast:
        """Return the draws of a scenario."""
        case, settings = self.case, scenario.levers
        check_settings(case.levers, settings, scenario.id)
        passing, covering = self.homes_built(settings), self.villages_built(settings)
        fibre, phones = self.fibre_users(settings), self.phone_users(settings)
        tracks = {**fibre.tracks, **passing.tracks, **covering.tracks, **phones.tracks}
        lit_spent, lit_private = self._power_spent(settings)
        nothing = np.zeros((self.replicates, self.months))
        built = {"fibre_build": passing.waiting, "village_sites": covering.waiting}
        return Forecast(
            tracks={name: tracks[name] for name in SERIES if name in tracks},
            months=case.months[: self.months],
            areas=case.codes,
            money={name: self._arriving(settings, name) for name in budgets(case.levers)},
            spent={
                **dict.fromkeys(budgets(case.levers), nothing),
                **passing.spent,
                **covering.spent,
                **lit_spent,
                **fibre.spent,
                **phones.spent,
                "communication": self._arriving(settings, "communication"),
            },
            private={**passing.private, **covering.private, **lit_private},
            waiting={programme: reasons for programme, reasons in built.items() if reasons},
            held={name: float(each.held.mean()) for name, each in self.ground.hazards.items()},
        )

    def homes_built(self, settings: Mapping[str, Setting]) -> Reach:
        """Return the homes that can order fibre; nothing where no lines are known."""
        own, homes = self._read(settings, "homes"), self.origin.homes
        if homes is None:
            return NO_REACH
        return self._kept.once(
            "homes", own, lambda: pass_homes(self.case, dict(own), homes, self.months)
        )

    def villages_built(self, settings: Mapping[str, Setting]) -> Reach:
        """Return the villages with mobile broadband; nothing where none are listed."""
        own = self._read(settings, "villages", "power")
        if not self.case.lists_villages:
            return NO_REACH

        def build() -> Reach:
            orders, lit = self._village_orders(settings), self.villages_lit(settings)
            return cover_villages(self.case, dict(own), self.villages, orders, lit, self.months)

        return self._kept.once("villages", own, build)

    @cached_property
    def villages(self) -> tuple[VillagesLeft, ...]:
        """The villages to cover, of which no lever decides anything."""
        return villages_left(
            self.case, self.origin.assumed, self.seed, self.months, self.under_way.villages
        )

    def home_works(self, settings: Mapping[str, Setting]) -> list[tuple[Works, Built]]:
        """Return the works of fibre and when each passes each gate, block by block."""
        own, homes = self._read(settings, "homes"), self.origin.homes or ()
        return self._kept.once(
            "home works", own, lambda: home_works(self.case, dict(own), homes, self.months)
        )

    def village_works(self, settings: Mapping[str, Setting]) -> list[tuple[Works, Built]]:
        """Return the works in villages and when each passes each gate, block by block."""
        own = self._read(settings, "villages", "power")

        def build() -> list[tuple[Works, Built]]:
            orders, lit = self._village_orders(settings), self.villages_lit(settings)
            return village_works(self.case, dict(own), self.villages, orders, lit, self.months)

        return self._kept.once("village works", own, build)

    def villages_lit(self, settings: Mapping[str, Setting]) -> list[Lit]:
        """Return when villages have power, block by block."""
        own = self._read(settings, "power")

        def light() -> list[Lit]:
            orders = self._village_orders(settings)
            return light_villages(self.case, dict(own), self.villages, orders, self.months)

        return self._kept.once("power", own, light)

    def _village_orders(self, settings: Mapping[str, Setting]) -> list[VillageOrders]:
        own = only(settings, ["priority"])
        return self._kept.once(
            "order", own, lambda: village_orders(self.case, dict(own), self.villages)
        )

    def _power_spent(self, settings: Mapping[str, Setting]) -> tuple[Flow, Flow]:
        """Return what power for villages cost, public money and other, by budget."""
        if not self.case.lists_villages:
            return {}, {}
        own = self._read(settings, "power")

        def spend() -> tuple[Flow, Flow]:
            lit = self.villages_lit(settings)
            return power_spent(self.case, dict(own), self.villages, lit, self.months)

        return self._kept.once("power spent", own, spend)

    def _arriving(self, settings: Mapping[str, Setting], budget: str) -> Array:
        return public_money(self.case, settings, budget, self.origin.assumed, self.months)

    def fibre_users(self, settings: Mapping[str, Setting]) -> Users:
        """Return the households with fibre under what is built for homes and offered to them."""
        own, lines = self._read(settings, "homes", "fibre"), self.case.lines
        if not lines:
            return NO_USERS

        def adopt() -> Users:
            market = self._market(lines, self.homes_built(dict(own)))
            levers, base = self._read(dict(own), "fibre"), self.case.baseline.levers
            pushes = fibre_demand(self.case, dict(levers), base, self.origin.assumed, self.months)
            users = take_up(market, pushes, self.ground.hazards[lines])
            return Users(
                tracks=self._with_derived(lines, users.share),
                spent={"fibre_vouchers": self._found(levers, "fibre_vouchers", users.vouchers)},
            )

        return self._kept.once("fibre", own, adopt)

    def _found(self, levers: Settings, budget: str, useful: Array) -> Array:
        return offers_spent(self.case, dict(levers), budget, self.origin.assumed, useful)

    def phone_users(self, settings: Mapping[str, Setting]) -> Users:
        """Return those with a smartphone, or else the Internet, and what moves with them."""
        own, name = self._read(settings, "villages", "power", "phones"), self.case.users
        if not name:
            return NO_USERS

        def adopt() -> Users:
            market, wanted = self._phone_field(dict(own))
            users = take_up(market, wanted.pushes, self.ground.hazards[name])
            assumed, months = self.origin.assumed, self.months
            return Users(
                tracks=self._with_derived(name, users.share, wanted),
                spent={
                    "smartphone_vouchers": self._found(own, "smartphone_vouchers", users.vouchers),
                    "training": self._found(own, "training", users.turned),
                    "community_teams": teams_spent(self.case, dict(own), assumed, months),
                },
            )

        return self._kept.once("phones", own, adopt)

    @cached_property
    def ground(self) -> Ground:
        """The baseline that follows history."""
        case, begin, base = self.case, self.origin, self.case.baseline.levers
        follow = {name: path[:, 1 : self.months + 1] for name, path in begin.nation.items()}
        fields: dict[str, tuple[Market, Pushes]] = {}
        feature_phones = np.zeros((self.replicates, self.months))
        if case.lines:
            market = self._market(case.lines, self.homes_built(base))
            pushes = fibre_demand(case, base, base, begin.assumed, self.months)
            fields[case.lines] = market, pushes
        if case.users:
            market, wanted = self._phone_field(base)
            fields[case.users] = market, wanted.pushes
            feature_phones = wanted.feature_phones
        hazards = {name: invert(*field, follow[name]) for name, field in fields.items()}
        users = {name: take_up(*field, hazards[name]).share for name, field in fields.items()}
        return Ground(
            hazards=hazards,
            users=users,
            derived={
                row.name: self._spread(row.name, users[driver], follow[row.name])
                for row in of_kind("derived")
                if row.name in follow and (driver := case.driver(row.name))
            },
            feature_phones=feature_phones,
        )

    def _spread(self, name: str, users: Array, whole: Array) -> Array:
        """Return the whole's path spread over areas as its driver is, or as it was counted."""
        apart = self.origin.starts.apart.get(name)
        parts = users if apart is None else users * apart[:, :, None]
        weights = self.case.columns[SERIES[name].counts]
        return np.asarray(parts * (whole / weighted(parts, weights))[:, None, :])

    def _phone_field(self, settings: Mapping[str, Setting]) -> tuple[Market, PhoneDemand]:
        """Return those who may take a smartphone, and what is offered to them."""
        begin, base, name = self.origin, self.case.baseline.levers, self.case.users
        market = self._market(name, self.villages_built(settings))
        phones, own = begin.nation[name], dict(self._read(settings, "phones"))
        return market, phone_demand(self.case, own, base, begin.assumed, phones, self.months)

    def _market(self, name: str, reach: Reach) -> Market:
        """Return a market whose ceiling is reach x willing, never below those who are in it.

        Where nobody knows the reach, all who are willing may be in it.
        """
        begin = self.origin
        start = begin.starts.levels[name]
        ready = begin.willing[name][:, :, None]
        track = reach.tracks.get(self.case.driver(name))
        ceiling = ready * (np.ones(self.months) if track is None else track.draws)
        return Market(
            start=start,
            ceiling=np.maximum(ceiling, start[:, :, None], out=ceiling),
            imitation=begin.assumed["imitation"],
            pace=begin.pace[name],
            weights=self.case.columns[SERIES[name].counts],
        )

    def _with_derived(
        self, name: str, share: Array, wanted: PhoneDemand | None = None
    ) -> dict[str, Track]:
        """Return the track of what is taken up and of all that moves with it."""
        found = {name: share}
        for derived, baseline in self.ground.derived.items():
            if self.case.driver(derived) == name:
                found[derived] = self._derived(derived, baseline, share, wanted)
        return {each: self._track(each, draws) for each, draws in found.items()}

    def _derived(
        self, name: str, baseline: Array, users: Array, wanted: PhoneDemand | None
    ) -> Array:
        """Return what moves with its driver, in proportion to it.

        Of mobile broadband: history's subscriptions, those of users the plan adds, and those
        of feature phones.
        """
        assumed, ground = self.origin.assumed, self.ground
        before = ground.users[self.case.driver(name)]
        if name != "mobile_broadband" or wanted is None:
            return np.asarray(baseline * (users / np.maximum(before, 1e-12)))
        each = who_may(self.case, assumed) * assumed["subscriptions_per_new_user"]
        others = wanted.feature_phones - ground.feature_phones
        return subscriptions(baseline, users, before, each=each, others=others)

    def _track(self, name: str, draws: Array) -> Track:
        weights = self.case.columns[SERIES[name].counts]
        return Track(draws=draws, weights=weights, observed=self.origin.starts.observed[name])

    def _read(self, settings: Mapping[str, Setting], *steps: str) -> Settings:
        return only(settings, read_by(self.case.levers, *steps))


def run(
    case: Case,
    scenario: Scenario,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    until: date | None = None,
) -> Forecast:
    """Return the draws of one scenario, in a world of its own; see `World`."""
    return World(case, seed=seed, replicates=replicates, until=until).run(scenario)


def months_until(case: Case, until: date | None) -> int:
    """Return how many months a run has.

    Raises:
        ValueError: `until` lies before the first month's end.
    """
    last = until or year_past(case.target_sets[case.default_targets].last_deadline)
    months = min(months_between(case.start, last), len(case.months))
    if months < 1:
        raise ValueError(f"{last} is before {case.months[0]}, the first month of the run")
    return months
