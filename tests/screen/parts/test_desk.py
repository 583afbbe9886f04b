"""The desk: nothing is lost, nothing is shared, and it has bounds."""

import pytest

from sim.faults import InputFaults
from sim.place.scenario import changed
from sim.screen.parts.desk import MOST_PLANS, Desk, current, merged


def test_a_desk_has_bounds(viet_nam):
    full = Desk(plans={viet_nam.head.id: {str(i): "" for i in range(MOST_PLANS)}})
    with pytest.raises(InputFaults):
        full.put(viet_nam, "one-more", "")


def test_saving_renaming_and_copying(viet_nam, draft):
    moved = changed(viet_nam, draft, {"training": 200.0})
    desk = Desk().slide(viet_nam, draft, moved.levers)
    desk, id = desk.save_as(viet_nam, draft, moved, "Phương án B", draft.why, {"draft-plan"})
    assert id == "phuong-an-b"
    assert desk.moves(viet_nam, draft.id) == {}
    saved = desk.scenarios(viet_nam)[id]
    assert saved.levers == moved.levers
    desk = desk.rename(viet_nam, id, {"vi": "C", "en": "D"})
    assert desk.scenarios(viet_nam)[id].name == {"vi": "C", "en": "D"}
    with pytest.raises(InputFaults):
        desk.rename(viet_nam, id, {"vi": "", "en": "D"})
    desk, copy = desk.duplicate(
        viet_nam, desk.own(viet_nam)[id], {"vi": "C (b)", "en": "D (c)"}, set()
    )
    assert desk.scenarios(viet_nam)[copy].levers == moved.levers
    assert desk.scenarios(viet_nam)[copy].name == {"vi": "C (b)", "en": "D (c)"}
    further = changed(viet_nam, saved, {"training": 300.0})
    desk = desk.save(viet_nam, further, id)
    assert desk.scenarios(viet_nam)[id].levers["training"] == 300
    assert list(desk.put(viet_nam, id, None).own(viet_nam)) == [copy]


def test_moves_that_no_longer_fit_are_set_aside_and_the_others_stand(viet_nam, draft):
    desk = Desk().move(viet_nam, draft.id, {"training": 1e12, "gone": 1, "fibre_build": 50.0})
    now = current(viet_nam, draft, desk)
    assert now.levers == {**draft.levers, "fibre_build": 50.0}
    assert list(desk.aside(viet_nam, draft.id)) == ["training", "gone"]
    assert not desk.aside(viet_nam, "baseline")


def test_a_change_is_carried_to_a_desk_that_was_changed_meanwhile(viet_nam):
    case = viet_nam.head.id
    before = Desk(plans={case: {"a": "A", "b": "B"}}, moved={case: {"a": {"training": 1.0}}})
    after = Desk(plans={case: {"a": "mine", "c": "C"}}, moved={case: {"a": {"training": 2.0}}})
    there = Desk(plans={case: {"a": "theirs", "b": "B", "d": "D"}}, greeted=True)
    found = merged(before, after, there)
    assert found.plans[case] == {"a": "mine", "a-2": "theirs", "d": "D", "c": "C"}
    assert found.moved == {case: {"a": {"training": 2.0}}}
    assert found.greeted
    assert merged(after, before, after) == before
