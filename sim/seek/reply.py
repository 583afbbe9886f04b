"""What comes back from a question asked backwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sim.place.levers import Setting
from sim.place.targets import Target
from sim.seek.wish import Wish

SHORT = 0.01  # by which a proof may fall short of the chance asked for
Kind = Literal["met", "found", "late", "dear"]
Levers = Mapping[str, Setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A plan on fresh draws of other seeds: its chance, within bounds of 95 %."""

    chance: float
    bounds: tuple[float, float]
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What can be had where the chance asked for cannot, with all free levers at their aim.

    Attributes:
        chance: the most that can be had by the deadline.
        levels: target -> the level that is reached with the chance asked for.
        month: the first month in which all targets are met with that chance; None if not
            within a year of the deadline.
        binding: the free lever whose aim holds the chance back most, going on to its outer
            bound; empty where none does: then it is time, not a lever.
        assumption: the assumption that moves the margin most; empty if none tells.
    """

    chance: float
    levels: Mapping[Target, float]
    month: date | None
    binding: str
    assumption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """What doing without a lever costs: extra money, None where it cannot be done without."""

    lever: str
    extra: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the next money does in a lever, at the plan as it stands.

    Attributes:
        points: of chance for each unit of money, and its bounds of 95 % from pairs of draws.
    """

    lever: str
    points: float
    bounds: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Money that a chance takes along the mix found, with a band from resampled draws."""

    chance: float
    money: float
    band: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """Money that each chance takes along the mix found were an assumption at an end.

    Attributes:
        assumption, value: which, and where it is held.
        money: chance -> money; none for a chance that the mix does not reach.
    """

    assumption: str
    value: float
    money: Mapping[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reply:
    """The answer.

    Attributes:
        kind: nothing is needed; a plan is found; not by then; not for that money.
        levers: of the plan found, or of the plan that stands.
        chance: of it on the draws searched; `standing` is that of the plan as it stands.
        money, spent: public money of the plan found and of that which stands.
        needed: money of the plan with the chance, where that is more than the cap.
        month: the earliest, where a month was asked for.
        saved: free budgets that can go to their lowest while the chance still holds.
        proof: on fresh draws; `lowest` is a lower bound of the money.
        runs: how many runs of a thousand draws it took.
    """

    wish: Wish
    kind: Kind
    levers: Levers
    chance: float
    standing: float
    money: float
    spent: float
    needed: float | None = None
    month: date | None = None
    saved: tuple[str, ...] = ()
    late: Late | None = None
    proof: Proof | None = None
    lowest: float | None = None
    without: tuple[Without, ...] = ()
    plans: tuple[Levers, ...] = ()
    curve: tuple[Point, ...] = ()
    swings: tuple[Swing, ...] = ()
    worth: tuple[Worth, ...] = ()
    free_moves: Mapping[str, float] | None = None
    runs: float = 0.0

    def bare(self) -> "Reply":
        """Return the same without the worlds behind it, to be kept."""
        return replace(self, wish=replace(self.wish, question=replace(self.wish.question)))

    @property
    def falls_short(self) -> bool:
        """Whether a plan found for a chance does not hold it on fresh draws, by over a point."""
        if self.kind != "found" or self.wish.sought == "chance" or self.proof is None:
            return False
        return self.proof.chance < self.wish.chance - SHORT
