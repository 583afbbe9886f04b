"""A bare page: the charts of a Plan page, computed beforehand, and one slider; nothing else.

What Streamlit and a browser need for it is the floor beneath ketnoi's own page. The charts are
of the draft plan and of the baseline in turn, so that each step draws all of them anew.
"""

import os
from pathlib import Path

import streamlit as st

from sim.ask.answers import Question, answer
from sim.files.pictures import Chart
from sim.place.case import load_case
from sim.place.scenario import load_scenario
from sim.shipped import CASES
from sim.show.fans import fan
from sim.show.figures import Shown
from sim.show.look import Look, on_screen
from sim.words import Words


@st.cache_resource(show_spinner=False)
def charts(name: str) -> list[list[Chart]]:
    """Return the charts of the draft plan for a set of targets, and those of the baseline."""
    case = load_case(Path(os.environ[CASES]))
    targets = case.target_sets[name]
    question = Question(case=case, targets=targets)
    look = Look(say=Words("en"), theme="light", width="container")
    baseline = answer(question, case.baseline)
    draft = load_scenario(case, case.folder / "draft-plan.toml")
    found = []
    for plan in (draft, case.baseline):
        own = [answer(question, plan)]
        shown = Shown.on_page(question, look.say, own, lambda: baseline.summary)
        found.append([on_screen(figure.draw(look)) for figure in fan.all(shown)])
    return found


st.set_page_config(layout="wide")
step = st.slider("Step", 0, 100, 50)
shown = charts(st.query_params["targets"])[step % 2]
for row in range(0, len(shown), 2):
    for place, column in enumerate(st.columns(2), row):
        if place < len(shown):
            column.vega_lite_chart(shown[place], theme=None, key=f"chart {place}")
