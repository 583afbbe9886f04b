"""What is wrong with an input: every fault at once, in words a person can act on."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pydantic


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it stands, what was given, what would do."""

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


class InputFaults(ValueError):  # noqa: N818  (it is what it is called: faults)
    """Raised with all faults of an input; `str()` lists them, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults, in the order in which they were met."""
        self.faults = tuple(faults)
        count = len(self.faults)
        head = "1 fault" if count == 1 else f"{count} faults"
        super().__init__("\n  ".join([f"{head} to mend", *map(str, self.faults)]))


def refuse(faults: Iterable[Fault]) -> None:
    """Raise `InputFaults` when there is at least one fault."""
    found = tuple(faults)
    if found:
        raise InputFaults(found)


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that was probably meant.

    >>> near("fibre_buld", ["fibre_build", "training"])
    'did you mean fibre_build?'
    >>> near("zzz", ["b", "a"])
    'one of a, b'
    """
    options = sorted(known)
    close = difflib.get_close_matches(word, options, n=1)
    return f"did you mean {close[0]}?" if close else "one of " + ", ".join(options)


def shown(value: object) -> str:
    """Return a value as it is quoted in a fault, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_WANTED: Mapping[str, str] = {
    "missing": "this entry, which is required",
    "date_from_datetime_parsing": "a date such as 2022-12-31",
    "date_parsing": "a date such as 2022-12-31",
    "date_type": "a date such as 2022-12-31",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
}


def _wanted(error: Mapping[str, Any], known: Iterable[str]) -> str:
    kind = str(error["type"])
    if kind == "extra_forbidden":
        return "no such entry; " + near(str(error["loc"][-1]), known)
    context = error.get("ctx", {})
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "value_error":
        return str(context["error"])
    return _WANTED.get(kind) or str(error["msg"])[0].lower() + str(error["msg"])[1:]


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
    for item in error.errors(include_url=False):
        path = ".".join(str(part) for part in item["loc"])
        spot = ", ".join(part for part in (place, path) if part)
        given = "nothing" if item["type"] == "missing" else shown(item["input"])
        faults.append(Fault(file, spot, given, _wanted(item, words)))
    return faults
