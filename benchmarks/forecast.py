"""How long a pooled forecast takes, fit included, against AutoARIMA and AutoETS.

    python benchmarks/forecast.py [PANEL.csv] [--origin 2018] [--no-rivals]

All countries, three indicators, one origin, one core. Without a panel, one of 112 invented
countries is made. The rivals, of statsforecast, are installed into a temporary environment
that is deleted afterwards; they are compiled before the clock starts.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

from sim.ask.backtest import Prediction, backtest  # noqa: E402
from sim.world.past.layouts import INDICATORS  # noqa: E402
from sim.world.past.panel import CEILINGS, Panel, Table, read_panel  # noqa: E402

LIMIT = 3.0  # seconds on one core
RIVALS = """
import json, sys, time, warnings
import numpy as np
from statsforecast.models import AutoARIMA, AutoETS
warnings.simplefilter("ignore")
series = [np.array(values) for values in json.load(sys.stdin)]
made = {"AutoARIMA": lambda: AutoARIMA(), "AutoETS": lambda: AutoETS(season_length=1),
        "damped ETS": lambda: AutoETS(season_length=1, model="AAN", damped=True)}
answer = {}
for name, make in made.items():
    make().forecast(y=series[0], h=5, level=[90])
    began, means = time.perf_counter(), []
    for values in series:
        try:
            mean = make().forecast(y=values, h=5, level=[90])["mean"]
        except Exception:
            mean = np.full(5, values[-1])
        means.append(np.where(np.isfinite(mean), mean, values[-1]).tolist())
    answer[name] = {"seconds": time.perf_counter() - began, "means": means}
json.dump(answer, sys.stdout)
"""


def invented(countries: int = 112, first: int = 1995, last: int = 2023) -> Panel:
    """Return a panel of S-curves with ceilings, starts and shocks drawn from a fixed stream."""
    luck, years = np.random.default_rng(2022), np.arange(first, last + 1)
    tables = {}
    for name, ceiling in zip(INDICATORS, (35.0, 120.0, 90.0), strict=True):
        top = ceiling * luck.uniform(0.3, 1.1, (countries, 1))
        middle, width = luck.normal(2010, 5, (countries, 1)), luck.uniform(2, 5, (countries, 1))
        shocks = luck.normal(0, 0.01 * ceiling, (countries, len(years))).cumsum(axis=1)
        values = top / (1 + np.exp(-(years - middle) / width)) + 0.3 * shocks
        values = np.clip(values, 0, CEILINGS[name])
        codes = tuple(f"{chr(65 + n // 26)}{chr(65 + n % 26)}X" for n in range(countries))
        tables[name] = Table(countries=codes, first=first, values=values)
    return Panel(name="invented panel", sha256="", tables=tables)


def histories(panel: Panel, predictions: list[Prediction]) -> list[list[float]]:
    """Return the past of every series that was forecast, gaps drawn straight."""
    past = []
    for one in predictions:
        table = panel.tables[one.indicator]
        row = table.over(table.first, one.origin)[table.countries.index(one.country)]
        known = np.flatnonzero(~np.isnan(row))
        known = known[np.argmax(row[known] > 0) :]
        years = np.arange(known[0], known[-1] + 1)
        past.append(np.interp(years, known, row[known]).tolist())
    return past


def outcomes(panel: Panel, predictions: list[Prediction]) -> np.ndarray:
    """Return what came after every forecast, `[series, h]`."""
    rows = []
    for one in predictions:
        table = panel.tables[one.indicator]
        after = table.over(one.origin + 1, one.origin + len(one.point))
        rows.append(after[table.countries.index(one.country)])
    return np.array(rows)


def error(panel: Panel, predictions: list[Prediction], means: np.ndarray) -> str:
    """Return mean absolute errors by indicator, in words."""
    apart = np.abs(outcomes(panel, predictions) - means)
    names = np.array([one.indicator for one in predictions])
    return ", ".join(f"{name} {np.nanmean(apart[names == name]):.2f}" for name in panel.tables)


def rivals(series: list[list[float]]) -> dict[str, dict]:
    """Return the rivals' seconds and forecasts, from an environment made for this run."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python")
        install = [python, "-m", "pip", "install", "--quiet", "statsforecast"]
        subprocess.run(install, check=True)
        run = [python, "-c", RIVALS]
        done = subprocess.run(run, input=json.dumps(series), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    """Time the forecast, then its rivals, and print both."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("panel", nargs="?", type=Path)
    ask.add_argument("--origin", type=int, default=2018)
    ask.add_argument("--no-rivals", action="store_true")
    given = ask.parse_args()
    panel = read_panel(given.panel) if given.panel else invented()
    began = time.perf_counter()
    predictions = backtest(panel, origins=[given.origin], processes=1)
    ours = time.perf_counter() - began
    points = np.array([one.point for one in predictions])
    print(f"{panel.name}, origin {given.origin}: {len(predictions)} series, one core")
    print(f"{'pooled':12}{ours:8.2f} s          MAE {error(panel, predictions, points)}")
    if not given.no_rivals:
        for name, rival in rivals(histories(panel, predictions)).items():
            seconds, means = rival["seconds"], np.array(rival["means"])
            cap = np.array([CEILINGS[one.indicator] for one in predictions])[:, None]
            words = error(panel, predictions, np.clip(means, 0, cap))
            print(f"{name:12}{seconds:8.2f} s {seconds / ours:6.1f} x  MAE {words}")
    if ours > LIMIT:
        sys.exit(f"{ours:.2f} s: more than {LIMIT} s")


if __name__ == "__main__":
    main()
