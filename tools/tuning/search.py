"""What comes next, and whether a trial is pruned: Optuna's samplers and pruners by name, from its version
3.1 on, as functions of the points that there are."""

import hashlib
import inspect
import warnings

import optuna

from . import TuningError

SAMPLERS = ("tpe", "gp", "cmaes", "quasi-random", "random", "grid", "nsga2", "manual", "guided")
PRUNERS = ("none", "median", "asha", "hyperband", "wilcoxon")
NOTES = ("seconds", "steps", "reason", "figures", "best_step")  # of a result, for reports


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
    """A sampler that asks for the point `index`. Its whole state is in the study, so it is used once."""
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


def make_pruner(name, steps, warmup, startup=4):
    """Steps count from 1, and no trial is pruned before step `warmup`. `startup`: trials that the median is
    to be of; a round of four, since pruning looks at whole rounds, and five would mean eight."""
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


def as_trial(space, point, state=None):
    """Optuna's trial of a point: as it has ended, or only that it runs or has failed."""
    result = point.result if state is None else {"state": state}
    kind = optuna.trial.TrialState[result["state"]]
    out = optuna.trial.create_trial(
        state=kind, values=result.get("values"), params=dict(point.config),
        distributions={n: space[n].distribution() for n in point.config},
        intermediate_values={step: value for step, value in result.get("curve", [])},
        system_attrs={**point.attributes, **result.get("attributes", {})},
        user_attrs={k: v for k, v in result.items() if k in NOTES})
    out.number = point.index
    return out


def make_study(space, name, pruner, trials, attributes=None):
    """An Optuna study in memory."""
    study = optuna.create_study(study_name=name, directions=space.directions, pruner=pruner)
    for trial in trials:
        study.add_trial(trial)
    for key, value in (attributes or {}).items():
        study._storage.set_study_system_attr(study._study_id, key, value)
    return study


class Search:
    """Points in rounds of `round_size`, each asked for with the results of earlier rounds and the
    configurations before it in its own: by whomever and whenever it is asked for, it is the same.
    round_size 0: with what is over when it is asked for. Guided: all that it wants to see next, when
    all before are over."""

    def __init__(self, space, name, trials, sampler, seed=1, startup=10, pruner="none", warmup=1, round_size=4,
                 points=None, guide=None):
        """`points`: those of a grid or a file, instead of the sampler's."""
        self.space, self.name, self.sampler, self.seed, self.startup = space, name, sampler, seed, startup
        self.trials = trials if points is None else min(trials, len(points))
        # Made anew for each trial: Hyperband has a state, which another process would not have.
        self.make_pruner = lambda: make_pruner(pruner, space.steps, warmup)
        self.make_pruner()
        self.prunes = pruner != "none"
        self.round_size, self.points, self.guide = round_size, points, guide
        if self.prunes and len(space.objectives) > 1:
            raise TuningError("pruning looks at one objective; with several, --pruner none")
        self.learns = self.prunes or sampler not in ("random", "manual", "grid")
        make_sampler(sampler, space, seed, 0, startup)  # what this Optuna does not have is said at once

    def first_of_round(self, index):
        return index - index % self.round_size if self.round_size else index

    def next(self, points, attributes):
        """([(configuration, Optuna's attributes)], Optuna's attributes of the study); no configuration while
        others have to be over first, and when there are all."""
        index = len(points)
        if index >= self.trials:
            return [], {}
        if self.guide is not None:
            wanted = self.guide(points) if all(p.is_over() for p in points) else []
            return [(config, {}) for config in wanted[:self.trials - index]], {}
        if self.round_size and self.learns and not all(p.is_over() for p in points[:self.first_of_round(index)]):
            return [], {}
        if self.points is not None:
            return [(self.points[index], {})], {}
        return self._ask(points, attributes)

    def _ask(self, points, attributes):
        index = len(points)
        first = self.first_of_round(index) if self.learns else 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Without the pruner: of Hyperband's trials samplers would only see those of one bracket.
            study = make_study(self.space, self.name, optuna.pruners.NopPruner(),
                               [as_trial(self.space, p, None if p.is_over() and p.index < first else "RUNNING")
                                for p in points], attributes)
            study.sampler = make_sampler(self.sampler, self.space, self.seed, index, self.startup)
            trial = study.ask()
            config = self.space.suggest(trial)
            asked = study._storage.get_trial(trial._trial_id)
            return [(config, asked.system_attrs)], study._storage.get_study_system_attrs(study._study_id)

    def view(self, points, index):
        """What decides whether point `index`, which begins to run, is pruned; None without pruning."""
        if not self.prunes:
            return None
        first = self.first_of_round(index)
        end = index + 1 if self.round_size else len(points)
        return PrunerView(self.space, self.name, self.make_pruner(), index, [
            as_trial(self.space, p, None if p.is_over() and (p.index < first or not self.round_size) else "FAIL")
            for p in points[:end]])


class PrunerView:
    """A pruner's view of a study in which one trial runs and of all others only those are seen that were
    over when it began, or in earlier rounds: what it decides then depends on neither the number of
    processes nor their speed."""

    def __init__(self, space, name, pruner, index, trials):
        """`trials`: 0, 1, ...; what number `index` was is not looked at."""
        self.pruner = pruner
        trials[index] = optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.study = make_study(space, name, pruner, trials)
        self.storage = self.study._storage
        self.id = self.study.get_trials(deepcopy=False)[index]._trial_id

    def should_prune(self, step, value):
        self.storage.set_trial_intermediate_value(self.id, step, value)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(self.pruner.prune(self.study, self.storage.get_trial(self.id)))

    def attributes(self):
        """What the pruner has noted, which later ones have to see."""
        return dict(self.storage.get_trial(self.id).system_attrs)
