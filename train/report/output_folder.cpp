#include <unistd.h>

#include <cinta/autograd/core/error.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <filesystem>
#include <random>
#include <system_error>

namespace cinta::train {
namespace {

namespace fs = std::filesystem;

std::string hidden_name(const fs::path& path, const char* purpose) {
  const std::string name =
      "." + path.filename().string() + "." + purpose + "-" + std::to_string(std::random_device()());
  return (path.parent_path() / name).string();
}

void check_error(const std::string& path, const std::error_code& error) {
  if (error) throw IoError(path + ": " + error.message());
}

}  // namespace

OutputFolder::OutputFolder(const std::string& path, std::string marker)
    : marker_(std::move(marker)) {
  fs::path normal = fs::path(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  if (!normal.has_filename() || normal.filename() == "." || normal.filename() == "..")
    throw IoError(path + ": not a name for a new folder");
  path_ = normal.string();
  hidden_ = hidden_name(normal, "part");
  check();
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (created_) fs::remove_all(hidden_, ignored);
}

void OutputFolder::check() const {
  std::error_code error;
  const fs::path parent = fs::path(path_).has_parent_path() ? fs::path(path_).parent_path() : ".";
  if (!fs::is_directory(parent, error))
    throw IoError(path_ + ": the folder " + parent.string() + " does not exist");
  if (access(parent.c_str(), W_OK) != 0)
    throw IoError(path_ + ": the folder " + parent.string() + " cannot be written");
  if (!fs::exists(fs::symlink_status(path_, error))) return;
  if (!fs::is_directory(path_, error)) throw IoError(path_ + ": exists and is not a folder");
  const bool empty = fs::is_empty(path_, error);
  check_error(path_, error);
  if (!empty && !fs::exists(fs::path(path_) / marker_, error))
    throw IoError(path_ + ": holds other files than earlier results (no " + marker_ +
                  " in it) and is left alone");
}

std::string OutputFolder::file(const std::string& name) {
  const fs::path out = fs::path(hidden_) / name;
  std::error_code error;
  created_ = true;
  fs::create_directories(out.parent_path(), error);
  check_error(hidden_, error);
  return out.string();
}

void OutputFolder::commit() {
  std::error_code error;
  if (!fs::exists(fs::path(hidden_) / marker_, error))
    throw IoError(path_ + ": " + marker_ + " has not been written");
  check();  // the place may have changed since the constructor looked
  // A folder with files cannot be renamed over: the old one steps aside first.
  const std::string old = hidden_name(path_, "old");
  const bool replace = fs::exists(path_, error);
  if (replace) {
    fs::rename(path_, old, error);
    check_error(path_, error);
  }
  fs::rename(hidden_, path_, error);
  if (error) {
    std::error_code ignored;
    if (replace) fs::rename(old, path_, ignored);
    check_error(path_, error);
  }
  created_ = false;
  if (replace) fs::remove_all(old, error);
}

}  // namespace cinta::train
