"""The data dictionary: every column of every table is told, and codes stay text."""

import csv
import io
import json

import pytest
from cases import VINH_PHUC

from sim.ask.answers import Question, compare
from sim.files.carriers import SIDE_CAR
from sim.files.columns import column, columns, described
from sim.paper.folders import RunFiles
from sim.place.case import load_case
from sim.show.figures import Shown
from sim.words import Words

KINDS = {"string": str, "integer": int, "number": float}
CSVW = {"string", "integer", "number", "date", "gYearMonth", "any"}


@pytest.fixture(scope="module")
def tables():
    case = load_case(VINH_PHUC)
    asked = Question(case=case, targets=case.target_sets[case.default_targets], replicates=5)
    found = compare(asked, [case.baseline])
    shown = Shown(question=asked, say=Words("en"), summaries=found)
    return dict(RunFiles(shown, shown.made).tables())


def test_every_column_of_a_run_is_told_with_type_and_meaning_in_both_languages(tables):
    for name, content in tables.items():
        if name.endswith(SIDE_CAR):
            for entry in json.loads(content)["tableSchema"]["columns"]:
                assert entry.get("datatype") or entry["name"] == "target", (name, entry["name"])
                assert {each["@language"] for each in entry["dc:description"]} == {"en", "vi"}
                number = entry.get("datatype") == "number"
                assert not number or "schema:unitText" in entry, entry["name"]


def test_cells_are_of_the_type_that_is_told(tables):
    for name, content in tables.items():
        if not name.endswith(".csv"):
            continue
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))):
            for heading, cell in row.items():
                KINDS.get(column(heading).datatype, str)(cell or 0)


def test_the_dictionary_is_whole():
    for entry in columns().values():
        assert entry.datatype in CSVW, entry.name
        assert entry.en, entry.name
        assert entry.vi, entry.name


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("cost_bn_vnd", "bn VND"),
        ("spent_m_usd", "m USD"),
        ("p2.5", "share of 1"),
        ("x.p95", "share"),
    ],
)
def test_units_follow_the_heading(heading, unit):
    assert unit in described(heading)["schema:unitText"]
    told = {"name": "training", "titles": "training", "datatype": "number"}
    assert described("training", "number") == told
