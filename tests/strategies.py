"""Shared Hypothesis strategies: small markets, levers and luck."""

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.moves.adoption import Market, Pushes
from models.moves.clock import WorkClock
from models.moves.money import Purse
from models.moves.power import Power
from models.moves.queue import Built, Works

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
        pace=draw(arrays(float, (replicates, areas), elements=st.floats(0.3, 3))),
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
STAGES = ("survey", "permit", "civil", "equipment", "integration", "grid", "sun")
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
def orders(draw, listed):
    """Draw orders of the jobs `[replicate, place]` along which listing never falls."""
    rows = [draw(st.permutations(range(listed.shape[1]))) for _ in listed]
    luck = np.argsort(np.array(rows), axis=1)
    return np.lexsort((luck, listed), axis=1)


@st.composite
def programmes(draw, *, exact: bool = True, most_areas: int = 3):
    """Draw a small programme of building; money may never suffice, crews may be missing.

    Months of each stage are quarters, so that many events tie; unless `exact` those of a stage
    are stretched by any one number, so that sums are rounded.
    """
    replicates, areas = draw(st.integers(1, 2)), draw(st.integers(1, most_areas))
    area = np.sort(np.array(draw(st.lists(st.integers(0, areas - 1), min_size=1, max_size=8))))
    shape = (replicates, len(area))
    horizon = draw(st.integers(1, 6))

    def each(dtype, shape, elements):
        return draw(arrays(dtype, shape, elements=elements, fill=st.nothing()))

    def free(*shape):
        times = st.sampled_from([0.0, 0.0, 2.0, np.inf])
        return each(float, (replicates, *shape, draw(st.integers(1, 3))), times)

    quarters = each(int, (len(STAGES), *shape), st.integers(0, 24))
    stretch = st.just(1.0) if exact else st.just(1.0) | st.floats(0.01, 2)
    stretches = each(float, (len(STAGES), 1, 1), stretch)
    stages = dict(zip(STAGES, quarters / 4 * stretches, strict=True))
    listed = each(np.int64, shape, st.sampled_from([0, 0, 0, 1, 3, 9]))
    present = each(bool, shape, st.sampled_from([True, True, False]))
    prepaid = present & (listed == 0) & each(bool, shape, st.sampled_from([True, False, False]))
    money = arrays(np.int64, (replicates, horizon), elements=st.integers(0, 20))
    wanted = present & ~prepaid
    purses = [
        Purse(wanted=some, order=draw(orders(listed)), money=draw(money))
        for some in (wanted & each(bool, shape, st.booleans()), wanted)
    ]
    power = Power(
        dark=wanted & each(bool, shape, st.booleans()),
        order=draw(orders(listed)),
        listed=listed,
        grid_free=free(),
        grid=stages.pop("grid"),
        sun_free=free(),
        sun=stages.pop("sun"),
        sun_cost=each(np.int64, replicates, st.integers(0, 6)),
        sun_money=draw(money),
    )
    return Works(
        area=area,
        region=np.array(draw(st.lists(st.integers(0, 1), min_size=areas, max_size=areas))),
        present=present,
        listed=listed,
        prepaid=prepaid,
        left=each(float, shape, st.sampled_from([0.25, 0.5, 1.0])),
        cost=each(np.int64, shape, st.integers(0, 6)),
        purses=purses,
        crews=free(areas),
        journey=each(float, replicates, QUARTERS),
        clock=draw(clocks(replicates, HALVINGS if exact else QUEUE_RATES)),
        power=power,
        **stages,
    )


def same(one: Built, other: Built) -> bool:
    return all(np.array_equal(getattr(one, gate), getattr(other, gate)) for gate in GATES)
