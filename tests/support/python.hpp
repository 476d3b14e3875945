#pragma once
// Other libraries as peers: a Python that has them, where there is one.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch_compat.hpp"

namespace python {

inline std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// The first of $CINTA_PEER_PYTHON and python3 that can import all of `modules` ("numpy, torch", or
/// "numpy; assert ..." for more); empty if there is none.
inline std::string with(const std::string& modules) {
  const char* const peer = std::getenv("CINTA_PEER_PYTHON");
  for (const std::string& candidate : {std::string(peer ? peer : ""), std::string("python3")}) {
    if (candidate.empty()) continue;
    const std::string import = in_quotes(candidate) + " -c " + in_quotes("import " + modules);
    if (std::system((import + " >/dev/null 2>&1").c_str()) == 0) return candidate;
  }
  return "";
}

/// Runs a script of the tests, named from the project's root, which has to succeed. Returns what it
/// prints.
inline std::string run(const std::string& interpreter, const std::string& script,
                       const std::vector<std::string>& arguments) {
  std::string command = in_quotes(interpreter) + " " + in_quotes(CINTA_SOURCE_DIR "/" + script);
  for (const std::string& argument : arguments) command += " " + in_quotes(argument);
  std::string output;
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, n);
  const int status = pclose(pipe);
  INFO(command << "\n" << output);
  REQUIRE(status == 0);
  return output;
}

/// An empty folder, which goes with its contents.
struct Folder {
  Folder()
      : path(std::filesystem::temp_directory_path() / ("cinta_peer_" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (path / name).string(); }

  std::filesystem::path path;
};

}  // namespace python
