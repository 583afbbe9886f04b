"""Shared Hypothesis strategies: small markets, levers and luck."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.adoption import Market, Pushes

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
