#pragma once
// The side that runs works: a process that answers questions, one line each, on its standard input
// and output. Cinta and the peer have one each, so that they can be asked in turn.

#include <optional>

#include "works/work.hpp"

namespace bench {

struct Host {
  std::string version;
  /// Sets a work up; empty if there is none of that name.
  std::function<std::optional<Running>(const std::string& name, Mode mode)> start;
  /// The most bytes of tensors that exist at once during a call, beyond those before it.
  std::function<double(const std::function<void()>& call)> peak;
  /// Gives cached memory back.
  std::function<void()> trim = [] {};
  /// Measures the machine.
  std::function<std::vector<double>(const std::vector<std::string>& question)> measure = {};
};

/// Answers until the input ends:
///   version            what runs here
///   open NAME MODE     "ok" or "missing"; MODE is check or time
///   values STEPS       the numbers to compare after so many steps
///   time SECONDS       median and fastest seconds of a step
///   peak               bytes
///   close              "ok"
///   measure ...        numbers
/// What goes wrong is answered with "error" and the reason.
void serve(const Host& host);

}  // namespace bench
