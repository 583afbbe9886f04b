"""How often targets were reached that the forecaster gave a chance of so many per cent.

    python benchmarks/reliability.py PANEL.csv docs/img/reliability.svg [--origins 2008,2011,...]

Targets: the last value plus 0.5, 1 and 1.5 times the slope of the last three years, one to
five years ahead. A dot on the diagonal is a chance that meant what it said; its area is the
number of cases.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sim.ask.backtest import ORIGINS, Reliability, backtest, reliability
from sim.files.pictures import svg
from sim.world.past.panel import read_panel

NAMES = {
    "fixed_bb": "Fixed broadband subscriptions",
    "mobile_cell": "Mobile subscriptions",
    "internet_users": "Internet users",
}


def chart(judged: dict[str, Reliability]) -> dict[str, Any]:
    """Return the diagram as a Vega-Lite specification, one panel an indicator."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "white",
        "config": {
            "locale": {"number": {"decimal": ".", "thousands": ",", "grouping": [3]}},
            "font": "Source Sans Pro, Source Sans, sans-serif",
            "view": {"stroke": None},
            "axis": {"grid": False, "labelFontSize": 12, "titleFontSize": 12},
            "title": {"fontSize": 13, "subtitleFontSize": 12, "anchor": "start"},
        },
        "hconcat": [_panel(name, judged[name]) for name in NAMES if name in judged],
    }


def _panel(name: str, table: Reliability) -> dict[str, Any]:
    rows = [
        {"chance": chance, "frequency": frequency, "count": count}
        for chance, frequency, count in zip(
            table.chance.tolist(), table.frequency.tolist(), table.count.tolist(), strict=True
        )
        if count
    ]
    axes = {
        field: {
            "field": field,
            "type": "quantitative",
            "title": title,
            "scale": {"domain": [0, 1]},
            "axis": {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]},
        }
        for field, title in (("chance", "chance given"), ("frequency", "reached"))
    }
    size = {"field": "count", "type": "quantitative", "legend": None}
    line = {"type": "line", "color": "#b0b0b0", "strokeDash": [4, 3]}
    ends = [{"chance": 0, "frequency": 0}, {"chance": 1, "frequency": 1}]
    return {
        "title": {
            "text": NAMES[name],
            "subtitle": f"mean distance from the diagonal {table.error:.3f}",
        },
        "width": 200,
        "height": 200,
        "encoding": {"x": axes["chance"], "y": axes["frequency"]},
        "layer": [
            {"data": {"values": ends}, "mark": line},
            {
                "data": {"values": rows},
                "mark": {"type": "circle", "color": "#1f5fa8", "opacity": 0.9},
                "encoding": {"size": size},
            },
        ],
    }


def main() -> None:
    """Play the past over again, print each indicator's error and write the diagram."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("panel", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--origins", default=",".join(map(str, ORIGINS)))
    given = ask.parse_args()
    panel = read_panel(given.panel)
    found = backtest(panel, origins=[int(year) for year in given.origins.split(",")])
    judged = reliability(found, panel)
    for name, table in judged.items():
        print(f"{name:16} {table.error:.3f}  of {int(table.count.sum())} targets")
    given.out.write_text(svg(chart(judged)), encoding="utf-8")


if __name__ == "__main__":
    main()
