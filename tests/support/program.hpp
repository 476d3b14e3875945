#pragma once
// Runs an example as a user does. Programs are found beside the tests, as the build lays them out.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch_compat.hpp"

extern char** environ;

namespace program {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

inline Arguments operator+(Arguments a, const Arguments& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::string read(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// A folder with one CSV file, into which a program also writes.
struct Workplace {
  explicit Workplace(const std::string& csv = "") {
    path = fs::temp_directory_path() / ("cinta_program_test_" + std::to_string(getpid()));
    fs::remove_all(path);
    fs::create_directory(path);
    std::ofstream(data(), std::ios::binary) << csv;
  }
  ~Workplace() { fs::remove_all(path); }
  std::string data() const { return (path / "t.csv").string(); }
  std::string out() const { return (path / "out").string(); }
  /// Nothing but the data and the logs of the last run: no results, whole or half.
  bool untouched() const {
    for (const auto& entry : fs::directory_iterator(path)) {
      const std::string name = entry.path().filename().string();
      if (name != "t.csv" && name != "stdout" && name != "stderr") return false;
    }
    return true;
  }
  fs::path path;
};

struct Process {
  /// Starts the example `name`, with --out into the workplace if it writes files.
  Process(const std::string& name, const Workplace& place, const Arguments& arguments,
          bool writes = true)
      : place_(place) {
    const fs::path tests = fs::read_symlink("/proc/self/exe").parent_path();
    const std::string file = (tests.parent_path() / "examples" / name).string();
    Arguments all{file};
    if (writes) all = all + Arguments{"--out", place.out()};
    all = all + arguments;
    std::vector<char*> pointers;
    for (std::string& argument : all) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    const std::string logs[] = {(place.path / "stdout").string(), (place.path / "stderr").string()};
    for (int i : {0, 1})
      posix_spawn_file_actions_addopen(&actions, i + 1, logs[i].c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // Signals as a person at a terminal leaves them; what is ignored here stays so in a program.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    REQUIRE(posix_spawn(&pid, file.c_str(), &actions, &attributes, pointers.data(), environ) == 0);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  void wait() {
    int status = 0;
    waitpid(pid, &status, 0);
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    out = read(place_.path / "stdout");
    err = read(place_.path / "stderr");
  }
  const Workplace& place_;
  pid_t pid = 0;
  int code = -1;
  std::string out, err;
};

inline Process run(const std::string& name, const Workplace& place, const Arguments& arguments,
                   bool writes = true) {
  Process process(name, place, arguments, writes);
  process.wait();
  return process;
}

/// The one line that bad input is answered with, without the program's name and with the data file
/// as "t.csv". Exit code, silence on standard output and the absence of files are checked on the
/// way.
inline std::string refusal(const std::string& name, const Workplace& place,
                           const Arguments& arguments, bool writes = true) {
  const Process p = run(name, place, arguments, writes);
  CHECK(p.code == 2);
  CHECK(p.out.empty());
  CHECK(std::count(p.err.begin(), p.err.end(), '\n') == 1);
  CHECK(place.untouched());
  REQUIRE(p.err.starts_with(name + ": "));
  std::string line = p.err.substr(name.size() + 2, p.err.size() - name.size() - 3);
  if (const auto at = line.find(place.data()); at != line.npos)
    line.replace(at, place.data().size(), "t.csv");
  return line;
}
/// The same with `csv` as the data file.
inline std::string refusal(const std::string& name, const std::string& csv,
                           const Arguments& arguments) {
  const Workplace place(csv);
  return refusal(name, place, arguments + Arguments{"--data", place.data()});
}

}  // namespace program
