"""A place's own money: no other currency in what is told of it."""

import re

import pytest

from sim.ask.answers import Question, compare
from sim.ask.trials import try_all
from sim.begin.country import Country, folder_files, panel_of
from sim.numbers import SEED
from sim.paper.folders import result_files
from sim.paper.parts import Facts
from sim.paper.report import build_report
from sim.place.case import load_case
from sim.place.scenario import lever_rows
from sim.place.stamp import stamp
from sim.show.figures import Shown
from sim.words import Words
from sim.writing import write_folder

OTHERS = re.compile(r"\b(VND|USD|LAK|KES|EUR|dong)\b|₫|(?:tỷ|triệu|nghìn|mỗi) đồng")
OWN = re.compile(r"(?:\b(?:k|m|bn|tn)|tỷ|triệu|nghìn) [A-Z]{3}\b")


@pytest.fixture(
    scope="module",
    params=[("LAO", "bn LAK", 9700), ("LAO", "bn KES", 110), ("LAO", "m EUR", 0.9)],
    ids=lambda row: row[1],
)
def place(request, tmp_path_factory):
    """Return a new country's case in its own money."""
    code, money, rate = request.param
    folder = tmp_path_factory.mktemp("new") / code.lower()
    read, known = panel_of([])
    made = Country(code=code, people=None, currency=money, per_usd=rate, vintage=None)
    write_folder(folder, folder_files(made, read, known, folder.name), force=True)
    return load_case(folder)


def told(place, language):
    """Yield what has no quoted sources in it: levers, and the charts of a run and of a report."""
    say = Words(language)
    for row in lever_rows(place):
        yield " ".join(say(row[name]) for name in ("label", "unit", "mechanism"))
    targets = place.target_sets[place.default_targets]
    asked = Question(case=place, targets=targets, seed=SEED, replicates=8)
    answers = compare(asked, [place.baseline])
    for name, content in result_files(Shown(question=asked, say=say, summaries=answers)):
        if name.endswith(".svg"):
            yield content.decode()
        elif name.endswith(".csv"):
            yield content.decode("utf-8-sig").partition("\n")[0].replace("_", " ").upper()
    made = stamp(place, [place.baseline], targets, seed=SEED, replicates=8)
    tried = try_all(asked, place.baseline)
    facts = Facts(
        case=place, summaries=answers, targets=targets, played=None, tried=tried, made=made
    )
    report = build_report(facts, say)
    yield from report.charts


@pytest.mark.parametrize("language", ["en", "vi"])
def test_no_other_currency_is_told(place, language):
    code = place.head.currency.partition(" ")[2]
    words = "\n".join(told(place, language))
    found = {match[0] for match in OTHERS.finditer(words)} - {code}
    around = [words[max(m.start() - 60, 0) : m.end() + 20] for m in OTHERS.finditer(words)]
    assert found == set(), around[:9]
    assert any(match[0].endswith(code) for match in OWN.finditer(words))
