#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

/// A name for a file, which goes with it.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& ending = "")
      : path((std::filesystem::temp_directory_path() /
              ("cinta_test_" + std::to_string(getpid()) + "_" + std::to_string(++count) + ending))
                 .string()) {}
  explicit TemporaryFile(const std::string& ending, const std::string& bytes)
      : TemporaryFile(ending) {
    set(bytes);
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void set(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
  std::string bytes() const { return of(path); }
  static std::string of(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }

  std::string path;

 private:
  static inline std::atomic<int> count = 0;
};
