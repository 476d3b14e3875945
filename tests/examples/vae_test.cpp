// examples/vae: a bound far below that of pixels by themselves, and pictures.

#include <cinta/io/formats/image.hpp>
#include <cinta/ops/reduce/reduce.hpp>

#include "support/results.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "vae";
}  // namespace

TEST_CASE("vae: codes carry what the pixels share, and pictures are drawn") {
  const Workplace place;
  const auto r = program::results(name, place, {"--epochs", "30"});
  const double alone = r["independent_pixels"], bound = r["bound"], tight = r["weighted_bound"];
  CHECK(alone > 20);
  CHECK(bound < alone - 2);
  CHECK(tight < bound);
  CHECK(r["numbers_in_use"] >= 3);
  CHECK(r["losses"].size() == 30);
  const cinta::Tensor samples = cinta::io::load_image(place.out() + "/samples.png");
  CHECK(samples.shape() == cinta::Shape{1, 10 * 9 * 3, 10 * 9 * 3});
  CHECK(max(samples).item() > 0);
  CHECK(cinta::io::load_image(place.out() + "/reconstructions.png").shape() ==
        cinta::Shape{1, 2 * 9 * 3, 10 * 9 * 3});
}

TEST_CASE("vae: bad input is refused in one line and leaves nothing") {
  std::string csv = "a,b,c,d,digit\n";
  for (int i = 0; i < 12; ++i) csv += "1,0,3,4,5\n";
  CHECK(refusal(name, csv, {"--beta", "-1"}) == "--beta: a number that is not negative");
  CHECK(refusal(name, csv, {"--lr", "0"}) == "--lr: a positive number");
  CHECK(refusal(name, csv, {"--target", "none"}) ==
        "t.csv: 5 columns besides the target are no square image");
  CHECK(refusal(name, "a,digit\n1,2\n", {}) == "t.csv: ten images are the least");
  CHECK(refusal(name, "a,digit\n1,2\n-1,3\n", {}) ==
        "t.csv:3: column 1 'a': -1.000 is no brightness");
}
