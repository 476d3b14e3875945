"""A copy of the checkout that gets faults, its build, its tests."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WORK = os.path.join(ROOT, "build", "mutants")
PRESET = "dev"
ROOMS = ["autograd", "distributions", "io", "nn", "ops", "optim", "train"]
JOBS = int(os.environ.get("JOBS", os.cpu_count() or 1))
NINJA = os.environ.get("NINJA", "ninja")

# What a sanitizer would see of reads past the end, as far as it costs next to nothing. An array whose size is
# no constant is an error: a size cannot be switched.
FLAGS = "-O1 -D_GLIBCXX_ASSERTIONS -fsanitize=bounds -fsanitize-undefined-trap-on-error -Werror=vla"
MEMORY = 8 << 30  # a test that wants more has found its fault


def run(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def sources(paths):
    files = []
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(ROOT, room)):
            files += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    files = sorted(f for f in files if f.endswith((".cpp", ".hpp", ".inl")))
    if paths:
        files = [f for f in files if any(f == p or f.startswith(p.rstrip("/") + "/") for p in paths)]
        if not files:
            sys.exit(f"mutants: no source files in {' '.join(paths)}")
    return files


class Tree:
    def __init__(self, name):
        self.root = os.path.join(WORK, name)
        self.build_folder = os.path.join(self.root, "build", PRESET)

    def copy_checkout(self, texts={}):
        """What has changed, so that what has not is not compiled again, and what a killed run left; with
        other texts for some of the files. The names of what it wrote."""
        listed = run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True)
        names = {n for n in listed.stdout.split("\0") if n and os.path.isfile(os.path.join(ROOT, n))}
        written = set()
        for name in names:
            source, target = os.path.join(ROOT, name), os.path.join(self.root, name)
            if name in texts:
                wanted = texts[name].encode()
            else:
                with open(source, "rb") as file:
                    wanted = file.read()
            if os.path.isfile(target):
                with open(target, "rb") as file:
                    if file.read() == wanted:
                        continue
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "wb") as file:
                file.write(wanted)
            shutil.copymode(source, target)
            written.add(name)
        for folder, folders, files in os.walk(self.root):
            if folder == self.root and "build" in folders:
                folders.remove("build")
            for file in files:
                path = os.path.join(folder, file)
                if os.path.relpath(path, self.root) not in names:
                    os.remove(path)
        return written

    def configure(self):
        options = [
            f"-DCMAKE_CXX_FLAGS_DEBUG={FLAGS}", "-DBUILD_SHARED_LIBS=ON", "-DCINTA_EXPORT_PRIVATE=ON",
            "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON", "-DCINTA_SIMD_LEVELS=avx2", "-DCINTA_EXAMPLES=OFF",
            "-DCINTA_BENCHMARKS=OFF",
        ]  # fmt: skip
        cmake = os.environ.get("CMAKE", "cmake")
        done = run([cmake, "--preset", PRESET, f"-DCMAKE_MAKE_PROGRAM={NINJA}"] + options, cwd=self.root)
        if done.returncode:
            sys.exit(done.stdout + done.stderr + "mutants: configuring failed")

    def build(self, targets, log=subprocess.DEVNULL):
        """Whether it compiles; what does not keeps nothing else from being compiled if its errors are logged."""
        go_on = [] if log == subprocess.DEVNULL else ["-k0"]
        ninja = subprocess.Popen(
            [NINJA, "-C", self.build_folder, f"-j{JOBS}"] + go_on + targets, stdout=log, stderr=log,
            start_new_session=True)  # fmt: skip
        try:
            return ninja.wait() == 0
        except BaseException:
            os.killpg(ninja.pid, signal.SIGINT)  # upon which it removes what is half written
            ninja.wait()
            raise

    def test_targets(self):
        """The targets of test programs that this machine can build."""
        listed = run([NINJA, "-C", self.build_folder, "-t", "targets", "all"], check=True).stdout
        return {line.split(":")[0] for line in listed.split("\n") if line.startswith("test_") and line.endswith(": phony")}

    def all_tests(self):
        ctest = os.environ.get("CTEST", "ctest")
        shown = run([ctest, "--test-dir", self.build_folder, "--show-only=json-v1"], check=True)
        found = [Test(self, entry) for entry in json.loads(shown.stdout)["tests"] if entry.get("command")]
        return [test for test in found if not test.disabled]

    def tests(self):
        """Those of the library that are built, also programs of the pages."""
        folder = os.path.join(self.build_folder, "tests") + os.sep
        return [t for t in self.all_tests() if t.name.startswith("readme_") or t.command[0].startswith(folder)]


class Test:
    def __init__(self, tree, entry):
        properties = {p["name"]: p["value"] for p in entry.get("properties", [])}
        self.name = entry["name"]
        self.disabled = properties.get("DISABLED", False)
        self.command = entry["command"]
        self.environment = dict(os.environ)
        for setting in properties.get("ENVIRONMENT", []):
            key, _, value = setting.partition("=")
            self.environment[key] = value
        self.folder = properties.get("WORKING_DIRECTORY", tree.build_folder)
        program = os.path.basename(self.command[0])
        self.target = program if program.startswith("test_") else ""
        if self.target:
            self.command = self.command + ["--abort"]
        self.seconds = 0.0


class Jobs:
    """Processes that end with us, each in a group of its own."""

    def __init__(self):
        self.running = {}

    def start(self, key, command, **more):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        self.running[key] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=limit, **more)  # fmt: skip

    def stop(self, key):
        process = self.running.pop(key)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def stop_all(self):
        for key in list(self.running):
            self.stop(key)


def first_failure(tests, limits=True, environment=lambda test: {}):
    """The tests that fail, as test and how: with limits the first one, which ends the others."""
    waiting, begun, failed, jobs = list(tests), {}, [], Jobs()
    try:
        while waiting or jobs.running:
            while waiting and len(jobs.running) < JOBS:
                test = waiting.pop(0)
                begun[test] = time.time()
                jobs.start(test, test.command, env=test.environment | environment(test), cwd=test.folder)
            time.sleep(0.01)
            for test in list(jobs.running):
                code, seconds = jobs.running[test].poll(), time.time() - begun[test]
                how = None
                if code is None:
                    if limits and seconds > 10 + 10 * test.seconds:
                        how = "hangs"
                elif code == 0:
                    test.seconds = max(test.seconds, seconds) if limits else seconds
                else:
                    how = "fails" if code > 0 else signal.Signals(-code).name
                if code is not None or how:
                    jobs.stop(test)
                if how:
                    failed.append((test, how))
                    if limits:
                        return failed
    finally:
        jobs.stop_all()
    return failed
