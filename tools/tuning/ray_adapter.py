"""The same programs under Ray Tune: its schedulers, its clusters, population-based training.

Workers of Ray import this module, so the folder of `tuning` has to be where they look: the driver hands it
on (runtime_env). The program itself has to be on every node."""

import os
import random
import shutil

from . import TuningError
from .process import TrialProcess
from .space import Space


def import_ray():
    try:
        import ray
        from ray import tune
    except ImportError:
        raise TuningError("ray: needs Ray (pip install 'ray[tune]')") from None
    return ray, tune


def domain(tune, parameter):
    """The whole range, both ends included, which Ray's whole numbers exclude at the top."""
    if not parameter.is_numeric():
        return tune.choice(parameter.choices)
    if parameter.low == parameter.high:
        return tune.choice([parameter.low])
    if parameter.step and (parameter.type == "real" or parameter.step > 1):
        count = round((parameter.high - parameter.low) / parameter.step) + 1
        return tune.choice(parameter.grid(count))
    if parameter.type == "whole":
        return (tune.lograndint if parameter.log else tune.randint)(parameter.low, parameter.high + 1)
    return (tune.loguniform if parameter.log else tune.uniform)(parameter.low, parameter.high)


def counting(space, config):
    """Without what does not count: Ray draws all of them."""
    values = {}
    for parameter in space.parameters:
        if parameter.name in config and space.counts(parameter, values):
            values[parameter.name] = config[parameter.name]
    return values


class Define:
    """Asks Optuna for the hyperparameters that count. Ray writes it to disk, so it is no closure."""

    def __init__(self, space):
        self.space = space

    def __call__(self, trial):
        self.space.suggest(trial)


class Run:
    """A trial's process, a report at a time."""

    def __init__(self, command, config, folder, objectives, threads, keep):
        self.process = TrialProcess(command, config, folder, objectives, threads, keep=keep)
        self.steps, self.ended = self.process.follow(), False

    def next(self):
        """(step, value), or None at the end. RuntimeError with the reason of a failure."""
        report = next(self.steps, None)
        if report is None:
            self.ended = True
            reason = self.process.finish()
            if reason is not None:
                raise RuntimeError(reason)
        return report

    def kill(self):
        self.process.kill()
        self.process.finish()


def make_trainable(ray, tune, command, described, threads, chunk, steps_flag):
    """chunk 0: one process, whose reports are Ray's iterations. Otherwise an iteration is a process of
    its own that goes on from the trial's folder for so many steps: then the folder is a checkpoint of
    exactly the step whose figure has been reported, as population-based training needs it."""
    space = Space(described)
    objective = space.objectives[0]
    if chunk and f"--{steps_flag}" in command:  # that is how far the whole is to come; see run_ray
        place = command.index(f"--{steps_flag}")
        command = command[:place] + command[place + 2:]

    class Program(tune.Trainable):
        def setup(self, config):
            self.run, self.steps = None, 0
            self.node = ray.get_runtime_context().get_node_id()
            self.folder = os.path.join(os.getcwd(), "trial")

        def _start(self, extra=()):
            return Run([*command, *extra], counting(space, self.config), self.folder, space.objectives,
                       threads, keep=chunk > 0)

        def step(self):
            if chunk:
                self.steps += chunk
                run, last = self._start((f"--{steps_flag}", str(self.steps))), None
                while (report := run.next()) is not None:
                    last = report
                if last is None:
                    raise RuntimeError("no step was left to run")
                return {objective: last[1], "step": last[0], "node": self.node}
            if self.run is None:
                self.run = self._start()
            report = self.run.next()
            if report is None:  # Ray wants a figure in the last iteration, too
                figures = self.run.process.figures()
                return {**figures, "step": self.run.process.reports.last_step, "node": self.node,
                        "done": True}
            return {objective: report[1], "step": report[0], "node": self.node}

        def save_checkpoint(self, folder):
            shutil.copytree(self.folder, os.path.join(folder, "trial"), dirs_exist_ok=True)
            with open(os.path.join(folder, "steps"), "w", encoding="utf-8") as file:
                file.write(str(self.steps))

        def load_checkpoint(self, folder):
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(os.path.join(folder, "trial"), self.folder)
            with open(os.path.join(folder, "steps"), encoding="utf-8") as file:
                self.steps = int(file.read())

        def cleanup(self):
            if self.run is not None and not self.run.ended:
                self.run.kill()

    return Program


def run_ray(command, space, folder, trials, search="optuna", scheduler="asha", workers=1, threads=1, seed=1,
            mutate=(), chunk=1, address=None, grid_points=3):
    """Ray's results; the best one's figure and configuration are of the same iteration."""
    ray, tune = import_ray()
    from ray.tune.schedulers import ASHAScheduler, FIFOScheduler, PopulationBasedTraining

    objective = space.objectives[0]
    mode = "min" if space.directions[0] == "minimize" else "max"
    tools = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not ray.is_initialized():
        ray.init(address=address, num_cpus=None if address else workers * threads, include_dashboard=False,
                 log_to_driver=False, logging_level="ERROR",
                 runtime_env={"env_vars": {"PYTHONPATH": tools}})
    param_space, algorithm = {p.name: domain(tune, p) for p in space.parameters}, None
    if search == "optuna":
        import optuna
        from ray.tune.search import ConcurrencyLimiter
        from ray.tune.search.optuna import OptunaSearch

        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)
        algorithm = ConcurrencyLimiter(
            OptunaSearch(space=Define(space), metric=objective, mode=mode, sampler=sampler), workers)
        param_space = None
    elif search == "grid":
        param_space = {p.name: tune.grid_search(p.grid(grid_points)) for p in space.parameters}
        trials = 1
    elif search != "random":
        raise TuningError(f"ray: there is no search '{search}', but optuna, random, grid")
    if scheduler == "asha":
        rule = ASHAScheduler(time_attr="step", metric=objective, mode=mode, max_t=space.steps or 100,
                             grace_period=1, reduction_factor=3)
    elif scheduler == "pbt":
        random.seed(seed)  # which Ray draws mutations from
        if not mutate or search != "random":
            raise TuningError("ray: pbt needs --search random and --mutate NAME,...")
        rule = PopulationBasedTraining(
            time_attr="training_iteration", metric=objective, mode=mode, perturbation_interval=1,
            hyperparam_mutations={name: domain(tune, space[name]) for name in mutate})
    elif scheduler == "fifo":
        rule = FIFOScheduler()
    else:
        raise TuningError(f"ray: there is no scheduler '{scheduler}', but asha, pbt, fifo")
    steps_flag = "epochs"
    if scheduler == "pbt" and steps_flag not in space.flags:
        raise TuningError("ray: pbt needs a program with --epochs, which goes on from its trial's folder")
    trainable = make_trainable(ray, tune, command, space.described(), threads,
                               chunk if scheduler == "pbt" else 0, steps_flag)
    stop = {"training_iteration": max(1, (space.steps or 10) // chunk)} if scheduler == "pbt" else None
    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": threads}), param_space=param_space,
        tune_config=tune.TuneConfig(num_samples=trials, search_alg=algorithm, scheduler=rule,
                                    max_concurrent_trials=workers if algorithm is None else None,
                                    **({} if scheduler != "fifo" else {"metric": objective, "mode": mode})),
        run_config=tune.RunConfig(name="ray", storage_path=os.path.abspath(folder), stop=stop, verbose=0,
                                  checkpoint_config=tune.CheckpointConfig(
                                      checkpoint_frequency=1 if scheduler == "pbt" else 0)))
    return tuner.fit()


def best_result(space, results):
    """The best report of any trial: (figure, configuration, number of trials that failed). All figures
    are Ray's last ones of a trial; a trial that was stopped early has its last report."""
    objective = space.objectives[0]
    mode = "min" if space.directions[0] == "minimize" else "max"
    best = results.get_best_result(metric=objective, mode=mode, scope="last")
    return best.metrics[objective], counting(space, best.config), results.num_errors
