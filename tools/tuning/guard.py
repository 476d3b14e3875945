"""Runs a program and sees to it that nothing of it is left: guard.py PARENT PROGRAM ARGUMENTS

It ends as the program has ended, after everything has gone that the program has begun, whatever session
or group that is in: the children of those who end become this process's. It does so at once on SIGUSR1,
which is also what it gets when its parent dies, however that was. A script of its own, without the
driver's modules: it starts in a few milliseconds.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def start(command, libc):
    guard = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != guard:
            os._exit(1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and so would the program
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def children():
    me, out = str(os.getpid()), []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", "rb") as file:
                if file.read().rpartition(b")")[2].split()[1].decode() == me:
                    out.append(int(entry))
        except (OSError, IndexError):  # it has gone meanwhile
            pass
    return out


def wait(program):
    """Its status, or None when this process is to end before it."""
    while signal.sigwait([signal.SIGCHLD, signal.SIGUSR1]) == signal.SIGCHLD:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == program:
                return status
            if not pid:
                break
    return None


def end_all():
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main(parent, command):
    libc = ctypes.CDLL(None)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGUSR1, 0, 0, 0)
    if os.getppid() != parent:
        return
    program = start(command, libc)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in 0, 1, 2:  # the pipes close when the program has gone
        os.dup2(nothing, stream)
    status = wait(program)
    end_all()
    if status is None:
        os._exit(1)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
    os._exit(os.WEXITSTATUS(status))


main(int(sys.argv[1]), sys.argv[2:])
