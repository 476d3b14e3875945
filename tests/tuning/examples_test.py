"""The examples as programs of the contract, and searches on them that have no test part to read."""

import json
import os
import signal
import subprocess
import time
import unittest

from support import ROOT, TuningTest
from tuning import TuningError
from tuning.driver import best_of
from tuning.final import judge
from tuning.process import Reports, describe
from tuning.space import Space
from tuning.split import split

BUILD = os.path.join(os.environ.get("CINTA_BUILD", ""), "examples")
DIGITS = os.path.join(BUILD, "dropout_digits")
DIAMONDS = os.path.join(BUILD, "embedding_exercise")


@unittest.skipUnless(os.access(DIGITS, os.X_OK) and os.access(DIAMONDS, os.X_OK), "skipped: examples are not built")
class Examples(TuningTest):
    def digits(self):
        """A command on the search part of the digits; the test part is beside it."""
        split(os.path.join(ROOT, "examples/data/digits.csv"), "digit", 0.2, 1, self.path("digit"))
        return [DIGITS, "--data", self.path("digit/search.csv"), "--rows", "300", "--epochs", "5"]

    def diamonds(self, rows):
        with open(os.path.join(ROOT, "examples/data/diamonds.csv"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        with open(self.path("some.csv"), "w", encoding="utf-8") as file:
            file.write("\n".join([lines[0]] + lines[1::len(lines) // rows]) + "\n")
        split(self.path("some.csv"), "price", 0.2, 1, self.path("price"))
        return [DIAMONDS, "--data", self.path("price/search.csv"), "--target", "log:price", "--numeric",
                "carat,depth,table,x,y,z", "--categorical", "cut,color,clarity", "--epochs", "4"]

    def trial(self, command, config, folder="trial"):
        os.makedirs(self.path(folder), exist_ok=True)
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            file.write(config if isinstance(config, str) else json.dumps(config))
        return subprocess.run([*command, "--config", self.path("config.json"), "--trial", self.path(folder)],
                              capture_output=True, text=True, timeout=120, check=False)

    def test_they_describe_themselves_and_keep_to_it(self):
        for command in self.digits(), self.diamonds(500):
            space = Space(describe(command))
            self.assertEqual(space.steps, int(command[-1]))
            done = self.trial(command, space.defaults(), space.program)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([line["event"] for line in lines], ["report"] * space.steps + ["end"])
            end = lines[-1]
            self.assertEqual(set(end["figures"]), set(space.objectives))
            self.assertEqual(end["figures"]["validation_loss"],
                             lines[end["step"] - 1]["figures"]["validation_loss"])
            self.assertEqual(end["figures"]["validation_loss"],
                             min(line["figures"]["validation_loss"] for line in lines[:-1]))

    def test_all_that_train_are_tunable(self):
        """Each describes itself, and a short trial at the ends of its space keeps to the contract, prints
        nothing else and leaves no results behind."""
        for name, *short in (["mnist_like", "--epochs", "1"], ["vae", "--epochs", "2"],
                             ["two_tower", "--epochs", "1"],
                             ["char_lm", "--data", "/usr/share/common-licenses/BSD", "--steps", "3",
                              "--context", "8"],
                             ["learning_curves", "--rows", "100"], ["lasso_path", "--points", "5"],
                             ["big_table", "--rows", "1000", "--steps", "20"],
                             ["random_effects", "--rows", "500", "--levels", "20,10"], ["regularization_tour"]):
            command = [os.path.join(BUILD, name), *short]
            space = Space(describe(command))
            for place, config in enumerate((space.defaults(), self.smallest(space))):
                with self.subTest(name=name, config=config):
                    before = set(os.listdir())
                    done = self.trial(command, config, f"{name}-{place}")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    reports = Reports(space.objectives)
                    for line in done.stdout.splitlines():
                        reports.take(line.encode())
                    self.assertEqual(reports.end["status"], "ok")
                    self.assertEqual(reports.end["step"], reports.last_step)
                    if space.steps:
                        self.assertEqual(reports.last_step, space.steps)
                    self.assertEqual(set(os.listdir()), before)

    def smallest(self, space):
        ends = {p.name: p.low if p.is_numeric() else p.choices[-1] for p in space.parameters}
        return space.complete(ends, "the ends")

    def test_the_test_part_is_never_read_by_a_search(self):
        for command, target in (self.digits(), "digit"), (self.diamonds(500), "price"):
            os.remove(self.path(f"{target}/test.csv"))
            ledger = self.run_study("--trials", "5", "--pruner", "median", "--workers", "2", "--threads", "1",
                                    study=f"{target}-study", toy=command)
            winner = best_of(ledger)
            self.assertIsNotNone(winner)
            with self.assertRaisesRegex(TuningError, "test.csv"):
                judge(ledger.space, command, winner.params, winner.value, self.path("final"), 2,
                      self.path(f"{target}/test.csv"), 1)
        command = self.digits()
        space = Space(describe(command))
        lines = judge(space, command, space.defaults(), 1.0, self.path("final"), 2,
                      self.path("digit/test.csv"), 1)
        self.assertRegex(lines[-1], r"^test part, once: test_loss \d")
        self.assertRegex(lines[3], "gain +0 ± ")
        self.assertIn("keep the defaults", "\n".join(lines))

    def test_bad_arguments(self):
        command = self.digits()
        for config, words in (({"lrr": 1}, "no hyperparameter 'lrr'"), ({"lr": 100}, "lr: 100 is not between"),
                              ({"hidden": 12.5}, "hidden: is to be a whole number"), ('{"lr": ', "parse error"),
                              ("[]", "is no JSON object")):
            done = self.trial(command, config)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)

    def test_divergence(self):
        done = self.trial([*self.digits(), "--lr", "1e30"], {})
        self.assertEqual(done.returncode, 3)
        end = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(end["status"], "diverged")

    def test_stopped_and_gone_on_from_where_it_was(self):
        command = [*self.digits()[:-1], "60"]
        whole = self.trial(command, {"lr": 0.01}, "whole")
        os.makedirs(self.path("parts"))
        process = subprocess.Popen([*command, "--config", self.path("config.json"), "--trial", self.path("parts")],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        rest, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, error)
        first += rest.splitlines(keepends=True)
        self.assertEqual(json.loads(first.pop())["status"], "stopped")
        second = self.trial(command, {"lr": 0.01}, "parts")
        self.assertEqual(second.returncode, 0, second.stderr)
        self.assertEqual("".join(first) + second.stdout, whole.stdout)

    def test_a_reader_that_goes_ends_it(self):
        command = [*self.digits()[:-1], "100000"]
        os.makedirs(self.path("trial"))
        process = subprocess.Popen([*command, "--trial", self.path("trial")], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdout.readline()
        process.stdout.close()
        begin = time.monotonic()
        self.assertEqual(process.wait(timeout=60), 141)
        process.stderr.close()
        self.assertLess(time.monotonic() - begin, 60)


if __name__ == "__main__":
    unittest.main()
