"""What stands in a case's files, record by record, as it is printed there."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

import pydantic
from pydantic import Field

from sim.faults import unfit
from sim.indicators import INDICATORS, SERIES
from sim.place.assumptions import HOME, Confidence
from sim.place.defaults import Money
from sim.reading import Record
from sim.words import is_language

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
Text = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\r\n]+$")]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\s/\\]+$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$")]
Source = Annotated[str, Field(min_length=3, max_length=4000)]
CURRENCY = r"^(m|bn|tn) [A-Z]{3}$"  # a large unit of money
People = Annotated[float, Field(gt=0, le=2e9)]
COUNTS = ("population", "households", "villages", "communes")
SUMMED = ("population", "households", "villages")


class Names(Record):
    """A name in the languages a place has, by their codes; one alone is enough.

    Where there is none in English, the first stands for it.
    """

    model_config = pydantic.ConfigDict(extra="allow")
    __pydantic_extra__: dict[Annotated[str, Field(pattern="^[a-z]{2,3}$")], Text]

    vi: Text | None = None
    en: Text

    @pydantic.model_validator(mode="before")
    @classmethod
    def _in_english(cls, given: object) -> object:
        if isinstance(given, str):
            return {"en": given}
        if isinstance(given, dict) and given and "en" not in given:
            return {**given, "en": next(iter(given.values()))}
        return given

    @pydantic.model_validator(mode="after")
    def _spoken(self) -> Self:
        """Refuse a code of no language: a slip of `en` would be taken for another one."""
        for code in self.__pydantic_extra__ or {}:
            if not is_language(code):
                raise unfit("the code of a language, such as en or vi; {code} is none", code=code)
        return self

    @pydantic.model_serializer(mode="wrap")
    def _said(self, dump: pydantic.SerializerFunctionWrapHandler) -> dict[str, str]:
        return {language: name for language, name in dump(self).items() if name is not None}


class Prose(Record):
    """A text in each language."""

    vi: Annotated[str, Field(min_length=1, max_length=4000)]
    en: Annotated[str, Field(min_length=1, max_length=4000)]


class Area(Record):
    """One row of `areas.csv`: what every area has, and what is known of some.

    A name in one language will do; areas without tiles are laid out in the order of the file.
    Any other column is a covariate, a number where it is known, which `case.toml` tells of.
    """

    model_config = pydantic.ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[float, Field(ge=-1e12, le=1e12)] | None]

    code: Code
    name_vi: Text
    name_en: Text
    region: str = ""
    upland: Literal[0, 1] = 0
    population: People
    households: People
    villages: Annotated[float, Field(ge=0, le=1e7)] | None = None
    communes: Annotated[float, Field(ge=0, le=1e6)] | None = None
    urban_share: Annotated[float, Field(ge=0, le=1)] | None = None
    area_km2: Annotated[float, Field(gt=0, le=2e7)] | None = None
    tile_column: Annotated[int, Field(ge=0, le=200)] | None = None
    tile_row: Annotated[int, Field(ge=0, le=200)] | None = None

    @pydantic.model_validator(mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        if isinstance(given, dict):
            name = given.get("name_en") or given.get("name_vi")
            return {"name_vi": name, "name_en": name} | given if name else given
        return given

    @pydantic.field_validator("upland", mode="before")
    @classmethod
    def _flag(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value in ("0", "1") else value

    @pydantic.field_validator(*COUNTS)
    @classmethod
    def _counted(cls, value: float | None) -> float | None:
        if value is not None and not value.is_integer():
            meant = f"{value:.3f}".replace(".", "")
            raise unfit("a whole number; was {meant} meant?", meant=meant)
        return value

    def name(self) -> dict[str, str]:
        """Return the name by language."""
        return {"vi": self.name_vi, "en": self.name_en}


class Observation(Record):
    """One row of `observations.csv` or `outcomes.csv`; `value` is as printed, in `unit`."""

    date: Day
    indicator: Literal[tuple(SERIES)]  # type: ignore[valid-type]
    area: Code
    value: Annotated[float, Field(ge=0)]
    unit: Literal["%", "per 100", "villages"]
    published: Day
    source: Source
    confidence: Confidence
    note: str = ""

    @property
    def level(self) -> float:
        """The value as a fraction, per person, or a count."""
        return self.value * SERIES[self.indicator].scale


class Column(Record):
    """Where a column of `areas.csv` comes from, and since when it is known."""

    unit: Text
    source: Source
    published: Day
    note: str = ""


class Quantity(Column):
    """A figure of the nation with its source."""

    value: Annotated[float, Field(gt=0, le=2e9)]


class Reference(Record):
    """The place whose path a place without series of its own follows at a distance."""

    area: Code
    name: Names
    note: str = ""


class Head(Record):
    """The `[case]` table."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
    name: Names
    vintage: Day
    base_year: Annotated[int, Field(strict=True, ge=1990, le=2100)] | None = None
    horizon: Day
    currency: Annotated[str, Field(pattern=CURRENCY)] = HOME
    nation: Code
    leaf: Names
    campaign_list: Day | None = None  # day of the list of villages that a campaign was made for


class Nation(Record):
    """The `[nation]` table: the whole that the areas add up to; villages where they count."""

    population: Quantity
    households: Quantity
    villages: Quantity | None = None

    def known(self) -> Iterator[tuple[str, Quantity]]:
        """Yield what is known of the whole, with its source."""
        yield from ((name, each) for name, each in self if each is not None)


Month = Annotated[int, Field(ge=1, le=12)]


class Year(Record):
    """The `[year]` table: the budget year, and when the cash spent by then is known.

    `cash` maps an assumption to the month of the budget year at whose end it holds.
    """

    first_month: Month = 1
    cash: dict[str, Annotated[int, Field(ge=1, le=11)]] = Field(
        default_factory=lambda: {"cash_by_feb": 2, "cash_by_jul": 7, "cash_by_nov": 11}
    )


class Season(Record):
    """The `[season]` table: first and last wet month; a season may span New Year."""

    wet_months: tuple[Month, Month] = (5, 9)


class Score(Record):
    """The `[score]` table: the column that stands for service, known for most areas.

    A case with one covariate need not name it.
    """

    column: Text | None = None


class Event(Record):
    """One `[[back_test.events]]`: a lever that was pulled after the vintage, to test it on.

    `lever` is one that is set to a month, `day` the day it was pulled on, `indicator` what it
    is to be seen in.
    """

    lever: Key
    day: Day
    indicator: Literal[INDICATORS]  # type: ignore[valid-type]
    source: Source
    published: Day
    note: str = ""


class BackTest(Record):
    """The `[back_test]` table: days to stand on besides the vintage, and levers to test.

    Without `days`, the ends of half years after the vintage.
    """

    days: tuple[Day, ...] | None = None
    events: tuple[Event, ...] = ()


class CaseFile(Record):
    """All of `case.toml`."""

    case: Head
    nation: Nation
    columns: dict[str, Column]
    reference: Reference | None = None
    year: Year = Field(default_factory=Year)
    season: Season = Field(default_factory=Season)
    money: Money | None = None
    score: Score = Field(default_factory=Score)
    back_test: BackTest = Field(default_factory=BackTest)


class TargetRow(Record):
    """One target of a set, in the unit its document uses."""

    indicator: Literal[INDICATORS]  # type: ignore[valid-type]
    at_least: Annotated[float, Field(gt=1)]  # 0.7 in place of 70 % would always be met
    unit: Literal["%", "per 100"]
    deadline: Day
    note: str = ""


class TargetSetFile(Record):
    """One named set of targets."""

    name: Names
    source: Source
    published: Day
    note: str = ""
    targets: Annotated[tuple[TargetRow, ...], Field(min_length=1)]


class TargetsFile(Record):
    """All of `targets.toml`."""

    default: Key
    sets: dict[Key, TargetSetFile]
