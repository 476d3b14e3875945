"""Drivers, the guards of trials, and trials are killed at random moments: the study finishes, no point is
lost or counted twice, no process is left, and in rounds the study is the undisturbed one to the last digit.
KILLS says how many, 3 without it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

from support import CINTA, TOY, TuningTest, living, results
from tuning.ledger import reader
from tuning.log import FileLog, open_log

KILLS = int(os.environ.get("KILLS", "3"))
PATIENCE = float(os.environ.get("PATIENCE", "600"))  # for what must come, on a busy machine


class Kills(TuningTest):
    def start(self, *options, program=("--pause", "0.006", "--halves", "0.004"), study="study"):
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", CINTA, "tune", "run", "--study", self.path(study), "--quiet",
             *options, "--", *TOY, *program],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def trials_running(self, losses=100):
        """Process numbers of trials, and of their guards, that have been lost less often."""
        found = []
        for pid in living(self.mark):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    arguments = file.read().decode().split("\0")
            except OSError:
                continue
            if "--trial" in arguments:
                folder = os.path.basename(arguments[arguments.index("--trial") + 1])
                if int(folder.partition("-")[2] or 0) < losses:
                    found.append(pid)
        return found

    def until(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not happen")
            time.sleep(0.01)

    def ended(self, process):
        error = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual(process.returncode, 0, error)

    def kill_at_random(self, options, url, drivers, trials, seed):
        """`drivers` work on the study at a time. What is killed next is drawn, and how many entries the
        study is to grow by before, so that on a slow machine as much is done between two kills as on a
        fast one; and a moment more, so that it hits all that happens between two entries."""
        draw = random.Random(seed)
        running = [self.start(*options) for _ in range(drivers)]
        self.addCleanup(lambda: [p.kill() for p in running])
        seen, log = 0, open_log(url, "study")

        def grown():
            nonlocal seen
            seen += len(log.read())
            return seen >= wanted or all(p.poll() is not None for p in running)

        for _ in range(KILLS):
            wanted = seen + draw.randrange(9)
            self.until(grown)
            time.sleep(draw.uniform(0, 0.1))
            # Killed for the third time it has failed, which another test shows.
            victims = self.trials_running(losses=2) if draw.random() < trials else []
            if victims:
                try:
                    os.kill(draw.choice(victims), signal.SIGKILL)
                except ProcessLookupError:
                    pass  # it has ended
                continue
            place = draw.randrange(drivers)
            running[place].kill()
            self.assertIn(running[place].wait(), (0, -signal.SIGKILL), running[place].stderr.read())
            running[place].stderr.close()
            running[place] = self.start(*options)
        for process in running:
            self.ended(process)

    def check(self, url, trials):
        """Each point is over, once, by the program's own figures."""
        ledger = reader(url, "study")
        self.assertEqual(len(ledger.points), trials)
        self.assertEqual(len(ledger.over()), trials)
        ends = [json.loads(text)["point"] for text in open_log(url, "study").read() if '"do": "end"' in text]
        self.assertEqual(sorted(ends), list(range(trials)))
        for trial in ledger.over().values():
            point = ledger.points[trial.number]
            self.assertIn(trial.state.name, ("COMPLETE", "PRUNED"), f"{point.result}, after {point.losses}")
            if trial.state.name == "COMPLETE":
                self.assertEqual(sorted(trial.intermediate_values), list(range(1, 10)))
        return ledger

    def test_two_drivers_and_their_trials(self):
        for kind in ("journal", "sqlite"):
            with self.subTest(kind):
                url = {"journal": f"journal:{self.path('j')}", "sqlite": f"sqlite:///{self.path('db')}"}[kind]
                options = ("--trials", "60", "--sampler", "tpe", "--round", "0", "--workers", "2",
                           "--threads", "1", "--storage", url)
                self.kill_at_random(options, url, drivers=2, trials=0.4, seed=5)
                self.check(url, 60)

    def test_rounds_are_the_same_whatever_was_killed(self):
        for drivers, sampler, pruner in (1, "tpe", "median"), (2, "tpe", "hyperband"), (2, "cmaes", "asha"):
            with self.subTest(drivers=drivers, sampler=sampler, pruner=pruner):
                place = f"{sampler}-{pruner}"
                url = f"journal:{self.path(place)}"
                options = ("--trials", "40", "--sampler", sampler, "--pruner", pruner, "--round", "4",
                           "--workers", "2", "--threads", "1", "--name", "study")
                self.kill_at_random([*options, "--storage", url], url, drivers, trials=0.4, seed=7)
                whole = self.run_study(*options, study=place + "-undisturbed", program=("--pause", "0"))
                disturbed = self.check(url, 40)
                self.assertEqual(results(disturbed), results(whole))

    def test_a_line_of_a_killed_writer_is_not_there(self):
        path = self.path("log")
        one, two = FileLog(path), FileLog(path)
        self.assertTrue(one.append(0, '{"do": "a"}'))
        for torn in b'{"do": "b', b'{"do": "b"}', b"\xff":
            with open(path, "ab") as file:
                file.write(torn)
            entries = len(FileLog(path).read())
            two.read()
            self.assertEqual(two.read(), [])
            self.assertFalse(one.append(entries - 1, "{}"))
            self.assertTrue(one.append(entries, '{"do": "c"}'))
            self.assertEqual(two.read(), ['{"do": "c"}'])
        self.assertEqual(len(FileLog(path).read()), 4)

    def test_of_two_who_write_the_same_entry_one_is_refused(self):
        for url in (f"journal:{self.path('j')}", f"sqlite:///{self.path('db')}"):
            one, two = open_log(url, "s"), open_log(url, "s")
            self.assertTrue(one.append(0, "1"))
            self.assertFalse(two.append(0, "2"))
            self.assertEqual(two.read(), ["1"])
            self.assertTrue(two.append(1, "2"))
            self.assertFalse(one.append(1, "1"))
            self.assertEqual(one.read(), ["1", "2"])

    def test_nothing_outlives_its_driver(self):
        """A program whose children have children in sessions of their own: their driver is killed, a
        guard is killed beside a driver that lives, and the program itself is."""
        for victim in ("driver", "guard", "program"):
            with self.subTest(victim):
                process = self.start("--trials", "1", program=("--fault", "tree", "--pause", "0.05"), study=victim,
                                     *(("--sampler", "manual", "--points", self.points([{"y": 2}]))))
                self.until(lambda: len(self.trials_running()) >= 4)  # with a child and a grandchild
                guard = min(self.trials_running())
                program = [p for p in self.trials_running() if p != guard]
                os.kill({"driver": process.pid, "guard": guard, "program": min(program)}[victim], signal.SIGKILL)
                if victim == "driver":
                    self.assertEqual(process.wait(), -signal.SIGKILL)
                    process.stderr.close()
                    self.until(lambda: not living(self.mark))
                else:  # it is run again
                    self.until(lambda: self.trials_running() and not set(self.trials_running()) & {guard, *program})
                    process.kill()
                    process.communicate()
                    self.until(lambda: not living(self.mark))

    def points(self, points):
        with open(self.path("points.json"), "w", encoding="utf-8") as file:
            json.dump(points, file)
        return self.path("points.json")

    def test_a_stopped_search_goes_on(self):
        process = self.start("--trials", "12", "--workers", "2", program=("--pause", "0.05"))
        self.until(self.trials_running)
        process.send_signal(signal.SIGTERM)
        error = process.communicate(timeout=PATIENCE)[1]
        self.assertEqual(process.returncode, 130, error)
        self.assertEqual(living(self.mark), [])
        self.run_study("--trials", "12", program=("--pause", "0.05"))
        self.check(f"journal:{self.path('study/study.journal')}", 12)

    def test_rounds_may_have_two_drivers(self):
        options = ("--trials", "12", "--pruner", "median", "--threads", "1")
        both = [self.start(*options, program=("--pause", "0.02")) for _ in range(2)]
        for process in both:
            self.ended(process)
        together = self.check(f"journal:{self.path('study/study.journal')}", 12)
        self.assertEqual(results(together), results(self.run_study(*options, study="alone", *("--name", "study"))))


if __name__ == "__main__":
    unittest.main()
