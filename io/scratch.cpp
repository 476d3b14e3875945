#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinta/io/file.hpp>
#include <filesystem>
#include <system_error>
#include <utility>

namespace cinta::io {
namespace {

namespace fs = std::filesystem;

/// Name number k beside `path`. A long name is cut, for a file name has at most 255 bytes; that two
/// paths share a name then does no harm.
std::string name_beside(const std::string& path, int k) {
  const fs::path whole(path);
  const std::string name =
      "." + whole.filename().string().substr(0, 200) + ".part" + (k ? std::to_string(k) : "");
  return (whole.parent_path() / name).string();
}

/// An open file or folder that unlocks and closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&&) = delete;
  explicit operator bool() const { return value_ >= 0; }
  int value() const { return value_; }
  int release() { return std::exchange(value_, -1); }

  /// Locks it, unless somebody else holds a lock or `path` leads elsewhere by now. File systems
  /// without locks count as locked.
  bool lock(const std::string& path) const {
    if (flock(value_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    struct stat here, there;
    return fstat(value_, &here) == 0 && lstat(path.c_str(), &there) == 0 &&
           here.st_ino == there.st_ino && here.st_dev == there.st_dev;
  }

 private:
  int value_;
};

/// Makes the file or folder `path`; not if there is something already.
Descriptor create(const std::string& path, Scratch::Kind kind, unsigned mode) {
  constexpr int flags = O_CLOEXEC | O_NOFOLLOW;
  if (kind == Scratch::Kind::file)
    return Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, mode));
  if (mkdir(path.c_str(), mode) != 0) return Descriptor(-1);
  Descriptor made(open(path.c_str(), O_RDONLY | O_DIRECTORY | flags));
  // Without a lock yet, it looks like a leftover: whoever came in between has removed it.
  if (!made && errno == ENOENT) errno = EEXIST;
  return made;
}

/// Removes what a killed process has left. False if its owner lives, or it is not ours.
bool remove_leftover(const std::string& path) {
  const Descriptor found(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!found) return errno == ENOENT;
  struct stat status;
  const bool ours = lstat(path.c_str(), &status) == 0 && status.st_uid == geteuid() &&
                    (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  if (!ours || !found.lock(path)) return false;
  std::error_code error;
  fs::remove_all(path, error);
  return !error;
}

}  // namespace

void sync_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : ".";
  const Descriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems have nothing to do there, and say so.
  if ((!opened || fsync(opened.value()) != 0) && errno != EINVAL && errno != EACCES)
    throw_system_error(path, errno);
}

Scratch::Scratch(const std::string& path, Kind kind, unsigned mode) {
  int k = 0;
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    path_ = name_beside(path, k);
    Descriptor made = create(path_, kind, mode);
    if (made) {
      if (made.lock(path_)) descriptor_ = made.release();
    } else if (errno != EEXIST || attempt == 1000) {
      throw_system_error(path, errno);
    } else if (!remove_leftover(path_)) {
      ++k;  // another process writes the same
    }
  }
  // Those of processes that were killed while they wrote the same at the same time.
  for (int other = k + 1;; ++other) {
    const std::string name = name_beside(path, other);
    struct stat status;
    if (lstat(name.c_str(), &status) != 0 || !remove_leftover(name)) break;
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!moved_) fs::remove_all(path_, ignored);
  close(descriptor_);
}

}  // namespace cinta::io
