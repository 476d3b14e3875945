#include <cinta/train/interrupt.hpp>
#include <csignal>
#include <mutex>

namespace cinta::train {
namespace {

volatile std::sig_atomic_t noted = 0;
struct sigaction before_int, before_term;
std::mutex mutex;
int scopes = 0;

extern "C" void note_signal(int signal) {
  // The next one is meant: the program does not come to the place where it looks.
  sigaction(signal, signal == SIGINT ? &before_int : &before_term, nullptr);
  noted = 1;
}

}  // namespace

InterruptScope::InterruptScope() {
  const std::lock_guard lock(mutex);
  if (scopes++ > 0) return;
  noted = 0;
  struct sigaction note {};
  note.sa_handler = note_signal;
  note.sa_flags = SA_RESTART;
  sigemptyset(&note.sa_mask);
  sigaction(SIGINT, &note, &before_int);
  sigaction(SIGTERM, &note, &before_term);
  // What is ignored stays so: of a shell's Ctrl-C a job that a script has put behind knows nothing.
  if (before_int.sa_handler == SIG_IGN) sigaction(SIGINT, &before_int, nullptr);
  if (before_term.sa_handler == SIG_IGN) sigaction(SIGTERM, &before_term, nullptr);
}

InterruptScope::~InterruptScope() {
  const std::lock_guard lock(mutex);
  if (--scopes > 0) return;
  sigaction(SIGINT, &before_int, nullptr);
  sigaction(SIGTERM, &before_term, nullptr);
}

bool InterruptScope::interrupted() { return noted != 0; }

}  // namespace cinta::train
