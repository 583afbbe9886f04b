"""The page Track: vintages, marks, why the chance moved; its figures are verified."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_own import ALL, kept

from sim.paper.verify import Verifier
from sim.place.case import load_case
from sim.place.facts import from_json
from sim.screen.parts import waits
from sim.screen.parts.plan_text import to_link
from sim.show.figures import Shown
from sim.show.track import charts
from sim.show.track.words import month_sentences, why_sentences
from sim.track.months import Following, followed
from sim.track.times import Track
from sim.track.why import State, why
from sim.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
FEW = {"seed": 1, "replicates": 20}


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Return what opens the page by a link, with few draws."""
    monkeypatch.setenv("KETNOI_DESKS", str(tmp_path / "desks"))
    monkeypatch.setattr("sim.numbers.REPLICATES", 40)

    def come(**link):
        page = AppTest.from_file(ROOT / "app.py", default_timeout=300)
        page.query_params.update({"lang": "en", "case": "vinh-phuc-2022", **link})
        page.switch_page(str(ROOT / "sim" / "screen" / "own" / "track.py"))
        return sound(page.run())

    return come


def sound(page):
    assert not page.exception, page.exception
    return page


def charts_of(page):
    return [json.loads(each.proto.spec)["title"]["text"] for each in page.get("vega_lite_chart")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_vintages_are_followed_and_the_move_is_explained(opened, language):
    link = {"vintages": "2022-01-15,2022-02-28", "before": "2022-01-15", "now": "2022-02-28"}
    page = opened(lang=language, follow="yes", why="yes", **link)
    assert not page.error
    say = Words(language)
    assert say("Chance by what was known") in charts_of(page)
    assert len(charts_of(page)) > 1
    every = " ".join(each.value for each in page.markdown)
    assert say("Why did the chance move?") in {each.value for each in page.subheader}
    assert say("New figure") in every
    for name, value in link.items():
        assert page.query_params[name] in (value, [value])


def test_ones_own_facts_are_set_against_none(opened):
    own = {name: ALL[name] for name in ("assumptions", "observations")}
    link = {"before": "2022-03-10-plain", "now": "2022-03-10", "why": "yes"}
    page = opened(facts=to_link(kept(**own)), **link)
    assert not page.error
    (table,) = [each.value for each in page.dataframe if "Why" in each.value]
    parts = " ".join(table["Why"])
    assert "Cost of a site for a remote village" in parts
    assert "71.5%" in parts


def test_nothing_new_is_said_and_a_figure_can_be_added_here(opened):
    page = opened(case="vietnam-2026")
    assert "No new figures here since" in page.info[0].value
    assert any((each.key or "").startswith("own value") for each in page.text_input)


def test_times_are_chosen_for_a_visitor_from_the_first_to_the_last(opened):
    page = opened()
    before, now = (
        box for box in page.main.selectbox if (box.key or "").startswith(("before", "now"))
    )
    assert before.value == "2022-01-15"
    assert now.value > before.value
    assert not page.error


def state(day, **more):
    folder = ROOT / "scenarios" / "vinh-phuc-2022"
    case = load_case(folder, facts=from_json({"vintage": day, **more}, Path("facts.toml")))
    return State(case=case, targets=case.target_sets[case.default_targets], plan=case.baseline)


@pytest.fixture(scope="module")
def tracks():
    states = [state("2022-01-15"), state("2022-03-31", assumptions=ALL["assumptions"])]
    months = Track(states=states, months=followed(states, **FEW))
    return months, Track(states=states, why=why(*states, **FEW))


def shown(track, language="en"):
    from sim.ask.answers import Question

    newest = track.newest
    asked = Question(case=newest.case, targets=newest.targets, **FEW)
    return Shown(question=asked, say=Words(language), next=track)


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_of_what_was_followed_are_verified(tracks, tmp_path, language):
    months, moves = (shown(track, language) for track in tracks)
    figures = [charts.vintages(months), charts.came(months), *charts.moved.all(moves)[:1]]
    check = Verifier(Words("en"))
    for figure in figures:
        for form in ("svg", "csv") if figure.kind.drawing else ("csv",):
            path = tmp_path / f"{figure.name}.{form}"
            path.write_bytes(figure.file(form))
            found = check.check(path)
            assert found.status == "same", (path.name, found)


def test_a_part_that_was_changed_is_found(tracks, tmp_path):
    (figure, *_) = charts.moved.all(shown(tracks[1]))
    path = tmp_path / "moved.csv"
    path.write_bytes(figure.file("csv").replace(b"assumption", b"assumptiom"))
    assert Verifier(Words("en")).check(path).status == "differs"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_name_targets_and_parts(tracks, language):
    say, (months, moves) = Words(language), tracks
    assert len(list(month_sentences(months.months, say))) == 3
    told = list(why_sentences(moves.why, moves.newest.case, say))
    assert len(told) == 3
    meaning = moves.newest.case.assumptions["village_site_cost"].meaning(language)
    assert any(meaning in line for line in told)


def test_what_was_followed_before_it_was_stopped_is_shown_and_goes_on(opened, monkeypatch):
    steps = []

    def stop():
        steps.append(1)
        st.stop()

    go_on, waiting = Following.go_on, waits.waiting
    monkeypatch.setattr(Following, "go_on", lambda self, done: go_on(self, stop))
    link = {"vintages": "2022-01-15,2022-02-28,2022-03-31", "seed": "7"}
    opened(**link, follow="yes")
    assert steps == [1]
    monkeypatch.setattr(waits, "waiting", lambda *of: replace(waiting(*of), stopped=True))
    page = opened(**link, follow="yes")
    assert "Stopped: 1 of 3 days are shown." in [each.value for each in page.warning]
    assert len(table_of(page)) == 1
    monkeypatch.undo()


def table_of(page):
    (table,) = [each.value for each in page.dataframe if "Known on" in each.value]
    return table
