#pragma once
// Figures for TensorBoard.

#include <cinta/io/file.hpp>
#include <cinta/train/callback.hpp>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

/// An event file as TensorBoard reads it, in a folder of a run: `tensorboard --logdir runs`. Every
/// process writes a file of its own; where it goes on from a checkpoint, the first event says so,
/// and TensorBoard drops what an earlier process wrote from that step on. All members throw
/// IoError.
///
///     train::EventFile events("runs/7");
///     train::fit(..., {.callbacks = {events.callback()}});
class EventFile {
 public:
  /// Makes the folder, and a file in it.
  explicit EventFile(const std::string& folder);

  void scalar(const std::string& tag, double value, std::int64_t step);
  /// What is written from now on goes on from this step.
  void session_start(std::int64_t step);
  /// Everything is handed to the system.
  void flush();

  /// Writes "train/loss" and the figures, "validation/NAME", after each epoch, and with `every`
  /// above 0 the loss of each so many steps, "batch/loss". The file must outlive the run.
  Callback callback(std::int64_t every = 0);

  const std::string& path() const { return path_; }

 private:
  void write(const std::string& event);
  std::string path_;
  io::FilePointer file_;
};

namespace detail {
/// CRC-32C (Castagnoli) of bytes, masked as in TensorFlow's records.
std::uint32_t masked_crc(const std::string& bytes);
}  // namespace detail

}  // namespace cinta::train
#pragma GCC visibility pop
