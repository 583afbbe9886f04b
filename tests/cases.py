"""Where the shipped cases lie."""

from pathlib import Path

SCENARIOS = Path(__file__).parents[1] / "scenarios"
VIET_NAM = SCENARIOS / "vietnam-2022"
VINH_PHUC = SCENARIOS / "vinh-phuc-2022"
