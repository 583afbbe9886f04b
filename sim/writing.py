"""Values to files: whole or not at all, never over what ketnoi did not make.

A file is written beside its place and moved there at the end; a folder likewise, and the two
change places in one step where the system can do that. A kill at any moment leaves the old or
the new, whole; what a killed process left beside it is swept by the next one.
"""

import ctypes
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from sim.faults import Fault, InputFaults, refuse, told

MARKER = ".ketnoi"  # in a folder that ketnoi made: the names of all its files
INPUTS = ("case.toml", "study.json", "plan.parquet", "pyproject.toml", ".git")
LONGEST_NAME = 200  # bytes, so that a part's name still fits
KINDS = {stat.S_IFREG: "a file", stat.S_IFDIR: "a folder", stat.S_IFLNK: "a link"}
EXCHANGE = 2  # flag of Linux's renameat2


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file so that it is there in full or not at all; raises `OSError`.

    Args:
        path: where.
        content: what.
        private: whether only its owner may read it.
    """
    write_together({path: content}, mode=0o600 if private else 0o666)


def write_together(files: Mapping[Path, bytes], *, mode: int = 0o666) -> None:
    """Write files in full beside their places, then move them there; raises `OSError`."""
    with ExitStack() as every:
        parts = {path: every.enter_context(whole(path, mode=mode)) for path in files}
        for path, part in parts.items():
            part.write_bytes(files[path])


@contextmanager
def whole(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Yield the name to write a file under, which takes its place once all is on the disk."""
    part = _part(path)
    try:
        part.touch(mode=mode, exist_ok=False)
        yield part
        _flush(part)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _part(path: Path) -> Path:
    """Return a name beside a place, of this process and no other of its threads."""
    return path.with_name(f".{path.name}.{token_hex(4)}.{os.getpid()}.part")


def sweep(folder: Path, name: str = "*") -> None:
    """Remove what killed processes left half-written beside a name, or anywhere in a folder."""
    for left in folder.glob(f".{name}.*.part"):
        owner = left.name.rsplit(".", 2)[-2]
        if owner.isdecimal() and not _alive(int(owner)):
            with suppress(OSError):
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def check_file(
    out: Path,
    *,
    force: bool,
    own: Callable[[Path], bool] = lambda path: False,
    option: str = "--out",
) -> None:
    """Refuse a file that must not or cannot be written, before any work is done.

    Args:
        out: the file to write.
        force: whether a file that ketnoi did not make is replaced.
        own: whether a file that is there was made by ketnoi.
        option: what it was given by, for faults.

    Raises:
        InputFaults: it is no plain file, is there and not ketnoi's, or cannot be written.
    """
    faults = list(_place_faults(out, option))
    if not faults and _kind(out) not in ("", "a file"):
        faults.append(
            Fault(str(out), option, told(_kind(out)), told("a regular file, or a new name"))
        )
    elif not faults and _kind(out) == "a file" and not force and not own(out):
        given, wanted = told("an existing file"), told("--force to replace it, or a new name")
        faults.append(Fault(str(out), option, given, wanted))
    refuse(faults)


def check_folder(out: Path, *, force: bool) -> None:
    """Refuse a folder that must not or cannot be written, before any work is done.

    Raises:
        InputFaults: `out` is no folder, is not empty and `force` is not set, holds what ketnoi
            did not make, or cannot be written.
    """
    faults = list(_place_faults(out, "--out"))
    if not faults and _kind(out) not in ("", "a folder"):
        given = told(_kind(out))
        faults.append(Fault(str(out), "--out", given, told("a folder, or a name not taken")))
    elif not faults and _kind(out) == "a folder":
        faults += _folder_faults(out, force=force)
    refuse(faults)


def _place_faults(out: Path, option: str) -> Iterable[Fault]:
    """Yield why nothing can be written at a place."""
    name = out.name.encode()
    if out.name in ("", ".", "..") or out.resolve() == Path.cwd().resolve():
        yield Fault(
            str(out) or "''", option, told("this folder"), told("a name for what is to be made")
        )
    elif len(name) > LONGEST_NAME or "\0" in str(out):
        yield Fault(
            str(out)[:80],
            option,
            told("a name of {size} bytes", size=len(name)),
            told("a shorter name"),
        )
    else:
        yield from _parent_faults(out, option)


def _parent_faults(out: Path, option: str) -> Iterable[Fault]:
    try:
        above = next(folder for folder in out.absolute().parents if folder.exists())
        ready = above.is_dir() and os.access(above, os.W_OK | os.X_OK)
    except (OSError, StopIteration):
        above, ready = out.parent, False
    if not above.is_dir():
        yield Fault(
            str(out),
            option,
            told("{place}, not a folder", place=above),
            told("a place in a folder"),
        )
    elif not ready:
        yield Fault(
            str(out),
            option,
            told("{place}, not writable", place=above),
            told("a writable location"),
        )
    elif os.path.ismount(out):
        yield Fault(str(out), option, told("a mounted volume"), told("a folder inside it"))


def _kind(path: Path) -> str:
    """Return what stands at a place: nothing, a file, a folder, a link or something else."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return KINDS.get(stat.S_IFMT(mode), "a device")


def _folder_faults(out: Path, *, force: bool) -> Iterable[Fault]:
    inside = sorted(path.name for path in out.iterdir())
    if not inside:
        return
    if not force:
        yield Fault(
            str(out), "--out", told("a folder that is not empty"), told("--force to replace")
        )
        return
    held = [name for name in INPUTS if name in inside]
    others = [name for name in _strangers(out) if name not in held]
    if held or others:
        given = told("a folder that holds {names}", names=", ".join([*held, *others][:3]))
        yield Fault(str(out), "--out", given, told("a folder with only files that ketnoi made"))


def _strangers(out: Path) -> list[str]:
    """Return the files of a folder that ketnoi did not make."""
    marker = out / MARKER
    if marker.is_file():
        own = {*marker.read_text(encoding="utf-8", errors="replace").splitlines(), MARKER}
    elif (out / "stamp.json").is_file():  # made before there were markers
        own = {path.relative_to(out).as_posix() for path in out.rglob("*") if _early(path, out)}
    else:
        own = set()
    found = (path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir())
    return sorted(name for name in found if name not in own)


def _early(path: Path, out: Path) -> bool:
    top = path.relative_to(out).parts[0]
    made = (".csv", ".json", ".xlsx", ".svg", ".png", ".pdf")
    return path.suffix in made and (top == "charts" or path.parent == out)


def write_folder(out: Path, files: Iterable[tuple[str, bytes]], *, force: bool) -> None:
    """Write all files or none: into a folder beside `out`, which takes its place at the end.

    Args:
        out: the folder to make.
        files: name, which may have folders in it, and content; made as they are asked for.
        force: whether a folder that ketnoi made is replaced.

    Raises:
        InputFaults: see `check_folder`; also where another process has filled it meanwhile.
    """
    check_folder(out, force=force)
    making, names = _part(out), list[str]()
    try:
        with as_faults(out):
            making.mkdir(parents=True)
            sweep(out.parent, out.name)
        for name, content in files:
            with as_faults(out):
                (making / name).parent.mkdir(parents=True, exist_ok=True)
                (making / name).write_bytes(content)
            names.append(name)
        with as_faults(out):
            (making / MARKER).write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")
            for path in (*making.rglob("*"), making):
                _flush(path)
            check_folder(out, force=force)
            _swap(making, out)
    finally:
        shutil.rmtree(making, ignore_errors=True)


@contextmanager
def as_faults(out: Path) -> Iterator[None]:
    """Tell as a fault of a place what the system refuses there; raises `InputFaults`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        wanted = (
            told("a disk with free space") if full else told("a location that can be written to")
        )
        given = told(error.strerror or "cannot be written")
        raise InputFaults([Fault(str(out), "--out", given, wanted)]) from None


def _flush(path: Path) -> None:
    """Have a file or a folder reach the disk, so that a failing of power takes neither."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(making: Path, out: Path) -> None:
    """Put the new folder in the old one's place, in one step where the system can."""
    if not out.exists():
        making.rename(out)
        return
    if _exchanged(making, out):
        _flush(out.parent)  # before the old one goes
        return
    old = making.with_name(f".{out.name}.old.{os.getpid()}.part")
    out.rename(old)
    try:
        making.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places at once; False where the system cannot."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError):
        return False
    here = -100  # AT_FDCWD
    done = rename(here, os.fsencode(one), here, os.fsencode(other), EXCHANGE)
    return bool(done == 0)


def write_file(out: Path, content: bytes) -> None:
    """Write a file whole or not at all, its folder made; raises `InputFaults` if it cannot be."""
    with as_faults(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        sweep(out.parent, out.name)
        write_whole(out, content)
