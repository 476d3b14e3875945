"""A study as pictures and one HTML file that needs no other: history, importance, slices, parallel
coordinates, all trials."""

import base64
import html
import io
import json
import math
import os
import warnings

from optuna.trial import TrialState

from . import TuningError
from .driver import best_of

COLORS = {"COMPLETE": "tab:blue", "PRUNED": "tab:orange", "FAIL": "tab:red"}


def pyplot():
    try:
        import matplotlib
    except ImportError:
        raise TuningError("report: needs matplotlib (Debian: python3-matplotlib)") from None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt


def importances(ledger, complete):
    """Share of the figure's variance by hyperparameter, by Optuna's fANOVA; {} where it cannot say."""
    import optuna

    if len(complete) < 4 or len({t.values[0] for t in complete}) < 2:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            view = optuna.create_study(direction=ledger.space.directions[0])
            for trial in complete:
                if math.isfinite(trial.values[0]):
                    view.add_trial(optuna.trial.create_trial(
                        value=trial.values[0], params=trial.params, distributions=trial.distributions))
            shares = optuna.importance.get_param_importances(
                view, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0))
            varied = {n for n in shares if len({repr(t.params.get(n)) for t in complete}) > 1}
            return {n: share for n, share in shares.items() if n in varied}
    except (ImportError, ValueError, RuntimeError):  # without scikit-learn; too few trials; constant values
        return {}


def history(plt, ledger, over):
    figure, axes = plt.subplots(figsize=(8, 4))
    name, down = ledger.space.objectives[0], ledger.space.directions[0] == "minimize"
    for state, color in COLORS.items():
        points = [(n, t.values[0]) for n, t in over.items() if t.state.name == state and t.values]
        if points:
            axes.scatter(*zip(*points), s=14, color=color, label=state.lower())
    best, xs, ys = None, [], []
    for number, trial in sorted(over.items()):
        if trial.state == TrialState.COMPLETE:
            value = trial.values[0]
            best = value if best is None else (min if down else max)(best, value)
            xs.append(number)
            ys.append(best)
    if xs:
        axes.step(xs, ys, where="post", color="black", linewidth=1, label="best so far")
        low, high = min(ys), max(t.values[0] for t in over.values() if t.state == TrialState.COMPLETE)
        if down and low > 0 and high / low > 30:
            axes.set_yscale("log")
    axes.set(xlabel="trial", ylabel=name, title="History")
    axes.legend()
    return figure


def importance(plt, shares):
    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.4 * len(shares)))
    names = list(shares)[::-1]
    axes.barh(names, [shares[n] for n in names])
    axes.set(xlabel="share of the variance", title="Importance (fANOVA)")
    return figure


def slices(plt, ledger, complete):
    parameters = ledger.space.parameters
    columns = min(3, len(parameters))
    rows = math.ceil(len(parameters) / columns)
    figure, grid = plt.subplots(rows, columns, figsize=(4 * columns, 3 * rows), squeeze=False)
    for axes in grid.flat[len(parameters):]:
        axes.set_visible(False)
    for parameter, axes in zip(parameters, grid.flat):
        points = [(t.params[parameter.name], t.values[0], n) for n, t in complete if parameter.name in t.params]
        if points:
            xs, ys, numbers = zip(*points)
            xs = xs if parameter.is_numeric() else [str(x) for x in xs]
            axes.scatter(xs, ys, c=numbers, s=14, cmap="viridis")
        if parameter.is_numeric() and parameter.log:
            axes.set_xscale("log")
        axes.set(xlabel=parameter.name, ylabel=ledger.space.objectives[0])
    figure.suptitle("Slices: one hyperparameter each, later trials lighter")
    return figure


def place(parameter, value):
    """From 0 to 1 along its range."""
    if not parameter.is_numeric():
        return parameter.choices.index(value) / max(1, len(parameter.choices) - 1)
    if parameter.high == parameter.low:
        return 0.5
    if parameter.log:
        return math.log(value / parameter.low) / math.log(parameter.high / parameter.low)
    return (value - parameter.low) / (parameter.high - parameter.low)


def parallel(plt, ledger, complete):
    parameters = ledger.space.parameters
    figure, axes = plt.subplots(figsize=(max(6, 1.6 * (len(parameters) + 1)), 5))
    values = [t.values[0] for _, t in complete]
    low, high = min(values), max(values)
    rank = {v: i / max(1, len(set(values)) - 1) for i, v in enumerate(sorted(set(values)))}
    for _, trial in sorted(complete, key=lambda item: item[1].values[0],
                           reverse=ledger.space.directions[0] == "minimize"):
        ys = [place(p, trial.params[p.name]) if p.name in trial.params else math.nan for p in parameters]
        ys.append((trial.values[0] - low) / (high - low) if high > low else 0.5)
        shade = rank[trial.values[0]]
        shade = shade if ledger.space.directions[0] == "minimize" else 1 - shade
        axes.plot(range(len(ys)), ys, color=plt.get_cmap("viridis")(shade), linewidth=1.2, alpha=0.8)
    for x, parameter in enumerate(parameters):
        ends = (parameter.low, parameter.high) if parameter.is_numeric() else (
            parameter.choices[0], parameter.choices[-1])
        axes.text(x, -0.04, f"{ends[0]}", ha="center", va="top", fontsize=8)
        axes.text(x, 1.03, f"{ends[1]}", ha="center", fontsize=8)
    axes.text(len(parameters), -0.04, f"{low:.4g}", ha="center", va="top", fontsize=8)
    axes.text(len(parameters), 1.03, f"{high:.4g}", ha="center", fontsize=8)
    axes.set_xticks(range(len(parameters) + 1), [p.name for p in parameters] + [ledger.space.objectives[0]])
    axes.tick_params(axis="x", pad=14)
    axes.set(yticks=[], title="Parallel coordinates: dark is good")
    axes.title.set_position((0.5, 1.1))
    return figure


def front(plt, ledger):
    figure, axes = plt.subplots(figsize=(6, 4))
    complete = [t for t in ledger.over().values() if t.state == TrialState.COMPLETE]
    axes.scatter([t.values[0] for t in complete], [t.values[1] for t in complete], s=14, label="trials")
    best = sorted(ledger.study().best_trials, key=lambda t: t.values[0])
    axes.plot([t.values[0] for t in best], [t.values[1] for t in best], "o-", color="tab:red", label="Pareto front")
    axes.set(xlabel=ledger.space.objectives[0], ylabel=ledger.space.objectives[1], title="Objectives")
    axes.legend()
    return figure


def pictures(ledger):
    plt = pyplot()
    over = ledger.over()
    complete = [(n, t) for n, t in sorted(over.items()) if t.state == TrialState.COMPLETE]
    out = {"history": history(plt, ledger, over)}
    if complete:
        shares = importances(ledger, [t for _, t in complete])
        if shares:
            out["importance"] = importance(plt, shares)
        out["slices"] = slices(plt, ledger, complete)
        out["parallel"] = parallel(plt, ledger, complete)
        if len(ledger.space.objectives) > 1:
            out["front"] = front(plt, ledger)
    images = {}
    for name, figure in out.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
        plt.close(figure)
        images[name] = buffer.getvalue()
    return images


def page(ledger, images):
    text = html.escape
    best = best_of(ledger)
    out = ["<!doctype html><html lang=en><meta charset=utf-8>",
           f"<title>{text(ledger.name)}</title>",
           "<style>body{font:15px sans-serif;max-width:70em;margin:2em auto}img{max-width:100%}"
           "td,th{padding:2px 8px;text-align:left;border-bottom:1px solid #ddd}</style>",
           f"<h1>{text(ledger.name)}: {text(str(ledger.space.program))}</h1>"]
    if best is not None:
        out.append(f"<p>Best {text(ledger.space.objectives[0])}: {best.values[0]:.6g}, trial {best.number}</p>"
                   f"<pre>{text(json.dumps(best.params, indent=2))}</pre>")
    for name, data in images.items():
        out.append(f'<img alt="{text(name)}" src="data:image/png;base64,{base64.b64encode(data).decode()}">')
    names = ledger.space.names()
    out.append("<table><tr>" + "".join(f"<th>{text(h)}</th>" for h in
                                       ["trial", "state", *ledger.space.objectives, "steps", *names, "reason"]))
    for number, trial in sorted(ledger.over().items()):
        values = [f"{v:.6g}" for v in trial.values or []]
        values += [""] * (len(ledger.space.objectives) - len(values))
        cells = [number, trial.state.name.lower(), *values, trial.user_attrs.get("steps", ""),
                 *(trial.params.get(n, "") for n in names), trial.user_attrs.get("reason", "")]
        out.append("<tr>" + "".join(f"<td>{text(str(c))}</td>" for c in cells))
    out.append("</table></html>")
    return "\n".join(out)


def write_report(ledger, folder):
    """PNGs and report.html in the folder; their paths."""
    images = pictures(ledger)
    paths = []
    for name, data in images.items():
        paths.append(os.path.join(folder, f"{name}.png"))
        with open(paths[-1], "wb") as file:
            file.write(data)
    paths.append(os.path.join(folder, "report.html"))
    # A program's text may be halves of characters: JSON has escapes for them, and UTF-8 has none.
    with open(paths[-1], "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(page(ledger, images))
    return paths
