"""A study on PostgreSQL that two drivers work on at once, one of which is killed and comes again. KILLS=1
asks for it, as for the kills of kill_test.py: it has hung once."""

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

BIN = os.path.dirname((sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [""])[-1])
try:
    import psycopg2
except ImportError:
    psycopg2 = None


@unittest.skipUnless(os.environ.get("KILLS"), "KILLS does not ask for it")
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
        while not (os.path.exists(self.path("one/trials")) and os.path.exists(self.path("two/trials"))):
            time.sleep(0.1)
            for process in running:
                self.assertIsNone(process.poll(), process.poll() and process.stderr.read())
        running[0].kill()
        running[0].communicate()
        running[0] = start("one")
        for process in running:
            error = process.communicate(timeout=200)[1]
            self.assertEqual(process.returncode, 0, error)
        ledger = self.run_study("--trials", "24", "--round", "0", "--storage", self.url, "--name", "s")
        snapshot = ledger.snapshot()
        self.assertEqual((len(snapshot.roots), len(snapshot.finished)), (24, 24))
        self.assertEqual({t.state.name for t in snapshot.finished.values()}, {"COMPLETE"})


if __name__ == "__main__":
    unittest.main()
