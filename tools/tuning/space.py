"""A program's hyperparameters: read from --describe-space, suggested by Optuna, written as --config."""

import json
import math

import optuna

from . import TuningError


def read_json(text, source):
    """JSON without NaN, infinities and keys that stand twice."""

    def refuse(word):
        raise ValueError(f"{word} is no number of JSON")

    def unique(pairs):
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"'{key}' stands twice")
        return dict(pairs)

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise TuningError(f"{source}: {error}") from None


def is_number(value):
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number of JSON may be larger than any float
        return False


class Parameter:
    """One hyperparameter. Both ends of its range are in it, whoever suggests values."""

    def __init__(self, row, earlier):
        self.name = row["name"]
        self.type = row["type"]
        self.default = row["default"]
        self.help = row.get("help", "")
        self.when = row.get("when")
        if self.type in ("real", "whole"):
            self.low, self.high = row["low"], row["high"]
            self.log = row.get("log", False)
            self.step = row.get("step") or (1 if self.type == "whole" else None)
            whole = int if self.type == "whole" else (int, float)
            for value in (self.low, self.high):
                if not is_number(value) or not isinstance(value, whole):
                    raise TuningError(f"{self.name}: {value!r} is no end of a range")
            if self.low > self.high or (self.log and self.low <= 0):
                raise TuningError(f"{self.name}: an empty range, or log of what is not positive")
            if not is_number(self.high - self.low):
                raise TuningError(f"{self.name}: the range is too large")
            if self.log and self.step not in (None, 1):
                raise TuningError(f"{self.name}: log and step exclude each other")
            if self.step is not None:
                if not is_number(self.step) or not isinstance(self.step, whole) or self.step <= 0:
                    raise TuningError(f"{self.name}: {self.step!r} is no step")
                if self.refusal(self.high):
                    raise TuningError(f"{self.name}: the steps miss {self.high}")
        elif self.type == "choice":
            self.choices = list(row["choices"])
            if not self.choices or not all(isinstance(c, str) for c in self.choices):
                raise TuningError(f"{self.name}: choices are texts")
        elif self.type == "flag":
            self.choices = list(row.get("choices", [False, True]))
        else:
            raise TuningError(f"{self.name}: there is no type '{self.type}'")
        if self.when is not None:
            if self.when["name"] not in earlier:
                raise TuningError(f"{self.name}: its condition '{self.when['name']}' comes after it")
            if not isinstance(self.when["is"], list):
                raise TuningError(f"{self.name}: its condition has no list of values")
        if self.refusal(self.default):
            raise TuningError(f"{self.name}: default {self.refusal(self.default)}")

    def is_numeric(self):
        return self.type in ("real", "whole")

    def refusal(self, value):
        """Why it cannot have this value, or None."""
        if not self.is_numeric():
            known = [c for c in self.choices if type(c) is type(value) and c == value]
            return None if known else f"{value!r} is not one of {self.choices}"
        if not is_number(value) or (self.type == "whole" and not isinstance(value, int)):
            return f"{value!r} is not a {self.type} number"
        if not self.low <= value <= self.high:
            return f"{value!r} is not between {self.low} and {self.high}"
        if self.step:
            place = (value - self.low) / self.step
            if abs(place - round(place)) > 1e-6:
                return f"{value!r} is not {self.low} and a multiple of {self.step}"
        return None

    def suggest(self, trial):
        if not self.is_numeric():
            return trial.suggest_categorical(self.name, self.choices)
        if self.type == "whole":
            return trial.suggest_int(self.name, self.low, self.high, step=self.step, log=self.log)
        return trial.suggest_float(self.name, self.low, self.high, step=self.step, log=self.log)

    def distribution(self):
        """What Optuna notes of a suggested value."""
        kinds = optuna.distributions
        if not self.is_numeric():
            return kinds.CategoricalDistribution(self.choices)
        kind = kinds.IntDistribution if self.type == "whole" else kinds.FloatDistribution
        return kind(self.low, self.high, step=self.step, log=self.log)

    def at(self, share):
        """The value so far along the range, from 0 to 1, on its own scale and steps."""
        if share in (0, 1):  # to the last digit
            value = self.high if share else self.low
            return value if self.type == "whole" else float(value)
        if self.log:
            value = 10 ** (math.log10(self.low) + share * (math.log10(self.high) - math.log10(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        if self.step:
            value = self.low + round((value - self.low) / self.step) * self.step
        value = min(max(float(f"{value:.12g}"), self.low), self.high)  # no digits that say nothing
        return int(round(value)) if self.type == "whole" else float(value)

    def grid(self, points):
        """So many different values, evenly spaced on its scale, both ends among them."""
        if not self.is_numeric():
            return list(self.choices)
        if points == 1:
            return [self.at(0.5)]
        return sorted({self.at(i / (points - 1)) for i in range(points)})

    def row(self):
        """As in a described space."""
        out = {"name": self.name, "type": self.type}
        if self.is_numeric():
            out.update(low=self.low, high=self.high, log=self.log)
            if self.step:
                out["step"] = self.step
        else:
            out["choices"] = self.choices
        out["default"] = self.default
        if self.when is not None:
            out["when"] = self.when
        out["help"] = self.help
        return out


class Space:
    def __init__(self, described, source="--describe-space"):
        try:
            if described["contract"] != 1:
                raise TuningError(f"contract {described['contract']!r} is not known, only 1")
            self.program = described["program"]
            self.steps = described.get("steps")
            self.objectives = [o["name"] for o in described["objectives"]]
            self.directions = [o["direction"] for o in described["objectives"]]
            self.flags = described.get("flags", [])
            self.parameters = []
            for row in described["hyperparameters"]:
                if row["name"] in self.names():
                    raise TuningError(f"'{row['name']}' is declared twice")
                self.parameters.append(Parameter(row, self.names()))
        except TuningError as error:
            raise TuningError(f"{source}: {error}") from None
        except (KeyError, TypeError, AttributeError) as error:
            raise TuningError(f"{source}: is no space of hyperparameters ({error!r})") from None
        if not self.objectives or not self.parameters:
            raise TuningError(f"{source}: needs an objective and a hyperparameter")
        if any(d not in ("minimize", "maximize") for d in self.directions):
            raise TuningError(f"{source}: a direction is minimize or maximize")

    def names(self):
        return [p.name for p in self.parameters]

    def __getitem__(self, name):
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise TuningError(f"there is no hyperparameter '{name}'")

    def described(self):
        return {
            "contract": 1,
            "program": self.program,
            "steps": self.steps,
            "objectives": [
                {"name": n, "direction": d} for n, d in zip(self.objectives, self.directions)
            ],
            "hyperparameters": [p.row() for p in self.parameters],
            "flags": self.flags,
        }

    def identity(self):
        """What must be the same in all of a study's processes: everything that is suggested."""
        rows = [{k: v for k, v in p.row().items() if k not in ("help", "default")} for p in self.parameters]
        return json.dumps([self.objectives, self.directions, rows], sort_keys=True)

    def counts(self, parameter, values):
        when = parameter.when
        if when is None:
            return True
        if when["name"] not in values:
            return False
        value = values[when["name"]]
        return (str(value).lower() if isinstance(value, bool) else value) in when["is"]

    def suggest(self, trial):
        values = {}
        for parameter in self.parameters:
            if self.counts(parameter, values):
                values[parameter.name] = parameter.suggest(trial)
        return values

    def complete(self, point, source):
        """A point with defaults for what it leaves out. TuningError for what the program would refuse."""
        if not isinstance(point, dict):
            raise TuningError(f"{source}: is no JSON object")
        for name in point:
            if name not in self.names():
                raise TuningError(f"{source}: there is no hyperparameter '{name}'")
        values = {}
        for parameter in self.parameters:
            given = point.get(parameter.name, parameter.default)
            if not self.counts(parameter, values):
                if parameter.name in point:
                    raise TuningError(f"{source}: {parameter.name} does not count there")
                continue
            why = parameter.refusal(given)
            if why:
                raise TuningError(f"{source}: {parameter.name}: {why}")
            values[parameter.name] = float(given) if parameter.type == "real" else given
        return values

    def defaults(self):
        return self.complete({}, "default")

    def fix(self, name, value):
        """Leaves one value; what is conditional on others is gone, on this one is no longer."""
        parameter = self[name]
        why = parameter.refusal(value)
        if why:
            raise TuningError(f"{name}: {why}")
        parameter.default = value
        if parameter.is_numeric():
            parameter.low = parameter.high = value
            parameter.log, parameter.step = False, 1 if parameter.type == "whole" else None
        else:
            parameter.choices = [value]
        kept = []
        for p in self.parameters:
            if p.when is not None and p.when["name"] == name:
                if not self.counts(p, {name: value}):
                    continue
                p.when = None
            if p.when is None or p.when["name"] in [k.name for k in kept]:
                kept.append(p)
        self.parameters = kept

    def narrowed(self, other):
        """This space with the ranges of a part of it, such as a guided search leaves."""
        theirs = Space(other, "--space")
        for parameter in theirs.parameters:
            mine = self[parameter.name]
            if mine.type != parameter.type:
                raise TuningError(f"--space: {mine.name} is {mine.type}, not {parameter.type}")
            ends = (parameter.low, parameter.high) if mine.is_numeric() else parameter.choices
            for end in ends:
                if mine.refusal(end):
                    raise TuningError(f"--space: {mine.name}: {mine.refusal(end)}")
        narrow = Space(self.described())
        narrow.parameters = [
            next((t for t in theirs.parameters if t.name == p.name), p) for p in narrow.parameters
        ]
        return narrow


def quiet_optuna():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
