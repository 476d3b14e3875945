"""What the tests of the driver share."""

import contextlib
import io
import os
import shutil
import signal
import sys
import tempfile
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tools"))
CINTA = os.path.join(ROOT, "tools", "cinta")
TOY = [sys.executable, "-S", os.path.join(HERE, "toy.py")]

from tuning import cli  # noqa: E402
from tuning.space import quiet_optuna  # noqa: E402

quiet_optuna()


def living(mark):
    """Processes that have the mark in their environment, this one excepted."""
    out = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                found = mark.encode() in file.read()
            with open(f"/proc/{entry}/stat", encoding="utf-8") as file:
                zombie = file.read().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            continue
        if found and not zombie:
            out.append(int(entry))
    return out


class TuningTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.mark = f"mark-{uuid.uuid4()}"
        os.environ["TOY_MARK"] = self.mark
        os.environ["TOY_LOG"] = self.path("starts")

    def tearDown(self):
        left = living(self.mark)
        for pid in left:  # for the tests after this one
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(left, [], "a process was left behind")

    def path(self, name):
        return os.path.join(self.folder, name)

    def starts(self):
        with open(self.path("starts"), encoding="utf-8") as file:
            return [line.split(" ", 1)[1].strip() for line in file]

    def run_study(self, *options, study="study", program=(), toy=None):
        """The ledger of a study that has run here to its end."""
        args = cli.parser().parse_args(
            ["run", "--study", self.path(study), "--quiet", *options, "--", *(toy or TOY), *program])
        return cli.search(args)[0]

    def command(self, *arguments):
        """Exit code and standard error of the command line."""
        err, out = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(err), contextlib.redirect_stdout(out):
            code = cli.main(list(arguments))
        return code, err.getvalue()


def results(ledger):
    """What a study has come to, without times."""
    return [(n, sorted(t.params.items()), t.state.name, t.values, sorted(t.intermediate_values.items()))
            for n, t in sorted(ledger.over().items())]
