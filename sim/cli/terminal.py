"""What every command shares: its language, its options, its bars and tables, whole numbers."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from importlib.metadata import version
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer
from typer.core import TyperGroup

from sim.faults import Fault, InputFaults, one_of, shown, told
from sim.numbers import MOST_REPLICATES, MOST_SEED
from sim.words import LANGUAGES, Words, terminal_language

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., None])


def asked_language(words: Sequence[str]) -> str | None:
    """Return the language that a command line asks for, known or not; the last one counts.

    >>> asked_language(["run", "--lang", "fr", "--lang=vi"]), asked_language(["run", "--lang"])
    ('vi', None)
    """
    asked = None
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--":
            break
        if name == "--lang":
            asked = value if equals else next(iter(words[place + 1 :]), None)
    return asked


_asked = asked_language(sys.argv[1:])
say = Words(next((known for known in LANGUAGES if known == _asked), terminal_language()))


def _help(*paragraphs: str, example: str) -> str:
    return "\n\n".join([*paragraphs, f"{say('Example:')} {example}"])


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes and colours take longer to load than all the rest
    help=say("How likely a place is to meet its connectivity targets, and what would change that."),
)


def group(name: str, text: str, *, example: str, usual: str) -> typer.Typer:
    """Return a group of commands, told by a text; a first word that is none means the usual one."""

    class WordFirst(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            if args and args[0] not in (*self.commands, "--help"):
                args = [usual, *args]
            return super().parse_args(ctx, args)

    commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None, cls=WordFirst)
    app.add_typer(commands, name=name, help=_help(text, example=example), short_help=text)
    return commands


def _told_version(asked: bool) -> None:
    if asked:
        typer.echo(f"ketnoi {version('ketnoi')}")
        raise typer.Exit


@app.callback()
def known_language(
    told: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_told_version, help=say("Print the version.")
        ),
    ] = False,
) -> None:
    """Refuse a language that ketnoi does not speak, before a command is parsed or its help told."""
    if _asked is not None and _asked not in LANGUAGES:
        raise InputFaults([Fault("ketnoi", "--lang", shown(_asked), one_of(LANGUAGES))])


LANG = Parameter(
    "lang",
    Parameter.KEYWORD_ONLY,
    default=say.language,
    annotation=Annotated[
        str,
        typer.Option(
            "--lang", help=say("Language of the answer: {codes}.", codes=", ".join(LANGUAGES))
        ),
    ],
)


def command(
    name: str | None = None, *, example: str, of: typer.Typer = app
) -> Callable[[Command], Command]:
    """Make a function a command, its help the function's docstring, translated, and an example.

    Every command takes `--lang`; no function does: `say` has been told before they are parsed.
    """

    def made(function: Command) -> Command:
        @wraps(function)
        def spoken(lang: str, **given: object) -> None:
            function(**given)

        own = signature(function)
        options = [*own.parameters.values(), LANG]
        spoken.__dict__["__signature__"] = own.replace(parameters=options)
        first, *more = [say(" ".join(part.split())) for part in str(function.__doc__).split("\n\n")]
        of.command(name, help=_help(first, *more, example=example), short_help=first)(spoken)
        return function

    return made


CaseOption = Annotated[
    Path, typer.Option("--case", help=say("The case folder."), show_default=True)
]
OwnCaseOption = Annotated[
    Path | None,
    typer.Option("--case", help=say("The case folder; by default that of the scenarios.")),
]
FactsOption = Annotated[
    Path | None,
    typer.Option("--with", help=say("Your own facts to apply to the case: a TOML file, or a CSV.")),
]
TargetsOption = Annotated[
    str | None, typer.Option("--targets", help=say("Which set of the case's targets."))
]
ForceOption = Annotated[
    bool, typer.Option("--force", help=say("Replace the folder if it is there."))
]
JsonOption = Annotated[bool, typer.Option("--json", help=say("Print one JSON object."))]
ScenarioFiles = Annotated[
    list[Path] | None,
    typer.Argument(help=say("Scenario files; all of the case's own if none is named.")),
]


def whole(given: str, where: str, option: str, least: int, most: int) -> int:
    """Return a whole number of the command line, or refuse it as any other input.

    >>> whole("2022", "ketnoi run", "--seed", 0, 9999)
    2022
    """
    if given.isascii() and given.isdigit() and len(given) < 20 and least <= int(given) <= most:
        return int(given)
    wanted = told("a whole number, {low} to {high}", low=least, high=most)
    raise InputFaults([Fault(where, option, shown(given), wanted)])


def number(given: str, where: str, option: str) -> float:
    """Return a number of the command line, or refuse it as any other input.

    Whether it is finite, and within its bounds, is for whoever asked for it.

    >>> number("0.8", "ketnoi ask", "--chance")
    0.8
    """
    from sim.reading import NUMBER, number_wanted

    if NUMBER.fullmatch(given):
        return float(given)
    raise InputFaults([Fault(where, option, shown(given), number_wanted(given))])


def _read_by(read: Callable[[str, str, str], Any], kind: str, help: str) -> Any:
    """Return an option read by a function of what was given, the command, and its name."""

    def told_of(context: typer.Context, option: typer.CallbackParam, given: object) -> Any:
        if not isinstance(given, str):  # a default
            return given
        where = "ketnoi" + context.command_path.removeprefix(context.find_root().command_path)
        return read(given, where, option.opts[0])

    return typer.Option(metavar=kind, help=help, parser=str, callback=told_of)


def whole_option(help: str, least: int, most: int) -> Any:
    """Return an option that takes a whole number; a fault names the command it was given to."""
    return _read_by(partial(whole, least=least, most=most), "INTEGER", help)


def number_option(help: str) -> Any:
    """Return an option that takes a number; a fault names the command it was given to."""
    return _read_by(number, "FLOAT", help)


ReplicatesOption = Annotated[int, whole_option(say("Number of draws."), 1, MOST_REPLICATES)]
SeedOption = Annotated[int, whole_option(say("The random seed."), 0, MOST_SEED)]


@contextmanager
def progress(task: str, total: int) -> Iterator[Callable[[], None]]:
    """Yield a function that moves a bar on by one; in a pipe there is no bar."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    bar: Progress = Progress(console=Console(stderr=True), transient=True)
    with bar:
        job = bar.add_task(task, total=total)
        yield lambda: bar.advance(job)


def console(width: int) -> "Console":
    """Return the terminal, or for a file or a pipe a page that is wide enough."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=width)


def print_table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    width: int = 150,
    left: int = 1,
    widest: int | None = None,
    **how: Any,
) -> None:
    """Print a table: the first columns to the left, the others to the right, none too wide.

    Where a terminal is too narrow for its words, each row is a list of them.
    """
    from rich.markup import escape
    from rich.table import Table

    rows, said, to = list(rows), dict(how), console(width)
    how |= {name: escape(how[name]) for name in ("title", "caption") if how.get(name)}
    table = Table(**how)
    for place, name in enumerate(head):
        side: Literal["left", "right"] = "left" if place < left else "right"
        table.add_column(name, justify=side, max_width=widest, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    if table.__rich_measure__(to, to.options).minimum <= to.width:
        to.print(table)
        return
    typer.echo(said.get("title", ""))
    for row in rows:
        lines = [f"{name}: {cell}".splitlines() for name, cell in zip(head, row, strict=True)]
        typer.echo("\n".join([*(plain(", ".join(line)) for line in lines), ""]))
    typer.echo(said.get("caption", ""))


def plain(text: str) -> str:
    """Return text on one line, without anything that could move a terminal's cursor.

    >>> plain("a\\nb: same" + chr(27) + "[2J")
    'a\\\\nb: same\\\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_json(content: object) -> None:
    """Print one JSON object; raises `ValueError` for a number that is none."""
    import json

    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
