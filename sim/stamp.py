"""What went into an answer, so that it can be remade: no clock, no machine."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from sim.case import Case
from sim.scenario import Scenario
from sim.targets import TargetSet


def stamp(
    case: Case, scenarios: Sequence[Scenario], targets: TargetSet, *, seed: int, replicates: int
) -> dict[str, Any]:
    """Return the stamp of a run: equal stamps mean equal numbers."""
    return {
        "ketnoi": version("ketnoi"),
        "case": case.head.id,
        "case_hash": case.hash,
        "vintage": case.head.vintage.isoformat(),
        "targets": targets.id,
        "scenario_hashes": {scenario.id: scenario.hash for scenario in scenarios},
        "seed": seed,
        "replicates": replicates,
    }


def caption(made: dict[str, Any], scenario: str) -> str:
    """Return the stamp in one line for below a chart."""
    return (
        f"{made['case']} {made['case_hash'][:8]} · {scenario} · {made['targets']} · "
        f"seed {made['seed']} · {made['replicates']} replicates · ketnoi {made['ketnoi']}"
    )
