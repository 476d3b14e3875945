#pragma once
// What programs that train do in the same way: their common flags, what they tell a search,
// results.

#include <cinta/io/file.hpp>
#include <cinta/train/trial/hyperparameters.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"

namespace example {

using Json = nlohmann::ordered_json;

/// What every program that trains asks for.
struct RunOptions {
  std::string output;  // folder of the results
  bool quiet = false;
  std::string trial;  // folder of a trial of a search, which has standard output; else empty

  /// --out and --quiet; `what` the folder is for.
  void add_to(CLI::App& app, const std::string& what) {
    app.add_option("--out", output, "folder for " + what)->option_text("FOLDER [" + output + "]");
    app.add_flag("--quiet", quiet, "no progress on standard error");
  }
  bool is_trial() const { return !trial.empty(); }
};

inline void add_seed(CLI::App& app, std::int64_t& seed, const std::string& what) {
  app.add_option("--seed", seed, "of " + what)->check(seed_range())->option_text("N [1]");
}

/// Where the results will be; of a trial nowhere. Throws cinta::IoError if that cannot be.
inline std::optional<cinta::train::OutputFolder> output_folder(const RunOptions& options,
                                                               const std::string& marker) {
  if (options.is_trial()) return {};
  return std::optional<cinta::train::OutputFolder>(std::in_place, options.output, marker);
}

/// Tells a search of each step if this run is a trial of one (docs/tuning.md), otherwise nothing.
/// Such programs are short and keep no checkpoint: one that was stopped begins again.
class Reports {
 public:
  explicit Reports(const RunOptions& options) {
    if (options.is_trial()) trial_.emplace(std::cout);
  }
  /// The figures after one more step. Throws cinta::train::TrialEnd where the trial ends with it.
  void step(const cinta::train::Figures& figures) {
    last_ = figures;
    if (trial_ && !trial_->report(++steps_, figures)) trial_->stopped();
  }
  /// The result: the figures after the last step.
  void finish() { finish(last_); }
  /// The result by other figures of the same weights.
  void finish(const cinta::train::Figures& figures) {
    if (trial_) trial_->finish(steps_, figures);
  }

 private:
  std::optional<cinta::train::Trial> trial_;
  std::int64_t steps_ = 0;
  cinta::train::Figures last_;
};

/// A file of JSON among the results.
inline void write_json(cinta::train::OutputFolder& folder, const Json& json,
                       const std::string& name = "results.json") {
  cinta::io::OutputFile file(folder.file(name));
  file.write(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

/// The end of a program: its results appear, unless the user does not want them any more.
inline void commit(cinta::train::OutputFolder& folder, const std::string& what) {
  check_interrupt();
  folder.commit();
  std::cout << what << " are in " << folder.path() << '\n';
}

}  // namespace example
