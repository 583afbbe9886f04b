"""What every page shares: language, place, targets, the visitor's desk, figures with files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sim.ask.answers import Answer, Question
from sim.ask.answers import answer as computed
from sim.faults import InputFaults
from sim.numbers import REPLICATES, SEED
from sim.place.case import Case, load_case, shipped
from sim.place.scenario import Scenario, load_scenario
from sim.place.stamp import caption, stamp
from sim.place.targets import TargetSet
from sim.reading import ROOT
from sim.screen.parts.desk import (
    Desk,
    Place,
    current,
    desk_folder,
    keep_desk,
    mark,
    open_desk,
    sweep_desks,
)
from sim.screen.parts.plan_text import (
    fault_lines,
    from_link,
    read_plan,
    share_link,
    unmarked,
    write_plan,
)
from sim.show.figures import MIME, Figure, Table, needed
from sim.show.look import PALETTES, Look, Theme, on_screen
from sim.words import Words

PAGES = ROOT / "sim" / "screen"
CASES = ROOT / "scenarios"
LANGUAGE_NAMES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}
CHIPS: Mapping[Theme, str] = {"light": "#0a6aa8", "dark": "#1f6fa8"}  # white is read on both
SIDEBAR = 340  # pixels
STYLE = """<style>
[data-testid="stMainBlockContainer"] {{ padding: 4rem 2rem 3rem; max-width: 1500px; }}
[data-testid="stSidebarUserContent"] {{ padding-bottom: 2rem; }}
h1 {{ font-size: 1.9rem !important; padding: 0 0 .2rem !important; }}
.st-key-grey [data-testid="stMetricValue"] {{ color: {soft}; }}
[data-testid="stCaptionContainer"] {{ color: {soft}; opacity: 1; }}
[data-testid="stCaptionContainer"] p {{ color: inherit; }}
[aria-label="Download as PNG"] {{ display: none; }} /* ours have a caption and 300 dpi */
button[kind="tertiary"]:is(:hover, :focus, :active) {{ color: {main} !important; }}
[data-tag] {{ background: {chip} !important; }}
[data-testid="stFileUploaderDropzone"] button p,
[data-testid="stFileUploaderDropzoneInstructions"] span {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{
  content: "{upload}"; font-size: 1rem;
}}
[data-testid="stFileUploaderDropzoneInstructions"] span::after {{
  content: "{limit}"; font-size: .9rem;
}}
[class*="st-key-wide-"] {{ overflow-x: auto; }}
[class*="st-key-wide-"] [data-testid="stVegaLiteChart"] {{ min-width: 720px; }}
.st-key-answer p {{ font-size: 1.25rem; font-weight: 600; line-height: 1.35; }}
@media (max-width: 640px) {{
  [data-testid="stMainBlockContainer"] {{ padding: 3.6rem .8rem 2rem; }}
  h1 {{ font-size: 1.45rem !important; }}
  .st-key-answer p {{ font-size: 1.1rem; }}
}}
</style><script>document.documentElement.lang = "{language}";</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a visitor looks at: words, theme, place, targets, and the scenarios there are."""

    say: Words
    theme: Theme
    case: Case
    targets: TargetSet
    shipped: Mapping[str, Scenario]

    @property
    def question(self) -> Question:
        """What is asked; one world is kept for all who ask the same."""
        return _asked(self.case, self.targets, self.case.identity, self.targets.id)

    @property
    def desk(self) -> Desk:
        """The visitor's desk as it now is."""
        found: Desk = st.session_state["desk"]
        return found

    def scenarios(self) -> dict[str, Scenario]:
        """Return every scenario as it is saved, the shipped ones first."""
        return {**self.shipped, **self.desk.scenarios(self.case)}

    def text(self, id: str) -> str:
        """Return a scenario's text: its own file's, comments and all."""
        own = self.desk.own(self.case)
        if id in own:
            return own[id]
        return (self.case.folder / f"{id}.toml").read_text(encoding="utf-8")

    def name(self, scenario: Scenario) -> str:
        """Return a scenario's name without markup."""
        return unmarked(self.say.named(scenario.name))

    def link(self, scenario: Scenario) -> str:
        """Return the link that carries a scenario."""
        saved = self.scenarios().get(scenario.id)
        text = self.text(scenario.id) if saved == scenario else write_plan(self.case, scenario)
        choices = {
            "lang": self.say.language,
            "case": self.case.head.id,
            "targets": self.targets.id,
        }
        address: object = st.context.url
        return share_link(str(address or "").rpartition("/")[0] + "/", choices, text)


@st.cache_resource(max_entries=16, show_spinner=False)
def opened(folder: str) -> tuple[Case, dict[str, Scenario]]:
    """Return a case and its shipped scenarios by id."""
    case = load_case(Path(folder))
    return case, {path.stem: load_scenario(case, path) for path in shipped(case)}


@st.cache_resource(max_entries=3, show_spinner=False)
def _asked(_case: Case, _targets: TargetSet, case: str, targets: str) -> Question:
    return Question(case=_case, targets=_targets)


@st.cache_resource(max_entries=256, show_spinner=False)
def _answered(
    _question: Question, _scenario: Scenario, case: str, levers: str, targets: str
) -> Answer:
    return computed(_question, _scenario)


def answer(view: View, scenario: Scenario) -> Answer:
    """Return a scenario's answer, from the cache where anybody asked for the same levers.

    What is kept bears no name, so that nobody meets the words of another visitor.
    """
    blank = {"vi": "", "en": ""}
    bare = replace(scenario, id="", name=blank, why=blank)
    about = view.case.identity, scenario.hash, view.targets.id  # the identity has what they say
    found = _answered(view.question, bare, *about)
    return found.under(scenario)


@st.cache_resource(show_spinner=False)
def begun() -> set[str]:
    """Return the places and targets whose first answer somebody has waited for."""
    return set()


@st.cache_resource(show_spinner=False)
def _swept() -> int:
    return sweep_desks(desk_folder())


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
    """Return a choice that the link carries: read from it at first, written to it ever after.

    What was chosen is kept apart from the box and told to it in every run, for a box is made
    anew on another page, where it would start with its first option.
    """
    chosen = st.session_state.setdefault("chosen", {})
    asked = chosen.get(key) or st.query_params.get(name, default)
    if asked not in options:
        notice("missing", f"{name}={asked}")
    chosen[key] = asked if asked in options else default
    st.session_state[key] = chosen[key]
    box(label, options, format_func=shown, key=key, on_change=note_choice, args=(key,), **how)
    in_link(name, chosen[key])
    return str(chosen[key])


def note_choice(key: str) -> None:
    """Keep what a visitor has just chosen in a box."""
    st.session_state["chosen"][key] = st.session_state[key]


def in_link(name: str, value: str) -> None:
    """Let the link carry a value."""
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def choose(key: str, value: str) -> None:
    """Make a choice for the visitor, to be shown by its box from the next run on."""
    st.session_state.setdefault("chosen", {})[key] = value


def choose_language() -> Words:
    """Return the words of the chosen language."""
    chosen = linked(
        st.sidebar.radio, "Ngôn ngữ / Language", "lang", list(LANGUAGE_NAMES), "vi",
        LANGUAGE_NAMES.__getitem__, "lang", horizontal=True, label_visibility="collapsed",
    )  # fmt: skip
    return words(chosen)


def words(language: str | None = None) -> Words:
    """Return the words of a language, by default of the one chosen."""
    chosen = language or st.session_state.get("chosen", {}).get("lang", "vi")
    return Words("en" if chosen == "en" else "vi")


def frame() -> View:
    """Draw what stands on every page and return what the visitor looks at."""
    say = words()
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    style = STYLE.format(
        soft=PALETTES[theme].soft,
        main=PALETTES[theme].main,
        chip=CHIPS[theme],
        language=say.language,
        upload=say("Upload"),
        limit=say("TOML, at most {most} MB a file", most=st.get_option("server.maxUploadSize")),
    )
    st.html(style, unsafe_allow_javascript=True)
    _unpack()
    folders = sorted(path.parent.name for path in CASES.glob("*/case.toml"))
    with st.sidebar:
        folder = linked(
            st.selectbox, say("Place"), "case", folders, folders[0],
            lambda name: say.named(opened(str(CASES / name))[0].head.name.model_dump()), "case",
        )  # fmt: skip
        case, plans = opened(str(CASES / folder))
        sets = case.target_sets
        wanted = linked(
            st.selectbox, say("Targets"), "targets", list(sets), case.default_targets,
            lambda name: say.named(sets[name].name), f"targets {case.head.id}",
            help=say("Which document's targets the plan is judged against."),
        )  # fmt: skip
    view = View(say=say, theme=theme, case=case, targets=sets[wanted], shipped=plans)
    _take_link(view)
    _notices(view)
    return view


def _unpack() -> None:
    """Put the visitor's desk where the session finds it."""
    if "desk" in st.session_state:
        return
    _swept()
    token = st.query_params.get("desk", "")
    try:
        desk, place = open_desk(desk_folder(), token, _owner())
    except InputFaults:
        desk, place = Desk(), Place()
        notice("desk", "")
    st.session_state["desk"], st.session_state["place"] = desk, place


def _owner() -> str:
    """Return the mark of the visitor's browser: of the cookie Streamlit gives each."""
    cookie: object = st.context.cookies.get("_streamlit_xsrf")
    return mark(cookie) if isinstance(cookie, str) else ""


def keep(desk: Desk) -> None:
    """Lay things on the desk so, and write it down."""
    if desk == st.session_state["desk"]:
        return
    st.session_state["desk"] = desk
    try:
        st.session_state["place"] = keep_desk(
            desk_folder(), st.session_state["place"], desk, _owner()
        )
    except (OSError, InputFaults) as error:
        notice("unkept", str(error))


def navigation() -> Any:
    """Draw the language and the way between pages; return the page that was asked for."""
    st.set_page_config(page_title="ketnoi", page_icon="📶", layout="wide",
                       initial_sidebar_state=SIDEBAR)  # fmt: skip
    say = choose_language()
    page = st.navigation(
        [
            st.Page(PAGES / "plan.py", title=say("Plan"), icon=":material/tune:", default=True),
            st.Page(PAGES / "compare.py", title=say("Compare"), icon=":material/compare_arrows:"),
            st.Page(PAGES / "evidence.py", title=say("Evidence"), icon=":material/menu_book:"),
            st.Page(PAGES / "files.py", title=say("Scenario files"), icon=":material/folder:"),
        ],
        position="top",
    )
    st.session_state["navigated"] = True
    return page


def present(page: Callable[[], None]) -> None:
    """Draw a page, and let the link carry the desk that it may have changed.

    Streamlit runs the first page a fresh server is asked for without `app.py`, because it
    finds a folder called pages. Once told of the way between pages it runs `app.py`, under
    which its boxes have other names: so it is told, and the page begins again.
    """
    if not st.session_state.pop("navigated", False):
        navigation()
        st.rerun()
    try:
        page()
    except InputFaults as error:
        say = words()
        show_faults(say("This page cannot be shown."), error.faults, say)
    token = st.session_state["place"].token
    if token:
        in_link("desk", token)


def _take_link(view: View) -> None:
    """Lay the scenario that a link carries on the desk; a faulty one changes nothing."""
    code = st.query_params.get("plan")
    if code is None:
        return
    del st.query_params["plan"]
    try:
        text = from_link(code)
        scenario = read_plan(view.case, text, id="link", file="link")
        same = [id for id in view.shipped if view.text(id) == text]
        if same:
            id = same[0]
        else:
            desk, id = view.desk.add(view.case, scenario, text, set(view.shipped))
            keep(desk)
    except InputFaults as error:
        st.session_state["link_faults"] = error.faults
    else:
        choose(f"scenario {view.case.head.id}", id)
        notice("linked", "")


def tried(change: Callable[[], tuple[Desk, str]]) -> str:
    """Make a change of the desk and return the scenario it made; faults are shown instead."""
    try:
        desk, id = change()
    except InputFaults as error:
        st.session_state["faults"] = error.faults
        return ""
    keep(desk)
    return id


def notice(kind: str, what: str) -> None:
    """Leave a word for the visitor, shown once."""
    st.session_state.setdefault("notices", []).append((kind, what))


def _notices(view: View) -> None:
    say = view.say
    said = {
        "missing": say("The link asked for something that is not there; the default is shown."),
        "desk": say("The desk of this link cannot be read; a new one is laid out."),
        "unkept": say("Your changes could not be kept on disk. Download what you want to keep."),
        "linked": say("The scenario of the link now lies on your desk."),
    }
    for kind, what in dict.fromkeys(st.session_state.pop("notices", [])):
        show_as = st.success if kind == "linked" else st.warning
        show_as(said[kind] + (f" ({unmarked(what)})" if what else ""))
    faults = st.session_state.pop("faults", ())
    if faults:
        show_faults(say("Nothing was changed."), faults, say)
    faults = st.session_state.pop("link_faults", ())
    if faults:
        show_faults(say("The link cannot be opened; nothing was changed."), faults, say)


def show_faults(heading: str, faults: Any, say: Words) -> None:
    """Show every fault of an input in words."""
    lines = "\n".join(f"- {unmarked(line)}" for line in fault_lines(faults, say))
    st.error(f"**{heading}**\n\n{lines}")


@dataclass(frozen=True, slots=True)
class Wait:
    """What is shown while something takes longer than a second: how far it is, and a way out."""

    say: Words
    key: str
    place: Any
    bar: Any
    stopped: bool

    def end(self, stopped: str = "") -> None:
        """Take it off the page; where the visitor stopped it, say so and offer to go on."""
        if not stopped:
            self.place.empty()
        else:
            with self.place.container(horizontal=True, vertical_alignment="center"):
                st.warning(stopped)
                st.button(self.say("Go on"), key=f"go on with {self.key}")


def waiting(say: Words, words: str, key: str) -> Wait:
    """Show a bar beside a button that stops what is computed at its next step."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, words)
        return Wait(say, key, place, bar, st.button(say("Stop"), key=f"stop {key}"))


def answers(view: View, plans: Sequence[Scenario], key: str) -> list[Answer]:
    """Return the answers; what takes long can be stopped, and goes on where it was."""
    say = view.say
    done: set[tuple[str, str]] = st.session_state.setdefault("done", set())
    marks = [(f"{view.case.hash} {view.targets.id}", plan.hash) for plan in plans]
    missing = [mark for mark in marks if mark not in done]
    if not missing:
        return [answer(view, plan) for plan in plans]
    wait = waiting(say, say("Computing …"), key)
    found = []
    for count, (plan, own) in enumerate(zip(plans, marks, strict=True)):
        if wait.stopped and own not in done:
            continue
        wait.bar.progress(count / len(plans), say.named(plan.name))
        found.append(answer(view, plan))
        done.add(own)
    if len(found) == len(plans):
        wait.end()
    else:
        wait.end(say("Stopped: {count} of {all} scenarios are shown.", count=len(found),
                     all=len(plans)))  # fmt: skip
    return found


def made(view: View, scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """Return the stamp of what is shown."""
    return stamp(view.case, scenarios, view.targets, seed=SEED, replicates=REPLICATES)


@st.fragment
def show(figure: Figure, view: View, scenarios: Sequence[Scenario], key: str) -> None:
    """Draw a figure and offer its files, which are made only when asked for."""
    if figure.draw is not None:
        look = Look(say=view.say, theme=view.theme, width="container")
        st.vega_lite_chart(on_screen(figure.draw(look)), theme=None, key=key)
    downloads(figure, view, scenarios, key)


def in_two(figures: Sequence[Figure], view: View, scenarios: Sequence[Scenario]) -> None:
    """Show figures two in a row; on a phone one below the other, in the same order."""
    for pair in zip_longest(figures[::2], figures[1::2]):
        for column, figure in zip(st.columns(2), pair, strict=True):
            if figure is not None:
                with column:
                    show(figure, view, scenarios, figure.name)


def show_wide(figure: Figure, view: View, scenarios: Sequence[Scenario], key: str) -> None:
    """Draw a figure that needs room: on a narrow screen it scrolls sideways."""
    with st.container(key=f"wide-{key}"):
        show(figure, view, scenarios, key)


def downloads(figure: Figure, view: View, scenarios: Sequence[Scenario], key: str) -> None:
    """Offer a figure's files in a drawer."""
    say = view.say
    drawer = st.popover(say("Download"), key=f"{key} files", on_change="rerun", type="tertiary",
                        icon=":material/download:", help=figure.name)  # fmt: skip
    if not drawer.open:
        return
    stamped = made(view, scenarios)
    line = caption(stamped, ", ".join(scenario.id for scenario in scenarios))
    for form in figure.forms:
        drawer.download_button(
            form.upper(),
            data=partial(figure.file, form, say, line, stamped),
            file_name=f"{figure.name}.{form}",
            mime=MIME[form],
            on_click="ignore",
            key=f"{key} {form}",
        )


def grid(table: Table, key: str, *, digits: Mapping[str, int | None], links: Sequence[str] = (),
         alt: str = "", height: int | str = "auto", pick: bool = False) -> int | None:  # fmt: skip
    """Show a table that can be sorted; numbers are written as the language does.

    Returns the position of the row a visitor has picked, if rows can be picked.

    Args:
        table: headings and rows.
        key: of the element.
        digits: heading -> digits after the comma, None for as many as a number needs.
        links: headings of columns that hold addresses.
        alt: what the table is, for those who cannot see it.
        height: in pixels, or as many rows as fit.
        pick: whether a row can be picked.
    """
    head, rows = table
    say = words()
    body = pd.DataFrame(rows, columns=head)
    forms: Any = {name: partial(_written, say, count) for name, count in digits.items()}
    columns = {name: st.column_config.LinkColumn(name, width="medium") for name in links}
    picked = {"on_select": "rerun", "selection_mode": "single-row"} if pick else {}
    how: Any = {"height": height, **picked}
    shown: Any = st.dataframe(
        body.style.format(forms), hide_index=True, key=key, column_config=columns, alt=alt or key,
        **how,
    )  # fmt: skip
    return next(iter(shown.selection.rows), None) if pick else None


def _written(say: Words, count: int | None, value: Any) -> str:
    if pd.isna(value):
        return ""
    return say.number(float(value), needed(value) if count is None else count)


def now(view: View, start: Scenario) -> Scenario:
    """Return a scenario with the sliders of the visitor's desk."""
    return current(view.case, start, view.desk)
