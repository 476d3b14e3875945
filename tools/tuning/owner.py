"""Who works on a study, and whether he is still alive."""

import os
import socket
import time


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def start_time(pid):
    """In clock ticks since the machine started; empty when it has gone, or is a zombie."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def here():
    """This machine, as long as it runs, and this namespace of process numbers."""
    return [socket.gethostname(), _read("/proc/sys/kernel/random/boot_id"), os.readlink("/proc/self/ns/pid")]


class Watch:
    """On this machine the system knows who is alive; elsewhere a process counts as dead when it has
    written nothing for `grace` seconds of our own clock, so that clocks need not agree."""

    def __init__(self, grace):
        self._here, self._grace, self._heard = here(), grace, {}
        # An identity that no later process has.
        self.me = "|".join([*self._here, str(os.getpid()), start_time("self")])

    def is_dead(self, owner, heard):
        """`heard`: the number of the last entry that it has written."""
        *where, pid, start = owner.split("|")
        if where == self._here:
            return start_time(pid) != start
        number, since = self._heard.setdefault(owner, (heard, time.monotonic()))
        if number != heard:
            self._heard[owner] = (heard, time.monotonic())
            return False
        return time.monotonic() - since > self._grace
