"""What is odd or not used in a case is told, each kind by itself, and nothing is refused."""

from dataclasses import replace

import numpy as np
import pytest

from sim.ask import notes as odd
from sim.ask.notes import idle_plans, notes
from sim.faults import told
from sim.place.case import load_case
from sim.words import Words

OBSERVED = "observations.csv"
ROW = "{day},{name},{area},{value},{unit},{day},Invented for a test,high,\n"


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def figure(folder, name, area, value, day="2021-12-31", unit="%"):
    with (folder / OBSERVED).open("a", encoding="utf-8") as stream:
        stream.write(ROW.format(day=day, name=name, area=area, value=value, unit=unit))


def said(folder, kind):
    return [str(note).removeprefix(str(folder) + "/") for note in kind(load_case(folder))]


def test_the_shipped_cases_have_little_to_tell(viet_nam, vinh_phuc):
    for case in (viet_nam, vinh_phuc):
        assert len(notes(case)) <= 6


UNUSED = [
    ("covered_villages", "VN", 90, "%", "the list of villages without signal is used"),
    ("fixed_broadband", "VN", 18, "per 100", "lines of households are used instead"),
]
USED = [
    ("homes_passed", "VN", 80, "%"),
    ("uncovered_villages", "01", 3, "villages"),
    ("mobile_broadband", "01", 80, "per 100"),
]


@pytest.mark.parametrize(("name", "area", "value", "unit", "why"), UNUSED)
def test_a_figure_that_no_run_uses_is_told_with_why(copy, name, area, value, unit, why):
    figure(copy, name, area, value, unit=unit)
    assert any(f"{name}, " in line and why in line for line in said(copy, odd.unused))


@pytest.mark.parametrize(("name", "area", "value", "unit"), USED)
def test_a_figure_that_a_run_uses_is_not_told_as_unused(copy, name, area, value, unit):
    figure(copy, name, area, value, unit=unit)
    assert not any(f"{name}, " in line for line in said(copy, odd.unused))


def test_old_figures_old_lists_and_an_old_panel_are_told(copy):
    edit(copy / "case.toml", "vintage = 2022-01-15", "vintage = 2025-12-15")
    for deadline in ("2022-12-31", "2025-12-31"):
        text = (copy / "targets.toml").read_text(encoding="utf-8")
        (copy / "targets.toml").write_text(text.replace(deadline, "2030-12-31"), encoding="utf-8")
    (copy / "outcomes.csv").unlink()
    lines = said(copy, odd.ages)
    for name in ("fibre_households, VN: of 20", "uncovered_villages, VN: of 2021", "case.toml: ",
                 "the panel of countries behind forecasts: of 2021-10-11"):  # fmt: skip
        assert any(name in line for line in lines), name


def test_leaps_and_slips_of_a_factor_are_told(copy):
    figure(copy, "fibre_households", "VN", 99, day="2022-01-10")
    figure(copy, "smartphone_adults", "01", 7)
    figure(copy, "uncovered_villages", "VN", 21, day="2021-11-30", unit="villages")
    lines = said(copy, odd.leaps) + said(copy, odd.factors)
    for words in ("99 on 2022-01-10, after", "about 0.1 times the figures beside it",
                  "21 on 2021-11-30, after 2,193"):  # fmt: skip
        assert any(words in line for line in lines), words


def test_areas_unlike_the_others_are_told(viet_nam):
    few = viet_nam.columns["villages"].copy()
    few[3] /= 100
    columns = {**viet_nam.columns, "villages": few}
    (note,) = odd._far_areas(replace(viet_nam, columns=columns))
    assert "people for each of villages" in note.words


def test_shares_in_place_of_per_cents_are_told(copy):
    for day in ("2001-12-31", "2002-12-31"):
        figure(copy, "fibre_households", "01", 0.7, day=day)
    assert any("were shares of 1 meant?" in line for line in said(copy, odd.factors))


def test_wide_ranges_guesses_targets_met_and_stray_files_are_told(copy):
    edit(copy / "assumptions.csv", "villages_unpowered,", "villages_unpowered,GUESS ")
    text = (copy / "assumptions.csv").read_text(encoding="utf-8").replace("Own", "GUESS own", 1)
    (copy / "assumptions.csv").write_text(text, encoding="utf-8")
    edit(copy / "targets.toml", "at_least = 70\n", "at_least = 60\n")
    (copy / "outcome.csv").write_text("a\n", encoding="utf-8")
    assert said(copy, odd.guesses)[0].startswith(
        "assumptions.csv: values still guesses: 1, such as "
    )
    assert any("met by the figure of 2021-" in line for line in said(copy, odd.met_already))
    (stray,) = said(copy, odd.stray_files)
    assert stray == "outcome.csv: a file that nothing reads; did you mean outcomes.csv?"


def test_assumptions_that_span_a_hundredfold_are_told(viet_nam):
    row = next(iter(viet_nam.assumptions.values()))
    wide = row.model_copy(update={"low": 0.001, "high": 0.9})
    fixed = {**viet_nam.assumptions, row.id: wide}
    (note,) = odd.spans(replace(viet_nam, assumptions=fixed))
    assert "900 times as much" in note.words


def test_a_score_known_for_few_areas_and_a_column_that_no_run_uses_are_told(viet_nam):
    few = np.where(np.arange(63) < 9, 1.0, np.nan)
    columns = {**viet_nam.columns, viet_nam.service_column: few, "rain": few}
    score = viet_nam.score.model_copy(update={"column": viet_nam.service_column})
    about = replace(viet_nam, columns=columns, score=score)
    lines = [str(each) for each in odd._unused_columns(about)]
    assert "known for 9 of 63 areas" in lines[0]
    assert "rain: a column that no run uses" in lines[1]


def test_lines_of_a_plan_that_change_nothing_and_plans_that_are_alike_are_told(copy):
    draft = (copy / "draft-plan.toml").read_text(encoding="utf-8")
    (copy / "another.toml").write_text(draft, encoding="utf-8")
    edit(copy / "villages-first.toml", "[levers]\n", "[levers]\ntraining_start = 3\n")
    edit(copy / "villages-first.toml", "\ntraining = ", "\ntraining = 0 # ")
    lines = said(copy, idle_plans)
    assert "draft-plan.toml: the same levers as another" in lines
    assert "villages-first.toml: levers.training_start: training is 0" in lines
    assert any("as in the baseline" in line for line in lines)


def test_check_and_run_tell_them_in_the_readers_language(ketnoi, copy):
    figure(copy, "covered_villages", "VN", 90)
    done = ketnoi("check", copy, "--lang", "vi")
    assert done.returncode == 0
    assert "covered_villages, VN: số liệu không được sử dụng khi chạy: 1; " in done.stdout


def test_a_note_is_told_again_with_its_area_in_words():
    where = told("{indicator}, {area}", indicator="fibre_households", area=told("by area"))
    note = odd.Note("a.csv", where, told("as in the baseline"))
    assert Words("vi").note(note).startswith("a.csv: fibre_households, theo địa bàn: giống")


def test_letters_that_the_font_lacks_are_told_with_their_words(copy):
    edit(copy / "areas.csv", ",Ha Noi,", ",ຮ່າໂນ້ຍ,")
    edit(copy / "case.toml", "Viet Nam 2022", "Việt Nam Бишкек เชียงใหม่")
    edit(copy / "late-money.toml", 'en = "', 'en = "北京 ')
    lines = said(copy, odd.letters) + said(copy, idle_plans)
    found = {line.partition(": letters")[0]: line for line in lines if "the font" in line}
    assert found.keys() == {"areas.csv", "case.toml", "late-money.toml"}
    assert found["areas.csv"].endswith(", as in ຮ່າໂນ້ຍ")
    assert found["case.toml"].endswith(", as in เชียงใหม่")


def test_figures_and_targets_at_the_edge_of_a_share_are_told(copy):
    figure(copy, "smartphone_adults", "VN", 100, day="2022-01-10")
    edit(copy / "targets.toml", "at_least = 70\n", "at_least = 100\n")
    lines = said(copy, odd.edges)
    assert any("smartphone_adults, VN: 100 on 2022-01-10, read as 99.9" in line for line in lines)
    assert any("judged by 99.5 %" in line for line in lines)
