#pragma once
// What the machine reaches: measured where the works run, with the same threads.

#include <map>

#include "works/work.hpp"

namespace bench {

/// Answers to "measure ...", in the process that runs Cinta.
///   bandwidth ROUNDS     bytes a second between memory and processor: the best of several
///   patterns,
///                        and the best of those that only read
///   blocks               seconds to allocate and free a small block
///   exchange             seconds for a number to and fro between two threads; 0 without OpenMP
///   product M N K        seconds of a float32 product, the best of OpenBLAS and our kernels
///   gather ROWS WIDTH COUNT  seconds to read COUNT rows of WIDTH float32 at random from a table of
///                        ROWS
///   lapack NAME          seconds of a factorization of works/linalg/linalg.hpp, the large one, by
///   LAPACK
std::vector<double> measure(const std::vector<std::string>& question);

class Child;

/// Bytes a second.
struct Bandwidth {
  double best = 0, reading = 0;
};

/// The machine as one child sees it. Virtual ones are moved about: what that changes is measured
/// anew each time, the rest when it is first needed.
class Machine {
 public:
  explicit Machine(Child& child) : child_(&child) {}
  Bandwidth bandwidth(int rounds);
  double exchange();
  /// Seconds that a limit takes at this bandwidth.
  double seconds(const Limit& limit, const Bandwidth& bandwidth);

 private:
  double get(const std::string& question);

  Child* child_;
  std::map<std::string, double> known_;
};

/// "AMD EPYC", or what the system calls its processor.
std::string processor_name();

}  // namespace bench
