// train: progress, plots, the best epoch, folders of results.

#include <unistd.h>

#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/early_stopping.hpp>
#include <cinta/train/report/output_folder.hpp>
#include <cinta/train/report/plot.hpp>
#include <cinta/train/report/progress.hpp>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/child.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
  TemporaryFolder()
      : path(fs::temp_directory_path() /
             ("cinta_training_tools_test_" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), {}));
  }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  fs::path path;
};

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
std::string read(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("progress: a line for each tenth where there is no terminal") {
  std::ostringstream out;
  {
    Progress progress(out, 1000);
    progress.note("seed 1");
    for (int i = 0; i < 1000; ++i) progress.advance();
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.find('\r') == text.npos);
  CHECK(text.find(" 50 %") != text.npos);
  CHECK(text.find("seed 1") != text.npos);
}

TEST_CASE("progress: one line redrawn on a terminal, ended when done") {
  std::ostringstream out;
  {
    Progress progress(out, 4, {.terminal = true, .min_interval = 0});
    progress.note(std::string(200, 'x'));
    progress.advance(2);
    progress.advance(2);
    progress.advance(2);  // more than was announced
  }
  const std::string text = out.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(text.back() == '\n');
  CHECK(text.find("[############............]  50 %") != text.npos);
  CHECK(text.find("[########################] 100 %") != text.npos);
  std::istringstream parts(text);
  for (std::string line; std::getline(parts, line, '\r');) CHECK(line.size() <= 79 + 4);
}

TEST_CASE("progress: nothing is drawn for nothing done") {
  std::ostringstream out;
  { Progress progress(out, 10, {.terminal = true}); }
  CHECK(out.str().empty());
}

TEST_CASE("early stopping: best epoch and patience") {
  EarlyStopping stop({.patience = 2});
  CHECK(std::isnan(stop.best()));
  CHECK_FALSE(stop.update(std::nan("")));
  CHECK(stop.update(3));
  CHECK(stop.update(2));
  CHECK_FALSE(stop.update(2));
  CHECK_FALSE(stop.should_stop());
  CHECK_FALSE(stop.update(std::nan("")));
  CHECK(stop.should_stop());
  CHECK(stop.best_epoch() == 3);
  CHECK(stop.best() == 2);
}

TEST_CASE("early stopping: larger is better, small gains do not count") {
  EarlyStopping stop({.patience = 1, .min_delta = 0.1, .maximize = true});
  CHECK(stop.update(0.5));
  CHECK(stop.update(0.7));
  CHECK_FALSE(stop.should_stop());
  CHECK_FALSE(stop.update(0.75));
  CHECK(stop.should_stop());
  EarlyStopping never;
  CHECK(never.update(1));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(never.update(2));
  CHECK_FALSE(never.should_stop());
}

TEST_CASE("output folder: appears as a whole") {
  const TemporaryFolder folder;
  {
    OutputFolder out(folder / "run", "results.json");
    CHECK(folder.entries() == 0);
    write(out.file("results.json"), "{}");
    write(out.file("model/a.npy"), "a");
    CHECK_FALSE(fs::exists(folder / "run"));
    out.commit();
  }
  CHECK(folder.entries() == 1);
  CHECK(read(folder / "run/model/a.npy") == "a");
}

TEST_CASE("output folder: nothing is left without commit") {
  const TemporaryFolder folder;
  {
    OutputFolder out(folder / "run/", "results.json");
    write(out.file("curves.csv"), "1");
    CHECK_THROWS_WITH(out.commit(), folder / "run: results.json has not been written");
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("output folder: earlier results are replaced, other things left alone") {
  const TemporaryFolder folder;
  for (const char* text : {"first", "second"}) {
    OutputFolder out(folder / "run", "results.json");
    write(out.file("results.json"), text);
    if (*text == 'f') write(out.file("old.txt"), "old");
    out.commit();
  }
  CHECK(read(folder / "run/results.json") == "second");
  CHECK_FALSE(fs::exists(folder / "run/old.txt"));
  CHECK(folder.entries() == 1);

  fs::create_directory(folder / "home");
  write(folder / "home/letter.txt", "dear");
  CHECK_THROWS_WITH(OutputFolder(folder / "home", "results.json"),
                    folder /
                        "home: holds other files than earlier results (no results.json in "
                        "it) and is left alone");
  write(folder / "file", "");
  CHECK_THROWS_WITH(OutputFolder(folder / "file", "results.json"),
                    folder / "file: exists and is not a folder");
  CHECK_THROWS_WITH(OutputFolder(folder / "no/run", "results.json"),
                    folder / "no/run: the folder " + (folder / "no") + " does not exist");
  CHECK_THROWS_AS(OutputFolder("..", "results.json"), IoError);
  CHECK_THROWS_AS(OutputFolder("", "results.json"), IoError);
}

TEST_CASE("output folder: mode and symbolic link of an earlier result stay") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "real");
  fs::permissions(folder / "real", fs::perms(0700));
  fs::create_symlink("real", folder / "run");
  for (const char* text : {"first", "second"}) {
    OutputFolder out(folder / "run", "results.json");
    write(out.file("results.json"), text);
    out.commit();
    CHECK(fs::is_symlink(folder / "run"));
    CHECK(read(folder / "real/results.json") == text);
    CHECK(fs::status(folder / "real").permissions() == fs::perms(0700));
    CHECK(folder.entries() == 2);
  }
}

TEST_CASE("output folder: one that may not be written keeps what it has") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  write(folder / "run/results.json", "kept");
  fs::permissions(folder / "run", fs::perms(0555));
  fs::permissions(folder / "", fs::perms(0777));
  // Permissions do not bind root, so the run is another user's.
  const bool root = geteuid() == 0;
  if (root && seteuid(65534) != 0) SKIP_TEST("root, and no other user to be");
  const std::string error = error_of([&] { OutputFolder(folder / "run", "results.json"); });
  if (root) REQUIRE(seteuid(0) == 0);
  CHECK(error == folder / "run: the folder cannot be written");
  CHECK(read(folder / "run/results.json") == "kept");
  fs::permissions(folder / "run", fs::perms(0755));
}

TEST_CASE("output folder: what a killed run left goes with the next one") {
  const TemporaryFolder folder;
  const pid_t child = start_child([&] {
    auto* out = new OutputFolder(folder / "run", "results.json");
    write(out->file("part/curves.csv"), "half");
    kill(getpid(), SIGKILL);
  });
  REQUIRE(code_of(child) == -SIGKILL);
  CHECK(folder.entries() == 1);
  OutputFolder living(folder / "run", "results.json");  // one beside it, which stays
  write(living.file("results.json"), "living");
  OutputFolder out(folder / "run", "results.json");
  write(out.file("results.json"), "whole");
  out.commit();
  CHECK(read(folder / "run/results.json") == "whole");
  CHECK_FALSE(fs::exists(folder / "run/part"));
  CHECK(folder.entries() == 2);
  living.commit();
  CHECK(read(folder / "run/results.json") == "living");
  CHECK(folder.entries() == 1);
}

TEST_CASE("progress: no step backwards, and none beyond the end") {
  std::ostringstream out;
  Progress progress(out, 10, {.terminal = true, .min_interval = 0});
  CHECK_THROWS_WITH(progress.advance(-1), "Progress: steps must not be negative, got -1");
  progress.advance();
  progress.advance(std::numeric_limits<std::int64_t>::max());
  CHECK_THAT(out.str(), ContainsSubstring("100 %"));
}

TEST_CASE("progress: no control character of a name reaches the terminal") {
  std::ostringstream out;
  {
    Progress progress(out, 1);
    progress.note("unseen \x1b[31m");
    progress.advance();
  }
  CHECK_THAT(out.str(), ContainsSubstring("unseen \\x1b[31m"));
}

TEST_CASE("progress: a line is cut between characters") {
  for (const char* before : {"", "x"}) {
    std::ostringstream out;
    {
      Progress progress(out, 1, {.terminal = true, .min_interval = 0});
      std::string note = before;
      for (int i = 0; i < 60; ++i) note += "ä";
      progress.note(note);
      progress.advance();
    }
    CHECK(io::is_utf8(out.str()));
  }
}

TEST_CASE("plot: a PNG, or one clear error and no file") {
  const TemporaryFolder folder;
  const std::string png = folder / "curves.png";
  CHECK(Curve().color == 1);
  const std::vector<Curve> curves{
      {.name = "it's a curve", .y = {3, 2, std::nan(""), 1}},
      {.name = "", .x = {1, 4}, .y = {2, 1}, .color = 2, .dashed = true}};
  try {
    plot_png(png, curves, {.title = "t", .x_label = "epoch", .y_label = "loss", .log_y = true});
    CHECK(read(png).substr(1, 3) == "PNG");
    CHECK(folder.entries() == 1);
  } catch (const IoError& error) {
    CHECK(std::string(error.what()) == png + ": gnuplot is not installed");
    CHECK(folder.entries() == 0);
  }

  CHECK_THROWS_AS(plot_png(png, {}), ValueError);
  CHECK_THROWS_AS(plot_png(png, {{.name = "a", .x = {1}, .y = {1, 2}}}), ValueError);
  // Of what an axis of logarithms takes there is nothing.
  CHECK_THROWS_AS(plot_png(png, {{.y = {-1, 0}}}, {.log_y = true}), ValueError);
  CHECK_THROWS_AS(plot_png(png, {{.x = {NAN, NAN}, .y = {1, 2}}}), ValueError);
  CHECK_THROWS_AS(plot_png(folder / "no/curves.png", curves), IoError);
}

TEST_CASE("plot: without gnuplot") {
  const TemporaryFolder folder;
  const char* saved = std::getenv("PATH");
  const std::string before = saved ? saved : "";
  setenv("PATH", "/nowhere", 1);
  CHECK_THROWS_WITH(plot_png(folder / "curves.png", {{.name = "a", .y = {1, 2}}}),
                    folder / "curves.png: gnuplot is not installed");
  setenv("PATH", before.c_str(), 1);
  CHECK(folder.entries() == 0);
}
