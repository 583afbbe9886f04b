"""The frame around every page: the way between them, language, place, targets."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import segno
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from sim.faults import Fault, InputFaults, told
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.screen.own import forms
from sim.screen.own.laid import together
from sim.screen.parts.choices import (
    LANGUAGE,
    begin_link,
    choose,
    choose_language,
    in_link,
    linked,
    notice,
    words,
    write_link,
)
from sim.screen.parts.desk import Desk
from sim.screen.parts.kept import packed
from sim.screen.parts.plan_text import from_link, read_plan, share_link, to_link, unmarked
from sim.screen.parts.view import Places, View, judged, places, titles
from sim.screen.parts.visit import (
    DESKS,
    OWNER,
    keep,
    notices,
    now,
    secret,
    set_aside,
    show_faults,
    unpack,
)
from sim.screen.parts.waits import drawing
from sim.show.look import PALETTES, Theme
from sim.show.sentences import own_facts
from sim.words import Words

CHIPS: Mapping[Theme, str] = {"light": "#0a6aa8", "dark": "#1f6fa8"}  # white is read on both
SIDEBAR = 340  # pixels
MOST_NAMES = 2  # of scenarios in the title of a tab
LONGEST_LINK, LONGEST_CODE = 2_000, 900  # letters: of a link, and of one that a camera can read
STYLE = """<style>
[data-testid="stMainBlockContainer"] {{ padding: 4rem 2rem 3rem; max-width: 1500px; }}
[data-testid="stSidebarUserContent"] {{ padding-bottom: 2rem; }}
h1 {{ font-size: 1.9rem !important; padding: 0 0 .2rem !important; }}
.st-key-grey [data-testid="stMetricValue"] {{ color: {soft}; }}
[data-testid="stCaptionContainer"] {{ color: {soft}; opacity: 1; }}
[data-testid="stCaptionContainer"] p {{ color: inherit; }}
[aria-label="Download as PNG"] {{ display: none; }} /* ours have a caption and 300 dpi */
button[kind="tertiary"]:is(:hover, :focus, :active) {{ color: {main} !important; }}
button[kind="tertiary"] p {{ text-align: left; }}
[data-tag] {{ background: {chip} !important; }}
[data-testid="stFileUploaderDropzone"] button p,
[data-testid="stFileUploaderDropzoneInstructions"] span {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{
  content: "{upload}"; font-size: 1rem;
}}
[data-testid="stFileUploaderDropzoneInstructions"] span::after {{
  content: "{limit}"; font-size: .9rem;
}}
.rc-overflow-item-rest p {{ font-size: 0; }} /* "3 more" pages, in the page's language */
.rc-overflow-item-rest p::after {{ content: "{more}"; font-size: .9rem; }}
[class*="st-key-wide-"] {{ overflow-x: auto; }}
[class*="st-key-wide-"] [data-testid="stVegaLiteChart"] {{ min-width: 720px; }}
body[style*="overflow: hidden"] [data-testid="stFullScreenFrame"] .vega-embed svg {{
  max-width: 100%; max-height: calc(100vh - 7rem); /* a full screen holds the axis, too */
}}
.st-key-wide-levers table {{ min-width: 560px; }}
.st-key-strip {{ position: sticky; top: 0; z-index: 5; background: inherit; }}
[data-testid="stSidebarUserContent"] .st-key-strip {{
  background: {beside}; border-bottom: 1px solid {grid}; padding: .3rem 0;
}}
.st-key-strip p {{ font-size: .85rem; line-height: 1.35; }}
[data-testid="InputInstructions"] {{ display: none; }} /* English on every page */
:is([data-testid="stMetricValue"], [data-testid="stMetricDelta"]),
:is([data-testid="stMetricValue"], [data-testid="stMetricDelta"]) * {{
  white-space: normal !important; overflow: visible !important; height: auto;
}}
[data-testid="stMetricValue"] {{ font-size: clamp(1.4rem, 2.2vw, 2.25rem); line-height: 1.2; }}
[data-testid="stMetricDelta"] {{ border-radius: .6rem !important; }}
[data-testid="stSidebar"] [data-testid="stColumn"] [data-testid="stWidgetLabel"] {{
  width: calc(140% + 1rem); max-width: none; /* over the field beside the slider, too */
}}
[class*="st-key-paper-"] {{ display: none; }}
[class*="st-key-paper-"] td, [class*="st-key-paper-"] th {{ padding: .1rem .5rem; }}
@media print {{
  [data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stPopover"], button,
  [data-testid="stButtonGroup"], [data-testid="stDataFrame"], .st-key-hint, .st-key-moved,
  [data-testid="stSlider"], [data-testid="stElementToolbar"] {{ display: none !important; }}
  html, body, .stApp, .stApp * {{ overflow: visible !important; }}
  .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"] {{
    position: static !important; height: auto !important; display: block !important;
  }}
  [class*="st-key-paper-"] {{ display: block; font-size: .75rem; }}
  [class*="st-key-wide-"] [data-testid="stVegaLiteChart"] {{ min-width: 0; }}
  canvas, .vega-embed svg {{ max-width: 100% !important; height: auto !important; }}
  [data-testid="stVegaLiteChart"], tr {{ break-inside: avoid; }}
}}
.st-key-moved button {{ padding: .25rem .4rem; white-space: nowrap; }}
.st-key-answer p {{ font-size: 1.25rem; font-weight: 600; line-height: 1.35; }}
@media (max-width: 640px) {{
  [data-testid="stMainBlockContainer"] {{ padding: 3.6rem .8rem 2rem; }}
  h1 {{ font-size: 1.45rem !important; }}
  .st-key-answer p {{ font-size: 1.1rem; }}
  [class*="st-key-wide-"]::before {{ content: "{sideways}"; font-size: .8rem; color: {soft}; }}
}}
[data-testid="stTopNavLink"] > span:not([label]) {{ display: none; }} /* room for all pages */
[data-testid^="stTopNavLink"]:focus-visible {{ outline: 2px solid {main}; outline-offset: 1px; }}
[data-testid="stTooltipIcon"] button {{ min-width: 24px; min-height: 24px; }}
</style><script>document.documentElement.lang = "{language}";{script}</script>"""
SCRIPT = (Path(__file__).parent / "browser.js").read_text(encoding="utf-8")


def frame() -> View:
    """Draw what stands on every page and return what the visitor looks at.

    Raises:
        InputFaults: no case can be opened.
    """
    say = words()
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    _dress(say, theme)
    unpack()
    known, faults, old = places()
    if not known:
        raise InputFaults(
            faults or [Fault("scenarios", "", told("no case folder"), told("at least one"))]
        )
    _case_by_id(known)
    view = _placed(known, say, theme)
    _take_link(view)
    _take_facts(view)
    view = _aimed(_laid_over(view))
    say = view.say
    if faults:
        heading = say("Some files cannot be read; everything else still works.")
        if old:
            names = ", ".join(titles(known, say)[name] for name in old)
            heading += " " + say("Shown as last read, until these are fixed: {names}.", names=names)
        show_faults(heading, faults, say)
    _tell_unfit(view)
    carry(view, ())
    notices(view)
    rests_on(view)
    return view


def _placed(known: Places, say: Words, theme: Theme) -> View:
    """Let the visitor pick a place; return the view of it as its files have it."""
    names = titles(known, say)
    with st.sidebar:
        folder = linked(
            st.selectbox,
            say("Place"),
            "case",
            list(known),
            next(iter(known)),
            names.__getitem__,
            "case",
        )
    case, plans, texts = known[folder]
    return View(
        say=say.at(case.head.currency),
        theme=theme,
        place=folder,
        plain=case,
        case=case,
        targets=case.target_sets[case.default_targets],
        shipped=plans,
        texts=texts,
    )


def _aimed(view: View) -> View:
    """Let the visitor pick a set of targets, or set one of their own; return the view with it."""
    say = view.say
    with st.sidebar:
        targets = view.case.target_sets[_targets(view.case, say)]
        mine = st.popover(say("A target of your own"), key="own targets", on_change="rerun")
        if mine.open:
            with mine:
                forms.target(view, " beside")
    return replace(view, targets=targets)


def _laid_over(view: View) -> View:
    """Return the view with the planner's own facts laid over the place, where they fit it."""
    kept, say = view.desk.facts.get(view.plain.head.id, {}), view.say
    if not kept:
        return view
    try:
        return replace(view, case=view.standing(together(kept, view.plain.head.vintage)))
    except InputFaults as error:
        heading = say("Your own facts no longer fit this place and are not used; see Evidence.")
        show_faults(heading, error.faults, say)
        return view


def rests_on(view: View) -> None:
    """Say which facts of the planner's own all that follows rests on, and lead to them."""
    if not view.case.facts:
        return
    say = view.say
    with st.container(horizontal=True, vertical_alignment="center", key="own facts"):
        words = f":material/edit_note: **{unmarked(own_facts(view.case.facts, say))}**"
        st.markdown(words, width="content")
        if st.button(say("See or change them"), type="tertiary", key="see own facts"):
            choose("evidence", "own")
            st.switch_page(Path(__file__).parents[1] / "evidence.py")


def pick(view: View) -> Scenario:
    """Return the scenario the visitor picks for the pages about one, as it is saved."""
    plans = view.scenarios()
    default = "draft-plan" if "draft-plan" in plans else "baseline"
    say = view.say
    picked = linked(
        st.selectbox,
        say("Scenario"),
        "scenario",
        list(plans),
        default,
        lambda id: view.label(id, plans),
        f"scenario {view.case.head.id}",
        help=say("Shipped scenarios first, then your own."),
    )
    return plans[picked]


def _tell_unfit(view: View) -> None:
    """Say what of the visitor's own the place, as it is now, does not take."""
    say, unfit = view.say, view.desk.unfit(view.case)
    if unfit:
        heading = say(
            "These scenarios of yours no longer fit; you can download them under Scenario files."
        )
        show_faults(heading, [fault for each in unfit.values() for fault in each], say)
    aside = set_aside(view)
    if aside:
        show_faults(say("These moved sliders no longer fit and were set aside."), aside, say)


def _case_by_id(known: Places) -> None:
    """Let a link name a case by its id as well as by its folder; a plan of none here is left."""
    asked = st.query_params.get("case")
    if asked is None or asked in known:
        return
    own = [name for name, (case, *_) in known.items() if case.head.id == asked]
    if own:
        st.query_params["case"] = own[0]
    elif st.query_params.get("plan") is not None:
        del st.query_params["plan"]
        notice("elsewhere", asked)


def _dress(say: Words, theme: Theme) -> None:
    """Tell the browser how pages look, and in which language they are."""
    style = STYLE.format(
        soft=PALETTES[theme].soft,
        main=PALETTES[theme].main,
        beside=st.get_option(f"theme.{theme}.secondaryBackgroundColor"),
        grid=PALETTES[theme].grid,
        sideways=say("Wider than this screen: scroll sideways →"),
        chip=CHIPS[theme],
        language=say.language,
        script=SCRIPT,
        more=say("More"),
        upload=say("Upload"),
        limit=say("At most {most} MB a file", most=st.get_option("server.maxUploadSize")),
    )
    st.html(style, unsafe_allow_javascript=True)


def _targets(case: Case, say: Words) -> str:
    """Return the name of the set of targets that the visitor picks."""
    sets, key = judged(case), f"targets {case.head.id}"
    usual = case.default_targets if case.default_targets in sets else next(iter(sets))
    if st.session_state["chosen"].get(key, usual) not in sets:  # taken back, or past
        choose(key, usual)
    return linked(
        st.selectbox,
        say("Targets"),
        "targets",
        list(sets),
        usual,
        lambda name: say.named(sets[name].name),
        key,
        help=say("Which document's targets the plan is judged against."),
    )


PAGES = (  # file, title, icon; the first is opened first
    ("plan", "Plan", "tune"),
    ("ask", "What would it take", "contact_support"),
    ("compare", "Compare", "compare_arrows"),
    ("own/track", "Track", "monitoring"),
    ("evidence", "Evidence", "menu_book"),
    ("rank", "Where to start", "leaderboard"),
    ("tasks", "Tasks", "checklist"),
    ("files", "Scenario files", "folder"),
    ("place", "New place", "add_location"),
    ("verify", "Check a file", "verified"),
    ("help", "Help", "help"),
)


def navigation() -> StreamlitPage:
    """Draw the language and the way between pages; return the page that was asked for."""
    st.set_page_config(
        page_title=st.session_state.get("title", "ketnoi"),
        page_icon="📶",
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    begin_link()
    say = choose_language()
    folder = Path(__file__).parents[1]
    pages = [
        st.Page(folder / f"{file}.py", title=say(title), icon=f":material/{icon}:", default=not at)
        for at, (file, title, icon) in enumerate(PAGES)
    ]
    found = st.navigation(pages, position="top")
    st.session_state["page"] = found.title
    return found


def present(page: Callable[[], None]) -> None:
    """Draw a page, and let the address carry the desk that it may have changed."""
    say = words()
    row = st.sidebar.container(horizontal=True, gap="xsmall", key="aids")
    box = row.popover(say("Link"), key="link box", on_change="rerun")
    try:
        with drawing().turn():
            page()
    except InputFaults as error:
        show_faults(say("This page cannot be shown."), error.faults, say)
    carried: Desk = st.session_state.get("carried", Desk())
    texts = next(iter(carried.plans.values()), {})
    own = next(iter(carried.facts.values()), {})
    facts = {"facts": to_link(own)} if own else {}
    link = _link({**st.session_state["link"], **facts}, texts)
    if len(link) <= LONGEST_LINK:
        for name, code in (facts | ({"plan": to_link(texts)} if texts else {})).items():
            in_link(name, code)
    place = st.session_state["place"]
    if place.revision:
        in_link("desk", place.token)
    if box.open:
        with box:
            _share(link, carried)
    _tell(place.token if place.revision else "")
    st.set_page_config(page_title=st.session_state.get("title", "ketnoi"))
    st.session_state["linked"] = {*st.session_state["link"].values()}
    write_link()


def about_a_plan() -> tuple[View, Scenario]:
    """Draw what stands on every page about one scenario; return the view and it, as moved."""
    view = frame()
    with st.sidebar:
        plan = now(view, pick(view))
    carry(view, [plan])
    return view, plan


def carry(view: View, scenarios: Sequence[Scenario]) -> None:
    """Name a page's tab by its scenarios, and let its link carry what a reader does not have.

    Of a desk that is not kept yet it carries all, for nothing else does.
    """
    kept, texts = st.session_state["place"].revision, view.carried(scenarios)
    every = texts if kept else {**view.desk.own(view.case), **texts}
    names = [view.say.named(each.name) for each in scenarios]
    place = view.say.named(view.case.head.name.model_dump())
    st.session_state["title"] = " · ".join(
        [*names[:MOST_NAMES], place, st.session_state.get("page", "")]
    )
    id = view.case.head.id
    own = {id: view.desk.facts[id]} if id in view.desk.facts else {}
    st.session_state["carried"] = Desk(plans={id: every}, facts=own)


def _link(choices: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """Return a link to what is shown; nothing else of the desk goes along."""
    address = str(st.context.url or "").partition("?")[0].removesuffix("/files")
    told = {"from" if name == "lang" else name: value for name, value in choices.items()}
    return share_link(address, told, texts)


def _share(link: str, carried: Desk) -> None:
    """Show the link to what is shown with its code for a camera; a file where it is too long."""
    say = words()
    if len(link) > LONGEST_LINK:
        length = say.number(len(link))
        st.caption(
            say(
                "A link would be {length} characters, too long for a message. Send this file "
                "instead; it can be opened under Scenario files.",
                length=length,
            )
        )
        st.download_button(
            say("Download scenarios"),
            packed(carried),
            f"{next(iter(carried.plans))}-scenarios.json",
            "application/json",
            on_click="ignore",
            key="linked file",
            icon=":material/download:",
        )
        return
    st.caption(
        say(
            "Anyone who opens it sees what you see now and gets a copy of your own scenarios "
            "shown here, but nothing else from your desk."
        )
    )
    st.code(link, language=None, wrap_lines=True)
    if len(link) <= LONGEST_CODE:
        st.image(segno.make(link, error="l").svg_inline(scale=4, light="#fff"), width="stretch")
        st.caption(say("The same link as a code to scan with a phone."))


def _tell(token: str) -> None:
    """Tell the browser what its links to other pages carry, and what it is to remember."""
    names = ("lang", "case", "desk") if token else ("lang", "case", "plan", "facts")
    link = st.session_state["link"]
    carried = {name: link[name] for name in names if name in link}
    known = [carried, {OWNER: secret(), LANGUAGE: link["lang"]}, DESKS, token]
    told = json.dumps(known).replace("<", "\\u003c")
    st.html(f"<script>ketnoi.tell(...{told});</script>", unsafe_allow_javascript=True)


def _in_link(name: str) -> str | None:
    """Return what a link carries that is to be laid on the desk; None where there is nothing.

    An address of the visitor's own desk carries what lies there.
    """
    code, place = st.query_params.get(name), st.session_state["place"]
    own = place.revision and st.query_params.get("desk") == place.token
    return None if own or code in st.session_state.get("linked", ()) else code


def _take_facts(view: View) -> None:
    """Lay the facts that a link carries on the desk, in place of those there; they can come back.

    Without them the link's results would be others; faulty ones change nothing.
    """
    code = _in_link("facts")
    if code is None:
        return
    try:
        facts = from_link(code)
        view.standing(together(facts, view.plain.head.vintage))
    except InputFaults as error:
        st.session_state["link_faults"] = error.faults
        return
    if facts != view.desk.facts.get(view.plain.head.id, {}):
        _lay(view, view.desk.know(view.plain.head.id, facts))
        notice("linked", "")


def _lay(view: View, desk: Desk) -> bool:
    """Lay what a link carries on the desk; a visitor who has none yet gets none by it alone."""
    if st.session_state["place"].revision:
        return keep(view, desk)
    st.session_state["desk"] = desk
    return True


def _take_link(view: View) -> None:
    """Lay the scenarios that a link carries on the desk; a faulty one changes nothing.

    A visitor who has no desk yet gets none by a link alone: the link then carries the scenarios
    on, until something is changed.
    """
    code, here = _in_link("plan"), view.case.head.id
    if code is None:
        return
    desk, laid, faults = view.desk, dict[str, str](), list[Fault]()
    try:
        for id, text in from_link(code).items():
            try:
                scenario = read_plan(view.case, text, id="link", file="link")
                same = [each for each in view.shipped if view.text(each) == text]
                taken = set(view.shipped)
                desk, laid[id] = (
                    (desk, same[0]) if same else desk.add(view.case, scenario, text, taken)
                )
            except InputFaults as error:
                faults += error.faults
    except InputFaults as error:
        faults += error.faults
    if faults or not laid or not _lay(view, desk):
        st.session_state["link_faults"] = faults
        return
    asked = st.query_params.get("scenario", "")
    other = asked if asked in view.scenarios() else next(iter(laid.values()))
    choose(f"scenario {here}", laid.get(asked, laid.get(f"{asked}-adjusted", other)))
    compared = st.query_params.get("plans", "").split(",")
    if compared[0]:
        choose(f"compared {here}", [laid.get(id, id) for id in compared])
    notice("linked", "")
