// examples/mnist_like: digits that the network has not seen are told apart.

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "mnist_like";

// A row of `pixels` values and a digit.
std::string row(int pixels, const std::string& digit) {
  std::string line;
  for (int i = 0; i < pixels; ++i) line += std::to_string((i * 7) % 16) + ",";
  return line + digit + "\n";
}

std::string header(int pixels) {
  std::string line;
  for (int i = 0; i < pixels; ++i) line += "p" + std::to_string(i) + ",";
  return line + "digit\n";
}

}  // namespace

TEST_CASE("mnist_like: unseen digits are told apart") {
  const Workplace place;
  const auto p = program::run(name, place, {"--quiet"});
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  const auto results = nlohmann::json::parse(program::read(place.out() + "/results.json"));
  // 0.992 here; the rounding of another instruction set turns an image or two, 0.3 % each.
  CHECK(double(results["test_right"]) >= 0.98);
  CHECK(results["test_loss"].size() == 40);
  CHECK(double(results["test_loss"].back()) < double(results["test_loss"].front()) / 3);
  int images = 0;
  for (const auto& line : results["confusion"])
    for (const int count : line) images += count;
  CHECK(images == 359);
  CHECK(std::filesystem::file_size(place.out() + "/curve.png") > 5000);
}

TEST_CASE("mnist_like: the same again for the same seed") {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const Workplace place;
    REQUIRE(program::run(name, place, {"--quiet", "--epochs", "1"}).code == 0);
    const std::string text = program::read(place.out() + "/results.json");
    if (i == 0) first = text;
    CHECK(text == first);
  }
}

TEST_CASE("mnist_like: bad input is refused in one line and leaves nothing") {
  std::string csv = header(64);
  for (int i = 0; i < 5; ++i) csv += row(64, "1") + row(64, "2");
  CHECK(refusal(name, csv, {"--lr", "0"}) == "--lr: a positive number");
  CHECK(refusal(name, csv, {"--test", "1"}) == "--test: above 0 and below 1");
  CHECK(refusal(name, csv, {}) == "--batch, --test: too few images for a batch and a test");
  CHECK(refusal(name, header(3) + row(3, "1"), {}) ==
        "t.csv: needs 64 columns of pixels beside 'digit', has 3");
  CHECK(refusal(name, header(64) + row(64, "10"), {}) ==
        "t.csv:2: column 65 'digit': '10' is no digit");
  CHECK_THAT(refusal(name, csv, {"--batch", "1"}), ContainsSubstring("--batch"));
  // Its plot had nothing to draw, which was all it said.
  for (int i = 0; i < 5; ++i) csv += row(64, "1") + row(64, "2");
  CHECK(refusal(name, csv, {"--quiet", "--batch", "4", "--epochs", "3", "--lr", "1e38"}) ==
        "the loss is no longer a number; a smaller learning rate may help");
}
