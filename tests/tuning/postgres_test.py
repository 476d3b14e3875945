"""A study on PostgreSQL that two drivers work on at once, one of which is killed and comes again."""

import glob
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from support import CINTA, TOY, TuningTest
from tuning.log import open_log

BIN = os.path.dirname((sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [""])[-1])
try:
    import psycopg2
except ImportError:
    psycopg2 = None


@unittest.skipUnless(BIN and psycopg2, "skipped: no PostgreSQL or psycopg2 here")
class Postgres(TuningTest):
    def setUp(self):
        super().setUp()
        # A server of our own, which does not run as root.
        self.data = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.data, ignore_errors=True)
        as_user = []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.data, user.pw_uid, user.pw_gid)
            as_user = ["runuser", "-u", "postgres", "--"]
        plain = {k: v for k, v in os.environ.items() if not k.startswith("TOY_")}

        def server(*arguments):
            subprocess.run([*as_user, os.path.join(BIN, arguments[0]), *arguments[1:]], check=True, cwd="/",
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain)

        server("initdb", "-D", f"{self.data}/db", "-A", "trust", "-U", "tune")
        server("pg_ctl", "-D", f"{self.data}/db", "-w", "-l", f"{self.data}/log", "-o",
               f"-k {self.data} -h ''", "start")
        self.addCleanup(server, "pg_ctl", "-D", f"{self.data}/db", "-m", "immediate", "stop")
        self.url = f"postgresql://tune@/postgres?host={self.data}"

    def test_two_drivers(self):
        def start(folder):
            return subprocess.Popen(
                [sys.executable, "-W", "ignore", CINTA, "tune", "run", "--study", self.path(folder), "--name", "s",
                 "--storage", self.url, "--trials", "24", "--round", "0", "--workers", "2", "--threads", "1",
                 "--quiet", "--", *TOY, "--pause", "0.02"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        running = [start("one"), start("two")]
        self.addCleanup(lambda: [p.kill() for p in running])
        log, end, seen = open_log(self.url, "s"), time.monotonic() + 600, 0
        while seen < 20:
            seen += len(log.read())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        running[0].kill()
        running[0].communicate()
        running[0] = start("one")
        for process in running:
            error = process.communicate(timeout=600)[1]
            self.assertEqual(process.returncode, 0, error)
        ledger = self.run_study("--trials", "24", "--round", "0", "--storage", self.url, "--name", "s")
        self.assertEqual((len(ledger.points), len(ledger.over())), (24, 24))
        self.assertEqual({t.state.name for t in ledger.over().values()}, {"COMPLETE"})
        self.assertIn("its worker died", [why for p in ledger.points for why in p.losses])

    def test_a_server_that_has_gone_is_said(self):
        self.run_study("--trials", "1", "--storage", self.url, "--name", "s")
        code, text = self.command("report", "--study", self.path("s"), "--storage", self.url + "/nowhere")
        self.assertEqual(code, 2)
        self.assertEqual(text.count("\n"), 1, text)


if __name__ == "__main__":
    unittest.main()
