#pragma once
// The command lines of the examples. In a header of its own, because CLI11 alone is half of the
// time that such a file takes to compile.

#include <CLI/CLI.hpp>
#include <limits>

#include "program.hpp"

namespace example {

/// Reads the command line; false after --help and the like, answered on standard output. Throws
/// cinta::ValueError for flags that are unknown or do not parse.
inline bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return false;
  } catch (const CLI::CallForVersion& answer) {  // --describe-space
    std::cout << answer.what() << '\n';
    return false;
  } catch (const CLI::ParseError& error) {
    throw cinta::ValueError(std::string(error.what()) + " (see --help)");
  }
}

/// For options that are seeds. What is beyond the range of an int64 is parsed as the largest one,
/// so that one is refused as well.
inline CLI::Range seed_range() {
  return CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max() - 1);
}

/// The flags that say how a CSV file is written.
class CsvFlags {
 public:
  explicit CsvFlags(CLI::App& app) {
    app.add_option("--delimiter", delimiter_,
                   "character between the cells of the file, or the word tab. Left out: found from "
                   "the first rows if , ; | or tab is plain")
        ->option_text("C");
    app.add_option("--decimal", decimal_, "decimal sign of the file's numbers")
        ->option_text("C [.]");
    missing_ =
        app.add_option("--na", marks_,
                       "cells that stand for no value, instead of NA, NaN, null and the like; "
                       "an empty one always does, one in quotes never")
            ->delimiter(',')
            ->option_text("A,B,...");
  }
  /// After the command line has been parsed. Throws cinta::ValueError.
  cinta::io::CsvOptions options() const;

 private:
  std::string delimiter_, decimal_ = ".";
  std::vector<std::string> marks_;
  CLI::Option* missing_;
};

inline cinta::io::CsvOptions CsvFlags::options() const {
  require(delimiter_.size() <= 1 || delimiter_ == "tab", "--delimiter: one character, or tab");
  require(decimal_.size() == 1, "--decimal: one character");
  cinta::io::CsvOptions out;
  if (!delimiter_.empty()) out.delimiter = delimiter_ == "tab" ? '\t' : delimiter_[0];
  out.decimal = decimal_[0];
  if (missing_->count() > 0) out.missing = marks_;
  return out;
}

inline void RunOptions::add_to(CLI::App& app, const std::string& what) {
  app.add_option("--out", output, "folder for " + what)->option_text("FOLDER [" + output + "]");
  app.add_flag("--quiet", quiet, "no progress on standard error");
}

inline void add_seed(CLI::App& app, std::int64_t& seed, const std::string& what) {
  app.add_option("--seed", seed, "of " + what)->check(seed_range())->option_text("N [1]");
}

}  // namespace example
