"""Runs trials, several at a time, until the study has what was asked for."""

import os
import selectors
import signal
import sys
import time

from .ledger import KILLED, MOST_KILLS, STOPPED
from .process import TrialProcess

TICK = 0.2
REAP_EVERY = 2.0


class Stopped(Exception):
    """SIGINT or SIGTERM: trials have been stopped, and will be run again."""


class Running:
    def __init__(self, point, process, view):
        self.point, self.process, self.view = point, process, view
        self.curve = []


class Driver:
    def __init__(self, worker, command, folder, workers=1, threads=1, timeout=None, silence=None,
                 stop_grace=10.0, progress=None):
        self.worker, self.command, self.folder = worker, command, folder
        self.workers, self.threads, self.timeout, self.silence = workers, threads, timeout, silence
        self.stop_grace = stop_grace
        self.progress = progress or (lambda *_: None)
        self.selector = selectors.DefaultSelector()
        self.running = []
        self.stop_requested = False
        self.last_reap = None

    # The loop.

    def run(self):
        old = {s: signal.signal(s, self._note_stop) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stop_requested:
                self._reap()
                while len(self.running) < self.workers and (point := self.worker.claim()) is not None:
                    self._start(point)
                if not self.running and self.worker.is_complete():
                    return
                self._wait()
            self._stop()
            raise Stopped
        except BaseException:
            for run in self.running:
                run.process.kill()
            raise
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def _note_stop(self, *_):
        self.stop_requested = True

    def _reap(self):
        now = time.monotonic()
        if self.last_reap is None or now - self.last_reap > REAP_EVERY:
            self.last_reap = now
            self.worker.refresh()
            self.worker.beat()
            self.worker.reap([r.point for r in self.running])

    # One trial.

    def _start(self, point):
        name = "-".join(map(str, [point.index, len(point.losses)][:2 if point.losses else 1]))
        # Another run has a folder of its own: of the one before something may still be on its way out.
        process = TrialProcess(self.command, point.config, os.path.join(self.folder, "trials", name),
                               self.worker.space.objectives, self.threads, self.timeout, self.silence)
        run = Running(point, process, self.worker.search.view(self.worker.points, point.index))
        self.running.append(run)
        for stream in process.streams():
            self.selector.register(stream, selectors.EVENT_READ, run)

    def _wait(self):
        self._listen(TICK)
        for run in list(self.running):
            run.process.check_clock()
            if run.process.has_ended():
                end = time.monotonic() + 1
                while run.process.streams() and time.monotonic() < end:
                    self._listen(TICK)  # what it still has said: nobody holds the other ends any more
                self._end(run)

    def _listen(self, seconds):
        events = self.selector.select(seconds)
        for key, _ in events:
            run, stream = key.data, key.fileobj
            reports = run.process.read(stream)
            if stream.closed:
                self.selector.unregister(stream)
            for step, value in reports:
                self._report(run, step, value)
                if run.process.pruned:
                    break
        return events

    def _report(self, run, step, value):
        run.curve.append([step, value])
        if run.view is not None and run.view.should_prune(step, value):
            run.process.prune()

    def _end(self, run):
        for stream in run.process.streams():
            self.selector.unregister(stream)
        reason = run.process.finish()
        self.running.remove(run)
        process, point = run.process, run.point
        result = {"seconds": process.seconds, "steps": run.curve[-1][0] if run.curve else 0}
        if len(self.worker.space.objectives) == 1:  # Optuna's trials have a curve of one only
            result["curve"] = run.curve
        if run.view is not None:
            result["attributes"] = run.view.attributes()
        if process.pruned:
            self.worker.end(point, {**result, "state": "PRUNED", "values": [run.curve[-1][1]]})
        elif reason is not None and self.stop_requested and process.stopping is not None:
            self.worker.lose(point, STOPPED)
        elif reason == KILLED:  # by somebody else: a person, the system that is short of memory
            self.worker.lose(point, KILLED, MOST_KILLS)
        elif reason is not None:
            self.worker.end(point, {**result, "state": "FAIL", "reason": reason})
        else:
            figures = process.figures()
            self.worker.end(point, {
                **result, "state": "COMPLETE", "values": [figures[o] for o in self.worker.space.objectives],
                "figures": figures, "best_step": process.reports.end["step"]})
        if point.is_over():
            self.progress(self.worker, point)

    def _stop(self):
        for run in self.running:
            run.process.stop(self.stop_grace)
        while self.running:
            self._wait()


class Progress:
    """One line for every trial that is over, on a terminal always the same one."""

    def __init__(self, trials, label="", stream=sys.stderr):
        self.trials, self.label, self.stream = trials, label and label + ": ", stream
        self.start, self.stop = ("\r\x1b[K", "") if stream.isatty() else ("", "\n")

    def __call__(self, ledger, point):
        states = [p.result["state"] for p in ledger.points if p.is_over()]
        line = (f"{self.label}{len(states)} of {self.trials} trials: {states.count('COMPLETE')} complete, "
                f"{states.count('PRUNED')} pruned, {states.count('FAIL')} failed")
        best = best_of(ledger)
        if len(ledger.space.objectives) == 1 and best is not None:
            line += f"; best {ledger.space.objectives[0]} {best.value:.6g} of trial {best.number}"
        if point.result["state"] == "FAIL":
            print(f"{self.start}{self.label}trial {point.index} failed: {point.result['reason']}", file=self.stream)
        print(self.start + line, end=self.stop, file=self.stream, flush=True)

    def end(self):
        if not self.stop:
            print(file=self.stream)


def best_of(ledger):
    """The complete trial with the best first objective; the earlier one of equals. None if there is none."""
    complete = [t for t in ledger.over().values() if t.state.name == "COMPLETE"]
    sign = 1 if ledger.space.directions[0] == "minimize" else -1
    return min(complete, key=lambda t: (sign * t.values[0], t.number), default=None)
