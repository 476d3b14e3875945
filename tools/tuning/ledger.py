"""The study in its storage: what has been asked, what is finished, whose trials are whose.

A point of the search is a trial without the attribute `rerun_of`, or such a trial and its reruns. It
counts once, whatever died on the way. Trials beyond the budget, which two processes may ask for at once,
and those whose process died while it asked are marked `surplus` and do not count.
"""

import contextlib
import fcntl
import json
import os
import socket
import time
import warnings

import optuna
from optuna.trial import TrialState

from . import TuningError
from .search import FrozenView
from .space import Space

RERUN, AFTER, SURPLUS, LOST = "rerun_of", "after", "surplus", "lost"
OWNER, ENQUEUED, REASON = "owner", "point", "reason"
MOST_RERUNS = 20


def open_storage(url):
    """`journal:FILE`, or an address of SQLAlchemy's such as sqlite:///FILE and postgresql://..."""
    kind, _, path = url.partition(":")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind == "journal":
                if not path:
                    raise TuningError("journal: needs a file, as in journal:study.journal")
                os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
                try:
                    from optuna.storages.journal import JournalFileBackend as Backend
                except ImportError:  # Optuna 3
                    Backend = optuna.storages.JournalFileStorage
                return optuna.storages.JournalStorage(Backend(path, lock_obj=JournalLock(path)))
            options = {"connect_args": {"timeout": 60}} if kind == "sqlite" else {"pool_pre_ping": True}
            return first_success(lambda: optuna.storages.RDBStorage(url, engine_kwargs=options))
    except TuningError:
        raise
    except Exception as error:  # SQLAlchemy's and its drivers' are many
        raise TuningError(f"{url}: {str(error).splitlines()[0]}") from None


def first_success(make, tries=5):
    """Of two processes that make the tables of a new database at once, one fails, and finds them then."""
    for left in reversed(range(tries)):
        try:
            return make()
        except ImportError:
            raise
        except Exception:  # SQLAlchemy may be missing here, and its errors have no common name
            if not left:
                raise
            time.sleep(0.3)


class JournalLock:
    """Optuna's own lock files outlive a killed process and then stop everybody; the system's locks do
    not. What a process killed while it wrote has left of a line goes before the next one is written:
    the two would be one line that nobody can read."""

    def __init__(self, path):
        self._path, self._file = path, None

    def acquire(self):
        self._file = open(self._path + ".lock", "a", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        if os.path.exists(self._path):
            with open(self._path, "rb+") as journal:
                end = journal.seek(0, os.SEEK_END)
                if end and (journal.seek(end - 1), journal.read(1))[1] != b"\n":
                    journal.seek(0)
                    journal.truncate(journal.read().rfind(b"\n") + 1)
        return True

    def release(self):
        self._file.close()
        self._file = None


def this_process():
    """An identity that no later process has: by it others on this machine see that it is dead."""
    return {"host": socket.gethostname(), "boot": _read("/proc/sys/kernel/random/boot_id"),
            "space": os.readlink("/proc/self/ns/pid"), "pid": os.getpid(), "start": start_time("self")}


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


class Watch:
    """Who is alive. On this machine the system knows; elsewhere a process counts as dead when its
    beats have not changed for `grace` seconds of our own clock, so that clocks need not agree."""

    def __init__(self, grace):
        self.me, self.grace, self.seen = this_process(), grace, {}

    def is_here(self, owner):
        return all(owner.get(k) == self.me[k] for k in ("host", "boot", "space"))

    def lives_here(self, owner):
        return self.is_here(owner) and start_time(owner["pid"]) == owner["start"]

    def is_dead(self, owner, beats):
        if self.is_here(owner):
            return not self.lives_here(owner)
        key = beat_key(owner)
        beat, since = self.seen.get(key, (None, None))
        if since is None or beat != beats.get(key):
            self.seen[key] = (beats.get(key), time.monotonic())
            return False
        return time.monotonic() - since > self.grace


def beat_key(owner):
    return f"beat:{owner['host']}:{owner['pid']}:{owner['start']}"


def is_over(trial):
    return trial.state.is_finished() and LOST not in trial.user_attrs


class Snapshot:
    """The trials of a study at one moment, sorted into points."""

    def __init__(self, trials):
        self.trials = [t for t in trials if SURPLUS not in t.user_attrs]
        first = {}  # two processes that begin at once may enqueue the same point
        for t in self.trials:
            if RERUN not in t.user_attrs and ENQUEUED in t.user_attrs:
                first.setdefault(t.user_attrs[ENQUEUED], t.number)
        self._first = first
        tries = {}
        for t in self.trials:
            tries.setdefault(self.root(t), []).append(t)
        self.roots = sorted(tries)
        # The trial that counts: the first that is over, else the last one.
        self.counting = {r: next((t for t in of if is_over(t)), of[-1]) for r, of in tries.items()}
        given_up = {r for r, of in tries.items()
                    if len(of) > MOST_RERUNS and all(t.state.is_finished() for t in of)}
        self.finished = {r: t for r, t in self.counting.items() if is_over(t) or r in given_up}
        self.tries = tries
        self.waiting = [t for t in self.trials if t.state == TrialState.WAITING]

    def root(self, trial):
        if RERUN in trial.user_attrs:
            return trial.user_attrs[RERUN]
        return self._first.get(trial.user_attrs.get(ENQUEUED), trial.number)


class Ledger:
    def __init__(self, storage, name, space, sampler, pruner, settings, grace=120.0):
        """`sampler(index)` makes the one that asks for point `index`."""
        self.space, self.sampler_of, self.storage = space, sampler, storage
        self.grace, self.watch = grace, Watch(grace)
        self.last_beat, self.beats, self.orphans, self.unsigned = 0.0, 0, {}, {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.plain = optuna.samplers.RandomSampler(seed=0)
            self.study = optuna.create_study(
                study_name=name, storage=storage, directions=space.directions, sampler=self.plain,
                pruner=pruner, load_if_exists=True)
        self._agree("space", space.identity())
        self._agree("settings", json.dumps(settings, sort_keys=True))
        self.study.set_user_attr("described", json.dumps(space.described()))
        self.beat()

    def _agree(self, key, value):
        stored = self.study.user_attrs.get(key)
        if stored is None:
            self.study.set_user_attr(key, value)
        elif stored != value:
            raise TuningError(
                f"the study '{self.study.study_name}' has another {key}: {stored} there, {value} here; "
                "choose another --study or --name")

    def snapshot(self):
        return Snapshot(self.study.get_trials(deepcopy=False))

    # Asking.

    def enqueue(self, points, first=0):
        """Points to be tried as they are, each once however often this is called."""
        there = {t.user_attrs.get(ENQUEUED) for t in self.snapshot().trials}
        for i, point in enumerate(points, start=first):
            if i not in there:
                self._enqueue(point, {ENQUEUED: i})

    def _enqueue(self, point, attributes):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.study.enqueue_trial(point, user_attrs=attributes)

    def ask_waiting(self):
        """What waits first in the study; None when another process was faster."""
        trial = self._ask(self.plain)
        if self._was_enqueued(trial):
            return trial
        self._surplus(trial._trial_id)
        return None

    def ask_new(self, limit):
        """The sampler's next point; None when there are `limit` already."""
        index = len(self.snapshot().roots)
        if index >= limit:
            return None
        trial = self._ask(self.sampler_of(index))
        if not self._was_enqueued(trial):
            if len([r for r in self.snapshot().roots if r < trial.number]) >= limit:
                self._surplus(trial._trial_id)
                return None
        return trial

    def _was_enqueued(self, trial):
        return "fixed_params" in self.storage.get_trial(trial._trial_id).system_attrs

    def _ask(self, sampler):
        infer = sampler.infer_relative_search_space

        def sign_and_infer(study, trial):  # the first thing that happens to a new trial
            self.storage.set_trial_user_attr(trial._trial_id, OWNER, self.watch.me)
            return infer(study, trial)

        sampler.infer_relative_search_space = sign_and_infer
        self.study.sampler = sampler
        try:
            with warnings.catch_warnings(), self._without_unasked():
                warnings.simplefilter("ignore")
                trial = self.study.ask()
                self.space.suggest(trial)
        finally:
            self.study.sampler = self.plain
            sampler.infer_relative_search_space = infer
        return trial

    @contextlib.contextmanager
    def _without_unasked(self):
        """Points that other processes are in the middle of asking for lack values, on which TPE of
        Optuna 3 fails: samplers do not see them."""
        names = [n for n in ("get_trials", "_get_trials") if hasattr(type(self.study), n)]

        def filtered(get):
            return lambda *args, **options: [
                t for t in get(*args, **options)
                if t.state != TrialState.RUNNING or self.space.is_complete(t.params)]

        for name in names:
            setattr(self.study, name, filtered(getattr(self.study, name)))
        try:
            yield
        finally:
            for name in names:
                delattr(self.study, name)

    # Telling.

    def tell(self, trial, values=None, state=None, attributes=None):
        for key, value in (attributes or {}).items():
            trial.set_user_attr(key, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.study.tell(trial, values=values, state=state)
            except (RuntimeError, ValueError):
                # Somebody took us for dead and marked it; then its rerun counts.
                if not self.storage.get_trial(trial._trial_id).state.is_finished():
                    raise

    def _mark(self, trial_id, attributes):
        """False if it is over, or another process was faster."""
        try:
            for key, value in attributes.items():
                self.storage.set_trial_user_attr(trial_id, key, value)
            return self.storage.set_trial_state_values(trial_id, TrialState.FAIL)
        except (RuntimeError, KeyError):
            return False

    def _surplus(self, trial_id):
        return self._mark(trial_id, {SURPLUS: True})

    def lose(self, trial, why):
        """A trial whose process is gone is marked, and its point waits to be run again. One that died
        while it was asked for is forgotten: the point is asked for again."""
        fixed = trial.system_attrs.get("fixed_params")
        if fixed is None and not self.space.is_complete(trial.params):
            self._surplus(trial._trial_id)
        elif self._mark(trial._trial_id, {LOST: True, REASON: why}):
            self._rerun(trial)

    def _rerun(self, trial):
        snapshot = self.snapshot()
        root = snapshot.root(trial)
        if len(snapshot.tries[root]) <= MOST_RERUNS:
            self._enqueue(trial.system_attrs.get("fixed_params") or dict(trial.params),
                          {RERUN: root, AFTER: trial.number})

    def reap(self, mine):
        """Loses the trials of the dead. `mine`: numbers of those that run here."""
        attributes, now = self.study.user_attrs, time.monotonic()
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            if trial.number in mine:
                continue
            owner = trial.user_attrs.get(OWNER)
            if owner is None:  # it takes a moment to sign; whoever has not within seconds is dead
                dead = now - self.unsigned.setdefault(trial.number, now) > 10 or self._alone(attributes)
            else:
                dead = owner == self.watch.me or self.watch.is_dead(owner, attributes)
            if dead:
                self.lose(trial, "its worker died")
        # Whoever marked one may have died before it enqueued the rerun.
        snapshot = self.snapshot()
        followed = {t.user_attrs.get(AFTER) for t in snapshot.trials}
        for trial in snapshot.trials:
            if LOST in trial.user_attrs and trial.state.is_finished() and trial.number not in followed:
                if snapshot.root(trial) in snapshot.finished:
                    continue
                since = self.orphans.setdefault(trial.number, now)
                if now - since > 5 or self._alone(attributes):
                    self._rerun(trial)

    def _alone(self, attributes):
        """Whether every other process that ever worked on the study is dead."""
        others = [v[0] for k, v in attributes.items() if k.startswith("beat:") and v[0] != self.watch.me]
        return all(self.watch.is_dead(owner, attributes) for owner in others)

    def be_alone(self):
        """Rounds are asked for by one process. Waits for the grace of others that may be dead."""
        while not self._alone(attributes := self.study.user_attrs):
            for key, value in attributes.items():
                if key.startswith("beat:") and value[0] != self.watch.me and self.watch.lives_here(value[0]):
                    raise TuningError(f"process {value[0]['pid']} works on this study, and rounds are asked "
                                      "for by one process; --workers N in that one, or --round 0 in all")
            time.sleep(1)

    def beat(self, every=15.0):
        """Tells other machines that this process lives."""
        now = time.monotonic()
        if not self.beats or now - self.last_beat >= every:
            self.last_beat, self.beats = now, self.beats + 1
            self.study.set_user_attr(beat_key(self.watch.me), [self.watch.me, self.beats])

    def view(self, trial, first):
        """For pruning: all trials before number `first`, and this one."""
        number = self.snapshot().root(self.storage.get_trial(trial._trial_id))
        before = self.study.get_trials(deepcopy=False)[:first]
        return FrozenView(self.study, before, max(number, first))


class Reader:
    """A study to look at."""

    def __init__(self, study, space):
        self.study, self.space = study, space

    def snapshot(self):
        return Snapshot(self.study.get_trials(deepcopy=False))


def reader(url, name):
    kind, _, path = url.partition(":")
    if kind == "journal" and not os.path.exists(path):
        raise TuningError(f"{path}: there is no such study")
    try:
        study = optuna.load_study(study_name=name, storage=open_storage(url))
        return Reader(study, Space(json.loads(study.user_attrs["described"]), "the study"))
    except KeyError:
        raise TuningError(f"{url}: there is no study '{name}' of this program's") from None
