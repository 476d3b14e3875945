#pragma once
// What programs that train do in the same way: what they tell a search, results.

#include <cinta/io/file.hpp>
#include <cinta/train/trial/hyperparameters.hpp>
#include <nlohmann/json.hpp>

#include "program.hpp"

namespace example {

using Json = nlohmann::ordered_json;

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
