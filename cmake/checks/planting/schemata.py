"""Many faults in one build, each behind a switch: which tests reach it, and whether one of these finds it."""

import hashlib
import json
import os
import random
import re
import shlex
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from . import faults, trees

MOST = 65536  # numbers, as in switches.hpp
SPARE = 4  # one more than wanted for so many: some do not compile
LEAST_FOUND = 0.85  # about every tenth fault changes nothing, or the speed alone
SCRIPTS = os.path.dirname(os.path.abspath(__file__))


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class State:
    """What is known of a run, in a file: one that was cut goes on where it was, and one after tests have
    changed runs these alone. Another library begins anew."""

    def __init__(self, count, seed, paths):
        inputs = [os.path.join(trees.ROOT, path) for path in trees.sources([])]
        inputs += [os.path.join(SCRIPTS, name) for name in ("faults.py", "switches.hpp")]
        key = hashlib.sha256(repr([count, seed, paths, [digest_of(path) for path in inputs]]).encode()).hexdigest()
        self.path = os.path.join(trees.WORK, f"state_{count}_{seed}.json")
        self.known = {"key": key, "picked": [], "refused": [], "entries": {}, "results": {}}
        try:
            known = json.loads(trees.read(self.path))
            self.known = known if known["key"] == key else self.known
        except (OSError, ValueError):
            pass

    def __getitem__(self, name):
        return self.known[name]

    def __setitem__(self, name, value):
        self.known[name] = value
        self.save()

    def save(self):
        trees.write(self.path + ".new", json.dumps(self.known))
        os.replace(self.path + ".new", self.path)


# ---- Which faults: drawn, and what does not compile put back ----


def drawn(seed, paths, compiled):
    """At most one fault of a line, by its number in the order of the draw."""
    by_line = {}
    for path in trees.sources(paths):
        if path.endswith(".cpp") and path not in compiled:
            continue
        for fault in faults.faults_of(path, trees.read(os.path.join(trees.ROOT, path))):
            by_line.setdefault((fault.path, fault.line), []).append(fault)
    dice = random.Random(seed)
    lines = sorted(by_line)
    dice.shuffle(lines)
    return {number: dice.choice(by_line[line]) for number, line in enumerate(lines[: MOST - 1], 1)}


def lines_of(fault):
    return range(fault.line, fault.line + fault.old.count("\n") + 1)


def picked(order, refused, count):
    """The first ones that may stand beside each other, none in a list that is included in the midst of a
    scope, where no header can be."""
    taken, numbers = {}, []
    for number, fault in order.items():
        lines = taken.setdefault(fault.path, set())
        if number in refused or fault.path.endswith(".inl") or lines & set(lines_of(fault)):
            continue
        lines |= set(lines_of(fault))
        numbers.append(number)
        if len(numbers) == count:
            break
    return numbers


def texts_with(order, numbers, header):
    by_path = {}
    for number in numbers:
        by_path.setdefault(order[number].path, []).append((number, order[number]))
    return {
        path: faults.switchable(trees.read(os.path.join(trees.ROOT, path)), numbered, header)
        for path, numbered in by_path.items()
    }


def commands(tree):
    return json.loads(trees.read(os.path.join(tree.build_folder, "compile_commands.json")))


def inside(tree, path):
    return os.path.relpath(os.path.realpath(os.path.join(tree.build_folder, path)), tree.root)


def places(tree, text, kinds):
    return {
        (inside(tree, path), int(line))
        for path, line in re.findall(rf"^(?:In file included from |\s+from )?(/?[\w./+-]+):(\d+)(?::\d+)?[:,]\s*{kinds}", text, re.MULTILINE)
    }


def blamed(tree, order, numbers, log):
    """Whose faults keep objects from compiling: the lines of the errors, or else all lines that are told, or
    else the files."""
    blame = set()
    for part in re.split(r"^FAILED: ", log, flags=re.MULTILINE)[1:]:
        errors, told = places(tree, part, "(?:fatal )?error"), places(tree, part, "")
        files = {path for path, _ in told}
        for guess in (
            lambda fault: any((fault.path, line) in errors for line in lines_of(fault)),
            lambda fault: any((fault.path, line) in told for line in lines_of(fault)),
            lambda fault: fault.path in files,
        ):
            mine = {number for number in numbers if guess(order[number])}
            if mine:
                blame |= mine
                break
    return blame


def blamed_in_headers(tree, order, numbers, written):
    """Of those just written, as they stand alone: an error in one costs an object each that includes it."""
    entries = commands(tree)
    headers = sorted({order[n].path for n in numbers if not order[n].path.endswith(".cpp")} & written)

    def check(path):
        def near(entry):
            beside = os.path.commonpath([path, inside(tree, entry["file"])]).count("/")
            return beside, "-mavx2" in entry["command"]

        words = shlex.split(max(entries, key=near)["command"])
        first = next(i for i, word in enumerate(words) if word.startswith("-"))
        words = [w for i, w in enumerate(words) if i >= first - 1 and w not in ("-c", "-o") and words[i - 1] not in ("-c", "-o")]
        done = trees.run(words + ["-fsyntax-only", "-x", "c++", os.path.join(tree.root, path)], cwd=tree.build_folder)
        return places(tree, done.stderr, "(?:fatal )?error")

    with ThreadPoolExecutor(trees.JOBS) as pool:
        errors = set().union(*pool.map(check, headers))
    return {n for n in numbers if any((order[n].path, line) in errors for line in lines_of(order[n]))}


def compiled_with_faults(tree, state, count, seed, paths):
    """Builds the tree; the faults by number."""
    if not state["picked"]:
        tree.copy_checkout()
        tree.configure()
    order = drawn(seed, paths, {inside(tree, entry["file"]) for entry in commands(tree)})
    header = os.path.join(tree.root, "cmake", "checks", "planting", "switches.hpp")
    log_path = os.path.join(trees.WORK, "compile.log")
    while True:
        if len(state["picked"]) < min(count, len(order)):
            state["picked"] = picked(order, state["refused"], count + count // SPARE)
            if len(state["picked"]) < count:
                count = len(state["picked"])
        numbers = state["picked"]
        written = tree.copy_checkout(texts_with(order, numbers, header))
        tree.configure()
        blame = blamed_in_headers(tree, order, numbers, written)
        if not blame:
            print(f"compiling {len(numbers)} faults at once", flush=True)
            with open(log_path, "w") as log:
                if tree.build(["cinta_tests"], log):
                    break
            blame = blamed(tree, order, numbers, trees.read(log_path))
        if not blame:
            sys.exit(f"mutants: the tree does not compile; see {os.path.relpath(log_path, trees.ROOT)}")
        print(f"{len(blame)} do not compile where they stand", flush=True)
        state["refused"] = sorted(set(state["refused"]) | blame)
        state["picked"] = [number for number in numbers if number not in blame]
    return {number: order[number] for number in sorted(state["picked"])[:count]}


# ---- Which tests reach them ----


def record(tree, state, tests):
    """Runs tests whose program has changed without a fault."""
    programs = {test.name: digest_of(test.command[0]) for test in tests}
    new = [t for t in tests if state["entries"].get(t.name, {}).get("program") != programs[t.name]]
    if new:
        print(f"running {len(new)} tests as they are", flush=True)
    folder = os.path.join(trees.WORK, "reached")
    os.makedirs(folder, exist_ok=True)

    def environment(test):
        path = os.path.join(folder, test.name)
        with open(path, "wb") as file:
            file.truncate(MOST)
        return {"CINTA_MUTANT_REACHED": path}

    for begin in range(0, len(new), 16):
        part = new[begin : begin + 16]
        bad = [test for test, _ in trees.first_failure(part, limits=False, environment=environment)]
        # One that failed beside others may do so for want of time.
        bad = [test for test in bad if trees.first_failure([test], limits=False, environment=environment)]
        for test in part:
            with open(os.path.join(folder, test.name), "rb") as file:
                reached = [number for number, byte in enumerate(file.read()) if byte]
            state["entries"][test.name] = {
                "program": programs[test.name], "fails": test in bad, "seconds": test.seconds, "reached": reached
            }  # fmt: skip
        state.save()
    usable = []
    for test in tests:
        entry = state["entries"][test.name]
        test.program, test.seconds, test.reached = entry["program"], entry["seconds"], set(entry["reached"])
        if entry["fails"]:
            print(f"left out, since it fails without a fault: {test.name}")
        else:
            usable.append(test)
    return usable


# ---- The run ----


def try_fault(state, number, tests):
    """What became of it: found, or which tests pass with it."""
    result = state["results"].setdefault(str(number), {"passed": {}})
    waiting = [t for t in tests if number in t.reached and result["passed"].get(t.name) != t.program]
    if "found" in result or not waiting:
        return result
    waiting.sort(key=lambda test: test.seconds)
    failed = trees.first_failure(waiting, environment=lambda test: {"CINTA_MUTANT": str(number)})
    if failed:
        test, how = failed[0]
        result["found"] = f"{test.name} {how}"
    else:
        result["passed"] |= {test.name: test.program for test in waiting}
    state.save()
    return result


def run(count, seed, paths):
    tree, state, begin = trees.Tree("schemata"), State(count, seed, paths), time.time()
    print(f"{count} faults, seed {seed}", flush=True)
    planted = compiled_with_faults(tree, state, count, seed, paths)
    built = time.time()
    tests = record(tree, state, tree.tests())
    print(f"{len(tests)} tests take {sum(test.seconds for test in tests):.0f} s one after the other", flush=True)
    recorded = time.time()
    by_result = {"found": [], "survived": [], "not reached": []}
    # What few tests reach comes first: a run that is cut knows the most.
    cost = {number: sum(test.seconds for test in tests if number in test.reached) for number in planted}
    try:
        for place, (number, fault) in enumerate(sorted(planted.items(), key=lambda pair: cost[pair[0]]), 1):
            start = time.time()
            shown = fault.shown(trees.read(os.path.join(trees.ROOT, fault.path)))
            print(f"[{place}/{len(planted)}] {number}: {shown}", end="  ", flush=True)
            result = try_fault(state, number, tests)
            kind = "found" if "found" in result else "survived" if any(number in t.reached for t in tests) else "not reached"
            by_result[kind].append(shown)
            print(f"=> {result.get('found', kind.upper())} ({time.time() - start:.0f} s)", flush=True)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
        print("\ninterrupted")
    tried, found = sum(map(len, by_result.values())), len(by_result["found"])
    print(f"\n{tried} faults: {found} found{f' ({100 * found / tried:.0f} %)' if tried else ''}, "
          f"{len(by_result['survived'])} survived, {len(by_result['not reached'])} not reached; "
          f"{len(state['refused'])} more did not compile")  # fmt: skip
    print(f"{built - begin:.0f} s to compile, {recorded - built:.0f} s to record, {time.time() - recorded:.0f} s to try")
    for kind in ("survived", "not reached"):
        for shown in by_result[kind]:
            print(f"{kind}: {shown}")
    return 130 if interrupted else 0 if found >= LEAST_FOUND * tried else 1


# ---- Whether a switch does what the text would do ----

PROGRAM = """#include <cstdio>
#include <cstdlib>
#include <string>
#include "{header}"
{namespaces}
template <class Number, class Logic>
std::string all(Number number, Logic logic) {{
  std::string text;
  for (int a = 0; a < 5; ++a)
    for (int b = 0; b < 5; ++b)
      text += std::to_string(number(a, b)) + ' ' + std::to_string(number(a + 0.5, b * 1.0)) + ' ' + std::to_string(logic(a, b)) + ' ';
  return text;
}}
#define ALL(where) all([](auto a, auto b) {{ return where::number(a, b); }}, [](int a, int b) {{ return where::logic(a, b); }})
int main(int, char** words) {{
  const std::string without = ALL(f0);
  switch (std::atoi(words[1])) {{
{cases}
  }}
  return 9;
}}
"""


def self_test():
    """Compiles the sample with each fault in the place of its text, and behind its switch."""
    sample, header = trees.read(os.path.join(SCRIPTS, "sample.cpp")), os.path.join(SCRIPTS, "switches.hpp")
    every = dict(enumerate(faults.faults_of("sample.cpp", sample), 1))
    namespaces, cases = [f"namespace f0 {{\n{sample}}}"], []
    for number, fault in every.items():
        switched = faults.switchable(sample, [(number, fault)], header).split("#line 1\n")[1]
        namespaces += [f"namespace f{number} {{\n{faults.planted(sample, fault)}}}", f"namespace s{number} {{\n{switched}}}"]
        # 1: as without a fault, 2: as with its text; 3 both, which no test could see.
        cases.append(f"case {number}: return (ALL(s{number}) == without) + 2 * (ALL(s{number}) == ALL(f{number}));")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        source, program, reached = (os.path.join(folder, name) for name in ("sample.cpp", "sample", "reached"))
        trees.write(source, PROGRAM.format(header=header, namespaces="\n".join(namespaces), cases="\n".join(cases)))
        done = trees.run([os.environ.get("CXX", "c++"), "-std=c++20", "-w", "-O0", source, "-o", program])
        if done.returncode:
            print(done.stderr)
            return False
        for number, fault in every.items():
            trees.write(reached, "\0" * MOST)
            off = trees.run([program, str(number)], env={"CINTA_MUTANT_REACHED": reached}).returncode
            on = trees.run([program, str(number)], env={"CINTA_MUTANT": str(number)}).returncode
            marks = [place for place, byte in enumerate(trees.read(reached)) if byte != "\0"]
            if (off, on, marks) != (1, 2, [number]):
                wrong.append(f"{number}: off {off}, on {on}, reached {marks}: {fault.shown(sample)}")
    for line in wrong:
        print(line)
    return not wrong
