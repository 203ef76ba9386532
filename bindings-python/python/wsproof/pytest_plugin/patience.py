"""A time limit for code of others: a block that is overdue is ended."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any


class Overdue(BaseException):
    """Raised inside the block. No `Exception`: code that catches those would go on."""


@contextmanager
def ended_when(overdue: Callable[[threading.Event], bool]) -> Iterator[None]:
    """Run a block, and raise `Overdue` in it once `overdue` returns true.

    `overdue` is called in a thread of its own, with an event that is set when the block has ended; it should then
    return false. In the main thread of a Unix system a signal also ends system calls that wait; elsewhere the exception
    comes when the next line of Python runs.
    """
    done = threading.Event()
    with _interruption() as interrupt:
        watch = threading.Thread(target=lambda: overdue(done) and interrupt(), name="wsproof watch", daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()


def within(seconds: float) -> Callable[[threading.Event], bool]:
    """The block is overdue after so many seconds."""
    return lambda done: not done.wait(seconds)


def where(error: BaseException, root: Path) -> str:
    """The innermost line of one's own code in a traceback, such as ``conftest.py:12: process.wait()``."""
    frames = list(traceback.extract_tb(error.__traceback__))
    own = [frame for frame in frames if _is_below(frame.filename, root)] or frames[-1:]
    if not own:
        return ""
    path, frame = own[-1].filename, own[-1]
    name = Path(path).relative_to(root) if _is_below(path, root) else Path(path).name
    return f"{name}:{frame.lineno}: {frame.line}"


def _is_below(path: str, root: Path) -> bool:
    # Code of packages, which may be installed below it, is nobody's own.
    return Path(path).is_relative_to(root) and "site-packages" not in path and path != __file__


@contextmanager
def _interruption() -> Iterator[Callable[[], None]]:
    """A function that raises `Overdue` in this thread, for other threads to call. It does nothing after the block."""
    if hasattr(signal, "pthread_kill") and threading.current_thread() is threading.main_thread():
        way: _Signal | _Exception = _Signal()
    else:
        way = _Exception()
    with way:
        yield way.fire


class _Signal:
    """By a signal. One that comes from elsewhere goes to the handler that was there."""

    NUMBER = getattr(signal, "SIGALRM", 0)

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._fired = self._handled = self._over = False
        self._lock = threading.Lock()
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = signal.signal(self.NUMBER, self._handle)

    def __exit__(self, *_: object) -> None:
        self._over = True
        with self._lock:
            fired = self._fired
        # A signal that is on its way must not meet the handler that was there before, which may end the process.
        while fired and not self._handled:
            time.sleep(0.001)
        signal.signal(self.NUMBER, signal.SIG_DFL if self._before is None else self._before)

    def fire(self) -> None:
        with self._lock:
            if not self._over:
                self._fired = True
                signal.pthread_kill(self._thread, self.NUMBER)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._fired and not self._handled:
            self._handled = True
            if not self._over:
                self._over = True
                raise Overdue
        elif callable(self._before):
            self._before(number, frame)


class _Exception:
    """By an exception that the interpreter raises when the thread runs its next line."""

    def __init__(self) -> None:
        self._thread = ctypes.c_ulong(threading.get_ident())
        self._over = False
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._lock:
            self._over = True
            if kind is not Overdue:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, None)

    def fire(self) -> None:
        with self._lock:
            if not self._over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(self._thread, ctypes.py_object(Overdue))
