"""Short turns: Linux (6.12 and later) wakes a process the sooner the shorter the turns that it asks
for. On a busy machine that is a tenth of a millisecond in place of some; it takes no privilege."""

import ctypes
import os
import platform
import struct

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
_TURN_NS = 100_000  # the shortest that is granted
_ATTR = struct.Struct("=IIQiIQQQ")  # sched_setattr(2)


def short_turns(pid: int = 0) -> bool:
    """Share and nice value stay as they are; false where it is not to be had. 0: this process."""
    number = _SCHED_SETATTR.get(platform.machine())
    if number is None or platform.system() != "Linux":
        return False
    try:
        if os.sched_getscheduler(pid) != os.SCHED_OTHER:
            return False
        nice = os.getpriority(os.PRIO_PROCESS, pid)
        attr = _ATTR.pack(_ATTR.size, os.SCHED_OTHER, 0, nice, 0, _TURN_NS, 0, 0)
        return bool(ctypes.CDLL(None).syscall(number, pid, attr, 0) == 0)
    except (OSError, AttributeError):
        return False
