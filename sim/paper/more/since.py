"""A report's page "Since last time": decisions, why chances moved, how promises turned out."""

from collections.abc import Iterator
from dataclasses import replace

from sim.numbers import ten_digits
from sim.paper.parts import Charts, Facts, Part, Section, in_two, section, table
from sim.show.sentences import goal_name
from sim.show.track.charts import moved
from sim.show.track.words import part_name, why_sentences
from sim.track.decisions import Promised
from sim.track.since import Since
from sim.track.telling import score_rows, why_json, why_rows
from sim.track.times import Track
from sim.words import Words

MARK = 8  # letters of a hash


def since_last_time(facts: Facts, say: Words, charts: Charts) -> Section:
    """Return the decisions logged, why chances are not what they were, and scores."""
    found = facts.since
    if found is None:
        return section("")
    words = say.prose("since", **_counted(found, say))
    if found.why is not None:
        words += say.prose("since#told")
    parts: list[Part] = [
        {"kind": "text", "words": words},
        _decisions(found, say),
        {"kind": "heading", "words": say("Chances then and now")},
        {"kind": "list", "words": list(_moves(found, say))},
        _then_and_now(facts, found, say),
    ]
    if found.why is not None:
        track = Track(states=[found.then or found.today, found.today], why=found.why)
        drawn = moved.all(replace(facts.shown(say), next=track))
        parts += in_two([charts.part(each.draw(charts.narrow)) for each in drawn])
    if found.scored:
        parts += [
            {"kind": "heading", "words": say("Promises whose outcome is known")},
            {"kind": "text", "words": say.prose("since#scores")},
            _scores(found, say),
        ]
    return section(say("Since last time"), *parts)


def _scores(found: Since, say: Words) -> Part:
    heads = ("Day", "Scenario", "Target", "Deadline", "Chance", "Outcome", "", "Brier score")
    head = [*map(say, heads), say("a coin"), say("baseline"), say("Log score")]
    return table(head, score_rows(found.scored, say), "llllrrlrrrr", small=True)


def _counted(found: Since, say: Words) -> dict[str, str]:
    logged = found.logged
    return {
        "own": say.number(len(logged.lines)),
        "count": say.number(logged.count),
        "head": logged.head[:MARK],
        "day": say.day(found.last.day),
        "plan": _plan(found, found.last.plan, say),
    }


def _plan(found: Since, id: str, say: Words) -> str:
    """Return a plan by its name where today's or the baseline has its id, else by its id."""
    known = {plan.id: plan for plan in (found.today.case.baseline, found.today.plan)}
    return say.named(known[id].name) if id in known else id


def _decisions(found: Since, say: Words) -> Part:
    pairs = zip(found.logged.entries, found.logged.lines, strict=True)
    rows = [
        [
            say.day(entry.day),
            _plan(found, entry.plan, say),
            entry.who,
            entry.why,
            "\n".join(_promise(each, say) for each in entry.promised),
            str(line["hash"])[:MARK],
        ]
        for entry, line in pairs
    ]
    head = [say("Day"), say("Scenario"), say("Who decided"), say("Why"), say("Chances then")]
    return table([*head, say("Line")], rows, "llllll", (1.1, 1.6, 1.4, 2.4, 3.4, 1), small=True)


def _promise(each: Promised, say: Words) -> str:
    level = say.level(each.indicator, each.at_least)
    goal = f"{say.indicator(each.indicator)} ≥ {level}, {say.day(each.deadline)}"
    return f"{goal}: {say.percent(each.chance)}"


def _moves(found: Since, say: Words) -> Iterator[str]:
    """Yield why each chance moved; why that is not told, where it is not."""
    if found.why is not None:
        yield from why_sentences(found.why, found.today.case, say)
    else:
        yield say.paragraph("since#not-told")


def _then_and_now(facts: Facts, found: Since, say: Words) -> Part:
    """Return the chance logged, what moved it part by part, and today's, target by target."""
    why, targets = found.why, found.today.targets.targets
    head = [say("Why"), *(goal_name(target, targets, say) for target in targets)]
    sides = "l" + "r" * len(targets)
    if why is None:
        return table(head, _ends(facts, found, say), sides)
    rows = why_rows(why, say, lambda part: part_name(part, found.today.case, say))
    otherwise = _otherwise(found)
    if any(otherwise):
        first = [say("As logged"), *(say.percent(each) for each in _logged(found))]
        luck = [say("Change of program or draws"), *(say.signed(100 * each) for each in otherwise)]
        rows = [first, luck, *rows]
    return table(head, rows, sides, small=True)


def _ends(facts: Facts, found: Since, say: Words) -> list[list[str]]:
    """Return what the log has of today's targets, and their chances now."""
    then = {(each.indicator, each.at_least, each.deadline): each for each in found.last.promised}
    old, now = [say("As logged")], [say("Now")]
    for verdict in facts.focus.judgement.verdicts:
        target = verdict.target
        was = then.get((target.indicator, target.at_least, target.deadline))
        old.append("–" if was is None else say.percent(was.chance))
        now.append(say.percent(verdict.chance))
    return [old, now]


def _logged(found: Since) -> list[float]:
    return [each.chance for each in found.last.promised]


def _otherwise(found: Since) -> list[float]:
    """Return by how much today's program and draws give other chances for then than the log."""
    assert found.why is not None
    pairs = zip(found.why.before, _logged(found), strict=True)
    return [ten_digits(now - then) for now, then in pairs]


def numbers(found: Since) -> dict[str, object]:
    """Return what the section tells as numbers, which are the same in every language."""
    scores = [[each.happened, each.met, *each.brier, each.log_score] for each in found.scored]
    return {"why": found.why and why_json(found.why), "scores": scores}
