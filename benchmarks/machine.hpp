#pragma once
// What the machine reaches: measured where the works run, with the same threads.

#include <map>

#include "works/work.hpp"

namespace bench {

/// Answers to "measure ...", in the process that runs Cinta.
///   bandwidth            bytes a second between memory and processor, the best of four patterns
///   blocks               seconds to allocate and free a small block
///   exchange             seconds for a number to and fro between two threads; 0 without OpenMP
///   product M N K        seconds of a float32 product, the best of OpenBLAS and our kernels
double measure(const std::vector<std::string>& question);

class Child;

/// The machine as one child sees it; each figure is measured when it is first needed.
class Machine {
 public:
  explicit Machine(Child& child) : child_(&child) {}
  double bandwidth();
  double exchange();  ///< anew each time: virtual machines are moved about
  /// Seconds that a limit takes.
  double seconds(const Limit& limit);

 private:
  double get(const std::string& question);

  Child* child_;
  std::map<std::string, double> known_;
};

/// "AMD EPYC", or what the system calls its processor.
std::string processor_name();

}  // namespace bench
