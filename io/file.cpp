#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

namespace cinta::io {

namespace fs = std::filesystem;

namespace {

/// A link in /proc, such as /dev/stdout leads to, stands for a file that somebody holds open, not
/// for a name of it.
bool is_open_file(const fs::path& link) {
  std::error_code ignored;
  return fs::weakly_canonical(link.parent_path(), ignored).string().starts_with("/proc/");
}

}  // namespace

void throw_system_error(const std::string& path, int code) {
  throw IoError(escaped(path) + ": " + std::generic_category().message(code ? code : EIO));
}

FilePointer open_file(const std::string& path, const char* mode) {
  // Opening a directory for reading succeeds on Linux and fails later with less clarity.
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw_system_error(path, EISDIR);
  FilePointer file(std::fopen(path.c_str(), mode));
  if (!file) throw_system_error(path, errno);
  return file;
}

std::uint64_t size_of_file(std::FILE* file) {
  struct stat status;
  const bool regular = fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode);
  return regular ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string follow_links(const std::string& path) {
  fs::path place(path);
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(place, error)); ++links) {
    if (is_open_file(place)) break;
    if (links == 40) throw_system_error(path, ELOOP);
    const fs::path next = fs::read_symlink(place, error);
    if (error) throw_system_error(path, error.value());
    place = place.parent_path() / next;  // an absolute one replaces the whole
  }
  return place.string();
}

InputFile::InputFile(std::string path) : path_(std::move(path)), file_(open_file(path_, "rb")) {
  struct stat status;
  if (fstat(fileno(file_.get()), &status) != 0) throw_system_error(path_, errno);
  if (!S_ISREG(status.st_mode)) throw IoError(escaped(path_) + ": not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void InputFile::read(void* data, std::size_t bytes) {
  if (bytes > remaining())
    throw IoError(escaped(path_) + ": truncated: " + std::to_string(bytes) + " bytes expected at " +
                  std::to_string(position_) + ", the file has " + std::to_string(remaining()));
  if (std::fread(data, 1, bytes, file_.get()) != bytes) throw_system_error(path_, errno);
  position_ += bytes;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  struct stat old;
  const bool exists = stat(path_.c_str(), &old) == 0;
  if (exists && S_ISDIR(old.st_mode)) throw_system_error(path_, EISDIR);
  target_ = follow_links(path_);
  if (exists && (S_ISFIFO(old.st_mode) || S_ISCHR(old.st_mode) || is_open_file(target_))) {
    file_.reset(std::fopen(path_.c_str(), "wb"));
    if (!file_) throw_system_error(path_, errno);
    return;
  }
  if (exists && !S_ISREG(old.st_mode)) throw IoError(escaped(path_) + ": not a regular file");
  if (exists && access(path_.c_str(), W_OK) != 0) throw_system_error(path_, errno);

  // What was private is so from the first byte on.
  scratch_.emplace(target_, Scratch::Kind::file, exists ? 0600 : 0666);
  const int descriptor = scratch_->descriptor();
  if (exists) {
    // The group first, as without it the mode would grant to another.
    const mode_t mode = old.st_mode & 0777;
    const bool same_group = fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) == 0;
    if (fchmod(descriptor, same_group ? mode : mode & 0707) != 0) throw_system_error(path_, errno);
  }
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) file_.reset(fdopen(copy, "wb"));
  if (!file_) {
    const int code = errno;
    if (copy >= 0) close(copy);
    throw_system_error(path_, code);
  }
}

void OutputFile::write(const void* data, std::size_t bytes) {
  if (bytes && std::fwrite(data, 1, bytes, file_.get()) != bytes) throw_system_error(path_, errno);
}

void OutputFile::seek(std::uint64_t position) {
  if (fseeko(file_.get(), static_cast<off_t>(position), SEEK_SET) != 0)
    throw_system_error(path_, errno);
}

void OutputFile::commit() {
  // fclose reports what was still buffered.
  if (std::fclose(file_.release()) != 0) throw_system_error(path_, errno);
  if (!scratch_) return;
  // Without it, a name may lead to a file whose bytes a power failure has lost.
  if (fsync(scratch_->descriptor()) != 0) throw_system_error(path_, errno);
  if (std::rename(scratch_->path().c_str(), target_.c_str()) != 0) throw_system_error(path_, errno);
  scratch_->moved();
  sync_folder_of(target_);
}

}  // namespace cinta::io
