"""The words on screen and paper in each language, and how it writes numbers and days.

English is the source; `locale/languages.toml` says what languages there are, and
`locale/LANGUAGE/LC_MESSAGES/ketnoi.po` holds the words of one.
"""

import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from math import ceil, floor, isfinite
from pathlib import Path

from sim.faults import Fault, Message, Note
from sim.indicators import SERIES

LOCALE = Path(__file__).parent / "locale"
RARE = 0.05  # no chance is told as smaller, none as larger than 1 less it: see docs/accuracy.md
SOURCE = "en"  # the language the code is written in, and what another falls back to


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A row of `locale/languages.toml`, where its columns are explained."""

    name: str
    day: str
    month: str
    alphabet: str


LANGUAGES: Mapping[str, Language] = {
    code: Language(**row)
    for code, row in tomllib.loads((LOCALE / "languages.toml").read_text(encoding="utf-8")).items()
}


FINEST = 4  # digits after the comma of a per cent: one of a million
OFF = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"  # before what a number may be off by


def digits(indicator: str) -> int:
    """Return how many digits after the comma a level in hundredths is told with."""
    return SERIES[indicator].digits


def _short_of_all(share: float, digits: int) -> int:
    """Return the digits with which a share short of all is not told as 100 %."""
    if share >= 1:
        return digits
    finer = range(digits, FINEST + 1)
    return next((each for each in finer if round(100 * share, each) < 100), digits)


def needed(value: float) -> int:
    """Return how many digits after the comma a number needs, four at most.

    >>> needed(3.0), needed(0.685), needed(1 / 3)
    (0, 3, 4)
    """
    return next((digits for digits in range(4) if round(value, digits) == value), 4)


SMALLER = {"m": "k", "bn": "m", "tn": "bn"}


def small(money: str) -> str:
    """Return the small unit of a place's money, a thousandth of the large one.

    >>> small("bn VND"), small("m EUR")
    ('m VND', 'k EUR')
    """
    size, _, code = money.partition(" ")
    return f"{SMALLER[size]} {code}"


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its words, numbers and dates.

    Every message and text has `{bn}` and `{m}` filled in, the large and the small unit of the
    money of the place that is spoken of.

    >>> Words("vi").percent(0.745), Words("en").percent(0.745)
    ('74,5%', '74.5%')
    >>> Words("vi").month(date(2022, 12, 31)), Words("en").month(date(2022, 12, 31))
    ('12/2022', 'Dec 2022')
    """

    language: str
    money: str = ""  # the place's large unit, such as "bn VND"; none where no place is spoken of

    def at(self, money: str) -> "Words":
        """Return the words of a place whose money is told in this large unit."""
        return replace(self, money=money)

    @property
    def manner(self) -> Language:
        """How the language writes."""
        return LANGUAGES[self.language]

    def __call__(self, message: str, **fields: object) -> str:
        """Return a message in this language, its `{fields}` filled in.

        >>> Words("vi")("bn VND a year"), Words("vi")("k EUR a team-year")
        ('tỷ đồng mỗi năm', 'nghìn EUR mỗi tổ-năm')
        >>> Words("en", "m EUR")("{m} a team-year"), Words("vi", "tn LAK")("Cost, {bn}")
        ('k EUR a team-year', 'Chi phí, nghìn tỷ LAK')
        """
        known = _catalogue(self.language)
        unit = re.match(r"(?:k|m|bn|tn) [A-Z]{3}\b", message)
        if unit:  # of data, in the money of its place
            rest, sum_ = message[unit.end() :], self._unit(unit[0])
            found = known.get("{m}" + rest) or known.get("{bn}" + rest) or "{bn}" + rest
            return found.format(bn=sum_, m=sum_)
        found = known.get(message, message)
        if "{bn}" in found or "{m}" in found:
            fields = self._sums | fields
        return found.format(**fields) if fields else found

    @property
    def _sums(self) -> dict[str, object]:
        """The fields `{bn}` and `{m}`; where no place is known, money."""
        if not self.money:
            return dict.fromkeys(("bn", "m"), self("money"))
        return {"bn": self._unit(self.money), "m": self._unit(small(self.money))}

    def _unit(self, money: str) -> str:
        return " ".join(map(self, money.split(" ")))

    def told(self, message: object) -> str:
        """Return words told where no language was known; what is no `Message` is quoted as is.

        >>> from sim.faults import told
        >>> Words("vi").told(told("at most {most:,} bytes", most=2000))
        'nhiều nhất 2.000 byte'
        """
        if not isinstance(message, Message):
            return str(message)
        found = self(message.template)
        return found.format(**{name: self._field(each) for name, each in message.fields.items()})

    def _field(self, value: object) -> object:
        if isinstance(value, (int, float)):
            return _Written(value, self.language)
        return self.told(value) if isinstance(value, Message) else value

    def fault(self, fault: Fault) -> str:
        """Return a fault as a line."""
        return self(
            "{where}: given {given}; would do: {wanted}",
            where=": ".join(filter(None, (fault.file, self.told(fault.place)))),
            given=self.told(fault.given),
            wanted=self.told(fault.wanted),
        )

    def note(self, note: Note) -> str:
        """Return a note as a line."""
        return ": ".join(filter(None, (note.file, self.told(note.place), self.told(note.words))))

    def faults(self, faults: Sequence[Fault]) -> str:
        """Return all faults, their number first, one a line."""
        head = self("1 fault to fix")
        if len(faults) != 1:
            head = self("{count} faults to fix", count=len(faults))
        return "\n  ".join([head, *map(self.fault, faults)])

    def prose(self, name: str, **fields: object) -> list[str]:
        """Return the paragraphs of a text in this language, their `{fields}` filled in.

        Args:
            name: of a file `locale/LANGUAGE/report/NAME.md`, whose paragraphs above any heading
                are meant; or `NAME#HEADING`, those below one of its headings.
            fields: what is told; one that the text does not name is left out.
        """
        file, _, heading = name.partition("#")
        return [part.format(**self._sums | fields) for part in texts(self.language, file)[heading]]

    def paragraph(self, name: str, **fields: object) -> str:
        """Return the paragraph of a text that has but one, as `prose` does."""
        (only,) = self.prose(name, **fields)
        return only

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a fraction as a per cent."""
        return self.number(100 * share, digits) + "%"

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with the language's separators, and a minus rather than a hyphen.

        >>> Words("vi").number(-2308), Words("en").number(-0.04, 1)
        ('−2.308', '0.0')
        """
        return _decimal(value, "#,##0." + "0" * digits if digits else "#,##0", self.language)

    def read(self, text: str) -> float | None:
        """Return a number written as the language does, or else as programs do; None if it is none.

        >>> Words("vi").read("3.000"), Words("vi").read("36,4"), Words("vi").read("36.4")
        (3000.0, 36.4, 36.4)
        >>> Words("en").read("3,000"), Words("en").read("36,4"), Words("en").read("nan")
        (3000.0, None, None)
        """
        from babel.numbers import NumberFormatError, parse_decimal

        text = text.replace("−", "-").strip()
        try:
            value = float(parse_decimal(text, locale=self.language, strict=True))
        except NumberFormatError:
            try:
                value = float(text)
            except ValueError:
                return None
        return value if isfinite(value) else None

    def signed(self, value: float) -> str:
        """Return a difference with its sign, to one digit.

        >>> Words("vi").signed(1.25), Words("en").signed(-0.3)
        ('+1,2', '−0.3')
        """
        return ("−" if value < 0 else "+") + self.number(abs(value), 1)

    def points(self, indicator: str, difference: float) -> str:
        """Return a difference in hundredths with its sign, with the digits of its indicator.

        >>> Words("en").points("covered_villages", 0.071), Words("vi").points("homes_passed", -0.01)
        ('+0.07', '0,0')
        """
        rounded = round(difference, digits(indicator))
        sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
        return sign + self.number(abs(rounded), digits(indicator))

    def plain(self, value: float) -> str:
        """Return a number with the digits it needs, up to two."""
        return self.number(value, 0 if value == int(value) else 2)

    def amount(self, value: float) -> str:
        """Return a sum of money in its large unit: whole, a small one to two digits.

        >>> Words("vi").amount(2308.4), Words("en").amount(0.834), Words("en").amount(0)
        ('2.308', '0.83', '0')
        """
        return self.number(value) if abs(value) >= 9.5 else self.figure(float(f"{value:.2g}"))

    def figure(self, value: float) -> str:
        """Return a number to four significant digits, as a table of sources has it.

        >>> Words("en").figure(0.00345678), Words("vi").figure(27300000.0)
        ('0.003457', '27.300.000')
        """
        return _decimal(float(f"{value:.4g}"), "#,##0.########", self.language)

    def indicator(self, name: str) -> str:
        """Return the name of an indicator."""
        return self(SERIES[name].label)

    def unit(self, name: str) -> str:
        """Return the unit an indicator is written in."""
        return self(SERIES[name].unit_label)

    def level(self, indicator: str, value: float) -> str:
        """Return a level of an indicator: a per cent, or subscriptions per 100.

        A share short of all gets the digits, `FINEST` at most, that tell it from all.

        >>> Words("vi").level("mobile_broadband", 0.852), Words("en").level("homes_passed", 0.9)
        ('85,2', '90.0%')
        >>> Words("en").level("homes_passed", 0.99972), Words("en").level("homes_passed", 1.0)
        ('99.97%', '100.0%')
        """
        if SERIES[indicator].per_hundred:
            return self.number(100 * value, digits(indicator))
        return self.percent(value, _short_of_all(value, digits(indicator)))

    def between(self, indicator: str, low: float, high: float) -> str:
        """Return a range of levels, the unit written once.

        >>> Words("en").between("fibre_households", 0.68, 0.753)
        '68.0–75.3%'
        """
        return self.level(indicator, low).removesuffix("%") + "–" + self.level(indicator, high)

    def goal(self, indicator: str, value: float) -> str:
        """Return a target as its document writes it: no digits that say nothing.

        >>> Words("en").goal("fibre_households", 0.7), Words("vi").goal("mobile_broadband", 0.875)
        ('70%', '87,5')
        """
        text = _decimal(100 * value, "#,##0.##", self.language)
        return text if SERIES[indicator].per_hundred else text + "%"

    def chance(self, share: float, bounds: tuple[float, float] | None = None) -> str:
        """Return a chance in whole per cents, and no surer than past forecasts have earned.

        Beyond `RARE` it is told as a bound: that one, or what so few draws can show.

        Args:
            share: of the draws.
            bounds: within which the chance lies, as far as the draws can tell.

        >>> [Words("en").chance(share) for share in (0.0, 0.814, 0.999)]
        ['under 1 in 20', '81%', 'over 19 in 20']
        >>> Words("vi").chance(0.0, (0.0, 0.004)), Words("en").chance(0.0, (0.0, 0.277))
        ('dưới 1/20', 'under 28%')
        """
        low, high = bounds or (share, share)
        if share < RARE:
            few = self("under {share}", share=self.percent(ceil(100 * high) / 100, 0))
            return few if high > RARE else self("under 1 in 20")
        if share > 1 - RARE:
            few = self("over {share}", share=self.percent(floor(100 * low) / 100, 0))
            return few if low < 1 - RARE else self("over 19 in 20")
        return self.percent(share, 0)

    def day(self, day: date) -> str:
        """Return a date: 31/12/2022 or 31 Dec 2022."""
        return _dated(day, self.manner.day, self.language)

    def month(self, day: date) -> str:
        """Return a month: 12/2022 or Dec 2022."""
        return _dated(day, self.manner.month, self.language)

    def named(self, names: Mapping[str, str]) -> str:
        """Return the name in this language of something that has one in some."""
        return names.get(self.language) or names[SOURCE]

    def order(self, name: str) -> tuple[int, ...]:
        """Return the key that sorts names as a dictionary of the language does.

        >>> sorted(["Ý Yên", "Đắk Lắk", "Dầu Tiếng", "Cà Mau"], key=Words("vi").order)
        ['Cà Mau', 'Dầu Tiếng', 'Đắk Lắk', 'Ý Yên']
        >>> sorted(["Zambezi", "Écija", "Fes"], key=Words("en").order)
        ['Écija', 'Fes', 'Zambezi']
        """
        letters = unicodedata.normalize("NFC", name).lower()
        if not self.manner.alphabet:
            letters = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", letters))
            return tuple(map(ord, letters.replace("đ", "d")))
        return tuple(map(self.manner.alphabet.find, letters))


@dataclass(frozen=True, slots=True)
class _Written:
    """A number that a format writes with a language's separators; without one, as it is."""

    value: float
    language: str

    def __format__(self, form: str) -> str:
        written = format(self.value, form)
        if not form:
            return written
        tens, groups = separators(self.language)
        return written.translate({ord("."): tens, ord(","): groups})


@lru_cache(maxsize=8192)
def _decimal(value: float, pattern: str, language: str) -> str:
    """Return a number as a language writes it; kept, as a page writes the same ones again."""
    from babel.numbers import format_decimal

    written = str(format_decimal(value, pattern, locale=language))
    return written.replace("-", "−" if re.search("[1-9]", written) else "")


@cache
def separators(language: str) -> tuple[str, str]:
    """Return what a language writes before tenths and between thousands."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(language), get_group_symbol(language)


@lru_cache(maxsize=8192)
def _dated(day: date, pattern: str, language: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, pattern, locale=language))


@cache
def is_language(code: str) -> bool:
    """Return whether a code is that of a language, by the Unicode locale data.

    >>> is_language("lo"), is_language("ens")
    (True, False)
    """
    from babel import Locale

    return code in Locale("en").languages


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Return the words of a language by their English; what it lacks is said in English."""
    path = LOCALE / language / "LC_MESSAGES" / "ketnoi.po"
    if not path.exists():
        return {}
    from babel.messages.pofile import read_po

    with path.open("rb") as stream:
        catalogue = read_po(stream)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}


@cache
def texts(language: str, name: str) -> Mapping[str, Sequence[str]]:
    """Return the paragraphs of a file by the heading above them; those above any by none."""
    path = LOCALE / language / "report" / f"{name}.md"
    if not path.exists():
        return texts(SOURCE, name)
    heading, found = "", dict[str, list[str]]()
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        if block.startswith("# "):
            heading = block.removeprefix("# ")
        else:
            found.setdefault(heading, []).append(" ".join(block.split("\n")))
    return found


def terminal_language(environment: Mapping[str, str] = os.environ) -> str:
    """Return the language of the terminal, as its locale says; English where it says another.

    >>> terminal_language({"LANG": "vi_VN.UTF-8"}), terminal_language({})
    ('vi', 'en')
    """
    chosen = next(
        (environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), ""
    )
    code = re.split(r"[_.@]", chosen.lower())[0]
    return code if code in LANGUAGES else SOURCE
