"""Numbers of all: how many draws, which luck, which quantiles, how many digits are kept."""

SEED = 2022
REPLICATES = 1000
MOST_REPLICATES = 100_000
MOST_SEED = 2**63 - 1
CLOSE = 1e-9  # shares are sums of floats: 98,455 of 98,455 villages must count as all


def ten_digits(number: float) -> float:
    """Return a number to ten digits, below which sums depend on the machine; never −0.

    >>> ten_digits(0.1 + 0.2), ten_digits(-0.0)
    (0.3, 0.0)
    """
    return float(f"{number:.10g}") + 0.0
