"""The page of the library, from its docstrings and the data dictionary: `make readme`."""

import inspect
from pathlib import Path

import ketnoi
from sim.files.columns import columns

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
HEAD = """# ketnoi as a library

Made by `make readme` from the docstrings. Three notebooks show it at work:
[a planner's question](notebooks/planner.ipynb), [a researcher's study](notebooks/researcher.ipynb)
and [other programs](notebooks/adapters.ipynb) that drive it (EMA workbench, Optuna, SALib).
"""
ENTRY = ("Case", "Facts", "InputFaults", "Scenario")  # what comes back and is handed on as it is


def written():
    """Return the page."""
    found = [HEAD]
    for name in ketnoi.__all__:
        thing = getattr(ketnoi, name)
        if name in ENTRY:
            first = inspect.getdoc(thing).splitlines()[0]
            found += [f"## `ketnoi.{name}`\n", first, ""]
        elif inspect.isclass(thing):
            found += [f"## `ketnoi.{name}`\n", _text(thing), ""]
            found += [line for own in _members(thing) for line in own]
        else:
            found += [f"## `ketnoi.{name}{_signature(thing)}`\n", _text(thing), ""]
    rows = [
        f"| `{c.name}` | {c.datatype} | {c.unit} | {c.en} | {c.vi} |" for c in columns().values()
    ]
    found += [
        "## Columns of tables\n",
        "Beside every CSV lies its description, as CSV on the Web has it. `level`: shares of 1,",
        "subscriptions per person for `mobile_broadband`. Columns `cost_…`, `arrived_…`, `spent_…`",
        "name the place's own unit of money, `p05` and the like quantiles.\n",
        "| column | type | unit | holds | nội dung |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(found).rstrip("\n") + "\n"


def _members(thing):
    for name, member in vars(thing).items():
        own = getattr(member, "func", getattr(member, "fget", member))
        if not name.startswith("_") and inspect.isfunction(own):
            call = _signature(own) if own is member else ""
            yield f"### `{thing.__name__}.{name}{call}`\n", _text(own), ""


def _signature(function):
    parts = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name != "self":
            given = parameter.default is not parameter.empty
            parts.append(f"{parameter.name}={parameter.default!r}" if given else parameter.name)
    return f"({', '.join(parts)})"


def _text(thing):
    """Return a docstring as Markdown: sections as bold words, entries as points."""
    lines = []
    for line in inspect.getdoc(thing).splitlines():
        bare = line.strip()
        if bare in ("Args:", "Raises:", "Attributes:"):
            lines.append(f"*{bare.rstrip(':')}*\n")
        elif line.startswith("        "):
            lines[-1] += f" {bare}"
        elif line.startswith("    "):
            lines.append(f"- {bare}")
        else:
            lines.append(line)
    return "\n".join(lines)
