"""What is wrong with an input: every fault at once, in words a person can act on.

A fault is met where no language is known. It is told in English with its fields apart, so that
`Words.fault` can tell it again in the reader's.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import pydantic
    from pydantic_core import PydanticCustomError


class Message(str):
    """Words in English that keep their template and fields: `Words.told` tells them again."""

    template: str
    fields: Mapping[str, object]

    def __new__(cls, template: str, fields: Mapping[str, object]) -> Self:
        """Fill a template in."""
        made = super().__new__(cls, template.format(**fields) if fields else template)
        made.template, made.fields = template, fields
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object]]]:
        """Let it pass to another process with its fields."""
        return type(self), (self.template, self.fields)


def told(template: str, **fields: object) -> Message:
    """Return words whose `{fields}` are filled in, to be told in another language later.

    Args:
        template: English; a number that is a quantity has a format, as in `{count:,}`.
        fields: what fills it; a `Message` among them is told in that language as well.

    >>> told("at most {most:,} {what}", most=2000, what=told("areas"))
    'at most 2,000 areas'
    """
    return Message(template, fields)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to fix: where it stands, what was given, what would do.

    What was given and what would do are words of ketnoi's own (see `told`) or quoted values.
    """

    file: str
    place: str
    given: str
    wanted: str

    def __str__(self) -> str:
        """Return the fault as one line.

        >>> print(Fault("x.toml", "levers.fibre", "-3", "0 to 5"))
        x.toml: levers.fibre: given -3; would do: 0 to 5
        """
        place = f" {self.place}:" if self.place else ""
        return f"{self.file}:{place} given {self.given}; would do: {self.wanted}"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that is odd or not used: where it stands, and what; nothing has to be mended."""

    file: str
    place: str
    words: str

    def __str__(self) -> str:
        """Return the note as one line.

        >>> print(Note("x.csv", "line 3", "a file that nothing reads"))
        x.csv: line 3: a file that nothing reads
        """
        return ": ".join(filter(None, (self.file, self.place, self.words)))


class InputFaults(ValueError):  # noqa: N818  (it is what it is called: faults)
    """Raised with all faults of an input; `str()` lists them, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults, each once, in the order in which they were met."""
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Return all faults in English, one a line."""
        count = len(self.faults)
        head = "1 fault" if count == 1 else f"{count} faults"
        return "\n  ".join([f"{head} to fix", *map(str, self.faults)])


def refuse(faults: Iterable[Fault]) -> None:
    """Raise `InputFaults` when there is at least one fault."""
    found = tuple(faults)
    if found:
        raise InputFaults(found)


@contextmanager
def gathered(faults: list[Fault]) -> Iterator[None]:
    """Add the faults of what is read within to those met before, so that all are told at once.

    >>> found = []
    >>> with gathered(found):
    ...     refuse([Fault("x.toml", "", "nothing", "a number")])
    >>> len(found)
    1
    """
    try:
        yield
    except InputFaults as error:
        faults += error.faults


def near(word: str, known: Iterable[str]) -> Message:
    """Return a hint at the known word that was probably meant.

    >>> near("fibre_buld", ["fibre_build", "training"])
    'did you mean fibre_build?'
    >>> near("zzz", ["b", "a"])
    'one of a, b'
    """
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1)
    return told("did you mean {name}?", name=close[0]) if close else one_of(options)


def one_of(names: Iterable[str]) -> Message:
    """Return names as what would do."""
    return told("one of {names}", names=", ".join(names))


def span(low: float, high: float, unit: str, *, whole: bool = False) -> Message:
    """Return a range as what would do.

    >>> span(0, 1500, "villages", whole=True)
    'a whole number, 0 to 1,500 villages'
    """
    fields = {"low": low, "high": high, "unit": told(unit)}
    if whole:
        return told("a whole number, {low:,.0f} to {high:,.0f} {unit}", **fields)
    return told("{low:,g} to {high:,g} {unit}", **fields)


def shown(value: object) -> str:
    """Return a value as it is quoted in a fault, cut to a readable length."""
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


GUESSES = 20  # at what unknown entries of an input meant; each takes a while
_UNFIT = "unfit"  # the kind of what models refuse by checks of their own
_DAY, _WHOLE = told("a date such as 2022-12-31"), told("a whole number")
_WANTED: Mapping[str, Message] = {
    "missing": told("this entry, which is required"),
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "finite_number": told("a finite number"),
    "float_parsing": told("a number"),
    "float_type": told("a number"),
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "string_type": told("text"),
    "string_too_short": told("some text"),
    "bool_type": told("true or false"),
    "bool_parsing": told("true or false"),
    "list_type": told("a list"),
    "tuple_type": told("a list"),
    "dict_type": told("a table"),
    "model_type": told("a table"),
    "model_attributes_type": told("a table"),
}
_BOUNDS: Mapping[str, str] = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "string_too_long": "at most {max_length} letters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}


_FORMS: Mapping[str, Message] = {  # of text, in words
    r"^[^\r\n]+$": told("text on one line"),
    r"^[^\s/\\]+$": told("a code without spaces and slashes"),
    r"^[a-z0-9-]{1,60}$": told("small letters, digits and dashes"),
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$": told("letters without marks, digits, and _ . - in it"),
    r"^(m|bn|tn) [A-Z]{3}$": told("m, bn or tn and a code of three capitals, such as bn LAK"),
    r"^[a-z]{2,3}$": told("a language's code of two or three small letters"),
    r"^[A-Z]{3}$": told("a country's code of three capitals"),
    r"^\w[\w -]{0,39}$": told("at most 40 letters, digits, spaces and dashes"),
    r"^[\w .-]{1,56}\.(csv|toml)$": told("a name ending in .csv or .toml"),
}


def _wanted(error: Mapping[str, Any], known: Iterable[str]) -> str:
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        hint = near(str(error["loc"][-1]), known) if known else told("leave it out")
        return told("no such entry; {hint}", hint=hint)
    if kind == "literal_error":
        return str(context["expected"])
    if kind == _UNFIT:
        return told(str(error["ctx"]["template"]), **error["ctx"]["fields"])
    if kind == "value_error":
        return str(context["error"])
    if context.get("pattern") in _FORMS:
        return _FORMS[context["pattern"]]
    if kind in _BOUNDS:
        return told(_BOUNDS[kind], **{name: _quantity(each) for name, each in context.items()})
    return _WANTED.get(kind) or str(error["msg"])[0].lower() + str(error["msg"])[1:]


def unfit(template: str, **fields: object) -> "PydanticCustomError":
    """Return what a model's own check raises, so that it is told as any other fault.

    Args:
        template, fields: of what would do, as `told` has them.
    """
    from pydantic_core import PydanticCustomError

    about = {"template": template, "fields": fields}
    return PydanticCustomError(_UNFIT, "{template}", about)


def _quantity(value: object) -> object:
    return told("{number:,g}", number=value) if isinstance(value, (int, float)) else value


def from_pydantic(
    error: "pydantic.ValidationError", *, file: str, place: str = "", known: Iterable[str] = ()
) -> list[Fault]:
    """Return a validation error as faults.

    Args:
        error: what pydantic raised.
        file: the file the values came from.
        place: where in it they stand, such as `line 7`.
        known: the entries that exist, to guess which one an unknown entry meant.
    """
    faults = []
    words = tuple(known)
    for count, item in enumerate(error.errors(include_url=False)):
        path = ".".join(str(part) for part in item["loc"])
        spot = ", ".join(part for part in (place, path) if part)
        given = told("nothing") if item["type"] == "missing" else shown(item["input"])
        faults.append(Fault(file, spot, given, _wanted(item, words if count < GUESSES else ())))
    return faults
