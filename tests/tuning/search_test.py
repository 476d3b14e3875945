"""Searches by every sampler: counts, resuming, pruning, rounds that do not depend on processes."""

import json
import unittest
from importlib.util import find_spec

import optuna
from support import TOY, TuningTest, results
from tuning import TuningError
from tuning.driver import best_of
from tuning.guided import Guide
from tuning.ledger import Point
from tuning.search import Search, make_grid, make_pruner, seed_of
from tuning.space import Space, read_json

from toy import SPACE


def numbers(ledger):
    return len(ledger.over()), len(ledger.points)


class Samplers(TuningTest):
    def test_every_sampler_finishes_exactly_as_many_as_asked_for(self):
        for sampler in ("tpe", "cmaes", "quasi-random", "random", "nsga2", "gp"):
            with self.subTest(sampler):
                if sampler == "gp" and not (hasattr(optuna.samplers, "GPSampler") and find_spec("torch")):
                    print(f"skipped: gp needs a newer Optuna than 3.1, here {optuna.__version__}, and PyTorch")
                    continue
                ledger = self.run_study("--sampler", sampler, "--trials", "14", "--workers", "2",
                                        "--startup", "4", study=sampler)
                self.assertEqual(numbers(ledger), (14, 14))
                for trial in ledger.over().values():
                    self.assertEqual(trial.state.name, "COMPLETE")
                    self.assertEqual("z" in trial.params, trial.params["kind"] == "b")

    def test_no_point_twice(self):
        ledger = self.run_study("--sampler", "random", "--trials", "12")
        points = [json.dumps(t.params, sort_keys=True) for t in ledger.over().values()]
        self.assertEqual(len(set(points)), 12)
        self.assertEqual(len(self.starts()), 12)

    def test_trials_are_a_total_and_a_resumed_study_does_not_repeat_itself(self):
        # The first part ends in the middle of a round. Optuna's Hyperband has a state of its own.
        for sampler, pruner in (("random", "none"), ("tpe", "none"), ("quasi-random", "none"), ("tpe", "hyperband")):
            with self.subTest(sampler=sampler, pruner=pruner):
                options = ("--sampler", sampler, "--pruner", pruner, "--startup", "4", "--name", "s")
                sampler += pruner
                self.run_study(*options, "--trials", "7", study=sampler)
                resumed = self.run_study(*options, "--trials", "16", study=sampler)
                whole = self.run_study(*options, "--trials", "16", study=sampler + "-whole")
                self.assertEqual(results(resumed), results(whole))
                again = self.run_study(*options, "--trials", "16", study=sampler)
                self.assertEqual(numbers(again), (16, 16))

    def test_another_space_or_setting_is_refused(self):
        self.run_study("--trials", "2")
        for options, what in (["--fix", "kind=a"], "space"), (["--seed", "2"], "settings"):
            with self.assertRaisesRegex(TuningError, "has another " + what):
                self.run_study("--trials", "3", *options)

    def test_another_program_is_refused(self):
        self.run_study("--trials", "2")
        with self.assertRaisesRegex(TuningError, "another command"):
            self.run_study("--trials", "3", program=["--pause", "0"])
        self.run_study("--trials", "3")

    def test_options_out_of_their_range(self):
        for options in (("--warmup", "-1"), ("--startup", "-1"), ("--timeout", "nan"), ("--silence", "-1"),
                        ("--levels", "0"), ("--fix", "x=true"), ("--storage", "sqlite:///")):
            with self.subTest(options), self.assertRaises(TuningError):
                self.run_study("--trials", "2", *options)

    def test_what_the_system_refuses_is_one_line(self):
        with open(self.path("file"), "w", encoding="utf-8"):
            pass
        code, said = self.command("run", "--study", self.path("file"), "--quiet", "--trials", "1", "--", *TOY)
        self.assertEqual((code, said), (2, f"cinta tune: {self.path('file')}: File exists\n"))

    def test_every_storage(self):
        for url in (f"journal:{self.path('j')}", f"sqlite:///{self.path('db')}"):
            with self.subTest(url):
                self.run_study("--trials", "3", "--storage", url, "--sampler", "random")
                self.assertEqual(numbers(self.run_study("--trials", "6", "--storage", url, "--sampler", "random")),
                                 (6, 6))
        with self.assertRaises(TuningError):
            self.run_study("--storage", "nosuch://x")

    def test_manual_points_fill_in_defaults(self):
        with open(self.path("points"), "w", encoding="utf-8") as file:
            json.dump([{"x": 0.01, "y": 5}, {"kind": "b", "z": 0.3}, {}], file)
        ledger = self.run_study("--sampler", "manual", "--points", self.path("points"))
        self.assertEqual(numbers(ledger), (3, 3))
        self.assertEqual(ledger.over()[1].params,
                         {"x": 0.5, "y": 1, "kind": "b", "z": 0.3, "on": False})
        self.assertEqual(best_of(ledger).number, 0)

    def test_a_grid_has_each_point_once_with_both_ends(self):
        points = make_grid(Space(SPACE), 40, {"x": 3})
        self.assertLessEqual(len(points), 40)
        self.assertGreater(len(points), 20)
        self.assertEqual(len({json.dumps(p, sort_keys=True) for p in points}), len(points))
        self.assertEqual(sorted({p["x"] for p in points}), [1e-4, 0.01, 1.0])
        for point in points:
            Space(SPACE).complete(point, "grid")
        ledger = self.run_study("--sampler", "grid", "--trials", "40", "--grid", "x=3", "--fix", "on=false")
        self.assertEqual(numbers(ledger)[0], numbers(ledger)[1])
        with self.assertRaisesRegex(TuningError, "16 points at least"):
            make_grid(Space(SPACE), 10, {"x": 4})

    def test_several_objectives(self):
        ledger = self.run_study("--trials", "12", "--objectives", "2", "--sampler", "tpe")
        self.assertEqual(numbers(ledger), (12, 12))
        front = ledger.study().best_trials
        self.assertTrue(front)
        for a in front:
            for b in front:
                self.assertFalse(all(x < y for x, y in zip(a.values, b.values)))
        with self.assertRaisesRegex(TuningError, "one objective"):
            self.run_study("--objectives", "2", "--pruner", "median", study="pruned")

    def test_the_best_configuration_is_one_that_the_program_takes(self):
        code, _ = self.command("run", "--study", self.path("s"), "--quiet", "--trials", "5", "--", *TOY)
        self.assertEqual(code, 0)
        with open(self.path("s/best.json"), encoding="utf-8") as file:
            config = json.load(file)
        self.assertEqual(Space(SPACE).complete(config, "best"), config)


class Guided(TuningTest):
    def test_extremes_first_then_closer(self):
        ledger = self.run_study("--sampler", "guided", "--trials", "60", "--workers", "2")
        starts = [json.loads(line) for line in self.starts()]
        self.assertEqual(starts[0], Space(SPACE).defaults())
        self.assertEqual({s["x"] for s in starts[1:4]}, {1e-4, 0.01, 1.0})
        guide = Guide(ledger.space)
        narrowed = Space(guide.narrowed(guide.tried(ledger.points)))
        self.assertGreater(narrowed["x"].low, 1e-4)
        self.assertLess(narrowed["x"].high, 1.0)
        self.assertLessEqual(narrowed["x"].low, 0.01)
        self.assertGreaterEqual(narrowed["x"].high, 0.01)
        self.assertLess(best_of(ledger).value, 0.3)
        with open(self.path("narrowed"), "w", encoding="utf-8") as file:
            json.dump(narrowed.described(), file)
        more = self.run_study("--space", self.path("narrowed"), "--trials", "6", study="next")
        for trial in more.over().values():
            self.assertIsNone(narrowed["x"].refusal(trial.params["x"]))

    def test_a_budget_is_kept(self):
        self.assertEqual(numbers(self.run_study("--sampler", "guided", "--trials", "7", "--workers", "3")), (7, 7))


class Pruning(TuningTest):
    def test_never_before_the_warmup_and_told_with_the_last_value(self):
        for pruner, warmup in ("median", 4), ("asha", 4), ("median", 1), ("hyperband", 1):
            with self.subTest(pruner=pruner, warmup=warmup):
                ledger = self.run_study("--trials", "24", "--sampler", "random", "--pruner", pruner,
                                        "--warmup", str(warmup), study=f"{pruner}{warmup}")
                pruned = [t for t in ledger.over().values() if t.state.name == "PRUNED"]
                self.assertTrue(pruned)
                steps = {t.last_step for t in pruned}
                self.assertGreaterEqual(min(steps), warmup)
                if pruner == "median":
                    self.assertEqual(min(steps), warmup)
                for trial in pruned:
                    self.assertEqual(trial.user_attrs["steps"], trial.last_step)
                    self.assertEqual(trial.values, [trial.intermediate_values[trial.last_step]])
                self.assertEqual(best_of(ledger).state.name, "COMPLETE")

    def test_wilcoxon_over_folds(self):
        if not hasattr(optuna.pruners, "WilcoxonPruner"):
            self.skipTest(f"WilcoxonPruner needs a newer Optuna than {optuna.__version__}")
        ledger = self.run_study("--trials", "16", "--sampler", "random", "--pruner", "wilcoxon")
        self.assertTrue([t for t in ledger.over().values() if t.state.name == "PRUNED"])

    def test_a_view_has_earlier_rounds_and_the_trial_and_nothing_else(self):
        space = Space(SPACE)
        space.objectives, space.directions = ["loss"], ["minimize"]
        search = Search(space, "s", 40, "random", pruner="median", round_size=4)
        points = [Point(i, {}, {}) for i in range(8)]
        for point in points[:7]:
            value = float(point.index if point.index < 4 else -100)
            point.result = {"state": "COMPLETE", "values": [value], "curve": [[1, value]]}
        # The median of the first round is 1.5; five trials without a startup would be pruned by the second's.
        search.make_pruner = lambda: make_pruner("median", 9, 1, startup=1)
        for index in (4, 7):
            self.assertEqual(search.view(points, index).study.trials[-1].number, index)
            self.assertFalse(search.view(points, index).should_prune(1, 1.25))
            self.assertTrue(search.view(points, index).should_prune(1, 1.75))
        search.round_size = 0
        self.assertTrue(search.view(points, 7).should_prune(1, 1.25))


class Rounds(TuningTest):
    def test_the_same_for_any_number_of_workers_and_any_timing(self):
        for sampler, pruner in ("tpe", "median"), ("tpe", "hyperband"), ("cmaes", "asha"), ("random", "asha"):
            with self.subTest(sampler=sampler, pruner=pruner):
                seen = []
                for workers, pause in (1, 0), (4, 0.004), (3, 0.001):
                    ledger = self.run_study(
                        "--trials", "22", "--round", "4", "--sampler", sampler, "--pruner", pruner,
                        "--workers", str(workers), "--startup", "6",
                        study=f"same/{workers}/{sampler}-{pruner}",
                        program=["--pause", str(pause)])
                    seen.append(results(ledger))
                self.assertEqual(len(seen[0]), 22)
                self.assertEqual(seen[0], seen[1])
                self.assertEqual(seen[0], seen[2])

    def test_another_seed_is_another_search(self):
        a = self.run_study("--trials", "4", "--seed", "1", study="a")
        b = self.run_study("--trials", "4", "--seed", "2", study="b")
        self.assertNotEqual(results(a), results(b))
        self.assertNotEqual(seed_of(1, 0), seed_of(1, 1))


class Spaces(unittest.TestCase):
    def test_ends_are_included_for_every_back_end(self):
        for row in ({"type": "whole", "low": 2, "high": 4, "step": 1}, {"type": "whole", "low": 2, "high": 6, "step": 2},
                    {"type": "real", "low": 0.0, "high": 0.3, "step": 0.1}):
            space = Space({**SPACE, "hyperparameters": [{"name": "v", "log": False, "default": row["low"], **row}]})
            seen = set()
            study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
            for _ in range(80):
                seen.add(space.suggest(study.ask())["v"])
            self.assertEqual((min(seen), max(seen)), (row["low"], row["high"]))
            self.assertEqual(len(seen), round((row["high"] - row["low"]) / row["step"]) + 1)
            self.assertTrue(all(space["v"].refusal(v) is None for v in seen))

    def test_a_grid_has_the_ends_to_the_last_digit(self):
        for kind, low, high in (("whole", 0, 2**53 - 1), ("real", 0.12345678901251, 0.98765432109876)):
            row = {"name": "v", "type": kind, "low": low, "high": high, "default": low}
            space = Space({**SPACE, "hyperparameters": [row]})
            grid = space["v"].grid(3)
            self.assertEqual((grid[0], len(grid), grid[2]), (low, 3, high))

    def test_what_is_no_space(self):
        def refused(**changes):
            row = {"name": "v", "type": "real", "low": 1.0, "high": 2.0, "default": 1.0, **changes}
            with self.assertRaises(TuningError) as caught:
                Space({**SPACE, "hyperparameters": [row]})
            return str(caught.exception)

        self.assertIn("default 3.0 is not between", refused(default=3.0))
        self.assertIn("no type 'complex'", refused(type="complex"))
        self.assertIn("exclude each other", refused(log=True, step=0.5))
        self.assertIn("no end of a range", refused(high="2"))
        self.assertIn("no end of a range", refused(high=True))
        self.assertIn("choices are texts", refused(type="choice", choices=[1, 2]))
        self.assertIn("condition 'w' comes after it", refused(when={"name": "w", "is": ["a"]}))
        self.assertIn("no end of a range", refused(high=10**400))
        self.assertIn("is not a real number", refused(default=10**400))
        self.assertIn("range is too large", refused(low=-1.5e308, high=1.5e308))
        self.assertIn("-0.1 is no step", refused(step=-0.1))
        self.assertIn("is no step", refused(step=10**400))
        self.assertIn("'1' is no step", refused(step="1"))
        self.assertIn("0.5 is no step", refused(type="whole", low=1, high=2, default=1, step=0.5))
        self.assertIn("the steps miss 2.0", refused(step=0.3))
        with self.assertRaisesRegex(TuningError, "is no space"):
            Space({**SPACE, "hyperparameters": [SPACE["hyperparameters"][2], {
                "name": "v", "type": "flag", "default": False, "when": {"name": "kind"}}]})
        with self.assertRaisesRegex(TuningError, "condition has no list"):
            Space({**SPACE, "hyperparameters": [SPACE["hyperparameters"][2], {
                "name": "v", "type": "flag", "default": False, "when": {"name": "kind", "is": 3}}]})
        with self.assertRaisesRegex(TuningError, "stands twice"):
            read_json('{"a": 1, "a": 2}', "it")
        with self.assertRaisesRegex(TuningError, "NaN"):
            read_json('{"a": NaN}', "it")

    def test_fixing_settles_conditions(self):
        space = Space(SPACE)
        space.fix("kind", "a")
        self.assertEqual(space.names(), ["x", "y", "kind", "on"])
        space = Space(SPACE)
        space.fix("kind", "b")
        self.assertIsNone(space["z"].when)
        study = optuna.create_study()
        self.assertEqual(space.suggest(study.ask())["kind"], "b")


if __name__ == "__main__":
    unittest.main()
