#pragma once
// A process that serves works, on processors and threads of its own choice.

#include <sys/types.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("interrupted") {}
};

/// Makes an interrupt (Ctrl-C) end the next Child::ask with Interrupted instead of the process.
void catch_interrupts();

class Child {
 public:
  using Environment = std::vector<std::pair<std::string, std::string>>;

  /// Starts `program` with `argument`, pinned to as many processors as it gets threads. Throws
  /// std::runtime_error if that fails.
  Child(const std::string& program, const std::string& argument, int threads,
        const Environment& environment = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The answer to a line, without its line end. Throws std::runtime_error if the process has
  /// ended or answers "error ...".
  std::string ask(const std::string& question);
  /// The same as numbers.
  std::vector<double> numbers(const std::string& question);

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string program_, rest_;
};

/// Processors that this process may use.
int processors();

}  // namespace bench
