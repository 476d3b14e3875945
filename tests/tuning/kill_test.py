"""Drivers, workers that have joined a study, and trials are killed at random moments: the study
finishes, no point is lost or counted twice, no process is left. KILLS=20 asks for as many; without it
the tests of random kills are skipped: on a busy machine some runs fail, see docs/tuning.md."""

import os
import random
import signal
import subprocess
import sys
import time
import unittest

from support import CINTA, TOY, TuningTest, living, results

KILLS = int(os.environ.get("KILLS", "0"))
at_random = unittest.skipUnless(KILLS, "KILLS does not say how many times")


class Kills(TuningTest):
    def start(self, *options, program=("--pause", "0.01")):
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", CINTA, "tune", "run", "--study", self.path("study"), "--quiet",
             *options, "--", *TOY, *program],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def trials_running(self):
        found = []
        for pid in living(self.mark):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if b"--trial" in file.read().split(b"\0"):
                        found.append(pid)
            except OSError:
                pass
        return found

    def kill_at_random(self, options, drivers, trials, seed):
        """How many trials were killed. `drivers` work on the study at a time."""
        draw = random.Random(seed)
        running = [self.start(*options) for _ in range(drivers)]
        killed_trials = kills = 0
        while kills < KILLS:
            time.sleep(draw.uniform(0.05, 1.2))
            if draw.random() < trials:
                victims = self.trials_running()
                if not victims:
                    continue
                victim = draw.choice(victims)
                try:
                    os.kill(victim, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                killed_trials += 1
            else:
                place = draw.randrange(drivers)
                self.assertIn(running[place].poll(), (None, 0), running[place].stderr.read()
                              if running[place].poll() else "")
                running[place].kill()
                running[place].wait()
                running[place].stderr.close()
                running[place] = self.start(*options)
            kills += 1
        try:
            for process in running:
                error = process.communicate(timeout=120)[1]
                self.assertEqual(process.returncode, 0, error)
        finally:
            for process in running:
                process.kill()
        return killed_trials

    def count(self, ledger, trials, killed):
        snapshot = ledger.snapshot()
        self.assertEqual(sorted(snapshot.finished), snapshot.roots)
        self.assertEqual(len(snapshot.roots), trials)
        states = [t.state.name for t in ledger.study.get_trials(deepcopy=False)]
        self.assertEqual((states.count("RUNNING"), states.count("WAITING")), (0, 0))
        failed = [t.user_attrs["reason"] for t in snapshot.finished.values() if t.state.name == "FAIL"]
        self.assertEqual(set(failed) - {"killed by SIGKILL"}, set())
        self.assertLessEqual(len(failed), killed)
        for trial in snapshot.finished.values():
            if trial.state.name == "COMPLETE":
                self.assertEqual(sorted(trial.intermediate_values), list(range(1, 10)))

    @at_random
    def test_two_drivers_and_their_trials(self):
        for kind in ("journal", "sqlite"):
            with self.subTest(kind):
                url = {"journal": f"journal:{self.path('j')}", "sqlite": f"sqlite:///{self.path('db')}"}[kind]
                options = ("--trials", "60", "--sampler", "tpe", "--round", "0", "--workers", "2",
                           "--threads", "1", "--storage", url)
                killed = self.kill_at_random(options, drivers=2, trials=0.4, seed=5)
                self.count(self.run_study(*options), 60, killed)

    @at_random
    def test_rounds_are_the_same_whatever_was_killed(self):
        options = ("--trials", "40", "--sampler", "tpe", "--pruner", "median", "--round", "4",
                   "--workers", "2", "--threads", "1")
        self.kill_at_random(options, drivers=1, trials=0, seed=7)
        whole = results(self.run_study(*options, study="undisturbed/study", program=("--pause", "0")))
        disturbed = results(self.run_study(*options, program=("--pause", "0.01")))
        self.assertEqual([r[1:] for r in disturbed], [r[1:] for r in whole])

    def test_a_stopped_search_goes_on(self):
        process = self.start("--trials", "12", "--workers", "2", program=("--pause", "0.05"))
        while not self.trials_running():
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        error = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 130, error)
        self.assertEqual(living(self.mark), [])
        self.count(self.run_study("--trials", "12", program=()), 12, 0)

    def test_rounds_have_one_driver(self):
        first = self.start("--trials", "12", program=("--pause", "0.1"))
        while not self.trials_running():
            time.sleep(0.05)
        second = self.start("--trials", "12")
        self.assertIn(b"works on this study", second.communicate(timeout=60)[1])
        self.assertEqual(second.returncode, 2)
        first.kill()
        first.communicate()
        while self.trials_running():  # they die with it
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
