"""Strategies beside each other with the same budget of trials."""

import argparse
import os
import time

from optuna.trial import TrialState

from .driver import best_of

STRATEGIES = (("manual", "guided", False), ("grid", "grid", True), ("random", "random", True),
              ("Bayesian", "tpe", True))


def with_sampler(args, label, sampler, pruner):
    """The arguments of `run` for one strategy."""
    own = argparse.Namespace(**vars(args))
    own.sampler, own.pruner = sampler, pruner
    own.study, own.storage, own.name = os.path.join(args.study, label.lower()), None, None
    return own


def row(label, ledger, seconds):
    over = ledger.over().values()
    best = best_of(ledger)
    return {"strategy": label, "best": best.values[0] if best else None, "best_trial": best,
            "trials": len(over), "pruned": sum(t.state == TrialState.PRUNED for t in over),
            "failed": sum(t.state == TrialState.FAIL for t in over),
            "steps": sum(t.user_attrs.get("steps", 0) for t in over), "seconds": seconds}


def compare(args, search):
    """Rows, one for each strategy; `search(args, label)` runs one."""
    rows = []
    for label, sampler, prunes in STRATEGIES:
        begin = time.monotonic()
        ledger = search(with_sampler(args, label, sampler, args.pruner if prunes else "none"), label)[0]
        rows.append(row(label, ledger, time.monotonic() - begin))
    return rows


def table(rows, objective):
    head = ["strategy", f"best {objective}", "trials", "pruned", "failed", "steps", "seconds"]
    cells = [head] + [[r["strategy"], "-" if r["best"] is None else f"{r['best']:.6g}", str(r["trials"]),
                       str(r["pruned"]), str(r["failed"]), str(r["steps"]), f"{r['seconds']:.0f}"]
                      for r in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    return [
        "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))).rstrip()
        for line in cells]
