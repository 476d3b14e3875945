#!/usr/bin/env python3
"""A program of the contract without anything to train, with faults on demand: a bowl over x, y and a
choice, whose figure falls with the steps. TOY_LOG names a file that gets a line for every start;
--halves S writes each line in two, as unbuffered Python does, S seconds apart."""

import json
import os
import sys
import time

SPACE = {
    "contract": 1, "program": "toy", "steps": 9,
    "objectives": [{"name": "loss", "direction": "minimize"}, {"name": "size", "direction": "minimize"}],
    "hyperparameters": [
        {"name": "x", "type": "real", "low": 1e-4, "high": 1.0, "log": True, "default": 0.5},
        {"name": "y", "type": "whole", "low": 1, "high": 16, "log": False, "step": 1, "default": 1},
        {"name": "kind", "type": "choice", "choices": ["a", "b"], "default": "a"},
        {"name": "z", "type": "real", "low": 0.0, "high": 0.9, "log": False, "step": 0.1, "default": 0.5,
         "when": {"name": "kind", "is": ["b"]}},
        {"name": "on", "type": "flag", "default": False}],
    "flags": ["pause", "fault", "halves"]}


def main():
    args = dict(zip(sys.argv[1::2], sys.argv[2::2]))

    def say(**line):
        text = json.dumps(line)
        if "--halves" in args:
            print(text, end="", flush=True)
            time.sleep(float(args["--halves"]))
            text = ""
        print(text, flush=True)

    if "--describe-space" in sys.argv:
        print(json.dumps(SPACE))
        return 0
    with open(args["--config"]) as file:
        config = json.load(file)
    import math
    if "TOY_LOG" in os.environ:
        with open(os.environ["TOY_LOG"], "a") as file:
            file.write(f"{os.getpid()} {json.dumps(config, sort_keys=True)}\n")
    fault = args.get("--fault") if config["y"] % 2 == 0 else None
    bottom = math.log10(config["x"] / 0.01) ** 2 + (config["y"] - 5) ** 2 / 16
    bottom += abs(config["z"] - 0.3) if config["kind"] == "b" else 0.2
    bottom += 0.1 * config["on"]
    pause = float(args.get("--pause", 0))
    steps = SPACE["steps"]
    for step in range(1, steps + 1):
        # Not always the same time, so that trials overtake one another.
        time.sleep(pause * (1 + config["y"] % 3))
        if step == 3 and fault == "rubbish":
            print("epoch 3: loss 0.3")
        elif step == 3 and fault == "nan":
            print('{"event":"report","step":3,"figures":{"loss":NaN}}', flush=True)
        elif step == 3 and fault == "huge":
            print('{"event":"report","step":3,"figures":{"loss":1' + 400 * "0" + "}}", flush=True)
        elif step == 3 and fault == "hang":
            time.sleep(1000)
        elif step == 3 and fault == "flood":
            while True:
                print("x" * 1000, end="")
        elif step == 3 and fault == "lines":
            for i in range(10**9):
                say(event="report", step=step + i, figures={"loss": 1.0}, noise="x" * 60000)
        elif step == 3 and fault == "signal":
            os.kill(os.getpid(), 11)
        elif step == 3 and fault in ("killed", "killed-in-a-line"):
            print('{"event":"re' * (fault != "killed"), end="", flush=True)
            os.kill(os.getpid(), 9)
        elif step == 3 and fault == "children":
            if os.fork() == 0:
                time.sleep(1000)
            return 0
        elif step == 3 and fault == "tree":  # each in a session of its own
            for _ in range(2):
                if os.fork() == 0:
                    os.setsid()
                else:
                    break
            time.sleep(1000)
        elif step == 3 and fault == "diverged":
            say(event="end", status="diverged", step=3, reason="loss is not a number")
            return 3
        elif step == 3 and fault == "half-character":
            say(event="end", status="diverged", step=3, reason="no file \udcff")
            return 3
        elif step == 3 and fault == "arguments":
            print("toy: no such thing", file=sys.stderr)
            return 2
        elif step == 3 and fault == "silent-end":
            return 0
        elif step == 3 and fault == "half-line":
            sys.stdout.write('{"event":"re')
            return 0
        say(event="report", step=step, figures={"loss": bottom + 1 / step})
    say(event="end", status="ok", step=steps, figures={"loss": bottom, "size": config["y"]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
