"""A study: the points that have been asked for, who runs which, and what has come of them.

All of it is what the entries of its log say, played from the first one on (`_apply`), by every process
that works on it. A process decides by what it has read and writes its decision as the next entry; if
another one was faster it reads that and decides again. Optuna's studies are made from this one when
something is to be asked of Optuna, and thrown away.

A point counts once, however often it is run: a run whose worker has died is lost, and the point waits.
"""

import json
import time

from . import TuningError
from .log import exists, open_log, parse
from .owner import Watch
from .search import as_trial, make_study
from .space import Space

FORMAT = 1
MOST_DEATHS, MOST_KILLS = 20, 2
DIED, KILLED, STOPPED = "its worker died", "killed by SIGKILL", "the search was stopped"


class Point:
    """`owner` while it runs, `result` when it is over; before, between and after losses it waits."""

    def __init__(self, index, config, attributes):
        self.index, self.config, self.attributes = index, config, attributes
        self.owner, self.result, self.losses = None, None, []

    def is_over(self):
        return self.result is not None

    def waits(self):
        return self.owner is None and self.result is None


class Ledger:
    def __init__(self, log, name):
        self.log, self.name = log, name
        self.points, self.attributes = [], {}  # the latter are Optuna's, of the study
        self.first, self.entries, self.heard = None, 0, {}
        self.space = None
        self.refresh()

    def refresh(self):
        for text in self.log.read():
            self._apply(parse(text, self.entries))

    def _apply(self, entry):
        do = entry["do"]
        if do == "open":
            if entry.get("format") != FORMAT:
                raise TuningError(f"the study is of another version of cinta tune: format {entry.get('format')}")
            self.first = entry
            self.space = Space(entry["described"], "the study")
        elif do == "ask":
            for point in entry["points"]:
                self.points.append(Point(len(self.points), point["config"], point["attributes"]))
            self.attributes.update(entry["study"])
        elif do == "claim":
            self.points[entry["point"]].owner = entry["by"]
        elif do == "lose":
            point = self.points[entry["point"]]
            point.owner = None
            point.losses.append(entry["why"])
        elif do == "end":
            point = self.points[entry["point"]]
            point.owner, point.result = None, entry["result"]
        self.entries += 1
        self.heard[entry["by"]] = self.entries

    def over(self):
        """Optuna's trials of the points that are over, by number."""
        return {p.index: as_trial(self.space, p) for p in self.points if p.is_over()}

    def study(self):
        """An Optuna study of what is over."""
        return make_study(self.space, self.name, None, self.over().values())


class Worker(Ledger):
    """A ledger that one writes to."""

    def __init__(self, log, name, space, search, settings, grace=120.0):
        self.search, self.watch, self.wrote = search, Watch(grace), time.monotonic()
        super().__init__(log, name)
        opening = {"do": "open", "format": FORMAT, "name": name, "space": space.identity(),
                   "settings": json.dumps(settings, sort_keys=True), "described": space.described()}
        while self.first is None:
            self._write(opening)
        for key in ("name", "space", "settings"):
            if self.first[key] != opening[key]:
                raise TuningError(f"the study '{self.first['name']}' has another {key}: {self.first[key]} there, "
                                  f"{opening[key]} here; choose another --study or --name")
        self.space = space  # it may have other defaults

    def _write(self, entry):
        """Whether it is the next entry. If not, what another process has decided has been read."""
        entry["by"] = self.watch.me
        text = json.dumps(entry, allow_nan=False)
        written = self.log.append(self.entries, text)
        if written:
            self.wrote = time.monotonic()
        self.refresh()
        return written

    def claim(self):
        """A point to be run here, of those that wait or a new one. None while others have to be over
        first, and at the end."""
        while True:
            point = next((p for p in self.points if p.waits()), None)
            if point is not None:
                if self._write({"do": "claim", "point": point.index}):
                    return point
                continue
            asked, attributes = self.search.next(self.points, self.attributes)
            if not asked:
                return None
            self._write({"do": "ask", "study": attributes,
                         "points": [{"config": c, "attributes": a} for c, a in asked]})

    def is_complete(self):
        return all(p.is_over() for p in self.points) and not self.search.next(self.points, self.attributes)[0]

    def end(self, point, result):
        """Nothing if others took this process for dead: then the point is theirs."""
        while point.owner == self.watch.me:
            if self._write({"do": "end", "point": point.index, "result": result}):
                return

    def lose(self, point, why, most=None):
        """It waits again; with `most` losses of the kind behind it, it has failed."""
        owner = point.owner
        while owner is not None and point.owner == owner:
            if most is not None and point.losses.count(why) >= most:
                self._write({"do": "end", "point": point.index, "result": {"state": "FAIL", "reason": why}})
            else:
                self._write({"do": "lose", "point": point.index, "why": why})

    def reap(self, mine):
        """Loses the points of the dead. `mine`: the points that run here."""
        for point in list(self.points):
            if point.owner is None or point in mine:
                continue
            if point.owner == self.watch.me or self.watch.is_dead(point.owner, self.heard[point.owner]):
                self.lose(point, DIED, MOST_DEATHS)

    def beat(self, every=15.0):
        """Tells other machines that this process lives."""
        if time.monotonic() - self.wrote >= every:
            self._write({"do": "beat"})


def reader(url, name):
    """A study to look at."""
    if not exists(url):
        raise TuningError(f"{url}: there is no such study")
    ledger = Ledger(open_log(url, name), name)
    if ledger.first is None or ledger.first["name"] != name:
        raise TuningError(f"{url}: there is no study '{name}'")
    return ledger
