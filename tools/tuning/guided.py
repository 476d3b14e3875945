"""The guided manual mode: what an experienced person does by hand, written down.

One hyperparameter after the other, in the order in which the program declares them, with the learning
rate first. Extremes first: both ends and the middle of its range, everything else at the best values so
far. Then successive approximation: the range shrinks to the neighbours of the best, and the middles of
the two halves are tried, until the figures differ less than `tolerance` or `levels` is reached. Choices
are tried all. The result is the best point and a narrowed space around it, for the next strategy.
"""

from .space import Space

LEARNING_RATES = ("lr", "learning-rate", "learning_rate")


class Guide:
    def __init__(self, space, levels=2, tolerance=0.0):
        self.space, self.levels, self.tolerance = space, levels, tolerance
        self.sign = 1 if space.directions[0] == "minimize" else -1

    def order(self):
        """The learning rate first, but nothing before what it hangs on."""
        first = [p for p in self.space.parameters if p.name in LEARNING_RATES and p.when is None]
        return first + [p for p in self.space.parameters if p not in first]

    def __call__(self, points):
        return self.next_points(self.tried(points))

    def tried(self, points):
        """[(configuration, figure or None)] of what is over."""
        return [(p.config, p.result["values"][0] if p.result["state"] == "COMPLETE" else None)
                for p in points if p.is_over()]

    def next_points(self, tried):
        """Played from the start each time, so that it has no state but the study."""
        return self._play(tried)[0]

    def narrowed(self, tried):
        """The space that is left, with the best values as defaults."""
        best, ranges = self._play(tried)[1:]
        rows = self.space.described()
        for row in rows["hyperparameters"]:
            name = row["name"]
            row["default"] = best.get(name, row["default"])
            if name in ranges:
                row["low"], row["high"] = ranges[name]
                if row["low"] == row["high"]:
                    row["log"] = False
                row["default"] = min(max(row["default"], row["low"]), row["high"])
        return Space(rows).described()

    def _play(self, tried):
        """(points still to be tried, best point, ranges by name)."""
        figures = {_key(point): figure for point, figure in tried}
        best, ranges = self.space.defaults(), {}

        def figure_of(point):
            figure = figures[_key(point)]
            return float("inf") if figure is None else self.sign * figure

        if _key(best) not in figures:
            return [best], best, ranges
        for parameter in self.order():
            if parameter.name not in best:
                continue
            if not parameter.is_numeric():
                points = [self._with(best, parameter.name, c) for c in parameter.choices]
                missing = [p for p in points if _key(p) not in figures]
                if missing:
                    return missing, best, ranges
                best = min([best, *points], key=figure_of)
                continue
            low, high = 0.0, 1.0  # shares of the range
            for level in range(self.levels):
                shares = [low, (low + high) / 2, high] if level == 0 else [
                    low, (3 * low + high) / 4, (low + high) / 2, (low + 3 * high) / 4, high]
                points = [self._with(best, parameter.name, parameter.at(s)) for s in shares]
                missing = [p for i, p in enumerate(points)
                           if _key(p) not in figures and _key(p) not in map(_key, points[:i])]
                if missing:
                    return missing, best, ranges
                marks = [figure_of(p) for p in points]
                place = marks.index(min(marks))
                if marks[place] < figure_of(best):
                    best = points[place]
                low, high = shares[max(place - 1, 0)], shares[min(place + 1, len(shares) - 1)]
                finite = [m for m in marks if m != float("inf")]
                if finite and max(finite) - min(finite) <= self.tolerance:
                    break
            ends = [parameter.at(low), parameter.at(high), best[parameter.name]]
            ranges[parameter.name] = (min(ends), max(ends))
        return [], best, ranges

    def _with(self, point, name, value):
        """Another value, and with it what hangs on it: there the defaults, where nothing else was."""
        values = {**point, name: value}
        out = {}
        for p in self.space.parameters:
            if self.space.counts(p, out):
                out[p.name] = values.get(p.name, p.default)
        return out


def _key(point):
    return tuple(sorted((name, repr(value)) for name, value in point.items()))
