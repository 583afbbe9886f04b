"""The workbook of a run: each cell is what it is, and a ninth programme is drawn too."""

import io
import zipfile
from dataclasses import replace
from datetime import date

from sim.ask.answers import Question, compare
from sim.paper import result_book
from sim.place.case import shipped
from sim.place.levers import known
from sim.place.scenario import load_scenario
from sim.show.figures import Shown
from sim.show.look import PALETTES
from sim.words import Words


def test_each_cell_of_a_run_is_written_as_what_it_is(vinh_phuc, monkeypatch):
    plans = [load_scenario(vinh_phuc, path) for path in shipped(vinh_phuc)[:2]]
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question = Question(case=vinh_phuc, targets=targets, seed=3, replicates=30)
    shown = Shown(question=question, say=Words("en"), summaries=compare(question, plans))
    monkeypatch.setattr(result_book, "workbook_bytes", lambda sheets, *rest, **more: sheets)
    sheets = result_book.result_book(shown, shown.made)
    for sheet in sheets:
        head, rows = sheet.table
        for place, row in enumerate(rows):
            for column, (name, cell) in enumerate(zip(head, row, strict=True)):
                kind = sheet.kinds[min(column, len(sheet.kinds) - 1)]
                if kind == "level" and sheet.row_kinds:
                    kind = sheet.row_kinds[place]
                assert cell is None or isinstance(cell, date) == (kind == "day"), (name, cell)
                assert kind != "share" or abs(cell) <= 1, (name, cell)


def test_an_eleventh_programme_is_drawn_in_the_first_colour(vinh_phuc):
    plan = load_scenario(vinh_phuc, shipped(vinh_phuc)[1])
    targets = vinh_phuc.target_sets[vinh_phuc.default_targets]
    question = Question(case=vinh_phuc, targets=targets, seed=3, replicates=30)
    (answer,) = compare(question, [plan])
    some = next(flow for flow in answer.money.values() if flow.any())
    flows = dict.fromkeys([*known()][:11], some)
    eleven = replace(answer, money=flows, arrived=flows)
    shown = Shown(question=question, say=Words("en"), summaries=[eleven])
    book = result_book.result_book(shown, shown.made)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        drawn = [parts.read(name).decode() for name in parts.namelist() if "/chart" in name]
    stacked = next(each for each in drawn if '<c:grouping val="stacked"' in each)
    paints = [each[1:].upper() for each in PALETTES["light"].series]
    assert stacked.count("<c:ser>") == 11
    assert [stacked.count(paint) for paint in paints] == [2, *[1] * 9]
