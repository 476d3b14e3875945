#pragma once
// What the command line asks for.

#include "../tabular/model.hpp"

namespace tool {

struct Options : tabular::Settings {
  std::string chosen;  ///< the command
  std::string data, model, target, group, time;
  tabular::TargetKind task = tabular::TargetKind::automatic;
  std::string output = "cinta_results";
  std::string command;  ///< the whole line, to be typed again
  double ideal = 1, tolerance = 0.05;
  int folds = 4;
  bool quiet = false;
  cinta::io::CsvOptions csv;
};

/// Reads the command line. Empty after --help, which it answers on standard output. Throws
/// cinta::ValueError for flags that are unknown or out of range.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace tool
