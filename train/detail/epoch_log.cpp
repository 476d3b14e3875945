#include <unistd.h>

#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/detail/epoch_log.hpp>
#include <cinta/train/detail/json.hpp>
#include <filesystem>

namespace cinta::train::detail {

EpochLog::EpochLog(std::string path, std::int64_t resume_at)
    : path_(std::move(path)), position_(resume_at) {
  if (resume_at > 0 && std::filesystem::exists(path_)) {
    file_ = io::open_file(path_, "r+");
    if (io::size_of_file(file_.get()) < std::uint64_t(resume_at))
      throw IoError(io::escaped(path_) + ": is shorter than the run had written; move it away");
    if (ftruncate(fileno(file_.get()), resume_at) != 0) io::throw_system_error(path_, errno);
    if (std::fseek(file_.get(), long(resume_at), SEEK_SET) != 0)
      io::throw_system_error(path_, errno);
  } else {
    file_ = io::open_file(path_, "w");
    position_ = 0;
  }
}

void EpochLog::write(const FitStatus& status, double lr) {
  const EpochRecord& record = status.history.back();
  std::string line = "{\"epoch\": " + std::to_string(record.epoch) +
                     ", \"step\": " + std::to_string(status.step) + ", \"lr\": " + json(lr) +
                     ", \"seconds\": " + json(status.seconds) +
                     ", \"train_loss\": " + json(record.train_loss);
  for (const auto& [name, figure] : record.figures) line += ", " + json(name) + ": " + json(figure);
  line += "}\n";
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fflush(file_.get()) != 0)
    io::throw_system_error(path_, errno);
  position_ += std::int64_t(line.size());
}

}  // namespace cinta::train::detail
