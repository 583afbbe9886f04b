"""A scenario as text: TOML whose comments survive, and a link that carries all of it."""

import base64
import binascii
import json
import re
import unicodedata
import zlib
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import tomlkit

from sim.faults import Fault, InputFaults, shown, told
from sim.numbers import ten_digits
from sim.place.case import Case
from sim.place.facts import FactsFile
from sim.place.levers import POLICY_NAMES, Setting
from sim.place.scenario import Scenario, build_scenario
from sim.reading import decoded, parse_toml

SCHEMA, BEFORE = "2", "1"  # of a link; the one before carried a single text
LONGEST = 32_768  # bytes of a scenario's text
WORDS_TO_ID = 40  # letters of a name that go into a file's name


def read_plan(case: Case, text: str, *, id: str, file: str) -> Scenario:
    """Return the scenario that a TOML text describes.

    Args:
        case: gives the baseline and the bounds of the levers.
        text: as in a scenario file.
        id: what to call the scenario.
        file: where the text came from, for faults.

    Raises:
        InputFaults: with every fault.
    """
    if len(text.encode()) > LONGEST:
        given = told("{size:,} bytes", size=len(text.encode()))
        raise InputFaults([Fault(file, "", given, told("at most {most:,} bytes", most=LONGEST))])
    return build_scenario(case, parse_toml(text, file=file), id=id, file=file)


def read_upload(case: Case, content: bytes, *, file: str) -> tuple[Scenario, str]:
    """Return the scenario of an uploaded file and its text; raises `InputFaults`."""
    if len(content) > LONGEST:
        given = told("{size:,} bytes", size=len(content))
        raise InputFaults([Fault(file, "", given, told("at most {most:,} bytes", most=LONGEST))])
    text = decoded(content, file=file).replace("\r\n", "\n")
    return read_plan(case, text, id=file.removesuffix(".toml") or "upload", file=file), text


def write_plan(case: Case, scenario: Scenario) -> str:
    """Return a new text for a scenario: the levers that differ from baseline, with units."""
    document = tomlkit.document()
    for entry, names in (("name", scenario.name), ("why", scenario.why)):
        table = tomlkit.table()
        for language in ("vi", "en"):
            table[language] = names[language]
        document[entry] = table
    levers = tomlkit.table()
    ground = case.baseline.levers
    moved = [lever for name, lever in case.levers.items() if scenario.levers[name] != ground[name]]
    for policy, label in POLICY_NAMES.items():
        own = [lever for lever in moved if lever.policy == policy]
        if own:
            levers.add(tomlkit.comment(label.lower()))
        for lever in own:
            value = tomlkit.item(tidy(scenario.levers[lever.name]))
            value.comment(lever.unit or ", ".join(lever.choices))
            levers.add(lever.name, value)
    document["levers"] = levers
    return tomlkit.dumps(document)


def write_facts(entries: FactsFile) -> str:
    """Return facts of one's own as a TOML text, which the page and the commands read."""
    return tomlkit.dumps(_listed(entries.model_dump(exclude_defaults=True)))


def _listed(part: Any) -> Any:
    """Return entries with lists for tuples and whole numbers without a dot, as people write."""
    if isinstance(part, dict):
        return {name: _listed(each) for name, each in part.items()}
    if isinstance(part, tuple):
        return [_listed(each) for each in part]
    return int(part) if isinstance(part, float) and part.is_integer() else part


def tidy(value: Setting) -> Setting:
    """Return a lever's value as a person would write it.

    >>> tidy(900.0), tidy(0.1 + 0.2), tidy("cheapest")
    (900, 0.3, 'cheapest')
    """
    if isinstance(value, str):
        return value
    rounded = ten_digits(value)
    return int(rounded) if rounded.is_integer() else rounded


def with_levers(case: Case, text: str, levers: Mapping[str, Setting]) -> str:
    """Return a scenario's text with its levers set so; comments and order stay.

    A lever that the text does not name is added only where it differs from baseline.
    """
    document: Any = tomlkit.parse(text)
    table = document.setdefault("levers", tomlkit.table())
    for name in case.levers:
        value = tidy(levers[name])
        if name in table:
            if table[name] != value:
                table[name] = value
        elif value != case.baseline.levers[name]:
            table[name] = value
    return tomlkit.dumps(document)


def with_names(text: str, names: Mapping[str, str], why: Mapping[str, str] | None = None) -> str:
    """Return a scenario's text under another name and, if given, reason; all else stays."""
    document: Any = tomlkit.parse(text)
    for language, reason in (why or {}).items():
        document["why"][language] = unicodedata.normalize("NFC", reason)
    for language, name in names.items():
        document["name"][language] = " ".join(unicodedata.normalize("NFC", name).split())
    return tomlkit.dumps(document)


def plan_id(name: str, taken: Collection[str]) -> str:
    """Return an id for a name: plain letters, and a number where it is taken.

    >>> plan_id("Kế hoạch Đông Bắc", ["ke-hoach-dong-bac"])
    'ke-hoach-dong-bac-2'
    """
    bare = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    plain = "".join(letter for letter in bare if not unicodedata.combining(letter))
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:WORDS_TO_ID].strip("-") or "plan"
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def to_link(texts: Mapping[str, str]) -> str:
    """Return whole scenarios, id -> text, as letters that a link can carry."""
    packed = zlib.compress(json.dumps(dict(texts), ensure_ascii=False).encode(), 9)
    return f"{SCHEMA}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def from_link(code: str) -> dict[str, str]:
    """Return the texts that a link carries, by the id each had where the link was made.

    Raises:
        InputFaults: it is of another schema, damaged or too long.

    >>> from_link(to_link({"mine": "# why not"}))
    {'mine': '# why not'}
    """
    schema, _, packed = code.partition(".")
    if schema not in (SCHEMA, BEFORE):
        begins = told("a link that begins {schema}", schema=f"{SCHEMA}.")
        raise InputFaults([Fault("link", "plan", shown(code), begins)])
    try:
        content = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(content, LONGEST)
        whole = not unpacker.unconsumed_tail and unpacker.eof
        found = decoded(text, file="link") if whole else ""
        texts = json.loads(found) if whole and schema == SCHEMA else {"link": found}
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        if isinstance(error, InputFaults):
            raise
        whole, texts = True, None
    if not whole:
        given = told("a link cut short or too long")
        raise InputFaults([Fault("link", "plan", given, told("the whole link"))])
    if not isinstance(texts, dict) or not all(isinstance(each, str) for each in texts.values()):
        given = told("a damaged link")
        raise InputFaults([Fault("link", "plan", given, told("the whole link"))])
    return texts


def share_link(address: str, choices: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return a link that carries whole scenarios.

    Args:
        address: of the page it is to open; a query it may have is left out.
        choices: what else the link carries, such as case and targets.
        texts: of the scenarios that the reader may not have, by id.

    >>> share_link("http://127.0.0.1:8501/compare?desk=secret", {"from": "vi"}, {})
    'http://127.0.0.1:8501/compare?from=vi'
    """
    base = address.partition("?")[0].partition("#")[0]
    carried = {"plan": to_link(texts)} if texts else {}
    return base + "?" + urlencode({**choices, **carried}, safe=",")


JOINER = "\u2060"  # unseen; between its sides no address is recognised
_ADDRESS = re.compile(r"(?:[A-Za-z]+:(?=//)|www(?=\.)|@|mailto(?=:))", flags=re.IGNORECASE)
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:&^])")


def unmarked(text: str) -> str:
    r"""Return a text of a visitor's own so that a page shows it as it is, without markup.

    A name could otherwise carry a picture's address, which a reader's browser would ask for.

    >>> print(unmarked("Plan ![x](a.b/c)"))
    Plan \!\[x\]\(a\.b/c\)
    """
    apart = _ADDRESS.sub(lambda found: found[0] + JOINER, " ".join(text.split()))
    return _MARKS.sub(r"\\\1", apart)
