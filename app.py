"""The planner's page: widgets in, functions called, charts out; no arithmetic here."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from sim.case import Case, load_case
from sim.charts import (
    Chart,
    Look,
    Theme,
    captioned,
    fan,
    money,
    tile_map,
    verdict_strip,
    waiting,
)
from sim.export import PICTURES, picture
from sim.faults import InputFaults
from sim.results import BUILT, card, shown_indicators
from sim.run import REPLICATES, SEED
from sim.scenario import (
    POLICY_NAMES,
    PRIORITY_NAMES,
    LeverRow,
    Scenario,
    changed,
    lever_rows,
    load_scenario,
    shipped,
)
from sim.stamp import caption, stamp
from sim.summary import Summary, compare
from sim.targets import TargetSet, month_of
from sim.words import Words

CASES = Path(__file__).parent / "scenarios"


@st.cache_resource(max_entries=8)
def opened(folder: str) -> tuple[Case, dict[str, Scenario]]:
    """Return a case and its shipped scenarios by id."""
    case = load_case(Path(folder))
    return case, {path.stem: load_scenario(case, path) for path in shipped(case)}


@st.cache_resource(max_entries=64)
def answered(
    _case: Case, _scenario: Scenario, _targets: TargetSet, case: str, levers: str, targets: str
) -> Summary:
    """Return a scenario's summary; kept by the hashes that follow the arguments."""
    found = compare(_case, [_scenario], _targets, seed=SEED, replicates=REPLICATES)
    return found[0]


def answer(case: Case, scenario: Scenario, targets: TargetSet) -> Summary:
    """Return a scenario's summary under its own name, from the cache where it is known."""
    named = f"{scenario.id} {scenario.hash}"
    return answered(case, scenario, targets, case.hash, named, targets.id)


def linked(
    box: Callable[..., Any],
    label: str,
    name: str,
    options: Sequence[str],
    default: str,
    shown: Callable[[str], str],
    key: str,
    **how: Any,
) -> str:
    """Return a choice that the link carries: read from it at first, written to it ever after."""
    if key not in st.session_state:
        asked = st.query_params.get(name, default)
        st.session_state[key] = asked if asked in options else default
    chosen = str(box(label, options, format_func=shown, key=key, **how))
    st.query_params[name] = chosen
    return chosen


def choose_language() -> Words:
    """Return the words of the chosen language."""
    names: dict[str, str] = {"vi": "Tiếng Việt", "en": "English"}
    chosen = linked(
        st.sidebar.radio, "Ngôn ngữ / Language", "lang", list(names), "vi", names.__getitem__,
        "lang", horizontal=True,
    )  # fmt: skip
    return Words("en" if chosen == "en" else "vi")


def choose_case(say: Words) -> tuple[Case, dict[str, Scenario]]:
    """Return the chosen case and its scenarios."""
    folders = sorted(path.parent.name for path in CASES.glob("*/case.toml"))

    def name(folder: str) -> str:
        return say.named(opened(str(CASES / folder))[0].head.name.model_dump())

    chosen = linked(st.sidebar.selectbox, say("Place"), "case", folders, folders[0], name, "case")
    return opened(str(CASES / chosen))


def choose_targets(case: Case, say: Words) -> TargetSet:
    """Return the chosen set of targets."""
    sets = case.target_sets
    chosen = linked(
        st.sidebar.selectbox, say("Targets"), "targets", list(sets), case.default_targets,
        lambda name: say.named(sets[name].name), f"targets {case.head.id}",
    )  # fmt: skip
    return sets[chosen]


def choose_scenario(case: Case, scenarios: dict[str, Scenario], say: Words) -> Scenario:
    """Return the picked scenario with the sliders' values in place of its own."""
    default = "draft-plan" if "draft-plan" in scenarios else "baseline"
    picked = linked(
        st.sidebar.selectbox, say("Scenario"), "scenario", list(scenarios), default,
        lambda name: say.named(scenarios[name].name), f"scenario {case.head.id}",
    )  # fmt: skip
    start = scenarios[picked]
    st.sidebar.caption(say.named(start.why))
    values = {}
    rows = lever_rows(case)
    for policy, label in POLICY_NAMES.items():
        box = st.sidebar.expander(say(label), expanded=policy == "allocation")
        for row in rows:
            if row["policy"] == policy:
                name = str(row["name"])
                key = f"{case.head.id} {picked} {name}"
                values[name] = lever(box, row, start.levers[name], key, say)
    return changed(case, start, values)


def lever(box: Any, row: LeverRow, value: Any, key: str, say: Words) -> Any:
    """Return the value a planner gives a lever."""
    baseline = row["baseline"]
    mark = say(PRIORITY_NAMES[baseline]) if isinstance(baseline, str) else say.plain(baseline)
    help_ = "\n\n".join(
        [
            say(row["mechanism"]),
            say("Source: {source}", source=say(row["source"])),
            say("Baseline: {value}", value=mark),
        ]
    )
    label = say(row["label"])
    if row["step"] is None:
        return box.selectbox(
            label,
            list(PRIORITY_NAMES),
            list(PRIORITY_NAMES).index(value),
            format_func=lambda name: say(PRIORITY_NAMES[name]),
            key=key,
            help=help_,
        )
    kind = int if row["step"] == 1 and isinstance(baseline, int) else float
    low, high, step, now = (
        kind(number) for number in (row["low"], row["high"], row["step"], value)
    )
    form = "%.0f" if step >= 1 else "%.2f"
    name = f"{label} · {say(row['unit'])}"
    return box.slider(name, low, high, now, step, key=key, help=help_, format=form)


def show(chart: Chart, key: str, made: str, say: Words, light: Chart) -> None:
    """Draw a chart and offer it as files, made only when asked for, in the light theme."""
    st.vega_lite_chart(chart, theme=None, key=key)
    with st.popover(say("Download"), key=f"{key} files"):
        for form in PICTURES:
            st.download_button(
                form.upper(),
                data=partial(picture, captioned(light, made), form),
                file_name=f"{key.replace(' ', '-')}.{form}",
                on_click="ignore",
                key=f"{key} {form}",
            )


def cards(summary: Summary, say: Words) -> None:
    """Show the chance of each target and of all together as large figures."""
    judged = summary.judgement
    every = [*(card(verdict, say) for verdict in judged.verdicts), card(judged, say)]
    for column, facts in zip(st.columns(len(every)), every, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{facts.title}**")
            st.metric(
                facts.title,
                facts.chance,
                facts.change,
                delta_color=facts.colour,
                label_visibility="collapsed",
            )
            st.caption("  \n".join(facts.lines))


def page() -> None:
    """Draw the page from top to bottom."""
    say = choose_language()
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    case, scenarios = choose_case(say)
    targets = choose_targets(case, say)
    st.title(say.named(case.head.name.model_dump()))
    st.caption(
        say("What was known on {day}; {replicates} draws.", day=say.day(case.head.vintage),
            replicates=say.number(REPLICATES))
    )  # fmt: skip
    scenario = choose_scenario(case, scenarios, say)
    with st.spinner(say("Computing …"), show_time=True):
        baseline = answer(case, scenarios["baseline"], targets)
        summary = answer(case, scenario, targets)
    st.subheader(say.named(scenario.name))
    beyond = scenario.unsupported(case.population)
    if beyond:
        names = ", ".join(say(row["label"]) for row in lever_rows(case) if row["name"] in beyond)
        st.warning(say("Beyond what the evidence supports: {levers}.", levers=names))
    cards(summary, say)
    wide, paper = Look(say=say, theme=theme, width="container"), Look(say=say)
    stamped = stamp(case, [scenario], targets, seed=SEED, replicates=REPLICATES)
    made = caption(stamped, scenario.id)
    goals = {target.indicator: target for target in targets.targets}
    left, right = st.columns(2)
    for place, name in enumerate(shown_indicators(targets)):
        with left if place % 2 == 0 else right:
            show(
                fan(summary, baseline, goals.get(name), case, name, wide), f"fan {name}", made, say,
                fan(summary, baseline, goals.get(name), case, name, paper),
            )  # fmt: skip
    both = [baseline] if scenario.id == "baseline" else [baseline, summary]
    show(
        verdict_strip(both, targets, wide), "comparison", made, say,
        verdict_strip(both, targets, paper),
    )  # fmt: skip
    st.subheader(say("Where"))
    indicator = st.segmented_control(
        say("Indicator"), list(goals), default=next(iter(goals)), format_func=say.indicator,
        key=f"map of {case.head.id} {targets.id}", required=True,
    )  # fmt: skip
    month = st.select_slider(
        say("Month"),
        range(len(summary.months)),
        value=month_of(summary.months, targets.last_deadline),
        format_func=lambda place: say.month(summary.months[place]),
        key=f"month of {case.head.id} {targets.id}",
    )
    show(
        tile_map(summary, case, indicator, month, goals[indicator], wide), "map", made, say,
        tile_map(summary, case, indicator, month, goals[indicator], paper),
    )  # fmt: skip
    st.subheader(say("What is built, with which money"))
    left, right = st.columns(2)
    for place, programme in enumerate(BUILT):
        with left if place % 2 == 0 else right:
            show(
                waiting(summary, programme, wide), f"waiting {programme}", made, say,
                waiting(summary, programme, paper),
            )  # fmt: skip
    if summary.cost_bn_vnd > 0:
        show(
            money(summary, wide, case.head.currency), "money", made, say,
            money(summary, paper, case.head.currency),
        )  # fmt: skip
    st.caption(made)


st.set_page_config(page_title="ketnoi", page_icon="📶", layout="wide")
try:
    page()
except InputFaults as error:
    st.error(str(error))
