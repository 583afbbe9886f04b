"""Figures: a drawing or a list, declared once with its name, its table and where it is written.

`@figure` stands on the function that draws, `@listed` on one that makes a table; what they make
is called with what is shown and a few choices. These are the figure's recipe, which its stamp
keeps: with them the same figure is made again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Concatenate, Generic, Literal, ParamSpec, get_args

from sim.ask.answers import Answer, Difference, Question, differences
from sim.ask.hindsight import Hindcast, Past, look_back, whole
from sim.ask.summary import Summary
from sim.files.carriers import in_csv
from sim.files.pictures import PICTURES, Chart, Picture, pictures
from sim.files.tables import Table, csv_bytes, in_money
from sim.files.workbook import xlsx_bytes
from sim.months import month_of
from sim.place.case import Case
from sim.place.scenario import Scenario
from sim.place.stamp import caption, encoded, of_file, stamp
from sim.place.targets import Target, TargetSet
from sim.rank.start import Start
from sim.seek.reply import Reply
from sim.show.look import Look, captioned, greyed
from sim.show.tables import stamp_rows
from sim.tasks.chances import TaskChances
from sim.track.times import Track
from sim.words import Words
from sim.worth.count import Counted

Form = Literal["svg", "png", "pdf", "csv", "xlsx"]
FORMS: tuple[Form, ...] = get_args(Form)
MIME: Mapping[Form, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
Choices = Mapping[str, str]
Next = Start | TaskChances | Counted | Track  # what is to be done next, and what has changed
Folder = Literal["", "plans", "plan", "past", "asked", "rank", "tasks", "worth", "track"]
MONTH = "-{month}"  # in a name; left out where a folder has the figure of one month
P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What figures are drawn from.

    Attributes:
        question: what was asked.
        say: the language of lists and files.
        summaries: of the scenarios shown, in order; none for what a case rests on.
        answers: of the same scenarios on a page, for figures that pair them; else empty.
        behind: gives what is drawn behind a fan; the baseline among the scenarios if None.
        played: gives the past played over again; it is played when asked for if None.
        reply: to a question asked backwards, for what shows one.
        next: what is to be done next, for what shows that.
    """

    question: Question
    say: Words
    summaries: Sequence[Summary] = ()
    answers: Sequence[Answer] = ()
    behind: Callable[[], Summary | None] | None = None
    played: Callable[[], Past] | None = None
    reply: Reply | None = None
    next: Next | None = None

    def __post_init__(self) -> None:
        """Speak of the case's own money."""
        object.__setattr__(self, "say", self.say.at(self.case.head.currency))

    @classmethod
    def on_page(
        cls,
        question: Question,
        say: Words,
        answers: Sequence[Answer],
        behind: Callable[[], Summary | None] | None = None,
    ) -> "Shown":
        """Return what a page shows of some answers."""
        own = [each.summary for each in answers]
        return cls(question=question, say=say, summaries=own, answers=answers, behind=behind)

    @property
    def case(self) -> Case:
        """The place."""
        return self.question.case

    @property
    def targets(self) -> TargetSet:
        """What the scenarios are judged against."""
        return self.question.targets

    @property
    def one(self) -> Summary:
        """The scenario of a figure that shows one."""
        return self.summaries[0]

    @property
    def plans(self) -> list[Scenario]:
        """The scenarios shown, or those that a question begins from."""
        if self.next is not None:
            return list(self.next.plans)
        return [self.reply.wish.plan] if self.reply else [each.scenario for each in self.summaries]

    @property
    def why_grey(self) -> str:
        """Said on a page's one scenario where it is beyond the evidence; else nothing."""
        grey = len(self.answers) == 1 and self.one.scenario.unsupported(self.case.levers)
        return self.say("Grey: set beyond what the evidence supports.") if grey else ""

    @property
    def made(self) -> dict[str, Any]:
        """The stamp of what is shown."""
        asked, more = self.question, {"ask": self.reply.wish.entries} if self.reply else {}
        more |= {self.next.kind: self.next.entries} if self.next else {}
        luck = {"seed": asked.seed, "replicates": asked.replicates}
        return {**stamp(self.case, self.plans, self.targets, **luck), **more}

    @property
    def last(self) -> str:
        """The month of the last deadline, as recipes have it."""
        return f"{self.one.months[month_of(self.one.months, self.targets.last_deadline)]:%Y-%m}"

    @property
    def indicators(self) -> list[str]:
        """The indicators to draw: the targets' first, then what people have and use."""
        asked = [target.indicator for target in self.targets.targets]
        return list(dict.fromkeys([*asked, *(n for n in self.one.fans if n != "homes_passed")]))

    def baseline(self) -> Summary | None:
        """Return what is drawn behind a fan; None where there is nothing."""
        if self.behind is not None:
            return self.behind()
        return next((each for each in self.summaries if each.scenario.id == "baseline"), None)

    def month(self, chosen: str) -> int:
        """Return the position of a month; raises `ValueError` if there is none such."""
        return [f"{day:%Y-%m}" for day in self.one.months].index(chosen)

    def goal(self, indicator: str, month: str) -> Target | None:
        """Return the target of an indicator that is next due in a month; None if none is."""
        return self.targets.standing(indicator, self.one.months[self.month(month)])

    def differences(self, against: str) -> list[Difference]:
        """Return the paired differences to the scenario of an id."""
        base = {each.scenario.id: each for each in self.answers}[against]
        others = [each for each in self.answers if each is not base]
        return differences(others, base, self.targets)

    def past(self) -> Past:
        """Return what was forecast of figures and targets that came later."""
        asked = self.question
        if self.played is not None:
            return self.played()
        return look_back(self.case, seed=asked.seed, replicates=asked.replicates)

    def later(self) -> list[Hindcast]:
        """Return what was forecast of the whole place."""
        return whole(self.past()[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[P]):
    """A kind of figure, declared beside its drawing.

    Attributes:
        drawn: what recipes call it.
        name: of its file, with its choices in braces.
        table: its numbers.
        drawing: its chart; None where it is a list.
        each: the choices it is usually shown with.
        folder: whose folder it is written to in each of them; no folder's if empty.
        greys: whether a page shows it in grey beyond the evidence.
    """

    drawn: str
    name: str
    table: Callable[Concatenate[Shown, P], Table]
    drawing: Callable[Concatenate[Shown, Look, P], Chart] | None = None
    each: Callable[[Shown], Iterable[Choices]] = lambda shown: [{}]
    folder: Folder = ""
    greys: bool = False

    def __call__(self, shown: Shown, *args: P.args, **chosen: P.kwargs) -> "Figure":
        """Return the figure of some choices."""
        assert not args, "choices are named, as recipes name them"
        return self.remade(shown, {name: str(choice) for name, choice in chosen.items()})

    def remade(self, shown: Shown, recipe: Choices) -> "Figure":
        """Return the figure of a recipe, whose choices are checked when it is made."""
        chosen = {name: choice for name, choice in recipe.items() if name != "drawn"}
        return Figure(kind=self, shown=shown, chosen=chosen)

    def all(self, shown: Shown) -> list["Figure"]:
        """Return the figures it is usually shown as."""
        return [self.remade(shown, chosen) for chosen in self.each(shown)]


def figure(
    name: str, table: Callable[Concatenate[Shown, P], Table], **more: Any
) -> Callable[[Callable[Concatenate[Shown, Look, P], Chart]], Kind[P]]:
    """Return what makes a drawing a figure; `more` is what else a `Kind` has."""

    def declared(drawing: Callable[Concatenate[Shown, Look, P], Chart]) -> Kind[P]:
        drawn = name.partition("-{")[0]
        return Kind(**{"drawn": drawn, "name": name, "table": table, "drawing": drawing, **more})

    return declared


def listed(name: str) -> Callable[[Callable[Concatenate[Shown, P], Table]], Kind[P]]:
    """Return what makes a table a figure without a drawing."""

    def declared(table: Callable[Concatenate[Shown, P], Table]) -> Kind[P]:
        return Kind(drawn=name.partition("-{")[0], name=name, table=table)

    return declared


def kinds(*modules: ModuleType) -> dict[str, Kind[...]]:
    """Return the kinds of figure that modules declare, by what recipes call them."""
    every = (each for module in modules for each in vars(module).values())
    return {each.drawn: each for each in every if isinstance(each, Kind)}


def written(found: Mapping[str, Kind[...]], folder: Folder, shown: Shown) -> Iterator["Figure"]:
    """Yield every figure that a folder holds."""
    for kind in found.values():
        if kind.folder == folder:
            yield from kind.all(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Something to show: a kind of figure, what it is drawn from, and its choices.

    It is drawn only when it is shown, and its files are made only when asked for.
    """

    kind: Kind[...]
    shown: Shown
    chosen: Choices

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.kind.name.format(**self.chosen)

    @property
    def short(self) -> str:
        """The same without its month."""
        return self.kind.name.removesuffix(MONTH).format(**self.chosen)

    @property
    def recipe(self) -> Choices:
        """What makes it again."""
        return {"drawn": self.kind.drawn, **self.chosen}

    @property
    def forms(self) -> tuple[Form, ...]:
        """The kinds of file it can be had as."""
        return FORMS if self.kind.drawing else ("csv", "xlsx")

    def table(self) -> Table:
        """Return its numbers."""
        table = self.kind.table(self.shown, **self.chosen)
        return in_money(table, self.shown.case.head.currency)

    def draw(self, look: Look) -> Chart:
        """Return its chart, which a list has none of."""
        assert self.kind.drawing is not None
        look = replace(look, say=look.say.at(self.shown.case.head.currency))
        chart, why = self.kind.drawing(self.shown, look, **self.chosen), self.shown.why_grey
        return greyed(chart, why, look) if self.kind.greys and why else chart

    def file(self, form: Form, made: Mapping[str, Any] | None = None) -> bytes:
        """Return it as a file with its stamp, in the light theme.

        Args:
            form: kind of file.
            made: the stamp of what it shows; its own if None.
        """
        made, file = made or self.shown.made, f"figure/{self.name}"
        if form in PICTURES:
            line = caption(made, ", ".join(made["scenario_hashes"]), self.shown.say)
            return self.pictures((form,), line, made, file=file)[form]
        table = self.table()
        stamped = self._stamped(made, f"{file}.{form}", table)
        if form == "csv":
            return in_csv(csv_bytes(*table), encoded(stamped))
        return xlsx_bytes({self.name: table, "stamp": stamp_rows(stamped)}, encoded(stamped))

    def pictures(
        self, forms: Sequence[Picture], line: str, made: Mapping[str, Any], *, file: str
    ) -> dict[Picture, bytes]:
        """Return it as pictures of several kinds, drawn once.

        Args:
            forms: kinds of file.
            line: small text at its foot.
            made: the stamp of what it shows.
            file: what the files are, without the ending.
        """
        table = self.table()
        stamps = {form: encoded(self._stamped(made, f"{file}.{form}", table)) for form in forms}
        say, head = self.shown.say, self.shown.case.head
        place = say.named(head.name.model_dump()).removesuffix(f" {head.vintage.year}")
        known = say("{place}, as known on {day}", place=place, day=say.day(head.vintage))
        return pictures(captioned(self.draw(Look(say=say)), known), forms, stamps, line)

    def _stamped(self, made: Mapping[str, Any], file: str, table: Table) -> dict[str, Any]:
        language, recipe = self.shown.say.language, dict(self.recipe)
        return of_file(made, file=file, language=language, numbers=table, figure=recipe)
