"""Lists of villages: counted areas keep their count, surveys lengthen the list."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.place.assumptions import draw
from sim.place.records import Observation
from sim.world.lists import longest_list, surveys, uncovered_villages

FEW = 200


def assumed(case):
    return draw(list(case.assumptions.values()), 5, FEW)


def counted(case, indicator, code, value, day=date(2021, 9, 30)):
    """Return a case that knows one figure more."""
    row = next(row for row in case.observations if row.indicator == "uncovered_villages")
    unit = "villages" if indicator == "uncovered_villages" else "%"
    more = {"indicator": indicator, "area": code, "value": value, "date": day, "unit": unit}
    figure = Observation.model_validate({**row.model_dump(), **more})
    return replace(case, observations=(*case.observations, figure), hash=f"{code} {value}")


def test_an_area_that_was_counted_keeps_its_count_and_the_others_share_the_rest(viet_nam):
    """On 31 October 2021, after the campaign's list: nothing has been taken off since."""
    drawn, place = assumed(viet_nam), viet_nam.codes.index("14")
    known = counted(viet_nam, "uncovered_villages", "14", 209, date(2021, 10, 31))
    before, after = uncovered_villages(viet_nam, drawn), uncovered_villages(known, drawn)
    assert (after[:, place] == 209).all()
    rest = before.sum(axis=1) >= 209
    assert after.sum(axis=1)[rest] == pytest.approx(before.sum(axis=1)[rest], abs=1)


def test_a_share_of_an_area_counts_as_its_villages(viet_nam):
    known = counted(viet_nam, "covered_villages", "14", 95.0)
    place = viet_nam.codes.index("14")
    dark = uncovered_villages(known, assumed(viet_nam))[:, place]
    done = assumed(viet_nam)["villages_done_since_list"]
    expected = np.rint(viet_nam.columns["villages"][place] * 0.05 * (1 - done))
    assert dark == pytest.approx(expected, abs=1)


def test_surveys_come_later_and_later_and_add_a_share_of_the_longest_list(viet_nam):
    drawn = assumed(viet_nam)
    found = list(surveys(viet_nam, drawn, 5))
    months = np.array([month for month, _ in found])
    assert (np.diff(months, axis=0) >= 0).all()
    assert (months[0] >= 12 / 2 - 4).all(), "half a year after the list of September at the least"
    share = found[0][1].sum(axis=1) / longest_list(viet_nam)
    assert share == pytest.approx(drawn["village_survey_adds"], abs=1e-3)
    assert 0.4 < (months[0] <= 24).mean() < 1
