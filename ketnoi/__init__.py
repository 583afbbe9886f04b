"""ketnoi as a library: a case, a plan, a run, and what it says.

>>> import ketnoi
>>> case = ketnoi.load("vinh-phuc-2022")
>>> result = ketnoi.run(case, {"village_sites": 20}, replicates=50)
>>> result.targets[0].indicator, result.to_pandas("verdicts").shape[0]
('fibre_households', 3)
"""

from importlib.metadata import version

from ketnoi.api import (
    Result,
    ask,
    combine,
    diff,
    levers,
    load,
    points,
    run,
    sensitivity,
    study,
    why,
)
from sim.faults import InputFaults
from sim.place.case import Case
from sim.place.facts import Facts, read_facts
from sim.place.scenario import Scenario

__all__ = [
    "Case",
    "Facts",
    "InputFaults",
    "Result",
    "Scenario",
    "ask",
    "combine",
    "diff",
    "levers",
    "load",
    "points",
    "read_facts",
    "run",
    "sensitivity",
    "study",
    "why",
]
__version__ = version("ketnoi")
