"""The command line of cinta tune."""

import argparse
import csv
import io
import json
import math
import os
import shlex
import sys

from . import TuningError
from .compare import compare, table
from .driver import Driver, Progress, Stopped, best_of
from .final import judge
from .guided import Guide
from .ledger import Worker, reader
from .log import open_log
from .process import describe
from .ray_adapter import best_result, run_ray
from .report import write_report
from .search import PRUNERS, SAMPLERS, Search, make_grid
from .space import Space, quiet_optuna, read_json
from .split import split


def read_file(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise TuningError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def write_file(path, text):
    """All or nothing, whoever else writes it at the same time."""
    new = f"{path}.{os.getpid()}"
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def pairs(texts, flag, convert):
    out = {}
    for text in texts:
        name, sign, value = text.partition("=")
        try:
            if not sign:
                raise ValueError
            out[name] = convert(value)
        except ValueError:
            raise TuningError(f"{flag}: '{text}' is not NAME=VALUE") from None
    return out


def value_of(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def add_study(parser):
    parser.add_argument("--study", required=True, metavar="FOLDER", help="of the study: trials, results")
    parser.add_argument("--storage", metavar="URL",
                        help="journal:FILE, sqlite:///FILE, postgresql://...: where the study is kept, "
                             "and where others may join it [journal:FOLDER/study.journal]")
    parser.add_argument("--name", help="of the study in its storage [the folder's]")


def add_run(parser):
    add_study(parser)
    parser.add_argument("--trials", type=int, default=40, help="points in all, of every run of this study [40]")
    parser.add_argument("--sampler", default="tpe", choices=SAMPLERS, help="[tpe]")
    parser.add_argument("--pruner", default="none", choices=PRUNERS, help="[none]")
    parser.add_argument("--warmup", type=int, default=1, help="no trial is pruned before this step [1]")
    parser.add_argument("--startup", type=int, default=10, help="random points before tpe and gp [10]")
    parser.add_argument("--seed", type=int, default=1, help="of the search [1]")
    parser.add_argument("--workers", type=int, default=1, help="trials at a time [1]")
    parser.add_argument("--round", type=int, default=4, metavar="K",
                        help="points asked for at a time: the study is the same for any number of "
                             "workers; 0: whoever is free asks, and timing decides [4]")
    parser.add_argument("--threads", type=int, help="of each trial [processors / workers]")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds that a trial may take")
    parser.add_argument("--silence", type=float, metavar="S", default=600,
                        help="seconds that a trial may say nothing [600]")
    parser.add_argument("--grace", type=float, default=120, metavar="S",
                        help="seconds without a sign after which another machine's worker is dead [120]")
    parser.add_argument("--points", metavar="FILE", help="of manual: a JSON list of configurations")
    parser.add_argument("--grid", action="append", default=[], metavar="NAME=N", help="values of a range")
    parser.add_argument("--levels", type=int, default=2, help="of guided: how often a range shrinks [2]")
    parser.add_argument("--fix", action="append", default=[], metavar="NAME=VALUE", help="not searched")
    parser.add_argument("--space", metavar="FILE", help="narrowed, as guided writes it")
    parser.add_argument("--objectives", type=int, metavar="N", help="the first N of the program's [1]", default=1)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ARGUMENTS")


def program_of(args):
    command = args.program[1:] if args.program[:1] == ["--"] else args.program
    if not command:
        raise TuningError("which program? It comes last, after --")
    return command


def storage_of(args):
    return args.storage or "journal:" + os.path.join(args.study, "study.journal")


def name_of(args):
    return args.name or os.path.basename(os.path.abspath(args.study))


def space_of(args, command):
    space = Space(describe(command))
    if not 1 <= args.objectives <= len(space.objectives):
        raise TuningError(f"--objectives: the program has {len(space.objectives)}")
    space.objectives = space.objectives[:args.objectives]
    space.directions = space.directions[:args.objectives]
    if args.space:
        space = space.narrowed(read_json(read_file(args.space), args.space))
    for name, value in pairs(args.fix, "--fix", value_of).items():
        space.fix(name, float(value) if space[name].type == "real" and type(value) is int else value)
    return space


def threads_of(args):
    return args.threads or max(1, len(os.sched_getaffinity(0)) // args.workers)


def check_program(path, command, points):
    """Figures of another program, or of this one with other data, cannot be compared."""
    if points and os.path.exists(path):
        earlier = read_json(read_file(path), path)
        if earlier != command:
            raise TuningError(f"the study's trials are of another command, {shlex.join(map(str, earlier))}; "
                              f"choose another --study, or remove {path}")
    write_file(path, json.dumps(command) + "\n")


def search(args, label=""):
    """Runs a study to its end. Returns the ledger and, of guided, the guide. `label`: before its progress."""
    command = program_of(args)
    for name in ("trials", "workers"):
        if getattr(args, name) < 1:
            raise TuningError(f"--{name}: at least 1")
    for name in ("round", "warmup", "startup", "silence", "grace", "timeout", "threads"):
        value = getattr(args, name)
        if value is not None and not (value >= 0 and math.isfinite(value)):
            raise TuningError(f"--{name}: not negative")
    if args.levels < 1:
        raise TuningError("--levels: at least 1")
    space = space_of(args, command)
    points, guide = None, None
    if args.sampler == "manual":
        if not args.points:
            raise TuningError("manual: which --points?")
        points = read_json(read_file(args.points), args.points)
        if not isinstance(points, list) or not points:
            raise TuningError(f"{args.points}: is no list of configurations")
        points = [space.complete(p, f"{args.points}: point {i + 1}") for i, p in enumerate(points)]
    elif args.sampler == "grid":
        points = make_grid(space, args.trials, pairs(args.grid, "--grid", int))
    elif args.sampler == "guided":
        if args.pruner != "none":
            raise TuningError("guided: compares whole trials; --pruner none")
        guide = Guide(space, args.levels)

    chosen = Search(space, name_of(args), args.trials, args.sampler, args.seed, args.startup, args.pruner,
                    args.warmup, args.round, points, guide)
    os.makedirs(args.study, exist_ok=True)
    settings = {"sampler": args.sampler, "seed": args.seed, "startup": args.startup, "pruner": args.pruner,
                "warmup": args.warmup, "round": args.round}
    worker = Worker(open_log(storage_of(args), name_of(args)), name_of(args), space, chosen, settings, args.grace)
    check_program(os.path.join(args.study, "program.json"), command, worker.points)
    progress = None if args.quiet else Progress(chosen.trials, label)
    try:
        Driver(worker, command, args.study, args.workers, threads_of(args), args.timeout, args.silence,
               progress=progress).run()
    finally:
        if progress is not None:
            progress.end()
    return worker, guide


def command_run(args):
    ledger, guide = search(args)
    best = best_of(ledger)
    if best is None:
        raise TuningError("no trial has a result; the last one: "
                          + str(ledger.points[-1].result.get("reason")))
    if guide is not None:
        write_file(os.path.join(args.study, "narrowed.json"),
                   json.dumps(guide.narrowed(guide.tried(ledger.points)), indent=2) + "\n")
    write_best(args.study, ledger.space, best)
    print(json.dumps({"trial": best.number, "figures": best.user_attrs["figures"], "config": best.params}))
    return 0


def config_of(space, trial):
    return {p.name: trial.params[p.name] for p in space.parameters if p.name in trial.params}


def write_best(folder, space, trial):
    write_file(os.path.join(folder, "best.json"), json.dumps(config_of(space, trial), indent=2) + "\n")


def command_compare(args):
    """The strategies, then what the best of all is worth."""
    command = program_of(args)
    space = space_of(args, command)
    rows = compare(args, search)
    print(f"{space.program}, up to {args.trials} trials each, --pruner {args.pruner}, --workers {args.workers}")
    print("\n".join(table(rows, space.objectives[0])))
    sign = 1 if space.directions[0] == "minimize" else -1
    won = min((r for r in rows if r["best_trial"]), key=lambda r: sign * r["best"], default=None)
    if won is None:
        raise TuningError("no trial has a result")
    write_best(args.study, space, won["best_trial"])
    print(f"\nwinner: {won['strategy']}, {json.dumps(config_of(space, won['best_trial']))}")
    if args.seeds:
        print("\n".join(judge(space, command, config_of(space, won["best_trial"]), won["best"],
                              os.path.join(args.study, "final"), args.seeds, args.test_data,
                              threads_of(args))))
    return 0


def command_report(args):
    print("\n".join(write_report(reader(storage_of(args), name_of(args)), args.study)))
    return 0


def command_final(args):
    command = program_of(args)
    space = Space(describe(command))
    winner = space.complete(read_json(read_file(args.config), args.config), args.config)
    print("\n".join(judge(space, command, winner, args.found, os.path.join(args.study, "final"), args.seeds,
                          args.test_data, args.threads)))
    return 0


def command_ray(args):
    command = program_of(args)
    command[0] = os.path.abspath(command[0]) if os.sep in command[0] else command[0]
    space = Space(describe(command))
    space.objectives, space.directions = space.objectives[:1], space.directions[:1]
    results = run_ray(command, space, args.study, args.trials, args.search, args.scheduler, args.workers,
                      args.threads, args.seed, [n for n in args.mutate.split(",") if n], args.chunk, args.address)
    figure, config, failed = best_result(space, results)
    os.makedirs(args.study, exist_ok=True)
    write_file(os.path.join(args.study, "best.json"), json.dumps(config, indent=2) + "\n")
    print(json.dumps({"figures": {space.objectives[0]: figure}, "config": config, "failed": failed}))
    return 0


def command_split(args):
    search_rows, test_rows = split(args.data, args.target, args.test, args.seed, args.out)
    print(f"{search_rows} rows to search on, {test_rows} rows of test, in {args.out}")
    return 0


def parser():
    out = argparse.ArgumentParser(prog="cinta tune", description="Searches a program's hyperparameters.")
    commands = out.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="search, or go on with a search")
    add_run(run)
    run.set_defaults(call=command_run)
    both = commands.add_parser("compare", help="manual, grid, random and Bayesian search at equal budget")
    both.add_argument("--seeds", type=int, default=0, help="trainings that tell gain from noise [0]")
    both.add_argument("--test-data", metavar="FILE", help="for the winner, once")
    add_run(both)
    both.set_defaults(call=command_compare)
    report = commands.add_parser("report", help="pictures of a study, and one HTML file with all of it")
    add_study(report)
    report.set_defaults(call=command_report)
    final = commands.add_parser("final", help="a configuration over several seeds, and on the test part")
    final.add_argument("--study", required=True, metavar="FOLDER")
    final.add_argument("--config", required=True, metavar="FILE", help="such as best.json")
    final.add_argument("--found", type=float, default=float("nan"), help="what the search has seen of it")
    final.add_argument("--seeds", type=int, default=5, help="[5]")
    final.add_argument("--test-data", metavar="FILE")
    final.add_argument("--threads", type=int, default=1, help="[1]")
    final.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ARGUMENTS")
    final.set_defaults(call=command_final)
    by_ray = commands.add_parser("ray", help="the same by Ray Tune, on one machine or a cluster")
    by_ray.add_argument("--study", required=True, metavar="FOLDER")
    by_ray.add_argument("--trials", type=int, default=40, help="[40]")
    by_ray.add_argument("--search", default="optuna", help="optuna, random or grid [optuna]")
    by_ray.add_argument("--scheduler", default="asha", help="asha, pbt or fifo [asha]")
    by_ray.add_argument("--workers", type=int, default=1, help="trials at a time [1]")
    by_ray.add_argument("--threads", type=int, default=1, help="of each trial [1]")
    by_ray.add_argument("--seed", type=int, default=1, help="[1]")
    by_ray.add_argument("--mutate", default="", metavar="NAME,...", help="of pbt: what may change on the way")
    by_ray.add_argument("--chunk", type=int, default=1, help="of pbt: steps between two decisions [1]")
    by_ray.add_argument("--address", help="of a cluster; auto: the one that this machine belongs to")
    by_ray.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ARGUMENTS")
    by_ray.set_defaults(call=command_ray)
    cut = commands.add_parser("split", help="take the test part out of a CSV file")
    cut.add_argument("data", metavar="FILE")
    cut.add_argument("--target", required=True, metavar="COLUMN", help="its distribution is kept")
    cut.add_argument("--test", type=float, default=0.15, metavar="SHARE", help="[0.15]")
    cut.add_argument("--seed", type=int, default=1, help="[1]")
    cut.add_argument("--out", required=True, metavar="FOLDER", help="for search.csv and test.csv")
    cut.set_defaults(call=command_split)
    return out


def main(arguments):
    quiet_optuna()
    # Half a character in a program's name is written as on standard error, which escapes by itself.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    args = parser().parse_args(arguments)
    try:
        return args.call(args)
    except TuningError as error:
        print(f"cinta tune: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a file where a folder should be: the same command goes on
        print(f"cinta tune: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}",
              file=sys.stderr)
        return 2
    except csv.Error as error:
        print(f"cinta tune: {error}", file=sys.stderr)
        return 2
    except Stopped:
        print("\ncinta tune: stopped; the same command goes on", file=sys.stderr)
        return 130
