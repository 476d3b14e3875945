#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <filesystem>
#include <system_error>

namespace cinta::train {
namespace {

namespace fs = std::filesystem;

void check_error(const std::string& path, const std::error_code& error) {
  if (error) io::throw_system_error(path, error.value());
}

/// A folder's files and subfolders are on the disk afterwards, whoever has written them.
void sync_tree(const std::string& folder) {
  const auto sync = [](const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const int failed = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0) close(descriptor);
    if (failed && failed != EINVAL) io::throw_system_error(path, failed);
  };
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_symlink() && (entry.is_regular_file() || entry.is_directory()))
      sync(entry.path().string());
  sync(folder);
}

/// `from` takes the place of `to`, a folder with files, which is then at `from`.
void exchange_names(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) io::throw_system_error(to, errno);
  // A file system that cannot do it at once: for a moment there is no result.
  const std::string aside = from + ".old";
  std::error_code error, ignored;
  fs::rename(to, aside, error);
  check_error(to, error);
  fs::rename(from, to, error);
  if (error) fs::rename(aside, to, ignored);
  check_error(to, error);
  fs::rename(aside, from, ignored);
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path, std::string marker)
    : marker_(std::move(marker)) {
  fs::path normal = fs::path(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  if (!normal.has_filename() || normal.filename() == "." || normal.filename() == "..")
    throw IoError(io::escaped(path) + ": not a name for a new folder");
  path_ = normal.string();
  target_ = io::follow_links(path_);
  check();
}

void OutputFolder::check() const {
  std::error_code error;
  const std::string name = io::escaped(path_);
  const fs::path parent =
      fs::path(target_).has_parent_path() ? fs::path(target_).parent_path() : ".";
  const std::string folder = "the folder " + io::escaped(parent.string());
  const auto writable = [](const fs::path& place) {
    return faccessat(AT_FDCWD, place.c_str(), W_OK, AT_EACCESS) == 0;
  };
  if (!fs::is_directory(parent, error)) throw IoError(name + ": " + folder + " does not exist");
  if (!writable(parent)) throw IoError(name + ": " + folder + " cannot be written");
  if (!fs::exists(target_, error)) return;
  if (!fs::is_directory(target_, error)) throw IoError(name + ": exists and is not a folder");
  // Another folder could take its place, which is not what a folder was made read-only for.
  if (!writable(target_)) throw IoError(name + ": the folder cannot be written");
  const bool empty = fs::is_empty(target_, error);
  check_error(path_, error);
  if (!empty && !fs::exists(fs::path(target_) / marker_, error))
    throw IoError(name + ": holds other files than earlier results (no " + io::escaped(marker_) +
                  " in it) and is left alone");
}

std::string OutputFolder::file(const std::string& name) {
  if (!hidden_) hidden_.emplace(target_, io::Scratch::Kind::folder, 0777);
  const fs::path out = fs::path(hidden_->path()) / name;
  std::error_code error;
  fs::create_directories(out.parent_path(), error);
  check_error(path_, error);
  return out.string();
}

void OutputFolder::commit() {
  std::error_code error;
  if (!hidden_ || !fs::exists(fs::path(hidden_->path()) / marker_, error))
    throw IoError(io::escaped(path_) + ": " + io::escaped(marker_) + " has not been written");
  check();  // the place may have changed since the constructor looked
  struct stat old;
  const bool replace = stat(target_.c_str(), &old) == 0;
  if (replace && fchmod(hidden_->descriptor(), old.st_mode & 0777) != 0)
    io::throw_system_error(path_, errno);
  sync_tree(hidden_->path());
  if (replace) {
    exchange_names(hidden_->path(), target_);  // the earlier result goes when this object does
  } else {
    fs::rename(hidden_->path(), target_, error);
    check_error(path_, error);
    hidden_->moved();
  }
  io::sync_folder_of(target_);
  hidden_.reset();
}

}  // namespace cinta::train
