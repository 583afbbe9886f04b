"""Words: every message has its Vietnamese, with the same fields; numbers are written so."""

import ast
import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po

from sim import faults, writing
from sim.indicators import SERIES
from sim.place.assumptions import Confidence, Distribution, needs
from sim.place.levers import DECIDERS, POLICY_NAMES, known
from sim.rank.telling import DIRECTIONS, NAMES
from sim.screen.parts import frame
from sim.show import evidence
from sim.show.sentences import JOBS, METHOD_NAMES, REASONS
from sim.study import sensitivity
from sim.tasks.telling import CLASSES, UNKNOWN
from sim.track import telling
from sim.words import LANGUAGES, Words, texts

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "sim" / "locale" / "vi" / "LC_MESSAGES" / "ketnoi.po"

ASKED = ("ask", "SOUGHT")


def said():
    """Return every message that the code says, and those that tables hand to it."""
    found = {
        *POLICY_NAMES.values(),
        *DECIDERS.values(),
        *CLASSES.values(),
        UNKNOWN,
        *DIRECTIONS.values(),
        *NAMES.values(),
        *("k", "m", "bn", "tn", "VND"),
        *get_args(Confidence),
        *get_args(Distribution),
    }
    found |= {text for row in SERIES.values() for text in (row.label, row.unit_label) if text}
    found |= {*REASONS.values(), *JOBS.values(), *METHOD_NAMES.values()}
    found |= {*evidence.DESIGNS.values(), *telling.KINDS.values()}
    for lever in known().values():
        found |= {lever.label, lever.unit, lever.mechanism, *lever.choices.values()} - {""}
        found |= {lever.owner, lever.payer}
    found |= {*sensitivity.MEASURES.values()}
    found |= {title for _, title, _ in frame.PAGES}
    found |= {row.unit for row in SERIES.values()} - {"%"}
    found |= {need.unit for need in needs().values()}
    found |= {row.noun for row in SERIES.values()} - {""}
    found |= {*faults._BOUNDS.values(), *writing.KINDS.values(), "a device", "semicolons", "tabs"}
    for page, table in (*((each, "SECTIONS") for each in ("plan", "evidence", "help")), ASKED):
        tree = ast.parse((ROOT / "sim" / "screen" / f"{page}.py").read_text(encoding="utf-8"))
        found |= set(next(_table(tree, table)).values())
    for path in [*ROOT.glob("sim/**/*.py"), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(map(_commands, node.decorator_list)):
                paragraphs = ast.get_docstring(node).split("\n\n")
                found |= {" ".join(part.split()) for part in paragraphs}
            if isinstance(node, ast.Call) and {"say", "told", "unfit", "self"} & {
                getattr(node.func, "id", ""),
                getattr(node.func, "attr", ""),
                *(
                    ["say"]
                    if getattr(getattr(node.func, "func", None), "id", "") == "Words"
                    else []
                ),
            }:  # and Words(language)("...")
                found |= {
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and arg.value
                }
    return found


def _call_of(node):
    """Return the name of what is called to be called again, as in `Words(language)("...")`."""
    return getattr(getattr(node, "func", None), "id", "")


def _commands(decorator):
    """Return whether a decorator makes a command, whose help is its docstring."""
    return getattr(getattr(decorator, "func", None), "id", "") == "command"


def _table(tree, name):
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            yield ast.literal_eval(node.value)


def catalogue():
    with CATALOGUE.open("rb") as stream:
        return {message.id: message.string for message in read_po(stream) if message.id}


def test_every_message_is_said_in_vietnamese():
    missing = sorted(said() - {key for key, text in catalogue().items() if text})
    assert missing == []


def test_no_message_is_left_over():
    assert sorted(set(catalogue()) - said()) == []


def test_both_languages_fill_the_same_fields():
    for message, text in catalogue().items():
        assert set(re.findall(r"{[^}]*}", message)) == set(re.findall(r"{[^}]*}", text)), message


def prose():
    """Return every text of the report by its name, in each language: its paragraphs."""
    found = {language: {} for language in LANGUAGES}
    for language in LANGUAGES:
        for path in (ROOT / "sim" / "locale" / language / "report").iterdir():
            for heading, paragraphs in texts(language, path.stem).items():
                name = f"{path.stem}#{heading}" if heading else path.stem
                found[language][name] = paragraphs
    return found


def test_both_languages_have_the_same_texts_with_the_same_fields():
    english, vietnamese = (
        {name: [set(re.findall(r"{\w*}", each)) for each in paragraphs]
         for name, paragraphs in prose()[language].items()}
        for language in ("en", "vi")
    )  # fmt: skip
    assert len(english) > 30
    assert english == vietnamese


def test_every_text_is_asked_for_and_none_that_is_not_there():
    nodes = [
        node
        for path in ROOT.glob("sim/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    asking = [c for c in calls if getattr(c.func, "attr", "") in ("prose", "paragraph")]
    words = [node.value for node in nodes if isinstance(node, ast.Constant)]
    asked = {word for word in words if re.fullmatch(r"[a-z]+#[a-z-]+", str(word))}
    asked |= {c.args[0].value for c in asking if isinstance(c.args[0], ast.Constant)}
    assert asked == set(prose()["en"])


@pytest.mark.parametrize(
    ("language", "number", "day", "month"),
    [("vi", "1.234,5", "31/12/2022", "12/2022"), ("en", "1,234.5", "31 Dec 2022", "Dec 2022")],
)
def test_numbers_and_days_are_written_as_the_language_does(language, number, day, month):
    say = Words(language)
    assert say.number(1234.5, 1) == number
    assert say.day(date(2022, 12, 31)) == day
    assert say.month(date(2022, 12, 31)) == month


def test_provinces_are_sorted_as_a_vietnamese_dictionary_does(viet_nam):
    names = sorted((area.name_vi for area in viet_nam.areas), key=Words("vi").order)
    assert names[0] == "An Giang"
    assert names[1].startswith("Bà Rịa")
    assert names.index("Đà Nẵng") > names.index("Cà Mau")
    assert names.index("Điện Biên") < names.index("Gia Lai")
