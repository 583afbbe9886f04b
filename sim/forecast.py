"""The result of a run: draws of every indicator, by replicate, area and month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.faults import Fault, refuse, told

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]
Assumed = Mapping[str, Array]  # assumption -> its draws, `[replicate]`

FINITE = told("assumptions and levers that are less extreme")
WAITING: tuple[str, ...] = ("permit", "money", "power", "crew", "works")


@dataclass(frozen=True, kw_only=True)
class Track:
    """Draws of one indicator, and what is asked of them again and again.

    Attributes:
        draws: `[replicate, area, month]`; shares as fractions, `mobile_broadband` as
            subscriptions per person.
        weights: `[area]`, what an area counts for in the nation (households, villages or
            people).
        observed: `[area]`, True where the start was observed, False where it was estimated.
    """

    draws: Array
    weights: Array
    observed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Lock the draws: they are kept, and an edit would change later answers."""
        self.draws.setflags(write=False)

    @cached_property
    def nation(self) -> Array:
        """The weighted mean over the areas, `[replicate, month]`."""
        return weighted(self.draws, self.weights)

    @cached_property
    def mean(self) -> Array:
        """The mean over the replicates, `[area, month]`."""
        return np.asarray(self.draws.mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Forecast:
    """Draws of a scenario.

    Attributes:
        tracks: by indicator.
        months: the last day of each month.
        areas: the areas' codes, in the order of the arrays.
        money: programme -> `[replicate, month]` public money that arrives, large unit.
        spent: programme -> `[replicate, month]` public money that has bought something.
        private: programme -> `[replicate, month]` other money that has.
        waiting: programme -> reason -> `[replicate, month]` jobs that wait for it.
        held: indicator -> share of replicates and months in which the baseline's path
            was held back because nobody was left who could adopt.
        weights: `[replicate]` what each draw counts for, together 1; None where all count alike.
    """

    tracks: Mapping[str, Track]
    months: tuple[date, ...]
    areas: tuple[str, ...]
    money: Mapping[str, Array]
    spent: Mapping[str, Array]
    private: Mapping[str, Array]
    waiting: Mapping[str, Mapping[str, Array]]
    held: Mapping[str, float]
    weights: Array | None = None

    def __post_init__(self) -> None:
        """Refuse draws that are no finite numbers: the last guard before anybody sees them.

        Raises:
            InputFaults: naming the indicator or the money.
        """
        every = {name: track.nation for name, track in self.tracks.items()} | {
            **self.money,
            **self.spent,
        }
        refuse(
            Fault("ketnoi", name, told("a result that is no finite number"), FINITE)
            for name, draws in every.items()
            if not np.isfinite(draws.sum())
        )

    def __repr__(self) -> str:
        """Return the forecast in one line."""
        shape = " x ".join(map(str, next(iter(self.tracks.values())).draws.shape))
        return f"<forecast of {', '.join(self.tracks)}: {shape} to {self.months[-1]}>"

    @property
    def effective(self) -> float:
        """How many draws that count alike tell as much as these (Kish 1965)."""
        if self.weights is None:
            return float(len(next(iter(self.tracks.values())).draws))
        return float(1 / (self.weights**2).sum())

    @property
    def values(self) -> dict[str, Array]:
        """Indicator -> draws `[replicate, area, month]`."""
        return {name: track.draws for name, track in self.tracks.items()}

    def nation(self, indicator: str) -> Array:
        """Return the weighted mean over the areas, `[replicate, month]`."""
        return self.tracks[indicator].nation


def weighted(values: Array, weights: Array) -> Array:
    """Return the weighted mean of `[replicate, area, month]` over areas.

    >>> weighted(np.array([[[0.0], [1.0]]]), np.array([3.0, 1.0]))
    array([[0.25]])
    """
    return np.asarray(np.moveaxis(np.moveaxis(values, 2, 0) @ weights, 0, 1) / weights.sum())


def mean(draws: Array | Flags, weights: Array | None = None) -> Array:
    """Return the mean over replicates (the first axis), as much as each counts for: `[...]`."""
    if weights is None:
        return np.asarray(draws.mean(axis=0))
    return np.asarray(np.tensordot(weights, draws, axes=1))


def quantiles(
    draws: Array, levels: tuple[float, ...] = (0.05, 0.5, 0.95), weights: Array | None = None
) -> Array:
    """Return quantiles over replicates (the first axis): `[level, ...]`."""
    if weights is None:
        return np.quantile(draws, levels, axis=0)
    return np.asarray(np.quantile(draws, levels, axis=0, method="inverted_cdf", weights=weights))
