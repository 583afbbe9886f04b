"""Shared Hypothesis strategies: small markets, levers and luck."""

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.moves.adoption import Market, Pushes
from models.moves.queue import Built, WorkClock, Works

SHARES = st.floats(0, 1)
RATES = st.floats(0, 0.5)


@st.composite
def markets(draw, replicates: int = 2, areas: int = 3, months: int = 6):
    """Draw markets whose ceilings rise and never lie below the start."""
    start = draw(arrays(float, (replicates, areas), elements=SHARES))
    room = draw(arrays(float, (replicates, areas, months), elements=SHARES))
    ceiling = start[:, :, None] + (1 - start[:, :, None]) * np.maximum.accumulate(room, axis=2)
    return Market(
        start=start,
        ceiling=ceiling,
        imitation=draw(arrays(float, replicates, elements=st.floats(0, 12))),
        weights=draw(arrays(float, areas, elements=st.floats(0.1, 10))),
    )


@st.composite
def pushes(draw, replicates: int = 2, months: int = 6):
    """Draw what levers add."""
    shape = (replicates, months)
    flow = arrays(float, shape, elements=st.floats(0, 0.3))
    return Pushes(
        vouchers=draw(flow),
        contacts=draw(flow),
        turned=draw(flow),
        louder=draw(arrays(float, shape, elements=st.floats(0.5, 2))),
        refusing=draw(arrays(float, replicates, elements=SHARES)),
    )


# Sums of quarter months and rates that are powers of two are exact, so that laws hold to the
# last bit and need no tolerance. Where nothing is compared with less or more, any number will do.
QUARTERS = st.integers(0, 24).map(lambda quarters: quarters / 4)
HALVINGS = st.sampled_from([0.25, 0.5, 1.0])
QUEUE_RATES = HALVINGS | st.floats(0.05, 1)
STAGES = ("survey", "permit", "civil", "equipment", "integration", "grid", "solar")
CREWS = st.sampled_from([1, 2, 1, 3, 2, 9, 0])
GATES = [gate.name for gate in fields(Built)]


@st.composite
def clocks(draw, replicates: int, rates=QUEUE_RATES):
    """Draw a rain clock."""
    wet_months = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    return WorkClock(
        wet_rate=draw(arrays(float, replicates, elements=rates, fill=st.nothing())),
        first_month=draw(st.integers(1, 12)),
        wet_months=(wet_months[0], wet_months[1]),
    )


@st.composite
def ranks(draw, lines: int, slots: int):
    """Draw an order of funding that rises along each line."""
    turns = np.array(draw(st.permutations(np.repeat(np.arange(lines), slots).tolist())))
    return np.argsort(turns, kind="stable").reshape(lines, slots)


@st.composite
def programmes(draw, *, exact: bool = True, most_lines: int = 3):
    """Draw a small programme of building; money may never suffice, crews may be missing.

    Months of each stage are quarters, so that many events tie; unless `exact` those of a stage
    are stretched by any one number, so that sums are rounded.
    """
    replicates, slots = draw(st.integers(1, 2)), draw(st.integers(1, 5))
    lines = draw(st.integers(1, most_lines))
    shape = (replicates, lines, slots)
    horizon = draw(st.integers(1, 6))

    def each(dtype, shape, elements):
        return draw(arrays(dtype, shape, elements=elements, fill=st.nothing()))

    absent = each(int, shape[:2], st.integers(0, slots))
    present = np.arange(slots) < (slots - absent)[:, :, None]
    quarters = each(int, (len(STAGES), *shape), st.integers(0, 24))
    stretch = st.just(1.0) if exact else st.just(1.0) | st.floats(0.01, 2)
    stretches = each(float, (len(STAGES), 1, 1, 1), stretch)
    money, solar_money = each(np.int64, (2, replicates, horizon), st.integers(0, 20))
    cost, solar_cost = each(np.int64, (2, *shape), st.integers(0, 6))
    return Works(
        present=present,
        rank=draw(ranks(lines, slots)),
        survey_crews=each(np.int64, lines, CREWS),
        civil_crews=each(np.int64, lines, CREWS),
        cost=cost,
        money=money,
        clock=draw(clocks(replicates, HALVINGS if exact else QUEUE_RATES)),
        unpowered=each(bool, shape, st.booleans()),
        grid_crews=draw(CREWS),
        solar_crews=draw(CREWS),
        solar_cost=solar_cost,
        solar_money=solar_money,
        **dict(zip(STAGES, quarters / 4 * stretches, strict=True)),
    )


def same(one: Built, other: Built) -> bool:
    return all(np.array_equal(getattr(one, gate), getattr(other, gate)) for gate in GATES)
