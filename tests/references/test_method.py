"""The method's example by hand: what docs/method.md prints is what the model computes."""

import math
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models.moves.adoption import Market, Pushes, invert, subscriptions, take_up
from models.moves.clock import WorkClock
from models.moves.effects import vouchers
from models.moves.money import Purse
from models.moves.power import Power
from models.moves.queue import Works, by_month, finish
from sim.forecast import Forecast, Track
from sim.place.targets import Target, judge

TEXT = (Path(__file__).parents[2] / "docs" / "method.md").read_text(encoding="utf-8")
EXAMPLE = TEXT.split("\n## 8.")[1].split("\n## 9.")[0]
VILLAGES, MONTHS = 20, 8
REACHED, OPEN, IMITATION = 0.95, 0.4, np.array([8.0])
ONE = np.ones((1, 2))


def table(*head):
    """Return the cells below the table that has this head, `[row][column]` as printed."""
    lines = EXAMPLE.splitlines()
    at = lines.index("| " + " | ".join(head) + " |")
    rows = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def numbers(rows):
    return np.array(rows, dtype=float)


def printed_alike(rows, values):
    """Assert that printed numbers are the computed ones, to the digits they are printed with."""
    for cells, found in zip(rows, np.asarray(values).tolist(), strict=True):
        for cell, value in zip(cells, found, strict=True):
            digits = len(cell.partition(".")[2])
            assert cell == f"{round(value, 9):.{digits}f}", (cells, found)


def works():
    jobs = table("job", "survey", "permit", "cost", "power")
    survey, permit, cost = numbers([row[1:4] for row in jobs]).T
    money = numbers(table("money at time", "0", "1", "2", "3")[0][1:])
    civil = numbers(table("place", "ready", "works", "begins", "ends", "finished"))[:, 2]
    each, whole = np.ones((1, 3)), np.ones((1, 3), dtype=np.int64)
    order = np.arange(3)[None, :]
    purse = Purse(
        wanted=each > 0, order=order, money=np.pad(money, (0, MONTHS - 4))[None, :].astype(np.int64)
    )
    power = Power(
        dark=np.array([[row[4] == "no" for row in jobs]]),
        order=order,
        listed=0 * whole,
        grid_free=np.zeros((1, 1)),
        grid=5 * each,
        sun_free=np.zeros((1, 1)),
        sun=2 * each,
        sun_cost=whole[:, 0],
        sun_money=np.eye(1, MONTHS, 1, dtype=np.int64),
    )
    return Works(
        area=np.zeros(3, dtype=int),
        region=np.zeros(1, dtype=int),
        present=each > 0,
        listed=0 * whole,
        prepaid=each < 0,
        survey=survey * each,
        permit=permit * each,
        left=each,
        civil=civil * each,
        equipment=each,
        integration=0.25 * each,
        cost=(cost * each).astype(np.int64),
        purses=(purse,),
        crews=np.zeros((1, 1, 2)),
        journey=np.zeros(1),
        clock=WorkClock(wet_rate=np.array([0.5]), first_month=4, wet_months=(5, 9)),
        power=power,
    )


def covered():
    """Return the district's share of covered villages by month."""
    return (
        1 - (3 - by_month(finish(works()).finish, MONTHS, np.zeros(3, dtype=int))[0, 0]) / VILLAGES
    )


def pushes(offered):
    still = 0 * ONE
    return Pushes(
        vouchers=offered, turned=still, contacts=still, louder=ONE, refusing=np.array([1 - OPEN])
    )


def market(start, ceiling):
    return Market(
        start=np.array([[start]]),
        ceiling=ceiling,
        imitation=IMITATION,
        pace=np.ones((1, 1)),
        weights=np.ones(1),
    )


def baseline():
    ceiling = np.full((1, 1, 2), REACHED * 0.85)
    path = np.array([[0.61, 0.62]])
    hazard = invert(market(0.6, ceiling), pushes(0 * ONE), path)
    share = take_up(market(0.6, ceiling), pushes(0 * ONE), hazard).share
    return ceiling[0, 0], hazard, share[0, 0]


def offers():
    return vouchers(0.5 * ONE, np.array([1.5]), 0.66, np.array([50_000.0]))


def plan():
    ceiling = REACHED * covered()[None, None, 6:8]
    hazard = baseline()[1]
    share = take_up(market(0.6, ceiling), pushes(offers()), hazard).share
    return ceiling[0, 0], share[0, 0]


def test_the_gates_of_each_job():
    built = finish(works())
    gates = np.stack([built.permitted, built.funded, built.powered])[:, 0]
    rows = table("job", "permit in hand", "paid", "power", "ready")
    printed_alike([row[1:] for row in rows], np.concatenate([gates, gates.max(axis=0)[None]]).T)


def test_the_works_of_each_place():
    these = works()
    built = finish(these)
    gates = np.stack([built.permitted, built.funded, built.powered])[:, 0]
    rows = table("place", "ready", "works", "begins", "ends", "finished")
    columns = [np.sort(gates.max(axis=0)), these.civil[0]]
    columns += [each[0] for each in (built.begun, built.ended, built.finish)]
    printed_alike([row[1:] for row in rows], np.stack(columns).T)


def test_the_villages_that_are_covered():
    printed_alike([table("month", "5", "6", "7", "8")[0][1:]], [covered()[4:]])


def test_the_hazard_that_follows_the_path():
    ceiling, hazard, share = baseline()
    before = np.array([0.6, *share[:-1]])
    columns = [ceiling, ceiling - before, 1 + IMITATION * before / ceiling, hazard.rate[0], share]
    rows = table("baseline", "ceiling", "room", "pull", "hazard", "share")
    printed_alike([row[1:] for row in rows], np.stack(columns).T)
    assert not hazard.held.any()


def test_the_plan_with_its_sites_and_vouchers():
    ceiling, share = plan()
    before = np.array([0.6, *share[:-1]])
    open_to = OPEN * (ceiling - before)
    after = np.array([only_offers(f, top) for f, top in zip(before, ceiling, strict=True)])
    step = baseline()[1].rate[0] * (1 + IMITATION * after / ceiling)
    columns = [ceiling, open_to, after - before, after, step, share]
    rows = table("plan", "ceiling", "open to offers", "won", "after vouchers", "step", "share")
    printed_alike([row[1:] for row in rows], np.stack(columns).T)


def only_offers(share, ceiling):
    """Return the share after a month in which vouchers are all that happens."""
    hazard = baseline()[1]
    quiet = SimpleNamespace(rate=0 * hazard.rate, leaving=0 * hazard.leaving)
    top = np.full((1, 1, 1), ceiling)
    return take_up(market(share, top), pushes(offers()), quiet).share.item()


def test_mobile_broadband_follows_the_added_users():
    rows = table("mobile broadband", "baseline", "plan")
    before = float(rows[0][1])
    phones, ground = plan()[1][None, None, 1:], baseline()[2][None, None, 1:]
    history, each, others = np.full((1, 1, 1), before), np.array([0.758 * 1.3]), np.zeros((1, 1))
    found = subscriptions(history, phones, ground, each=each, others=others).item()
    printed_alike([rows[0][1:]], [[before, found]])


@pytest.fixture
def judgement():
    phones, villages = numbers(table("draw", "smartphones", "villages"))[:, 1:].T
    values = {"smartphone_adults": phones, "covered_villages": villages}
    forecast = Forecast(
        tracks={
            name: Track(
                draws=each[:, None, None], weights=np.ones(1), observed=np.ones(1, dtype=bool)
            )
            for name, each in values.items()
        },
        months=(date(2022, 11, 30),),
        areas=("district",),
        money={},
        spent={},
        private={},
        waiting={},
        held={},
    )
    rows = table("target", "level", "chance", "standard error", "5 %", "median", "95 %", "gap")
    deadline = date(2022, 11, 30)
    targets = [
        Target(indicator=name, at_least=float(row[1]), deadline=deadline)
        for name, row in zip(values, rows, strict=True)
    ]
    return judge(forecast, targets)


def test_the_verdicts(judgement):
    rows = table("target", "level", "chance", "standard error", "5 %", "median", "95 %", "gap")
    found = [
        [v.target.at_least, v.chance, v.chance_error, v.p05, v.p50, v.p95, v.gap_p50]
        for v in judgement.verdicts
    ]
    printed_alike([row[1:] for row in rows], found)


def test_all_targets_together_and_the_one_that_binds(judgement):
    (row,) = table("all together", "standard error", "binding")
    printed_alike([row[:2]], [[judgement.chance_all, judgement.chance_all_error]])
    assert (judgement.binding.indicator, row[2]) == ("covered_villages", "villages")


SUMS = re.findall(r"(?<!\$)`([^`$=]+) = ([\d.]+)`", EXAMPLE)


@pytest.mark.parametrize(("terms", "given"), SUMS)
def test_a_pocket_calculator_finds_the_same(terms, given):
    plain = terms.replace("×", "*").replace("−", "-")
    assert re.fullmatch(r"(exp|sqrt|[\d.\s()*/+-])+", plain), terms
    found = eval(plain, {"__builtins__": {}, "exp": math.exp, "sqrt": math.sqrt})
    printed_alike([[given]], [[found]])


def test_the_sums_of_the_example_are_found():
    assert len(SUMS) >= 25
