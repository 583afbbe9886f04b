"""What levers did elsewhere: a row for each lever, and half of what no comparison was made of."""

from pathlib import Path

import pytest
from cases import VIET_NAM, VINH_PHUC

from sim.ask.answers import Question
from sim.place.case import load_case
from sim.place.levers import known
from sim.show.evidence import DESIGNS, UNCOMPARED, effects, measured, studies
from sim.show.figures import Shown
from sim.words import LANGUAGES, Words

DOCS = Path(__file__).parents[2] / "docs"


def test_every_lever_but_a_first_month_has_a_row_with_a_known_design():
    levers = {name for name, lever in known().items() if lever.kind != "start"}
    assert {row.lever for row in studies()} == levers
    assert {row.design for row in studies()} <= set(DESIGNS)
    for row in studies():
        assert row.source.startswith("http") or "Nobody measured it" in row.found


def test_the_document_has_every_study():
    text = (DOCS / "evidence.md").read_text(encoding="utf-8")
    for row in studies():
        assert row.found in text
        assert row.source in text


@pytest.mark.parametrize("folder", [VIET_NAM, VINH_PHUC])
def test_what_was_seen_without_a_comparison_counts_half(folder):
    case = load_case(folder)
    for name, seen in {"training_effect": 0.15, "training_spillover": 1.1}.items():
        assert case.assumptions[name].central == pytest.approx(UNCOMPARED * seen)
        assert case.assumptions[name].low < case.assumptions[name].central
        assert case.assumptions[name].central < case.assumptions[name].high


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lever_says_how_its_effect_was_measured(vinh_phuc, language):
    say = Words(language)
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    shown = Shown(question=Question(case=vinh_phuc, targets=targets), say=say)
    head, rows = effects(shown).table()
    assert len(rows) == len(studies())
    assert len(head) == len(rows[0])
    told = measured("training", say)
    assert say(DESIGNS["randomised"]).lower() in told
    assert "evidence?evidence=effects" in told
    assert measured("training_start", say) == ""
