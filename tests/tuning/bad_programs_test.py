"""Programs that break the contract: the study goes on, and each trial says what was wrong."""

import json
import os
import stat
import time
import unittest

from support import TOY, TuningTest


class BadPrograms(TuningTest):
    def failures(self, fault, *options):
        ledger = self.run_study("--trials", "8", "--sampler", "random", "--workers", "2", *options,
                                study=fault, program=["--fault", fault])
        over = ledger.over()
        self.assertEqual(len(over), 8)
        reasons = set()
        for trial in over.values():
            bad = trial.params["y"] % 2 == 0
            self.assertEqual(trial.state.name, "FAIL" if bad else "COMPLETE")
            if bad:
                reasons.add(trial.user_attrs["reason"])
        self.assertEqual(len(reasons), 1, reasons)
        return reasons.pop()

    def test_rubbish(self):
        self.assertIn("line 3 of its output is no report: 'epoch 3: loss 0.3'", self.failures("rubbish"))

    def test_nan(self):
        self.assertIn("NaN is no number of JSON", self.failures("nan"))

    def test_larger_than_any_float(self):
        self.assertIn("loss is no number", self.failures("huge"))

    def test_hang(self):
        begin = time.monotonic()
        self.assertEqual(self.failures("hang", "--silence", "0.7"), "said nothing for 0.7 s")
        self.assertLess(time.monotonic() - begin, 60)

    def test_timeout(self):
        self.assertEqual(self.failures("hang", "--timeout", "0.9"), "took longer than 0.9 s")

    def test_flood_without_lines(self):
        self.assertEqual(self.failures("flood"), "a line of its output is longer than 65536 bytes")

    def test_flood_of_lines(self):
        self.assertEqual(self.failures("lines"), "its output is longer than 16777216 bytes")

    def test_signal(self):
        self.assertEqual(self.failures("signal"), "killed by SIGSEGV")

    def killed_each_time(self, fault):
        self.assertEqual(self.failures(fault), "killed by SIGKILL")
        bad = [s for s in self.starts() if json.loads(s)["y"] % 2 == 0]
        self.assertEqual({bad.count(s) for s in bad}, {3})

    def test_killed_each_time(self):
        self.killed_each_time("killed")

    def test_killed_in_the_middle_of_a_line(self):
        self.killed_each_time("killed-in-a-line")

    def test_diverged(self):
        self.assertEqual(self.failures("diverged"), "diverged at step 3: loss is not a number")

    def test_arguments(self):
        self.assertEqual(self.failures("arguments"), "refused its arguments: toy: no such thing")

    def test_no_end(self):
        self.assertEqual(self.failures("silent-end"), "ended without a result")

    def test_half_a_line(self):
        self.assertIn("in the middle of a line", self.failures("half-line"))

    def test_children_left_behind(self):
        self.assertEqual(self.failures("children"), "ended without a result")  # tearDown looks for them

    def program(self, text):
        path = self.path("program")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def refused(self, *program):
        code, text = self.command("run", "--study", self.path("s"), "--quiet", "--", *program)
        self.assertEqual(code, 2)
        self.assertEqual(text.count("\n"), 1, text)
        return text

    def test_programs_that_cannot_be_asked(self):
        self.assertIn("No such file or directory", self.refused("/nowhere/program"))
        self.assertIn("Extra data", self.refused(self.program("echo 1 2")))
        self.assertIn("is no space of hyperparameters", self.refused(self.program("echo '[]'")))
        self.assertIn("no such flag", self.refused(self.program("echo no such flag >&2; exit 2")))
        self.assertIn("contract 2 is not known", self.refused(self.program("echo '{\"contract\": 2}'")))

    def test_all_fail(self):
        code, text = self.command("run", "--study", self.path("s"), "--quiet", "--trials", "3",
                                  "--sampler", "manual", "--points", self.points([{"y": 2}, {"y": 4}]),
                                  "--", *TOY, "--fault", "signal")
        self.assertEqual((code, text), (2, "cinta tune: no trial has a result; the last one: killed by SIGSEGV\n"))

    def points(self, points):
        with open(self.path("points.json"), "w", encoding="utf-8") as file:
            json.dump(points, file)
        return self.path("points.json")

    def test_bad_points(self):
        def refused(points):
            return self.command("run", "--study", self.path("s"), "--sampler", "manual", "--points",
                                self.points(points), "--", *TOY)[1]

        self.assertIn("point 1: there is no hyperparameter 'w'", refused([{"w": 1}]))
        self.assertIn("point 2: x: 2 is not between 0.0001 and 1.0", refused([{}, {"x": 2}]))
        self.assertIn("point 1: y: 1.5 is not a whole number", refused([{"y": 1.5}]))
        self.assertIn("point 1: z does not count there", refused([{"z": 0.1}]))
        self.assertIn("is no list of configurations", refused({"x": 1}))
        with open(self.path("points.json"), "w", encoding="utf-8") as file:
            file.write('[{"x": 0.1')
        code, text = self.command("run", "--study", self.path("s"), "--sampler", "manual", "--points",
                                  self.path("points.json"), "--", *TOY)
        self.assertEqual(code, 2)
        self.assertIn("points.json: ", text)


if __name__ == "__main__":
    unittest.main()
