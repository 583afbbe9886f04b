"""What every command shares: its language, its options, its bars and tables, whole numbers."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from sim.faults import Fault, InputFaults, shown
from sim.numbers import MOST_REPLICATES, MOST_SEED
from sim.words import LANGUAGES, Words, terminal_language

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., None])

DEFAULT_CASE = Path("scenarios/vietnam-2022")


def _language() -> str:
    """Return the language asked for on the command line, before it is parsed for good."""
    given = sys.argv[1:]
    for place, word in enumerate(given):
        name, _, value = word.partition("=")
        chosen = value or (given[place + 1] if place + 1 < len(given) else "")
        if name == "--lang" and chosen in LANGUAGES:
            return chosen
    return terminal_language()


say = Words("vi" if _language() == "vi" else "en")


def group(text: str, **how: Any) -> typer.Typer:
    """Return a group of commands, told by a text in the terminal's language."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode="rich", help=text, **how)


app = group(
    say("How likely a place is to meet its connectivity targets, and what would change that."),
    add_completion=False,
    pretty_exceptions_enable=False,
)


def command(name: str, *, example: str, of: typer.Typer = app) -> Callable[[Command], Command]:
    """Make a function a command: its docstring, translated, and an example are its help."""

    def made(function: Command) -> Command:
        paragraphs = [" ".join(part.split()) for part in str(function.__doc__).split("\n\n")]
        words = [*map(say, paragraphs), f"{say('Example:')} ketnoi {example}"]
        of.command(name, help="\n\n".join(words))(function)
        return function

    return made


def _known_language(given: str) -> str:
    if given not in LANGUAGES:
        raise InputFaults([Fault("ketnoi", "--lang", repr(given), " or ".join(LANGUAGES))])
    return given


CaseOption = Annotated[
    Path, typer.Option("--case", help=say("The case folder."), show_default=True)
]
LangOption = Annotated[
    str,
    typer.Option("--lang", help=say("Language of the answer: vi or en."), callback=_known_language),
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


def number_option(help: str) -> Any:
    """Return an option that takes a whole number; `whole` reads it."""
    return typer.Option(metavar="INTEGER", help=help)


ReplicatesOption = Annotated[str, number_option(say("How many draws."))]
SeedOption = Annotated[str, number_option(say("The seed of all luck."))]


def whole(given: str, option: str, least: int, most: int) -> int:
    """Return a whole number of the command line, or refuse it as any other input."""
    plain = re.fullmatch(r"-?[0-9]{1,30}", given)
    number = int(given) if plain else None
    if number is None or not least <= number <= most:
        wanted = f"a whole number, {least} to {most}"
        raise InputFaults([Fault("ketnoi", option, shown(given), wanted)])
    return number


def luck(replicates: str, seed: str) -> tuple[int, int]:
    """Return how many draws and the seed, both read from the command line."""
    count = whole(replicates, "--replicates", 1, MOST_REPLICATES)
    return count, whole(seed, "--seed", 0, MOST_SEED)


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
    rows: Sequence[Sequence[str]],
    *,
    width: int = 150,
    left: int = 1,
    **how: Any,
) -> None:
    """Print a table: the first columns to the left, the others to the right."""
    from rich.markup import escape
    from rich.table import Table

    how |= {name: escape(how[name]) for name in ("title", "caption") if how.get(name)}
    table = Table(**how)
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place < left else "right", max_width=26)
    for row in rows:
        table.add_row(*map(escape, row))
    console(width).print(table)


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
