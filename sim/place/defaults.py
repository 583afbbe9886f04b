"""What a place takes from the world where it knows nothing better: defaults, and how they travel.

Sums of the library are Viet Nam's of January 2022, in millions and billions of dong. Elsewhere
they are multiplied by the place's units of money for one of those: by its exchange rate for what
is traded, by its price level besides for work done on the spot, and by its people for what a
whole country spends. What is borrowed is told with a wider range than where it was found.
"""

from collections.abc import Iterator, Mapping, Set
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from sim.faults import Fault, told
from sim.place.assumptions import HOME, Assumption, Need, needs, unit_of
from sim.reading import Record, read_rows
from sim.shipped import beside

DONG_PER_DOLLAR = 23_160  # mean of 2021, World Bank, World Development Indicators PA.NUS.FCRF
HOME_PEOPLE = 97_590_000  # Viet Nam's in the case of 2022
ABOVE = 1.25  # times the highest figure, at which a borrowed bound stands at least
ENDS = ("low", "central", "high")
WIDER = 1.5  # times the distance from the central value to each end
SIZES: Mapping[str, float] = {"m": 1e6, "bn": 1e9, "tn": 1e12}
Travels = Literal["as_is", "exchange", "prices", "people", "never"]


class Money(Record):
    """The `[money]` table: what a place's money is worth.

    Attributes:
        per_usd: units of it for one US dollar, of the vintage's year.
        prices: its price level for work done on the spot, over Viet Nam's of 2021.
        source: of both.
    """

    per_usd: Annotated[float, Field(gt=0, le=1e9)]
    prices: Annotated[float, Field(gt=0.01, le=100)] = 1.0
    source: Annotated[str, Field(min_length=3, max_length=4000)]


class Default(Record):
    """One row of the library: an assumption without a place.

    `travels` says how it comes to another one: as it is; by the exchange rate, or prices
    besides; with the number of people; or never, so that its range is that of the world.
    """

    id: str
    meaning_en: str
    meaning_vi: str
    low: float
    central: float
    high: float
    unit: str
    distribution: Literal["triangular", "lognormal", "uniform", "fixed"]
    travels: Travels
    source: str
    source_vi: str = ""


@cache
def library() -> Mapping[str, Default]:
    """Return the defaults by id."""
    path = beside() / "scenarios" / "defaults" / "assumptions.csv"
    rows, faults = read_rows(path, Default)
    assert not faults, faults
    return {row.id: row for _, row in rows}


def worth(currency: str, money: Money | None) -> float:
    """Return what a bn VND of 2022 is in a place's large unit, by the exchange rate.

    >>> worth("bn VND", None), worth("m EUR", Money(per_usd=0.9, source="Own example"))
    (1.0, 0.03886010362694301)
    """
    if money is None:
        return 1.0
    return money.per_usd / DONG_PER_DOLLAR * SIZES["bn"] / SIZES[currency.partition(" ")[0]]


def borrowed(name: str, currency: str, money: Money | None, people: float) -> Assumption:
    """Return the default of an assumption as it comes to a place, with a wider range."""
    row, need = library()[name], needs()[name]
    times = _times(row, need, currency, money, people)
    low, central, high = (value * times for value in (row.low, row.central, row.high))
    if row.travels != "never" and row.distribution != "fixed":
        each = worth(currency, money) if "{" in need.unit else 1.0
        low, high = _wider(row, (low, central, high), need.least * each, need.most * each)
    return Assumption(
        id=name,
        meaning_en=row.meaning_en,
        meaning_vi=row.meaning_vi,
        low=low,
        central=central,
        high=high,
        unit=unit_of(need, currency),
        distribution=row.distribution,
        source=row.source,
        source_vi=row.source_vi,
        confidence="low",
    )


def _times(row: Default, need: Need, currency: str, money: Money | None, people: float) -> float:
    """Return what a default's values are multiplied by at a place."""
    times = worth(currency, money) if "{" in need.unit else 1.0
    if row.travels == "prices" and money is not None:
        times *= money.prices
    if row.travels == "people":
        times *= people / HOME_PEOPLE
    return times


def _wider(
    row: Default, ends: tuple[float, float, float], least: float, most: float
) -> tuple[float, float]:
    """Return the ends of a borrowed range, wider, within what makes sense."""
    low, central, high = ends
    half = low / 2
    if row.distribution == "lognormal":
        low, high = central * (low / central) ** WIDER, central * (high / central) ** WIDER
    else:
        low, high = central - WIDER * (central - low), central + WIDER * (high - central)
    if low <= 0 < half:  # what is never nought does not become so
        low = half
    return max(low, least), min(high, most)


def inherited(
    own: Mapping[str, Assumption], currency: str, money: Money | None, people: float
) -> tuple[dict[str, Assumption], frozenset[str]]:
    """Return a place's assumptions, its own first, and which of them are borrowed.

    A row of its own that does not say what it means has the words of the library.
    """
    lent = frozenset(needs().keys() - own.keys())
    every = {name: _worded(row) for name, row in own.items()}
    every |= {name: borrowed(name, currency, money, people) for name in needs() if name in lent}
    return every, lent


def raised(
    assumptions: Mapping[str, Assumption], lent: Set[str], highest: Mapping[str, float]
) -> dict[str, Assumption]:
    """Return assumptions of which a borrowed bound lies well above the figures it is to bound.

    Args:
        assumptions: of a place; `lent` are the borrowed ones.
        highest: indicator -> the highest level that was ever printed of it.
    """
    found = dict(assumptions)
    for indicator, level in highest.items():
        name = f"{indicator}_frontier"
        if name in lent and level * ABOVE > (bound := found[name]).central:
            ends = {end: level * ABOVE * getattr(bound, end) / bound.central for end in ENDS}
            found[name] = bound.model_copy(update=ends)
    return found


def _worded(row: Assumption) -> Assumption:
    about = library().get(row.id)
    if about is None or (row.meaning_en and row.meaning_vi):
        return row
    words = {"meaning_en": about.meaning_en, "meaning_vi": about.meaning_vi}
    return row.model_copy(update={name: getattr(row, name) or words[name] for name in words})


def money_faults(file: str, currency: str, money: Money | None) -> Iterator[Fault]:
    """Yield money of which nobody can say what it is worth."""
    if money is None and currency != HOME:
        wanted = told(
            "[money] with per_usd and source: what one US dollar is in {code}",
            code=currency.partition(" ")[2],
        )
        yield Fault(
            file, "money", told("nothing, and sums in {currency}", currency=currency), wanted
        )
