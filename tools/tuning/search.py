"""Samplers and pruners of Optuna by name, from its version 3.1 on."""

import hashlib
import inspect
import warnings

import optuna

from . import TuningError

SAMPLERS = ("tpe", "gp", "cmaes", "quasi-random", "random", "grid", "nsga2", "manual", "guided")
PRUNERS = ("none", "median", "asha", "hyperband", "wilcoxon")


def seed_of(seed, index):
    """A seed for the point `index` of a study: what is asked next after a crash, or by another
    process, is what would have been asked anyway, and no point repeats another's draws."""
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:4], "little") % (2**31)


def has(kind, name):
    if not hasattr(kind, name):
        raise TuningError(f"{name} needs a newer Optuna than {optuna.__version__}")
    return getattr(kind, name)


def known(function, **options):
    """Those of the options that this version knows."""
    names = inspect.signature(function).parameters
    return {k: v for k, v in options.items() if k in names}


def make_sampler(name, space, seed, index, startup=10):
    """A sampler that asks for the point `index`. Its whole state is in the study."""
    samplers = optuna.samplers
    own = seed_of(seed, index)
    several = len(space.objectives) > 1
    conditional = any(p.when is not None for p in space.parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is experimental: named on purpose
        if name in ("random", "manual", "grid", "guided"):  # of all but the first the points are known
            return samplers.RandomSampler(seed=own)
        if name == "tpe":
            return samplers.TPESampler(
                seed=own, multivariate=True, group=conditional, constant_liar=True,
                n_startup_trials=startup, warn_independent_sampling=False)
        if name == "gp":
            try:
                return has(samplers, "GPSampler")(
                    **known(samplers.GPSampler.__init__, seed=own, n_startup_trials=startup,
                            warn_independent_sampling=False))
            except ImportError as error:
                raise TuningError(f"gp: Optuna's GPSampler needs PyTorch and SciPy ({error})") from None
        if name == "cmaes":
            if several:
                raise TuningError("cmaes: takes one objective")
            return samplers.CmaEsSampler(seed=own, n_startup_trials=1, warn_independent_sampling=False)
        if name == "quasi-random":
            # One sequence for the whole study; how far it has come is in the study.
            return samplers.QMCSampler(
                seed=seed % 2**31, qmc_type="sobol", scramble=True, warn_asynchronous_seeding=False,
                warn_independent_sampling=False)
        if name == "nsga2":
            return samplers.NSGAIISampler(seed=own)
    raise TuningError(f"there is no sampler '{name}', but {', '.join(SAMPLERS)}")


def make_grid(space, trials, asked):
    """The points of a grid, each once: as many values of a range as asked for, of the others as many as
    keep the whole within `trials`, what matters most first."""
    for name in asked:
        if not space[name].is_numeric() or asked[name] < 1:
            raise TuningError(f"--grid {name}: a number of values of a range")
    counts = {p.name: asked.get(p.name, 1) for p in space.parameters}

    def points(rest, values):
        if not rest:
            return [values]
        if not space.counts(rest[0], values):
            return points(rest[1:], values)
        return [point for value in rest[0].grid(counts[rest[0].name])
                for point in points(rest[1:], {**values, rest[0].name: value})]

    out = points(space.parameters, {})
    if len(out) > trials:
        raise TuningError(f"grid: {len(out)} points at least, and {trials} trials; see --grid and --fix")
    growing = [p for p in space.parameters if p.is_numeric() and p.name not in asked]
    while growing:
        for parameter in list(growing):
            counts[parameter.name] += 1
            more = points(space.parameters, {})
            if len(out) < len(more) <= trials:
                out = more
            else:
                counts[parameter.name] -= 1
                growing.remove(parameter)
    return out


def make_pruner(name, steps, warmup, startup=5):
    """Steps count from 1, and no trial is pruned before step `warmup`."""
    pruners = optuna.pruners
    if name == "none":
        return pruners.NopPruner()
    if name == "median":
        return pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=warmup)
    if name == "asha":
        return pruners.SuccessiveHalvingPruner(min_resource=max(1, warmup), reduction_factor=3)
    if name == "hyperband":
        if not steps:
            raise TuningError("hyperband: needs the program's steps, which its space does not have")
        return pruners.HyperbandPruner(min_resource=max(1, warmup), max_resource=steps, reduction_factor=3)
    if name == "wilcoxon":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return has(pruners, "WilcoxonPruner")(p_threshold=0.1, n_startup_steps=max(2, warmup))
    raise TuningError(f"there is no pruner '{name}', but {', '.join(PRUNERS)}")


class FrozenView:
    """A pruner's view of a study in which one trial runs and all others are those of earlier rounds:
    what it decides then depends on neither the number of processes nor their speed."""

    def __init__(self, study, before, number):
        """`before`: trials 0, 1, ... that have finished; `number`: what the trial counts as."""
        state = optuna.trial.TrialState
        self.pruner = study.pruner
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.study = optuna.create_study(study_name=study.study_name, directions=study.directions)
            for trial in before:
                self.study.add_trial(trial)
            for _ in range(len(before), number):
                self.study.add_trial(optuna.trial.create_trial(state=state.FAIL))
            self.study.add_trial(optuna.trial.create_trial(state=state.RUNNING))
        self.storage = self.study._storage
        self.id = self.study.get_trials(deepcopy=False)[-1]._trial_id

    def should_prune(self, step, value):
        self.storage.set_trial_intermediate_value(self.id, step, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(self.pruner.prune(self.study, self.storage.get_trial(self.id)))

    def attributes(self):
        """What the pruner has noted, which later rounds have to see."""
        return dict(self.storage.get_trial(self.id).system_attrs)
