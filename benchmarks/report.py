"""How long a national report takes: Viet Nam, six scenarios, 1,000 draws, PDF and HTML.

The steps are timed one after the other in a process that has just begun; `ketnoi report`
itself, timed from the shell, plays the past over again beside the others. The last line is
JSON with the seconds of each step.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.ask.answers import Question
from sim.words import Words

CASE = Path(__file__).parents[1] / "scenarios" / "vietnam-2022"
SCENARIOS, SEED, REPLICATES = 6, 2022, 1000
SECONDS: dict[str, float] = {}


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time a step."""
    begin = time.perf_counter()
    yield
    SECONDS[name] = time.perf_counter() - begin


def main() -> None:
    """Time the steps, then the command as a whole."""
    with step("imports"):
        from sim.ask.answers import compare
        from sim.ask.hindsight import look_back
        from sim.ask.trials import try_all
        from sim.paper.parts import Facts, focus
        from sim.paper.report import build_report
        from sim.paper.setting import html_bytes, pdf_bytes
        from sim.place.case import load_case, shipped
        from sim.place.scenario import load_scenario
        from sim.place.stamp import stamp
    with step("reading"):
        case = load_case(CASE)
        plans = [load_scenario(case, path) for path in shipped(case)[:SCENARIOS]]
        targets = case.target_sets[case.default_targets]
    with step("scenarios"):
        answers = compare(
            Question(case=case, targets=targets, seed=SEED, replicates=REPLICATES), plans
        )
    with step("past forecasts"):
        played = look_back(load_case(CASE), seed=SEED, replicates=REPLICATES)
    with step("levers one by one"):
        tried = try_all(
            Question(case=case, targets=targets, seed=SEED, replicates=REPLICATES), focus(plans)
        )
    made = stamp(case, plans, targets, seed=SEED, replicates=REPLICATES)
    facts = Facts(case=case, summaries=answers, targets=targets, played=lambda: played,
                  tried=tried, made=made)  # fmt: skip
    with step("charts and words"):
        report = build_report(facts, Words("vi"))
    with step("PDF"):
        pdf_bytes(report)
    whole = sum(SECONDS.values())
    for name, seconds in SECONDS.items():
        print(f"{name:18}{seconds:7.2f} s {seconds / whole:6.0%}")
    with step("HTML"):
        html_bytes(report)
    files = [str(path) for path in shipped(case)[:SCENARIOS]]
    words = [sys.executable, "-m", "sim.cli", "report", *files, "--case", str(CASE), "--lang", "vi"]
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        subprocess.run([*words, "--out", f"{folder}/report.pdf"], check=True, capture_output=True)
        command = time.perf_counter() - begin
    print(f"ketnoi report, from the shell: {command:.2f} s")
    steps = {name: round(seconds, 3) for name, seconds in SECONDS.items()}
    print(json.dumps({"seconds": round(whole, 2), "command": round(command, 2), "steps": steps}))


if __name__ == "__main__":
    main()
