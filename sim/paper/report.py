"""The reviewer's report in words, tables and charts, in either language.

What is asked, what comes out, how sure it is, what was assumed, how past forecasts did and
where it all comes from. There is no clock in it, so equal inputs give equal bytes.
"""

from typing import Any

from sim.files.tables import in_money
from sim.paper.answer import summary
from sim.paper.grounds import assumptions, checking, glossary, hinges, limits, method, sources
from sim.paper.more.doing import tasks, where_to_start
from sim.paper.more.since import numbers as since_numbers
from sim.paper.more.since import since_last_time
from sim.paper.parts import Charts, Content, Facts, Heading, Report, Section, number
from sim.paper.results import (
    building,
    levers_alone,
    outlook,
    past_forecasts,
    places,
    plans_compared,
    plans_in_words,
    spending,
    what_it_takes,
)
from sim.place.assumptions import HOME
from sim.place.stamp import caption, outcomes_hash
from sim.rank import telling as starting
from sim.seek import telling
from sim.show.look import Look
from sim.show.sentences import own_facts
from sim.show.tables import difference_rows, hindsight_rows, promise_rows, tables
from sim.tasks import telling as lateness
from sim.words import Words


def build_report(facts: Facts, say: Words) -> Report:
    """Return a report in one language."""
    say = say.at(facts.case.head.currency)
    charts = Charts(Look(say=say))
    sections = [each for each in _sections(facts, say, charts) if each["parts"]]
    number(sections, say)
    name = say.named(facts.case.head.name.model_dump())
    known = say(
        "What was known on {day}; {replicates} draws.",
        day=say.day(facts.case.head.vintage),
        replicates=say.number(facts.made["replicates"]),
    )
    own = [own_facts(facts.case.facts, say)] if facts.case.facts else []
    content: Content = {
        "language": say.language,
        "head": _head(facts, say),
        "title": f"{name}: " + say("will the targets be met?"),
        "subtitle": " ".join([f"{known} {say.named(facts.targets.name)}.", *own]),
        "stamp": caption(facts.made, facts.focus.scenario.id, say),
        "contents": say("Contents"),
        "sections": sections,
    }
    made, numbers = (
        dict(facts.made),
        dict[str, Any](tables(facts.case, facts.summaries, facts.targets)),
    )
    tried = difference_rows(facts.tried, facts.focus.scenario.id)
    numbers |= {"levers": in_money(tried, facts.case.head.currency)}
    if facts.reply is not None:
        made["ask"], numbers["asked"] = facts.reply.wish.entries, telling.table(facts.reply)
    if facts.since is not None:
        made["since"], numbers["since"] = facts.since.entries, since_numbers(facts.since)
    if facts.rank is not None:
        made["rank"], numbers["rank"] = facts.rank.entries, starting.table(facts.rank)
    if facts.tasks is not None:
        made["tasks"], numbers["tasks"] = facts.tasks.entries, lateness.table(facts.tasks)
    if facts.played is not None:
        made = {**made, "outcomes_hash": outcomes_hash(facts.case)}
        hindcasts, promises = facts.played()
        numbers |= {"forecasts": hindsight_rows(hindcasts), "chances": promise_rows(promises)}
    return Report(content=content, charts=tuple(charts.drawn), made=made, numbers=numbers)


def _head(facts: Facts, say: Words) -> Heading:
    """Return what an office writes over and under a report; what it alone knows is left blank."""
    home = facts.case.head.currency == HOME
    return {
        "above": say("(SUPERIOR BODY)"),
        "body": say("(ISSUING BODY)"),
        "number": say("No.: ……/……"),
        "state": say("SOCIALIST REPUBLIC OF VIET NAM") if home else "",
        "motto": say("Independence - Freedom - Happiness") if home else "",
        "day": say("(Place), day …… month …… year ……"),
        "kind": say("REPORT"),
        "sent_to": say("Sent to:"),
        "office": say("(OFFICE OF WHO SIGNS)"),
        "signed": say("(Signature, full name, seal)"),
        "annex_of": say("(Attached to Report No. ……/…… of day …… month …… year ……)"),
    }


def _sections(facts: Facts, say: Words, charts: Charts) -> list[Section]:
    sections = [
        plans_compared(facts, say, charts),
        plans_in_words(facts, say),
        levers_alone(facts, say),
        what_it_takes(facts, say, charts),
        outlook(facts, say, charts),
        since_last_time(facts, say, charts),
        places(facts, say, charts),
        where_to_start(facts, say, charts),
        building(facts, say, charts),
        tasks(facts, say, charts),
        spending(facts, say, charts),
        past_forecasts(facts, say, charts),
        hinges(facts, say),
        method(say),
        limits(facts, say),
        checking(facts, say),
        glossary(facts, say),
        assumptions(facts, say),
        sources(facts, say),
    ]
    return [summary(facts, say), *sections]  # the first is made last: it waits for the past
