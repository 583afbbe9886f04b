"""The command line: every command of this package, and what becomes of faults.

Each file beside this one that says `@command` is found; heavy imports wait inside commands.
"""

import errno
import io
import os
import pkgutil
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import typer

from sim import cli
from sim.cli.terminal import app, say
from sim.faults import Fault, InputFaults, shown, told

# of --help; what is not named here follows
FIRST = ("run", "past", "report", "batch", "places")

_found = {found.name for found in pkgutil.iter_modules(cli.__path__)} - {"__main__", "main"}
for _name in [*FIRST, *sorted(_found.difference(FIRST))]:
    import_module(f"sim.cli.{_name}")


def main() -> NoReturn:
    """Run the command line: 0 done, 2 bad input, 1 failure; never a traceback."""
    try:
        _prepare()
        app(standalone_mode=True)
    except InputFaults as error:
        typer.echo(say.faults(error.faults), err=True)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(1)
    except BrokenPipeError:  # nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if getattr(error, "errno", 0) == errno.ENAMETOOLONG:  # a path, whichever option's
            name = str(getattr(error, "filename", ""))
            given = told("a name of {size} bytes", size=len(os.fsencode(name)))
            long = Fault(shown(name), "", given, told("a shorter name"))
            typer.echo(say.faults([long]), err=True)
            sys.exit(2)
        typer.echo(say("Failed: {error}", error=f"{type(error).__name__}: {error}"), err=True)
        sys.exit(1)
    sys.exit(0)


def _prepare() -> None:
    """Write UTF-8 into files and pipes, lose no letter on a terminal, end well when told to."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
