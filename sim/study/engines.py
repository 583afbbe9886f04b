"""Where chunks are computed: in this process, in a pool of processes, or on a Dask cluster.

Each engine takes chunks one by one and gives back results as they come, holding a few
chunks a worker at a time: memory does not grow with the study.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from typing import Any

from sim.faults import Fault, InputFaults, shown, told
from sim.study.chunks import Chunk, compute

Parts = dict[str, bytes]
Result = tuple[Chunk, Parts | BaseException]
Engine = Callable[[Iterable[Chunk]], Iterator[Result]]

AHEAD = 2  # chunks a worker may have in hand, so that none waits for the next
PATIENCE = 5  # seconds a worker has to end by itself
TRIES = 3  # how often a chunk is given out whose worker dies


def here(chunks: Iterable[Chunk]) -> Iterator[Result]:
    """Compute chunks one after the other in this process."""
    for chunk in chunks:
        try:
            yield chunk, compute(chunk)
        except Exception as error:
            yield chunk, error


def pool(workers: int) -> Engine:
    """Return an engine of so many processes on this machine."""

    def engine(chunks: Iterable[Chunk]) -> Iterator[Result]:
        waiting = iter(chunks)
        again: list[Chunk] = []
        deaths: dict[str, int] = {}
        while True:
            crew = _crew(workers)
            try:
                yield from _worked(crew, _chained(again, waiting), workers * AHEAD, again)
                crew.shutdown()
                return
            except BrokenProcessPool as error:
                for chunk in list(again):
                    deaths[chunk.key] = deaths.get(chunk.key, 0) + 1
                    if deaths[chunk.key] >= TRIES:
                        again.remove(chunk)
                        yield chunk, error
            finally:
                _dismiss(crew)

    return engine


def _chained(again: list[Chunk], waiting: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks of a broken pool first."""
    first, again[:] = list(again), []
    yield from first
    yield from waiting


def _worked(
    crew: ProcessPoolExecutor, chunks: Iterator[Chunk], window: int, lost: list[Chunk]
) -> Iterator[Result]:
    """Yield results as they come; when the pool breaks, `lost` holds what was in hand."""
    hand: dict[Future[Parts], Chunk] = {}
    try:
        with _deaf_to_interrupts():  # the processes start here, and are not to hear Ctrl-C
            _fill(crew, chunks, window, hand)
        while hand:
            done, _ = wait(hand, return_when=FIRST_COMPLETED)
            for future in done:
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    raise error
                yield hand.pop(future), error or future.result()
            _fill(crew, chunks, window, hand)
    except BrokenProcessPool:
        lost += hand.values()
        raise


def _fill(
    crew: ProcessPoolExecutor,
    chunks: Iterator[Chunk],
    window: int,
    hand: dict[Future[Parts], Chunk],
) -> None:
    while len(hand) < window and (chunk := next(chunks, None)) is not None:
        try:
            hand[crew.submit(compute, chunk)] = chunk
        except BrokenProcessPool:
            broken: Future[Parts] = Future()
            hand[broken] = chunk
            raise


def _crew(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=settle
    )


def settle() -> None:
    """Make this process a worker: deaf to Ctrl-C, gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(1))  # nothing may catch it
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive_nobody, args=(parent,), daemon=True).start()


def _outlive_nobody(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _dismiss(crew: ProcessPoolExecutor) -> None:
    """Stop a pool at once: what its processes have in hand is not wanted any more."""
    processes = list((getattr(crew, "_processes", None) or {}).values())
    waiting = getattr(crew, "_call_queue", None)
    manager = getattr(crew, "_executor_manager_thread", None)
    crew.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(PATIENCE)
        process.kill()
    if waiting is not None:  # or the thread that hands out chunks would wait for a reader for ever
        with suppress(OSError):
            waiting._reader.close()
    if manager is not None:  # or the end of Python would wake it while it closes its pipe
        manager.join(PATIENCE)


def dask(address: str) -> Engine:
    """Return an engine that sends chunks to the workers of a Dask scheduler.

    The workers need ketnoi of the same code, nothing else: a chunk carries its place, and
    its results come back to this process, which keeps them.

    Raises:
        InputFaults: no scheduler answers at the address, or Dask is not installed.
    """
    try:
        from distributed import Client
    except ImportError:
        wanted = told("pip install 'ketnoi[dask]'")
        raise InputFaults([Fault("--scheduler", "", told("Dask, not installed"), wanted)]) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        given = told("{address}: {error}", address=shown(address), error=error)
        wanted = told("the address of a running scheduler, such as tcp://127.0.0.1:8786")
        raise InputFaults([Fault("--scheduler", "", given, wanted)]) from None

    def engine(chunks: Iterable[Chunk]) -> Iterator[Result]:
        with client:
            yield from _spread(client, iter(chunks))

    return engine


def _spread(client: Any, chunks: Iterator[Chunk]) -> Iterator[Result]:
    from distributed import as_completed

    hand: dict[Any, Chunk] = {}
    coming = as_completed(loop=client.loop)
    while True:
        threads = sum(client.nthreads().values())
        while len(hand) < max(threads, 1) * AHEAD and (chunk := next(chunks, None)) is not None:
            future = client.submit(compute, chunk, key=f"ketnoi-{chunk.key}", retries=TRIES)
            hand[future] = chunk
            coming.add(future)
        if not hand:
            return
        future = next(coming)
        error = future.exception()
        chunk = hand.pop(future)
        yield chunk, error if error is not None else future.result()
        future.release()
