"""A trial's process: started under a guard (guard.py), read line by line, ended with all it has begun."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
import uuid

from . import TuningError
from .space import is_number, read_json

LINE_LIMIT = 64 * 1024
OUTPUT_LIMIT = 16 * 1024 * 1024
ERROR_LIMIT = 4096


def guarded(command):
    guard = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guard.py")
    return [sys.executable, "-I", "-S", guard, str(os.getpid()), *command]


def end_marked(mark):
    """Kills all that have this in their environment, until there are none: they may have children."""
    found = True
    while found:
        found = False
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if mark not in file.read():
                        continue
                os.kill(int(pid), signal.SIGKILL)
                found = True
            except OSError:  # gone, a zombie, or another user's
                pass
        time.sleep(0.01 if found else 0)


def describe(command, timeout=60):
    """What the program says of its hyperparameters."""
    try:
        done = subprocess.run(guarded([*command, "--describe-space"]), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                              start_new_session=True)
    except subprocess.TimeoutExpired:
        raise TuningError(f"{command[0]} --describe-space: no answer within {timeout} s") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise TuningError(f"{command[0]} --describe-space: {said[-1] if said else 'failed'}")
    return read_json(done.stdout.decode(errors="replace"), f"{command[0]} --describe-space")


def signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:  # of real time
        return f"signal {number}"


class Rubbish(Exception):
    """A line that is not of the contract."""


class Reports:
    """Checks the lines of a trial against the contract."""

    def __init__(self, objectives):
        self.objectives = objectives
        self.last_step = 0
        self.lines = 0
        self.end = None

    def take(self, line):
        """(step, value of the first objective) of a report, None at the end. Throws Rubbish."""
        self.lines += 1
        try:
            return self._take(read_json(line.decode("utf-8"), "it"))
        except (TuningError, KeyError, TypeError, ValueError, AttributeError) as error:
            why = error.args[0] if isinstance(error, (Rubbish, ValueError, TuningError)) else f"{error!r}"
            shown = line[:60].decode("utf-8", "backslashreplace")
            raise Rubbish(f"line {self.lines} of its output is no report: {shown!r} ({why})") from None

    def _figures(self, line, names):
        figures = line["figures"]
        for name in names:
            if not is_number(figures[name]):
                raise ValueError(f"{name} is no number")
        return {str(k): float(v) for k, v in figures.items() if is_number(v)}

    def _take(self, line):
        if self.end is not None:
            raise ValueError("after its end")
        step = line["step"]
        if not isinstance(step, int) or isinstance(step, bool):
            raise ValueError("step is no whole number")
        if line["event"] == "report":
            if step <= self.last_step:
                raise ValueError(f"step {step} is not after {self.last_step}")
            value = self._figures(line, self.objectives[:1])[self.objectives[0]]
            self.last_step = step
            return step, value
        if line["event"] != "end" or line["status"] not in ("ok", "diverged", "stopped"):
            raise ValueError("neither a report nor an end")
        if line["status"] == "ok":
            line["figures"] = self._figures(line, self.objectives)
        self.end = line
        return None


class TrialProcess:
    """`failure` is None while nothing is wrong; then a reason, and the process is being killed."""

    def __init__(self, command, config, folder, objectives, threads, timeout=None, silence=None,
                 keep=False):
        """`keep`: what the folder holds, for a program that goes on from there."""
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
        config_file = os.path.join(folder, "config.json")
        with open(config_file, "w", encoding="utf-8") as file:
            json.dump(config, file, allow_nan=False)
        self.reports = Reports(objectives)
        self.failure = None
        self.pruned = False
        self.stopping = None
        self.timeout, self.silence = timeout, silence
        self.begin = self.heard = time.monotonic()
        self.seconds = 0.0
        self._partial, self._bytes, self._errors = b"", 0, b""
        self.mark = str(uuid.uuid4())
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS=str(threads),
                           CINTA_TRIAL=self.mark)
        self.process = subprocess.Popen(
            guarded([*command, "--config", config_file, "--trial", folder]), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True)
        self.pid = self.process.pid
        for stream in (self.process.stdout, self.process.stderr):
            os.set_blocking(stream.fileno(), False)

    def streams(self):
        return [s for s in (self.process.stdout, self.process.stderr) if not s.closed]

    def read(self, stream):
        """New (step, value) pairs."""
        try:
            data = os.read(stream.fileno(), 1 << 16)
        except BlockingIOError:
            return []
        if not data:
            stream.close()
            return []
        if stream is self.process.stderr:
            self._errors = (self._errors + data)[-ERROR_LIMIT:]
            return []
        self.heard = time.monotonic()
        self._bytes += len(data)
        if self.failure or self.pruned:
            return []
        out = []
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            try:
                report = self.reports.take(line)
            except Rubbish as rubbish:
                self.fail(str(rubbish))
                return out
            if report is not None:
                out.append(report)
        if len(self._partial) > LINE_LIMIT:
            self.fail(f"a line of its output is longer than {LINE_LIMIT} bytes")
        elif self._bytes > OUTPUT_LIMIT:
            self.fail(f"its output is longer than {OUTPUT_LIMIT} bytes")
        return out

    def check_clock(self):
        now = time.monotonic()
        if self.failure or self.pruned:
            return
        if self.stopping is not None and now > self.stopping:
            self.kill()
        elif self.timeout and now - self.begin > self.timeout:
            self.fail(f"took longer than {self.timeout:g} s")
        elif self.silence and now - self.heard > self.silence:
            self.fail(f"said nothing for {self.silence:g} s")

    def fail(self, reason):
        self.failure = reason
        self.kill()

    def prune(self):
        self.pruned = True
        self.kill()  # it need not save anything

    def stop(self, grace):
        """SIGTERM, so that it saves; it is killed when `grace` seconds have gone."""
        self.stopping = time.monotonic() + grace
        self._signal_group(signal.SIGTERM)  # which the guard does not mind

    def kill(self):
        """The guard kills all that the program has begun, and ends."""
        if self.process.returncode is None:
            os.kill(self.pid, signal.SIGUSR1)

    def _signal_group(self, number):
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def has_ended(self):
        """Whether the guard has gone, and with it the program. Where the guard was killed, it is seen to
        here that nothing is left, which also closes the pipes."""
        # Without reaping: while it is a zombie nobody else can have its number.
        done = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if done is None:
            return False
        if done.si_status == signal.SIGKILL and done.si_code == os.CLD_KILLED:
            self._signal_group(signal.SIGKILL)
            end_marked(f"CINTA_TRIAL={self.mark}".encode())
        return True

    def follow(self):
        """(step, value) pairs until it has ended, for who runs one at a time."""
        with selectors.DefaultSelector() as selector:
            for stream in self.streams():
                selector.register(stream, selectors.EVENT_READ)
            over = False
            while not over:
                over = self.has_ended()
                while events := selector.select(0 if over else 0.2):
                    for key, _ in events:
                        found = self.read(key.fileobj)
                        if key.fileobj.closed:
                            selector.unregister(key.fileobj)
                        yield from found

    def finish(self):
        """After has_ended() and the end of its output: why it failed, or None."""
        code = self.process.wait()
        self.seconds = time.monotonic() - self.begin
        for stream in self.streams():
            stream.close()
        if self.failure or self.pruned:
            return self.failure
        end = self.reports.end
        if end is not None and end["status"] == "diverged":
            return f"diverged at step {end['step']}: {end.get('reason', 'no reason given')}"
        if code < 0:  # perhaps in the middle of a line
            return f"killed by {signal_name(-code)}"
        if self._partial:
            return f"its output ends in the middle of a line: {self._partial[:60]!r}"
        if code != 0:
            said = self._errors.decode(errors="replace").strip().splitlines()
            names = {2: "refused its arguments", 3: "diverged", 143: "was stopped by SIGTERM"}
            return f"{names.get(code, f'ended with exit code {code}')}: {said[-1] if said else 'it said no more'}"
        if end is None:
            return "ended without a result"
        return None if end["status"] == "ok" else f"ended as {end['status']}"

    def figures(self):
        return self.reports.end["figures"]
