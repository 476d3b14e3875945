#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/train/checkpoint_folder.hpp>
#include <filesystem>
#include <system_error>

namespace cinta::train {

namespace {

namespace fs = std::filesystem;

std::string name_of(std::int64_t step) {
  std::string number = std::to_string(step);
  number.insert(0, std::size_t(std::max(0, 9 - int(number.size()))), '0');
  return "step-" + number + ".safetensors";
}

/// The checkpoints of a folder, the last one first.
std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code gone;
    const auto time = fs::last_write_time(entry->path(), gone);
    if (!gone && name.starts_with("step-") && name.ends_with(".safetensors"))
      found.emplace_back(time, name);
  }
  if (error) io::throw_system_error(folder, error.value());
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> names;
  for (auto& [time, name] : found) names.push_back(std::move(name));
  return names;
}

std::string in(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

/// Removes what processes have left that were killed while they wrote a checkpoint: each has a step
/// of its own, to which no run may come again.
void remove_leftovers(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::size_t part = name.rfind(".part");
    if (name.starts_with(".step-") && part != name.npos)
      paths.push_back(in(folder, name.substr(1, part - 1)));
  }
  for (const std::string& path : paths) {
    try {
      io::Scratch(path, io::Scratch::Kind::file, 0600);  // makes room for itself, and goes
    } catch (const IoError&) {
      // of a folder that cannot be written to
    }
  }
}

}  // namespace

CheckpointFolder::CheckpointFolder(std::string path, CheckpointFolderOptions options, Site site)
    : path_(std::move(path)), options_(options) {
  if (options.last < 1)
    throw ValueError(
        "CheckpointFolder: last must be at least 1, got " + std::to_string(options.last), site);
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) io::throw_system_error(path_, error.value());
  remove_leftovers(path_);
}

void CheckpointFolder::save(const Checkpoint& run, std::int64_t step, double figure) {
  if (step < 0)
    throw ValueError("CheckpointFolder: a step is not negative, got " + std::to_string(step));
  const std::int64_t step_before = best_step_;
  const double figure_before = best_figure_;
  const bool better = best_step_ < 0      ? figure == figure
                      : options_.maximize ? figure > best_figure_
                                          : figure < best_figure_;
  if (better) {
    best_step_ = step;
    best_figure_ = figure;
  }
  try {
    run.save(in(path_, name_of(step)));  // with what is best now
  } catch (...) {
    best_step_ = step_before;
    best_figure_ = figure_before;
    throw;
  }
  const std::vector<std::string> files = files_of(path_);
  std::error_code ignored;
  for (std::size_t i = std::size_t(options_.last); i < files.size(); ++i)
    if (best_step_ < 0 || files[i] != name_of(best_step_)) fs::remove(in(path_, files[i]), ignored);
}

std::string CheckpointFolder::last() const {
  const std::vector<std::string> files = files_of(path_);
  return files.empty() ? "" : in(path_, files[0]);
}

std::string CheckpointFolder::best() const {
  return best_step_ < 0 ? "" : in(path_, name_of(best_step_));
}

optim::State CheckpointFolder::state_dict() const {
  optim::State state = optim::state_of("CheckpointFolder");
  state.values["best_step"] = best_step_;
  state.values["best_figure"] = best_figure_;
  return state;
}

std::function<void()> CheckpointFolder::prepare_load(const optim::State& state, Site site) {
  optim::StateReader reader(state, "CheckpointFolder", "CheckpointFolder", site);
  const auto step = reader.value<std::int64_t>("best_step");
  const auto figure = reader.value<double>("best_figure");
  reader.finish();
  return [this, step, figure] {
    best_step_ = step;
    best_figure_ = figure;
  };
}

}  // namespace cinta::train
