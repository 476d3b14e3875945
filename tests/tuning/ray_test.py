"""The same programs under Ray Tune, on a cluster of two nodes on this machine."""

import json
import os
import unittest

import ray
from ray import tune
from ray.cluster_utils import Cluster
from support import HERE, ROOT, TOY, TuningTest
from toy import SPACE
from tuning.process import describe
from tuning.ray_adapter import best_result, counting, domain, run_ray
from tuning.space import Parameter, Space

DIGITS = os.path.join(os.environ.get("CINTA_BUILD", ""), "examples", "dropout_digits")


class Domains(unittest.TestCase):
    def test_both_ends_are_in_them(self):
        for row in ({"type": "whole", "low": 2, "high": 4}, {"type": "whole", "low": 1, "high": 3, "log": True},
                    {"type": "whole", "low": 2, "high": 8, "step": 2}, {"type": "real", "low": 0.0, "high": 0.3, "step": 0.1}):
            parameter = Parameter({"name": "v", "default": row["low"], "log": False, **row}, [])
            seen = {domain(tune, parameter).sample() for _ in range(300)}
            self.assertEqual((min(seen), max(seen)), (row["low"], row["high"]))
            self.assertTrue(all(parameter.refusal(v) is None for v in seen))

    def test_what_does_not_count_is_left_out(self):
        config = {"x": 0.1, "y": 3, "kind": "a", "z": 0.5, "on": True}
        self.assertEqual(counting(Space(SPACE), config), {k: v for k, v in config.items() if k != "z"})


class Runs(TuningTest):
    @classmethod
    def setUpClass(cls):
        os.environ["PYTHONPATH"] = os.pathsep.join([os.path.join(ROOT, "tools"), HERE])
        cls.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        cls.cluster.add_node(num_cpus=1)
        ray.init(address=cls.cluster.address, log_to_driver=False, logging_level="ERROR",
                 runtime_env={"env_vars": {"PYTHONPATH": os.environ["PYTHONPATH"]}})

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()
        cls.cluster.shutdown()

    def tearDown(self):
        pass  # Ray's own processes live on, and have this environment

    def run_toy(self, folder, program=(), **options):
        space = Space(SPACE)
        space.objectives, space.directions = ["loss"], ["minimize"]
        return space, run_ray([*TOY, *program], space, self.path(folder), workers=2, **options)

    def test_two_nodes_by_optuna_and_asha(self):
        self.assertEqual(len([n for n in ray.nodes() if n["Alive"]]), 2)
        space, results = self.run_toy("asha", ("--pause", "0.02"), trials=10, search="optuna", scheduler="asha")
        self.assertEqual((len(results), results.num_errors), (10, 0))
        self.assertEqual(len({r.metrics["node"] for r in results}), 2)
        steps = [r.metrics["step"] for r in results]
        self.assertEqual(max(steps), 9)
        self.assertLess(min(steps), 9)
        figure, config, _ = best_result(space, results)
        self.assertEqual(figure, min(r.metrics["loss"] for r in results))
        self.assertEqual(space.complete(config, "best"), config)

    def test_failures_are_trials_that_failed(self):
        _, results = self.run_toy("bad", ("--fault", "rubbish"), trials=8, search="random", scheduler="fifo")
        self.assertEqual(len(results), 8)
        bad = [r for r in results if r.config["y"] % 2 == 0]
        self.assertEqual(results.num_errors, len(bad))
        for result in bad:
            self.assertIn("is no report", str(result.error))

    def test_a_grid(self):
        space = Space(SPACE)
        space.objectives, space.directions = ["loss"], ["minimize"]
        for name, value in ("kind", "a"), ("on", False):
            space.fix(name, value)
        results = run_ray(TOY, space, self.path("grid"), trials=1, search="grid", scheduler="fifo", workers=2,
                          grid_points=2)
        self.assertEqual(sorted((r.config["x"], r.config["y"]) for r in results),
                         [(1e-4, 1), (1e-4, 16), (1.0, 1), (1.0, 16)])

    @unittest.skipUnless(os.access(DIGITS, os.X_OK), "skipped: examples are not built")
    def test_a_population_goes_on_from_checkpoints_with_its_own_values(self):
        command = [DIGITS, "--rows", "200", "--epochs", "8"]
        space = Space(describe(command))
        space.objectives, space.directions = space.objectives[:1], space.directions[:1]
        for name, value in ("hidden", 16), ("batch", 32), ("l2", 1e-4):
            space.fix(name, value)
        results = run_ray(command, space, self.path("pbt"), trials=4, search="random", scheduler="pbt",
                          workers=2, mutate=("lr", "dropout"))
        self.assertEqual(results.num_errors, 0)
        copied = 0
        for result in results:
            self.assertEqual(result.metrics["step"], 8)
            with open(os.path.join(result.path, "result.json"), encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            self.assertEqual([r["step"] for r in rows][-1], 8)
            copied += len({r["config"]["lr"] for r in rows}) > 1
        self.assertGreater(copied, 0)


if __name__ == "__main__":
    unittest.main()
