#pragma once
// What the tests of the format share: a folder of their own, files by their bytes, refusals.

#include <unistd.h>

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/safetensors.hpp>
#include <cinta/ops/creation.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace safetensors_files {

using namespace cinta;
namespace fs = std::filesystem;

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("cinta_safetensors_" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(path)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
  fs::path path;
};

inline std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}
inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}
/// A file with this header, which is made `extra` bytes longer by spaces, and data.
inline std::string file_of(std::string header, const std::string& data, std::size_t extra = 0) {
  header.append(extra, ' ');
  return bytes_of(std::vector<std::uint64_t>{header.size()}) + header + data;
}
inline std::string entry(const std::string& dtype, const std::string& shape, std::size_t begin,
                         std::size_t end) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  Tensor t = empty(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), t.data<T>());
  return t;
}

inline bool same(const Tensor& a, const Tensor& b) {
  if (a.spec() != b.spec()) return false;
  return dispatch(a.dtype(), [&]<class T>() {
    const auto x = a.to_vector<T>(), y = b.to_vector<T>();
    return std::equal(x.begin(), x.end(), y.begin(),
                      [](T p, T q) { return p == q || (p != p && q != q); });
  });
}

/// What loading these bytes is refused with, without the file's name.
inline std::string refusal_of(const std::string& bytes) {
  const Folder folder;
  const std::string path = folder / "f";
  write(path, bytes);
  const std::string text = error_of([&] { io::load_safetensors(path); });
  return text.starts_with(path + ": safetensors: ") ? text.substr(path.size() + 15) : text;
}

}  // namespace safetensors_files
