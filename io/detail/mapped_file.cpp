#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/detail/mapped_file.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <utility>

namespace cinta::io::detail {

MappedFile::MappedFile(std::string path) : path_(std::move(path)) {
  const FilePointer file = open_file(path_, "rb");
  struct stat status;
  if (fstat(fileno(file.get()), &status) != 0) throw_system_error(path_, errno);
  if (!S_ISREG(status.st_mode)) throw IoError(escaped(path_) + ": not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
  if (size_ == 0) return;
  // Memory for pages that are written to is not set aside before that happens.
  void* const memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE,
                            fileno(file.get()), 0);
  if (memory == MAP_FAILED) throw_system_error(path_, errno);
  data_ = static_cast<char*>(memory);
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

}  // namespace cinta::io::detail
