"""Runs trials, several at a time, until the study has what was asked for."""

import os
import selectors
import signal
import sys
import time

import optuna
from optuna.trial import TrialState

from . import TuningError
from .ledger import REASON
from .process import TrialProcess

TICK = 0.2
REAP_EVERY = 2.0


class Stopped(Exception):
    """SIGINT or SIGTERM: trials have been stopped, and will be run again."""


class Running:
    def __init__(self, trial, process, view):
        self.trial, self.process, self.view = trial, process, view
        self.steps = 0


class Driver:
    def __init__(self, ledger, command, folder, trials, workers=1, round_size=0, threads=1,
                 timeout=None, silence=None, stop_grace=10.0, plan=None, progress=None):
        """round_size 0: whoever is free asks. `plan(snapshot)`, if any, returns the points that come
        next when all that there are have finished, and none at the end."""
        self.ledger, self.command, self.folder = ledger, command, folder
        self.trials, self.workers, self.round_size = trials, workers, round_size
        self.threads, self.timeout, self.silence = threads, timeout, silence
        self.stop_grace, self.plan = stop_grace, plan
        self.progress = progress or (lambda *_: None)
        self.prunes = not isinstance(ledger.study.pruner, optuna.pruners.NopPruner)
        if self.prunes and len(ledger.space.objectives) > 1:
            raise TuningError("pruning looks at one objective; with several, --pruner none")
        self.selector = selectors.DefaultSelector()
        self.running, self.asked = [], []
        self.stop_requested = False
        self.last_reap = None

    # The loop.

    def run(self):
        old = {s: signal.signal(s, self._note_stop) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stop_requested:
                self._reap()
                while len(self.running) < self.workers and (trial := self._next()) is not None:
                    self._start(trial)
                if not self.running and self._is_complete():
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
            self.ledger.beat()
            self.ledger.reap({r.trial.number for r in self.running} | {t.number for t in self.asked})

    def _is_complete(self):
        if self.asked:
            return False
        snapshot = self.ledger.snapshot()
        if len(snapshot.finished) < len(snapshot.roots):
            return False  # others run here or elsewhere, or wait
        return len(snapshot.roots) >= self.trials or (self.plan is not None and not self.plan(snapshot))

    # Which trial comes next.

    def _next(self):
        if self.asked:
            return self.asked.pop(0)
        snapshot = self.ledger.snapshot()
        if self.plan is not None:
            if not snapshot.waiting and len(snapshot.finished) == len(snapshot.roots):
                room = self.trials - len(snapshot.roots)
                if room > 0:
                    self.ledger.enqueue(self.plan(snapshot)[:room], first=len(snapshot.roots))
                    snapshot = self.ledger.snapshot()
            return self.ledger.ask_waiting() if snapshot.waiting else None
        if not self.round_size:
            if snapshot.waiting:
                return self.ledger.ask_waiting()
            return self.ledger.ask_new(self.trials)
        return self._next_of_round(snapshot)

    def _next_of_round(self, snapshot):
        """Rounds come one after the other, and all points of one are asked for before the first of
        them is run: what is asked then depends on nothing but what earlier rounds have brought."""
        size = self.round_size
        for first in range(0, self.trials, size):
            members = snapshot.roots[first:first + size]
            wanted = min(size, self.trials - first)
            if len(members) == wanted and all(m in snapshot.finished for m in members):
                continue
            if len(members) == wanted:
                ready = snapshot.waiting and snapshot.root(snapshot.waiting[0]) in members
                return self.ledger.ask_waiting() if ready else None
            while snapshot.waiting:  # to be run again: they stand where they stood when these are asked
                self._collect(self.ledger.ask_waiting())
                snapshot = self.ledger.snapshot()
            while len(snapshot.roots) < first + wanted:
                self._collect(self.ledger.ask_new(self.trials))
                snapshot = self.ledger.snapshot()
            return self.asked.pop(0)
        return None

    def _collect(self, trial):
        if trial is not None:
            self.asked.append(trial)

    # One trial.

    def _start(self, trial):
        params = {p.name: trial.params[p.name] for p in self.ledger.space.parameters
                  if p.name in trial.params}
        folder = os.path.join(self.folder, "trials", str(trial.number))
        process = TrialProcess(self.command, params, folder, self.ledger.space.objectives, self.threads,
                               self.timeout, self.silence)
        run = Running(trial, process, self._view(trial) if self.prunes else None)
        self.running.append(run)
        for stream in process.streams():
            self.selector.register(stream, selectors.EVENT_READ, run)
        trial.set_user_attr("process", process.pid)

    def _view(self, trial):
        if not self.round_size:
            return None
        snapshot = self.ledger.snapshot()
        root = snapshot.root(self.ledger.storage.get_trial(trial._trial_id))
        place = snapshot.roots.index(root)
        return self.ledger.view(trial, snapshot.roots[place - place % self.round_size])

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
        run.steps = step
        if len(self.ledger.space.objectives) == 1:
            run.trial.report(value, step)
        if run.view is not None:
            prune = run.view.should_prune(step, value)
        else:
            prune = self.prunes and run.trial.should_prune()
        if prune:
            run.process.prune()

    def _end(self, run):
        for stream in run.process.streams():
            self.selector.unregister(stream)
        reason = run.process.finish()
        self.running.remove(run)
        process, trial = run.process, run.trial
        notes = {"seconds": process.seconds, "steps": run.steps}
        if run.view is not None:
            for key, value in run.view.attributes().items():
                self.ledger.storage.set_trial_system_attr(trial._trial_id, key, value)
        if process.pruned:
            self.ledger.tell(trial, state=TrialState.PRUNED, attributes=notes)
        elif reason is not None and self.stop_requested and process.stopping is not None:
            self.ledger.lose(self.ledger.storage.get_trial(trial._trial_id), "the search was stopped")
        elif reason is not None:
            self.ledger.tell(trial, state=TrialState.FAIL, attributes={**notes, REASON: reason})
        else:
            figures = process.figures()
            notes.update(figures=figures, best_step=process.reports.end["step"])
            self.ledger.tell(trial, values=[figures[o] for o in self.ledger.space.objectives],
                             attributes=notes)
        self.progress(self.ledger, trial)

    def _stop(self):
        for run in self.running:
            run.process.stop(self.stop_grace)
        for trial in self.asked:
            self.ledger.lose(self.ledger.storage.get_trial(trial._trial_id), "the search was stopped")
        while self.running:
            self._wait()


def say_progress(trials, stream=sys.stderr):
    """One line for every trial that is over."""
    terminal = stream.isatty()

    def say(ledger, trial):
        snapshot = ledger.snapshot()
        over = snapshot.finished.values()
        counts = [sum(t.state == s for t in over)
                  for s in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)]
        line = (f"{len(snapshot.finished)} of {trials} trials: {counts[0]} complete, "
                f"{counts[1]} pruned, {counts[2]} failed")
        if len(ledger.space.objectives) == 1 and counts[0]:
            best = best_of(ledger, snapshot)
            line += f"; best {ledger.space.objectives[0]} {best.value:.6g} of trial {best.number}"
        mine = ledger.storage.get_trial(trial._trial_id)
        if mine.state == TrialState.FAIL:
            print(f"{chr(13) + chr(27) + '[K' if terminal else ''}trial {trial.number} failed: "
                  f"{mine.user_attrs.get(REASON)}", file=stream)
        print(f"\r\x1b[K{line}" if terminal else line, end="" if terminal else "\n", file=stream,
              flush=True)

    return say


def best_of(ledger, snapshot=None):
    """The complete trial with the best first objective; the earlier one of equals. None if there is none."""
    over = (snapshot or ledger.snapshot()).finished.values()
    complete = [t for t in over if t.state == TrialState.COMPLETE]
    sign = 1 if ledger.space.directions[0] == "minimize" else -1
    return min(complete, key=lambda t: (sign * t.values[0], t.number), default=None)
