// io/file: files are written whole or not at all, where their names lead, and nothing is left
// behind.

#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cinta/io/file.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

using namespace cinta;
namespace fs = std::filesystem;

// What the library calls of these two; the linker prefers a program's own.
static std::string calls;
extern "C" int fsync(int descriptor) {
  calls += "fsync ";
  return static_cast<int>(syscall(SYS_fsync, descriptor));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  calls += "rename ";
  return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

namespace {

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("cinta_file_test_" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {}));
  }
  fs::path path;
};

std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}
void write(const std::string& path, const std::string& text) {
  io::OutputFile file(path);
  file.write(text);
  file.commit();
}
unsigned mode_of(const std::string& path) {
  struct stat status;
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// Runs `f` in a process that then dies without any destructor.
template <class F>
void die_in(const F& f) {
  const pid_t child = start_child([&] {
    f();
    kill(getpid(), SIGKILL);
  });
  REQUIRE(code_of(child) == -SIGKILL);
}

}  // namespace

TEST_CASE("file: whole or not at all") {
  const Folder folder;
  write(folder / "f", "old");
  {
    io::OutputFile file(folder / "f");
    file.write("new, but never committed");
    CHECK(read(folder / "f") == "old");
    CHECK(folder.entries() == 2);
  }
  CHECK(read(folder / "f") == "old");
  CHECK(folder.entries() == 1);
  write(folder / "f", "new");
  CHECK(read(folder / "f") == "new");
  CHECK(folder.entries() == 1);
  CHECK(error_of([&] { io::OutputFile(folder / "no/f"); }) ==
        folder / "no/f: No such file or directory");
  CHECK(error_of([&] { io::OutputFile{folder.path.string()}; }) ==
        folder.path.string() + ": Is a directory");
}

TEST_CASE("file: on the disk before it has its name, and the name as well") {
  const Folder folder;
  calls.clear();
  write(folder / "f", "text");
  CHECK(calls == "fsync rename fsync ");
}

TEST_CASE("file: the mode of the file that was there, or what the umask leaves") {
  const Folder folder;
  const mode_t before = umask(027);
  write(folder / "new", "1");
  CHECK(mode_of(folder / "new") == 0640);
  for (const unsigned mode : {0600u, 0644u, 0666u, 0755u}) {
    write(folder / "f", "1");
    chmod((folder / "f").c_str(), mode);
    write(folder / "f", "2");
    CHECK(mode_of(folder / "f") == mode);
    CHECK(read(folder / "f") == "2");
  }
  umask(before);
  chmod((folder / "f").c_str(), 0600);
  io::OutputFile file(folder / "f");
  for (const auto& entry : fs::directory_iterator(folder.path))
    if (entry.path().filename().string().starts_with(".f")) CHECK(mode_of(entry.path()) == 0600);
}

TEST_CASE("file: symbolic links are followed") {
  const Folder folder;
  fs::create_directory(folder / "elsewhere");
  write(folder / "elsewhere/target", "old");
  fs::create_symlink("elsewhere/target", folder / "link");
  fs::create_symlink("link", folder / "link to link");
  fs::create_symlink("elsewhere/new", folder / "dangling");
  fs::create_symlink("circle", folder / "circle");
  for (const std::string name : {"link", "link to link"}) {
    write(folder / name, name);
    CHECK(fs::is_symlink(folder / name));
    CHECK(read(folder / "elsewhere/target") == name);
  }
  write(folder / "dangling", "3");
  CHECK(fs::is_symlink(folder / "dangling"));
  CHECK(read(folder / "elsewhere/new") == "3");
  CHECK_THAT(error_of([&] { write(folder / "circle", "4"); }), ContainsSubstring("symbolic links"));
  CHECK(folder.entries() == 5);
}

TEST_CASE("file: pipes and devices are written through") {
  const Folder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const int reader = open((folder / "pipe").c_str(), O_RDWR | O_NONBLOCK);
  write(folder / "pipe", "text");
  char text[16] = {};
  CHECK(::read(reader, text, sizeof text) == 4);
  close(reader);
  CHECK(std::string(text) == "text");
  CHECK(fs::is_fifo(folder / "pipe"));
  write("/dev/null", "text");
  CHECK(fs::is_character_file("/dev/null"));
  // An open file by its name in /proc: who holds it open sees what is written.
  const int held = open((folder / "held").c_str(), O_RDWR | O_CREAT, 0600);
  for (const std::string name : {"/proc/self/fd/", "/dev/fd/"}) {
    write(name + std::to_string(held), "text");
    CHECK(pread(held, text, sizeof text, 0) == 4);
  }
  close(held);
  CHECK(folder.entries() == 2);
}

TEST_CASE("file: what has no size is not read as a file") {
  CHECK(error_of([] { io::InputFile("/dev/null"); }) == "/dev/null: not a regular file");
}

TEST_CASE("file: names as long as a file may have") {
  const Folder folder;
  for (const std::size_t size : {200, 250, 255}) {
    const std::string name(size, 'n');
    write(folder / name, "1");
    write(folder / name, "2");
    CHECK(read(folder / name) == "2");
  }
  CHECK(folder.entries() == 3);
}

TEST_CASE("file: what a killed process leaves goes with the next one") {
  const Folder folder;
  die_in([&] {
    auto* first = new io::OutputFile(folder / "f");
    auto* second = new io::OutputFile(folder / "f");  // at the same time, so another name
    first->write("half");
    second->write("half");
  });
  CHECK(folder.entries() == 2);
  write(folder / "f", "whole");
  CHECK(folder.entries() == 1);
  CHECK(read(folder / "f") == "whole");
}

TEST_CASE("file: two that write the same at once do not meet") {
  const Folder folder;
  io::OutputFile a(folder / "f"), b(folder / "f");
  a.write("a");
  b.write("b");
  b.commit();
  CHECK(read(folder / "f") == "b");
  a.commit();
  CHECK(read(folder / "f") == "a");
  CHECK(folder.entries() == 1);
}

TEST_CASE("file: a full disk is noticed") {
  CHECK(error_of([] { write("/dev/full", "text"); }) == "/dev/full: No space left on device");
  CHECK(error_of([] { write("/dev/full", std::string(1 << 20, 'x')); }) ==
        "/dev/full: No space left on device");
}

TEST_CASE("file: no control character of a name reaches a message") {
  CHECK(error_of([] { write("no\x1b/f", ""); }) == "no\\x1b/f: No such file or directory");
}
