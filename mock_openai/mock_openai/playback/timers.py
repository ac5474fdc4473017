"""Wakes the event loop at an absolute CLOCK_MONOTONIC time, as exactly as the system can.

Event loops round their timers to whole milliseconds; Linux's timerfd does not, so it is used
where there is one. Either way the alarm may ring early or late: who is woken looks at the clock.
"""

import asyncio
import ctypes
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_SECOND_NS = 1_000_000_000
TURNING_NS = 10_000
"""What is due sooner is waited for by turning the loop: to arm a timer and to be woken costs some
ten microseconds, to be scheduled again on a busy machine a millisecond."""


class Timer(Protocol):
    """One time at once: setting it again replaces the time."""

    def set(self, due_ns: int) -> None:
        """Rings at that time, in ns of the clock, and not at the one set before."""

    def close(self) -> None:
        """Never rings again."""


class LoopTimer:
    """By `loop.call_later`: exact to about a millisecond."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, due_ns: int) -> None:
        self.close()
        delay_s = max(0, due_ns - time.monotonic_ns()) / _SECOND_NS
        self._timer = self._loop.call_later(delay_s, self._ring)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _TimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class TimerfdTimer:
    """By timerfd_create(2): exact to some tens of microseconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._settime = libc.timerfd_settime
        self._spec = _TimerSpec()
        self._spec_pointer = ctypes.byref(self._spec)
        self._loop = loop
        self._ring = ring
        self._rings = False
        self._soon = False
        loop.add_reader(self._fd, self._on_readable)

    def set(self, due_ns: int) -> None:
        if self._soon:
            return
        if due_ns - time.monotonic_ns() < TURNING_NS:
            self._soon = True
            self._loop.call_soon(self._turn)
            return
        self._rings = False
        # A value of 0 would disarm it; any other time that is past rings at once.
        seconds, nanoseconds = divmod(max(1, due_ns), _SECOND_NS)
        self._spec.value.seconds = seconds
        self._spec.value.nanoseconds = nanoseconds
        self._settime(self._fd, _TFD_TIMER_ABSTIME, self._spec_pointer, None)

    def _turn(self) -> None:
        self._soon = False
        if self._fd >= 0:
            self._ring()

    def _on_readable(self) -> None:
        self._rings = True
        self._ring()
        if self._rings:  # not set anew, which would have silenced it
            with suppress(BlockingIOError):
                os.read(self._fd, 8)

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1


def new_alarm(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> Timer:
    """The most exact alarm that this system and this loop have."""
    try:
        return TimerfdTimer(loop, ring)
    except (OSError, AttributeError, NotImplementedError):
        return LoopTimer(loop, ring)
