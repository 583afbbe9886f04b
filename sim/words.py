"""The words on screen and paper, in Vietnamese and English, and how numbers are written.

English is the source; `locale/vi/LC_MESSAGES/ketnoi.po` holds the Vietnamese.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from sim.faults import Fault, Message
from sim.indicators import SERIES

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def digits(indicator: str) -> int:
    """Return how many digits after the comma a level in hundredths is told with."""
    return SERIES[indicator].digits


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its words, numbers and dates.

    >>> Words("vi").percent(0.745), Words("en").percent(0.745)
    ('74,5%', '74.5%')
    >>> Words("vi").month(date(2022, 12, 31)), Words("en").month(date(2022, 12, 31))
    ('12/2022', 'Dec 2022')
    """

    language: Language

    def __call__(self, message: str, **fields: object) -> str:
        """Return a message in this language, its `{fields}` filled in."""
        found = _vietnamese().get(message, message) if self.language == "vi" else message
        return found.format(**fields) if fields else found

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
        if isinstance(value, (int, float)) and self.language == "vi":
            return _Vietnamese(value)
        return self.told(value) if isinstance(value, Message) else value

    def fault(self, fault: Fault) -> str:
        """Return a fault as a line."""
        return self(
            "{where}: given {given}; would do: {wanted}",
            where=f"{fault.file}: {fault.place}" if fault.place else fault.file,
            given=self.told(fault.given),
            wanted=self.told(fault.wanted),
        )

    def faults(self, faults: Sequence[Fault]) -> str:
        """Return all faults, their number first, one a line."""
        head = self("1 fault to mend")
        if len(faults) != 1:
            head = self("{count} faults to mend", count=len(faults))
        return "\n  ".join([head, *map(self.fault, faults)])

    def prose(self, name: str, **fields: object) -> list[str]:
        """Return the paragraphs of a text in this language, their `{fields}` filled in.

        Args:
            name: of a file `locale/LANGUAGE/report/NAME.md`, whose paragraphs above any heading
                are meant; or `NAME#HEADING`, those below one of its headings.
            fields: what is told; one that the text does not name is left out.
        """
        file, _, heading = name.partition("#")
        return [part.format(**fields) for part in texts(self.language, file)[heading]]

    def paragraph(self, name: str, **fields: object) -> str:
        """Return the paragraph of a text that has but one, as `prose` does."""
        (only,) = self.prose(name, **fields)
        return only

    def percent(self, share: float, digits: int = 1) -> str:
        """Return a fraction as a per cent."""
        return self.number(100 * share, digits) + "%"

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number with the language's separators."""
        return _decimal(value, "#,##0." + "0" * digits if digits else "#,##0", self.language)

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

        >>> Words("vi").level("mobile_broadband", 0.852), Words("en").level("homes_passed", 0.9)
        ('85,2', '90.0%')
        """
        if SERIES[indicator].per_hundred:
            return self.number(100 * value, digits(indicator))
        return self.percent(value, digits(indicator))

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

    def chance(self, share: float) -> str:
        """Return a chance in whole per cents; never a 0 or a 100 that draws cannot prove.

        >>> [Words("en").chance(share) for share in (0.0, 0.814, 0.999)]
        ['< 1%', '81%', '> 99%']
        """
        if share < 0.005:
            return "< 1%"
        return "> 99%" if share > 0.995 else self.percent(share, 0)

    def day(self, day: date) -> str:
        """Return a date: 31/12/2022 or 31 Dec 2022."""
        return day.strftime("%d/%m/%Y") if self.language == "vi" else _day(day) + self.month(day)

    def month(self, day: date) -> str:
        """Return a month: 12/2022 or Dec 2022."""
        if self.language == "vi":
            return day.strftime("%m/%Y")
        return _MONTHS[day.month - 1] + f" {day.year}"

    def named(self, names: Mapping[str, str]) -> str:
        """Return the name in this language of something that has one in each."""
        return names[self.language]


@dataclass(frozen=True, slots=True)
class _Vietnamese:
    """A number that a format writes with Vietnamese separators; without one, as it is."""

    value: float

    def __format__(self, form: str) -> str:
        written = format(self.value, form)
        return written.translate({ord(","): ".", ord("."): ","}) if form else written


@lru_cache(maxsize=8192)
def _decimal(value: float, pattern: str, language: Language) -> str:
    """Return a number as a language writes it; kept, as a page writes the same ones again."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, pattern, locale=language))


_MONTHS: Sequence[str] = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def _day(day: date) -> str:
    return f"{day.day} "


@cache
def _vietnamese() -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    path = Path(__file__).parent / "locale" / "vi" / "LC_MESSAGES" / "ketnoi.po"
    with path.open("rb") as stream:
        catalogue = read_po(stream)
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string}


@cache
def texts(language: Language, name: str) -> Mapping[str, Sequence[str]]:
    """Return the paragraphs of a file by the heading above them; those above any by none."""
    path = Path(__file__).parent / "locale" / language / "report" / f"{name}.md"
    heading, found = "", dict[str, list[str]]()
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        if block.startswith("# "):
            heading = block.removeprefix("# ")
        else:
            found.setdefault(heading, []).append(" ".join(block.split("\n")))
    return found


def terminal_language(environment: Mapping[str, str] = os.environ) -> Language:
    """Return the language of the terminal: Vietnamese where its locale says so.

    >>> terminal_language({"LANG": "vi_VN.UTF-8"}), terminal_language({})
    ('vi', 'en')
    """
    chosen = next(
        (environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), ""
    )
    return "vi" if chosen.lower().startswith("vi") else "en"


_ALPHABET = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵz"
)
_PLACE = {letter: place for place, letter in enumerate(_ALPHABET)}


def vietnamese_order(name: str) -> tuple[int, ...]:
    """Return the key that sorts Vietnamese names as a Vietnamese dictionary does.

    >>> sorted(["Ý Yên", "Đắk Lắk", "Dầu Tiếng", "Cà Mau"], key=vietnamese_order)
    ['Cà Mau', 'Dầu Tiếng', 'Đắk Lắk', 'Ý Yên']
    """
    return tuple(_PLACE.get(letter, -1) for letter in name.lower())
