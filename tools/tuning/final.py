"""What a search has brought: the winner and the defaults over several seeds, the winner once on the test part."""

import math
import os
import statistics

from . import TuningError
from .process import TrialProcess


def run_alone(command, config, folder, objectives, threads):
    """A training outside of any search. Its figures."""
    process = TrialProcess(command, config, folder, objectives, threads)
    try:
        for _ in process.follow():
            pass
    except BaseException:
        process.kill()
        raise
    reason = process.finish()
    if reason is not None:
        raise TuningError(f"{command[0]}: {reason}")
    return process.figures()


def over_seeds(command, config, folder, objective, seeds, threads):
    return [run_alone([*command, "--seed", str(seed)], config, os.path.join(folder, f"seed-{seed}"),
                      [objective], threads)[objective] for seed in seeds]


def mean_and_error(values):
    """Mean and its standard error."""
    if len(values) < 2:
        return values[0], math.nan
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(len(values))


def judge(space, command, winner, found, folder, seeds, test_data, threads):
    """Lines of text. `found` is the figure that the search has seen of the winner."""
    if "seed" not in space.flags:
        raise TuningError("the program has no --seed, by which noise could be told from gain")
    objective = space.objectives[0]
    # Seeds that no trial has had: what a search selects is partly luck with its own.
    fresh = [1000 + i for i in range(seeds)]
    tuned = over_seeds(command, winner, os.path.join(folder, "winner"), objective, fresh, threads)
    default = over_seeds(command, space.defaults(), os.path.join(folder, "default"), objective, fresh, threads)
    (a, a_error), (b, b_error) = mean_and_error(tuned), mean_and_error(default)
    sign = 1 if space.directions[0] == "minimize" else -1
    gain, gain_error = sign * (b - a), math.hypot(a_error, b_error)
    noise = statistics.stdev(tuned) if len(tuned) > 1 else math.nan
    out = [
        f"{objective} over {seeds} fresh seeds (mean ± standard error)",
        f"  default  {b:.6g} ± {b_error:.2g}",
        f"  winner   {a:.6g} ± {a_error:.2g}; the search saw {found:.6g}, of which {sign * (a - found):.2g} was luck",
        f"  gain     {gain:.6g} ± {gain_error:.2g}; one training differs from the next by {noise:.2g}",
    ]
    if not gain > 2 * gain_error:
        out.append("  The gain is not more than noise: keep the defaults.")
    if test_data:
        if "test-data" not in space.flags:
            raise TuningError("the program has no --test-data")
        figures = run_alone([*command, "--seed", str(fresh[0]), "--test-data", test_data], winner,
                            os.path.join(folder, "test"), [objective], threads)
        tests = {k: v for k, v in figures.items() if k.startswith("test_")}
        if not tests:
            raise TuningError("--test-data has brought no figure test_...")
        out.append("test part, once: " + ", ".join(f"{k} {v:.6g}" for k, v in tests.items()))
    return out
