"""Money is what is spent: no more than came, no more than was built, none for what cannot be."""

import numpy as np
import pytest

from sim.place.scenario import changed
from sim.world.run import World

ALMOST = 1e-6
RICH = {"fibre_build": 4900.0, "village_sites": 1450.0, "village_power": 490.0}


@pytest.fixture(scope="module")
def world(viet_nam):
    return World(viet_nam, seed=3, replicates=60)


def test_no_more_is_spent_than_has_come(world):
    run = world.run(changed(world.case, world.case.baseline, RICH))
    for name in ("fibre_build", "village_sites", "village_power"):
        spent = run.spent[name].cumsum(axis=1)
        assert (spent <= run.money[name].cumsum(axis=1) + ALMOST).all(), name
        assert (run.spent[name] >= -ALMOST).all(), name


def test_what_is_spent_is_what_the_homes_passed_cost(world):
    """Public and other money of homes: each home once, at what its area costs."""
    run = world.run(world.case.baseline)
    drawn, homes = world.origin.assumed, world.case.columns["households"]
    each = np.where(
        world.case.columns["upland"] > 0,
        drawn["fibre_cost_upland"][:, None],
        drawn["fibre_cost_lowland"][:, None],
    )
    passed = np.concatenate([block.passed for block in world.origin.homes])
    gained = run.values["homes_passed"][:, :, -1] - passed
    most = (gained * homes * each).sum(axis=1) / 1000
    spent = (run.spent["fibre_build"] + run.private["fibre_build"]).sum(axis=1)
    assert (spent <= most * (1 + 1e-6)).all()


def test_an_extra_home_costs_between_the_cheapest_and_what_additionality_makes_of_it(world):
    base = world.run(world.case.baseline)
    more = world.run(changed(world.case, world.case.baseline, {"fibre_build": 2000.0}))
    homes = world.case.columns["households"].sum()
    extra = (more.nation("homes_passed") - base.nation("homes_passed"))[:, -1].mean() * homes
    each = more.spent["fibre_build"].sum(axis=1).mean() * 1000 / extra
    row = world.case.assumptions
    dearest = row["fibre_cost_upland"].high / row["fibre_additional"].low
    assert row["fibre_cost_lowland"].low <= each <= dearest


def test_nobody_is_paid_for_vouchers_that_nobody_takes(world):
    most = world.case.levers["smartphone_vouchers"].high
    run = world.run(
        changed(world.case, world.case.baseline, {"smartphone_vouchers": most, "targeting": 1.0})
    )
    spent = run.spent["smartphone_vouchers"].sum(axis=1)
    assert (spent < run.money["smartphone_vouchers"].sum(axis=1)).all()
