#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

// LLVM's OpenMP has an entry in shared memory for each process, which one that ends without
// destructors leaves there; a later process of the same number that reads half an entry aborts.
inline void forget_openmp(pid_t child) {
  shm_unlink(
      ("/__KMP_REGISTERED_LIB_" + std::to_string(child) + "_" + std::to_string(getuid())).c_str());
}

/// A child that runs `work` and ends with 0, or with 1 if `work` threw; no destructor runs after
/// it.
template <class Work>
pid_t start_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 0;
    try {
      work();
    } catch (...) {
      code = 1;
    }
    forget_openmp(getpid());
    _exit(code);
  }
  return child;
}

/// Waits for a child: its exit code, or -SIGNAL if a signal has ended it.
inline int code_of(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  forget_openmp(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
