#!/usr/bin/env python3
"""What pruning saves and what Bayesian search brings, on three data sets, several seeds: the tables of
docs/tuning.md.

    measure.py BUILD/examples OUT [--seeds 10] [--trials 20] [--live 1]

Random and TPE run whole. A pruned random search tries the same points, whose trainings are the same, so
that its decisions are taken on the recorded curves, round by round as the driver takes them. --live is for
how many seeds the driver runs it as well, and the two must agree. OUT/figures.jsonl has a line for
every search; a second run goes on."""

import argparse
import json
import math
import os
import statistics
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from tuning import cli  # noqa: E402
from tuning.driver import best_of  # noqa: E402
from tuning.ledger import Point  # noqa: E402
from tuning.search import Search  # noqa: E402
from tuning.space import quiet_optuna  # noqa: E402
from tuning.split import split  # noqa: E402

SEARCHES = (("random", "random", "none"), ("TPE", "tpe", "none"))
PRUNERS = ("asha", "median", "hyperband")
ROUND = 4


def thinned(name, rows, out):
    with open(os.path.join(ROOT, "examples/data", name), encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    path = os.path.join(out, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join([head] + lines[:: max(1, len(lines) // rows)]) + "\n")
    return path


def programs(examples, out):
    table = os.path.join(examples, "embedding_exercise")
    for name, target, rows, command in (
            ("diamonds.csv", "price", 1200,
             [table, "--target", "log:price", "--numeric", "carat,log:carat,depth,table,x,y,z",
              "--categorical", "cut,color,clarity", "--epochs", "15"]),
            ("digits.csv", "digit", 10**6,
             [os.path.join(examples, "dropout_digits"), "--rows", "250", "--epochs", "27"]),
            ("diabetes.csv", "progression", 10**6,
             [table, "--target", "progression", "--numeric", "age,bmi,bp,s1,s2,s3,s4,s5,s6",
              "--categorical", "sex", "--epochs", "27"])):
        folder = os.path.join(out, name[:-4])
        os.makedirs(folder, exist_ok=True)
        split(thinned(name, rows, folder), target, 0.15, 1, folder)
        yield name[:-4], [*command, "--data", os.path.join(folder, "search.csv")]


def replayed(ledger, pruner, warmup=1):
    """(best, steps) of the same search with a pruner."""
    search = Search(ledger.space, ledger.name, len(ledger.points), "random", pruner=pruner, warmup=warmup,
                    round_size=ROUND)
    best, steps, told = math.inf, 0, []
    for point in ledger.points:
        view, curve, result = search.view([*told, point], point.index), [], dict(point.result)
        for step, value in point.result["curve"]:
            curve.append([step, value])
            if view.should_prune(step, value):
                result.update(state="PRUNED", values=[value])
                break
        steps += len(curve)
        if result["state"] == "COMPLETE":
            best = min(best, result["values"][0])
        told.append(Point(point.index, point.config, point.attributes))
        told[-1].result = {**result, "curve": curve, "attributes": view.attributes()}
    return best, steps


def interval(values):
    """Mean and half the width of its 95 % interval, by Student's t."""
    t = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
    n = len(values)
    if n < 2:
        return values[0], math.nan
    return statistics.fmean(values), t.get(n, 1.96) * statistics.stdev(values) / math.sqrt(n)


def tables(lines):
    of = {(line["data"], line["search"], line["seed"]): line for line in lines if not line.get("live")}
    print("| data | search | best validation loss | to random, paired | epochs saved | equal or better |")
    print("| --- | --- | --- | --- | --- | --- |")
    for data in dict.fromkeys(line["data"] for line in lines):
        for search in dict.fromkeys(line["search"] for line in lines if not line.get("live")):
            seeds = [s for d, n, s in of if d == data and n == search and (d, "random", s) in of]
            if not seeds:
                continue
            mine = [of[data, search, s] for s in seeds]
            base = [of[data, "random", s] for s in seeds]
            best, half = interval([m["best"] for m in mine])
            change, change_half = interval([100 * (m["best"] / b["best"] - 1) for m, b in zip(mine, base)])
            saved, saved_half = interval([100 * (1 - m["steps"] / m["full_steps"]) for m in mine])
            equal = sum(m["best"] <= b["best"] for m, b in zip(mine, base))
            print(f"| {data} | {search} | {best:.5f} ± {half:.5f} | {change:+.1f} ± {change_half:.1f} % | "
                  f"{saved:.0f} ± {saved_half:.0f} % | {equal} of {len(seeds)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("examples")
    parser.add_argument("out")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--live", type=int, default=1)
    args = parser.parse_args()
    quiet_optuna()
    os.makedirs(args.out, exist_ok=True)
    path = os.path.join(args.out, "figures.jsonl")
    lines = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
    done = {(line["data"], line["search"], line["seed"]) for line in lines}
    commands = list(programs(args.examples, args.out))

    def note(**line):
        lines.append(line)
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def run(data, command, sampler, pruner, seed):
        study = os.path.join(args.out, data, f"{sampler}-{pruner}-{seed}")
        ledger = cli.search(cli.parser().parse_args(
            ["run", "--study", study, "--quiet", "--trials", str(args.trials), "--sampler", sampler,
             "--pruner", pruner, "--seed", str(seed), "--threads", "1", "--round", str(ROUND), "--name",
             f"{sampler}-{seed}", "--", *command]))[0]
        return ledger, list(ledger.over().values())

    for seed in range(1, args.seeds + 1):
        for data, command in commands:
            for search, sampler, pruner in SEARCHES:
                if (data, search, seed) in done:
                    continue
                ledger, over = run(data, command, sampler, pruner, seed)
                # Of those that failed the rest is not pruning's doing.
                full = sum(t.user_attrs["steps"] for t in over)
                note(data=data, search=search, seed=seed, best=best_of(ledger).values[0], steps=full,
                     full_steps=full)
                if sampler != "random":
                    continue
                for pruner in PRUNERS:
                    best, steps = replayed(ledger, pruner)
                    note(data=data, search=f"random, {pruner}", seed=seed, best=best, steps=steps, full_steps=full)
                    if seed <= args.live:
                        ledger_live, over = run(data, command, sampler, pruner, seed)
                        live = best_of(ledger_live).values[0], sum(t.user_attrs["steps"] for t in over)
                        note(data=data, search=f"random, {pruner}", seed=seed, best=live[0], steps=live[1],
                             full_steps=full, live=True)
                        if live != (best, steps):
                            sys.exit(f"{data}, {pruner}, seed {seed}: replayed {best}, {steps}, run {live}")
    tables(lines)


if __name__ == "__main__":
    main()
