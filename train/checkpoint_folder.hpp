#pragma once
// Checkpoints of a run in a folder: the last ones and the best one.

#include <cinta/train/checkpoint.hpp>
#include <limits>

#pragma GCC visibility push(default)
namespace cinta::train {

struct CheckpointFolderOptions {
  int last = 3;           ///< as many as were written last stay; at least 1
  bool maximize = false;  ///< larger figures are better
};

/// Names files, and removes old ones:
///
///     train::CheckpointFolder files("runs/7", {.last = 2});
///     run.add("files", files);  // which one is best has to outlive the process
///     if (!files.last().empty()) run.load(files.last());
///     ... files.save(run, epoch, validation_loss);
///     load(net, files.best(), {.prefix = "model/"});
class CheckpointFolder {
 public:
  /// Makes the folder, and removes what killed processes have left half written in it. Throws
  /// IoError if there can be no folder, ValueError for options out of their range.
  explicit CheckpointFolder(std::string path, CheckpointFolderOptions options = {}, Site site = {});

  /// Writes "step-000000012.safetensors", then removes all such files but the last ones and the
  /// best. NaN is never the best. Throws ValueError for a negative step, and as Checkpoint::save;
  /// then none was removed, and the best is what it was.
  void save(const Checkpoint& run, std::int64_t step,
            double figure = std::numeric_limits<double>::quiet_NaN());

  /// The file that was written last; empty if there is none. Throws IoError.
  std::string last() const;
  /// The file of the best figure, empty before the first one.
  std::string best() const;

  optim::State state_dict() const;
  std::function<void()> prepare_load(const optim::State& state, Site site = {});

 private:
  std::string path_;
  CheckpointFolderOptions options_;
  std::int64_t best_step_ = -1;
  double best_figure_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace cinta::train
#pragma GCC visibility pop
