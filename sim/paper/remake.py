"""From a stamp to the file it came with: the same functions, the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from sim.ask.answers import Answer, Difference, Question, compare
from sim.ask.answers import answer as answered
from sim.ask.hindsight import Past, look_back
from sim.ask.summary import Summary
from sim.ask.trials import try_all
from sim.files.pictures import PICTURES
from sim.paper.folders import KINDS, RunFiles, Stamp, ask_files, hindsight_files, next_files
from sim.paper.parts import Facts, focus
from sim.paper.report import build_report
from sim.paper.setting import WRITTEN
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.stamp import caption, digest, scenarios_of, stamp
from sim.rank.start import arguments, where_to_start
from sim.seek.ask import ask
from sim.seek.reply import Reply
from sim.seek.wish import wish_of
from sim.show.figures import FORMS, Next, Shown
from sim.tasks.chances import chances
from sim.tasks.schedule import schedule_of
from sim.track.since import since_of
from sim.track.times import track_of
from sim.words import Words
from sim.worth.count import what_to_count

STUDIES = ("sensitivity", "batch")  # made from a study's folder, which no stamp can hold

NEXT: Mapping[str, Callable[[Question, Sequence[Scenario], Stamp], Next]] = {
    "rank": lambda asked, plans, entries: where_to_start(
        asked, plans[0], **arguments(asked, entries)
    ),
    "tasks": lambda asked, plans, entries: chances(asked, plans[0], schedule_of(entries)),
    "worth": lambda asked, plans, entries: what_to_count(
        asked, plans, survey=entries["survey"] and tuple(entries["survey"])
    ),
    "track": lambda asked, plans, entries: track_of(asked, plans[0], entries),
}

MORE: Mapping[str, Callable[[Question, Sequence[Scenario], Stamp], object]] = {
    "since": lambda asked, plans, entries: since_of(asked, plans[0], entries),
    "rank": NEXT["rank"],
    "tasks": NEXT["tasks"],
}  # of a report, by the names of its facts
ASKED = ("ask", "since", *NEXT)  # entries of a stamp that say what else was asked

Key = tuple[object, ...]
Found = TypeVar("Found")


class Workshop:
    """Remakes files; what several of them rest on is computed once."""

    def __init__(self) -> None:
        """Begin with nothing computed."""
        self._kept: dict[Key, object] = {}

    def remake(self, stamped: Stamp, case: Case, claims: Stamp | None = None) -> dict[str, bytes]:
        """Return a file made again, by what it is; a table comes with its side-car.

        Args:
            stamped: the stamp of the file.
            case: the case as it is here.
            claims: versions to write into the new stamp instead of those that are here.

        Raises:
            LookupError, ValueError: the stamp names something that there is not.
        """
        targets = case.target_sets[stamped["targets"]]
        plans = scenarios_of(stamped, case)
        made = stamp(case, plans, targets, seed=stamped["seed"], replicates=stamped["replicates"])
        told = claims or {}
        made |= {name: stamped[name] for name in ASKED if name in stamped}
        made = {**made, **told, "needs": {**made["needs"], **told.get("needs", {})}}
        key = (stamped["file"], stamped["language"], digest(made), str(stamped.get("figure")))
        found: dict[str, bytes] = self._once(key, lambda: self._made(stamped, case, plans, made))
        return found

    def _made(
        self, stamped: Stamp, case: Case, plans: Sequence[Scenario], made: dict[str, Any]
    ) -> dict[str, bytes]:
        kind, _, name = stamped["file"].partition("/")
        say = Words(stamped["language"])
        if kind in {f"report.{form}" for form in WRITTEN}:
            return {kind: self._report(kind, case, plans, made, say)}
        if kind == "backtest":
            files = hindsight_files(self._shown(case, (), made, say), made)
            return {f"{kind}/{each}": content for each, content in files}
        if kind == "ask":
            files = ask_files(self._asked(case, plans, made, say), made)
            return {f"{kind}/{each}": content for each, content in files}
        if kind in NEXT:
            files = next_files(self._next(kind, case, plans, made, say), made)
            return {f"{kind}/{each}": content for each, content in files}
        if kind == "run" and not name.startswith("charts/"):
            return self._of_run(name, case, plans, made, say)
        return {stamped["file"]: self._figure(stamped, case, plans, made, say)}

    def _of_run(
        self, name: str, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words
    ) -> dict[str, bytes]:
        run = RunFiles(self._shown(case, plans, made, say), made)
        files = {"results.xlsx": run.workbook, "stamp.json": run.stamp}.get(name, run.tables)
        return {f"run/{each}": content for each, content in files()}

    def _report(
        self, kind: str, case: Case, plans: Sequence[Scenario], made: dict[str, Any], say: Words
    ) -> bytes:
        facts = Facts(
            case=case,
            summaries=self._summaries(case, plans, made),
            targets=case.target_sets[made["targets"]],
            played=partial(self._played, case, made) if case.outcomes else None,
            tried=self._tried(case, focus(plans), made),
            made=made,
            reply=self._asked(case, [focus(plans)], made, say).reply if "ask" in made else None,
            **self._more(case, focus(plans), made),
        )
        return WRITTEN[kind.rpartition(".")[2]](build_report(facts, say))

    def _more(self, case: Case, plan: Scenario, made: Stamp) -> dict[str, Any]:
        """Return what a report was asked for beyond its usual sections."""
        question = self._question(case, made)
        return {
            name: self._once(
                (*self._key(name, case, made, plan), digest(made[name])),
                partial(of, question, [plan], made[name]),
            )
            for name, of in MORE.items()
            if name in made
        }

    def _figure(
        self, stamped: Stamp, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words
    ) -> bytes:
        path, _, form = stamped["file"].rpartition(".")
        recipe = stamped["figure"]
        kind = KINDS[recipe["drawn"]]
        if not path.startswith("run/"):
            next_ = next((name for name in NEXT if name in made), "")
            page = self._asked if "ask" in made else self._on_page
            page = partial(self._next, next_) if next_ else page
            shown = page(case, plans, made, say)
            return kind.remade(shown, recipe).file(FORMS[FORMS.index(form)], made)
        drawn = kind.remade(self._shown(case, plans, made, say), recipe)
        line = caption(made, say("all scenarios") if kind.folder == "plans" else plans[0].id, say)
        forms = [each for each in PICTURES if each == form]
        return drawn.pictures(forms, line, made, file=path)[forms[0]]

    def _shown(self, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words) -> Shown:
        """Return what the folder of a run or of a back-test shows."""
        question, summaries = self._question(case, made), self._summaries(case, plans, made)
        past = partial(self._played, case, made)
        return Shown(question=question, say=say, summaries=summaries, played=past)

    def _on_page(self, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words) -> Shown:
        answers = [self._answer(case, plan, made) for plan in plans]
        page = Shown.on_page(
            self._question(case, made),
            say,
            answers,
            lambda: self._answer(case, case.baseline, made).summary,
        )
        return replace(page, played=partial(self._played, case, made))

    def _asked(self, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words) -> Shown:
        question = self._question(case, made)
        reply: Reply = self._once(
            (*self._key("ask", case, made, plans[0]), digest(made["ask"])),
            lambda: ask(wish_of(question, plans[0], made["ask"])),
        )
        return Shown(question=question, say=say, reply=reply)

    def _next(
        self, kind: str, case: Case, plans: Sequence[Scenario], made: Stamp, say: Words
    ) -> Shown:
        question = self._question(case, made)
        key = (*self._key(kind, case, made), digest(made))
        found: Next = self._once(key, lambda: NEXT[kind](question, plans, made[kind]))
        return Shown(question=question, say=say, next=found)

    def _summaries(self, case: Case, plans: Sequence[Scenario], made: Stamp) -> list[Summary]:
        return [replace(self._summary(case, plan, made), scenario=plan) for plan in plans]

    def _summary(self, case: Case, plan: Scenario, made: Stamp) -> Summary:
        found: Summary = self._once(
            self._key("run", case, made, plan),
            lambda: compare(self._question(case, made), [plan])[0],
        )
        return found

    def _question(self, case: Case, made: Stamp) -> Question:
        """Return the question of a run; its world is kept with it."""
        targets, luck = case.target_sets[made["targets"]], (made["seed"], made["replicates"])
        found: Question = self._once(
            self._key("question", case, made),
            lambda: Question(case=case, targets=targets, seed=luck[0], replicates=luck[1]),
        )
        return found

    def _answer(self, case: Case, plan: Scenario, made: Stamp) -> Answer:
        found: Answer = self._once(
            self._key("page", case, made, plan),
            lambda: answered(self._question(case, made), plan),
        )
        return found.under(plan)

    def _played(self, case: Case, made: Stamp) -> Past:
        return self._once(
            self._key("past", case, made),
            lambda: look_back(case, seed=made["seed"], replicates=made["replicates"]),
        )

    def _tried(self, case: Case, plan: Scenario, made: Stamp) -> list[Difference]:
        return self._once(
            self._key("trials", case, made, plan),
            lambda: try_all(self._question(case, made), plan),
        )

    def _key(self, what: str, case: Case, made: Stamp, plan: Scenario | None = None) -> Key:
        about = (made["targets_hash"], made["seed"], made["replicates"])
        return (what, case.identity, *about, plan.hash if plan else "")

    def _once(self, key: Key, make: Callable[[], Found]) -> Found:
        if key not in self._kept:
            self._kept[key] = make()
        return cast("Found", self._kept[key])
