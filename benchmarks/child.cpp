#include "child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace bench {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void check_interrupt() {
  if (interrupted) throw Interrupted();
}

// The last `count` processors of those allowed: the first ones tend to serve interrupts.
void pin(int count) {
  cpu_set_t allowed, chosen;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  CPU_ZERO(&chosen);
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0 && count > 0; --cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &chosen);
    --count;
  }
  sched_setaffinity(0, sizeof chosen, &chosen);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);  // without SA_RESTART: a waiting read returns
  signal(SIGPIPE, SIG_IGN);
}

int processors() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

Child::Child(const std::string& program, const std::string& argument, int threads,
             const Environment& environment)
    : program_(program) {
  int down[2], up[2];
  // Closed in programs started later, or they would keep this one's input open.
  if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe: " + std::string(std::strerror(errno)));
  pid_ = fork();
  if (pid_ == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    pin(threads);
    const std::string count = std::to_string(threads);
    for (const char* name : {"OMP_NUM_THREADS", "MKL_NUM_THREADS"}) setenv(name, count.c_str(), 1);
    unsetenv("OPENBLAS_NUM_THREADS");
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execl(program.c_str(), program.c_str(), argument.c_str(), nullptr);
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  to_ = down[1];
  from_ = up[0];
  if (pid_ < 0) throw std::runtime_error("fork: " + std::string(std::strerror(errno)));
}

Child::~Child() {
  close(to_);
  close(from_);
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);  // it may be in the middle of a work
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string Child::ask(const std::string& question) {
  check_interrupt();
  const std::string line = question + "\n";
  const auto gone = [&] {
    check_interrupt();
    return std::runtime_error(program_ + " ended at: " + question);
  };
  if (write(to_, line.data(), line.size()) != ssize_t(line.size())) throw gone();
  std::size_t end;
  while ((end = rest_.find('\n')) == std::string::npos) {
    char buffer[4096];
    const ssize_t n = read(from_, buffer, sizeof buffer);
    if (n > 0) {
      rest_.append(buffer, std::size_t(n));
      continue;
    }
    if (n == 0 || errno != EINTR) throw gone();
    check_interrupt();
  }
  std::string answer = rest_.substr(0, end);
  rest_.erase(0, end + 1);
  if (answer.rfind("error ", 0) == 0) throw std::runtime_error(question + ": " + answer.substr(6));
  return answer;
}

std::vector<double> Child::numbers(const std::string& question) {
  std::istringstream in(ask(question));
  std::vector<double> values;
  for (double value; in >> value;) values.push_back(value);
  return values;
}

}  // namespace bench
