#pragma once
// What was measured, and how it is shown.

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "works/work.hpp"

namespace bench {

/// A work with so many threads. Times are seconds of an operation (a step divided by Work::per).
struct Figure {
  int threads = 1;
  double median = 0, fastest = 0;  ///< over the rounds
  double limit = 0;
  double peak = 0;  ///< bytes beyond the inputs
  struct Peer {
    double median, fastest;
    double ratio;       ///< peer / Cinta, the median of the rounds' ratios
    double difference;  ///< largest relative difference of the results
    double peak;
  };
  std::optional<Peer> peer = {};
};

/// The least and the most of several figures.
struct Range {
  double least = INFINITY, most = 0;

  void note(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

struct Result {
  const Work* work;
  std::vector<Figure> figures;  ///< one for each number of threads
};

struct Report {
  std::string processor, date, cinta, peer;  ///< what ran, where and when
  std::string peer_settings;
  int processors = 0;
  /// What was seen in the run, as a virtual machine is moved about: bytes a second for a number of
  /// threads, at best and when reading alone, and seconds for a number to and fro between two
  /// processors.
  std::map<int, Range> bandwidth, reading;
  Range exchange;
  double peer_target = 0;                                ///< that of all works; 0: each has its own
  std::string peer_title = "peer", our_title = "Cinta";  ///< above the columns
  std::vector<Result> results;

  /// The table, for a terminal or (`markdown`) for a document.
  std::string table(bool markdown) const;
  nlohmann::json json() const;
};

/// "1.25 ms"
std::string duration(double seconds);

}  // namespace bench
