"""What luck the draws leave in a number: chances with their error, no digit that is chance."""

from math import ceil, hypot, log10

from sim.ask.answers import Difference
from sim.place.targets import WIDE
from sim.words import OFF, RARE, Words


def median_error(low: float, high: float, draws: int) -> float:
    """Return about the standard error of a median, from its 5 and 95 % quantiles.

    As of a normal distribution: the square root of pi / 2 times the error of a mean.
    """
    return float(1.2533 * (high - low) / 3.2897 / draws**0.5)


def chance(share: float, bounds: tuple[float, float], say: Words) -> str:
    """Return a chance and what it may be off by luck, in points.

    Args:
        share: of the draws.
        bounds: within which the chance lies, by `sim.place.targets.wilson`.
        say: the language.

    >>> chance(0.2, (0.15, 0.26), Words("en")), chance(0.999, (0.994, 1.0), Words("vi"))
    ('20%\\xa0±\\xa06', 'trên 19/20')
    """
    told = say.chance(share, bounds)
    if not RARE <= share <= 1 - RARE:
        return told
    return told + OFF + say.number(max(50 * (bounds[1] - bounds[0]), 1))


def gained(each: Difference, say: Words) -> str:
    """Return the points a chance gains and what they may be off by luck."""
    return points(each.chance, each.chance_error, say)


def points(change: float, error: float, say: Words) -> str:
    """Return a change of a chance in points and what it may be off by luck.

    >>> points(0.003, 0.0015, Words("en")), points(-0.1, 0.0, Words("vi"))
    ('+0.3\\xa0±\\xa00.3', '−10,0')
    """
    gain, off = 100 * change, 100 * WIDE * error
    digits = carried(off, 1)
    rounded = round(gain, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    told = sign + say.number(abs(rounded), digits)
    return told + OFF + say.number(off, digits) if off else told


def carried(off: float, most: int) -> int:
    """Return how many digits after the comma a number carries that may be off by so much.

    >>> carried(5.0, 1), carried(0.3, 2), carried(0.0, 2)
    (0, 1, 2)
    """
    return most if off <= 0 else min(max(ceil(-log10(off)), 0), most)


def about(count: float, off: float) -> float:
    """Return a count to the digits it carries, two at most, if it may be off by so much.

    >>> about(95_100, 20_000), about(95_100, 300), about(0.51, 0.2)
    (100000.0, 95000.0, 0.5)
    """
    if count <= 0:
        return 0.0
    steps = [10.0 ** (int(f"{count:e}".partition("e")[2]) - 1)]
    if off > 0:
        steps.append(10.0 ** ceil(log10(off) - 1))
    step = min(max(steps), 10 * steps[0])
    return round(count / step) * step


def surely_above(best: Difference, other: Difference) -> bool:
    """Return whether a lever does more for a chance than another, by two standard errors.

    The errors are added as if the draws were not the same, which they are: so none too often.
    """
    return best.chance - other.chance > 2 * hypot(best.chance_error, other.chance_error)
