"""Reports, comparison, the judgement of the winner: what they hold, and what they escape."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import unittest

from support import CINTA, TOY, TuningTest, cli
from tuning.compare import STRATEGIES
from tuning.final import mean_and_error

try:
    import matplotlib
except ImportError:
    matplotlib = None


class Reports(TuningTest):
    @unittest.skipUnless(matplotlib, "skipped: no matplotlib")
    def test_one_page_and_its_pictures(self):
        evil = '</script><b>&'
        self.run_study("--trials", "12", "--sampler", "random", "--name", evil, "--pruner", "median",
                       program=["--fault", "diverged"])
        code, error = self.command("report", "--study", self.path("study"), "--name", evil)
        self.assertEqual((code, error), (0, ""))
        for name in ("history", "slices", "parallel"):
            with open(self.path(f"study/{name}.png"), "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        with open(self.path("study/report.html"), encoding="utf-8") as file:
            page = file.read()
        self.assertNotIn(evil, page)
        self.assertIn("&lt;/script&gt;&lt;b&gt;&amp;", page)
        self.assertEqual(page.count("data:image/png;base64,"), len(re.findall("<img ", page)))
        self.assertIn("diverged at step 3: loss is not a number", page)
        self.assertEqual(page.count("<tr>"), 13)
        self.assertNotIn("http", page.replace("http-equiv", ""))

    @unittest.skipUnless(matplotlib, "skipped: no matplotlib")
    def test_half_a_character(self):
        self.run_study("--trials", "8", "--sampler", "random", program=["--fault", "half-character"])
        code, error = self.command("report", "--study", self.path("study"))
        self.assertEqual((code, error), (0, ""))
        with open(self.path("study/report.html"), encoding="utf-8") as file:
            self.assertIn("diverged at step 3: no file \\udcff", file.read())

    def test_a_study_that_is_not_there(self):
        code, error = self.command("report", "--study", self.path("nowhere"))
        self.assertEqual(code, 2)
        self.assertIn("there is no such study", error)
        self.run_study("--trials", "1")
        code, error = self.command("report", "--study", self.path("study"), "--name", "other")
        self.assertIn("there is no study 'other'", error)

    @unittest.skipUnless(matplotlib, "skipped: no matplotlib")
    def test_importance_names_what_matters(self):
        try:
            import sklearn  # noqa: F401
        except ImportError:
            self.skipTest("skipped: no scikit-learn")
        from tuning.report import importances

        ledger = self.run_study("--trials", "40", "--sampler", "random", "--fix", "kind=a")
        shares = importances(ledger, list(ledger.over().values()))
        self.assertAlmostEqual(sum(shares.values()), 1, places=6)
        self.assertEqual(set(shares), {"x", "y", "on"})
        self.assertLess(shares["on"], min(shares["x"], shares["y"]))

    def test_comparison_has_equal_budgets(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = cli.main(["compare", "--study", self.path("c"), "--trials", "16", "--pruner", "asha",
                             "--quiet", "--", *TOY])
        self.assertEqual(code, 0)
        head, *lines = out.getvalue().splitlines()
        self.assertIn("toy, up to 16 trials each, --pruner asha", head)
        self.assertEqual([line.split()[0] for line in lines[1:5]], [s[0] for s in STRATEGIES])
        for line in lines[1:5]:
            self.assertLessEqual(int(line.split()[2]), 16)
        self.assertEqual(int(lines[3].split()[2]), 16)
        with open(self.path("c/best.json"), encoding="utf-8") as file:
            self.assertIn("x", json.load(file))
        self.assertTrue(os.path.exists(self.path("c/bayesian/study.journal")))

    def test_half_a_character_in_a_name(self):
        with open(TOY[-1], encoding="utf-8") as file:
            toy = file.read().replace('"program": "toy"', '"program": "toy \\ud800"')
        with open(self.path("toy.py"), "w", encoding="utf-8") as file:
            file.write(toy)
        done = subprocess.run([sys.executable, CINTA, "tune", "compare", "--study", self.path("c"), "--trials", "4",
                               "--quiet", "--", *TOY[:-1], self.path("toy.py")],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("toy \\ud800, up to 4 trials each", done.stdout)

    def test_a_program_without_seeds_cannot_be_judged(self):
        code, error = self.command("compare", "--study", self.path("c"), "--trials", "8", "--seeds", "2",
                                   "--quiet", "--", *TOY)
        self.assertEqual(code, 2)
        self.assertIn("no --seed", error)

    def test_standard_errors(self):
        mean, error = mean_and_error([1.0, 2.0, 3.0])
        self.assertEqual(mean, 2)
        self.assertAlmostEqual(error, 1 / 3**0.5)


if __name__ == "__main__":
    unittest.main()
