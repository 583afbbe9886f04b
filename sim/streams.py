"""Named random streams: a decision has one generator of its own, the same in every scenario."""

from zlib import crc32

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng
from scipy.special import ndtri

from sim.forecast import Array


def stream(seed: int, *name: str) -> Generator:
    """Return the generator that belongs to a name.

    Streams of different names are independent; an area's name as the last part
    gives each area luck of its own, which adding another area cannot disturb.
    Method: common random numbers by spawn keys (numpy `SeedSequence`).

    >>> float(stream(1, "permit", "01").random()) == float(stream(1, "permit", "01").random())
    True
    """
    return default_rng(SeedSequence(seed, spawn_key=tuple(crc32(part.encode()) for part in name)))


def uniforms(seed: int, *name: str, shape: tuple[int, ...]) -> Array:
    """Return uniform draws; replicates come first, so more of them keep the earlier ones."""
    return stream(seed, *name).random(shape)


def normals(seed: int, *name: str, shape: tuple[int, ...]) -> Array:
    """Return standard normal draws by inversion, one uniform each, replicates first."""
    return np.asarray(ndtri(np.clip(uniforms(seed, *name, shape=shape), 1e-16, 1 - 1e-16)))
