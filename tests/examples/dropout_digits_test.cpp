// examples/dropout_digits: the network overfits, less so with dropout and with L2.

#include <cinta/io/csv.hpp>

#include "support/results.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "dropout_digits";

double mean(const nlohmann::json& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / double(values.size());
}

}  // namespace

TEST_CASE("dropout_digits: overfitting, and less of it with dropout, L2 and both") {
  const Workplace place;
  const auto models = program::results(name, place, {"--seeds", "1,2", "--epochs", "50"})["models"];
  REQUIRE(models.size() == 4);
  const auto figure = [&](int model, const char* what) { return mean(models[model][what]); };

  CHECK(figure(0, "train_loss") < 0.01);  // by heart
  CHECK(figure(0, "last_validation_loss") > 1.1 * figure(0, "best_validation_loss"));
  for (const int model : {1, 2, 3}) {
    CAPTURE(model);
    CHECK(figure(model, "train_loss") > figure(0, "train_loss"));
    CHECK(figure(model, "last_validation_loss") < 0.93 * figure(0, "last_validation_loss"));
    CHECK(figure(model, "accuracy") > 0.9);
  }
  CHECK(cinta::io::read_csv(place.out() + "/validation_curves.csv").rows() == 4 * 2 * 50);
  CHECK(std::filesystem::file_size(place.out() + "/validation_curves.png") > 10000);
}

TEST_CASE("dropout_digits: the same again for the same seeds") {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    const Workplace place;
    program::results(name, place, {"--seeds", "3", "--epochs", "2"});
    const std::string text = program::read(place.out() + "/results.json");
    if (i == 0) first = text;
    CHECK(text == first);
  }
}

TEST_CASE("dropout_digits: bad input is refused in one line and leaves nothing") {
  const std::string csv = "p,digit\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n";
  CHECK(refusal(name, csv, {"--dropout", "1"}) == "--dropout: at least 0 and below 1");
  CHECK(refusal(name, csv, {"--l2", "-1"}) == "--l2: a number that is not negative");
  CHECK(refusal(name, csv, {"--lr", "0"}) == "--lr: a positive number");
  for (const std::string seed : {"-1", "99999999999999999999"})
    CHECK_THAT(refusal(name, csv, {"--seeds", seed}), StartsWith("--seeds: "));
  CHECK(refusal(name, csv, {"--seeds", "1,1"}) == "--seeds: each seed once");
  CHECK(refusal(name, csv, {"--rows", "6"}) ==
        "--rows: the file has 6 rows, which leaves none to validate on");
  CHECK(refusal(name, csv, {"--target", "class"}) ==
        "t.csv:1: no column 'class'; the columns are 'p', 'digit'");
  CHECK(refusal(name, "p,digit\n1,0\n2,one\n", {"--rows", "1"}) ==
        "t.csv:3: column 2 'digit': 'one' is not a number");
  CHECK(refusal(name, "p,digit\n1,0\n2,1.5\n", {"--rows", "1"}) ==
        "t.csv:3: column 2 'digit': '1.5' is not a class 0, 1, ... below 1000");
  CHECK(refusal(name, "p,digit\n1,2\n2,2\n", {"--rows", "1"}) ==
        "t.csv: all rows are of one class");
  CHECK(refusal(name, "digit\n1\n2\n", {"--rows", "1"}) == "t.csv: no column besides the target");
  CHECK_THAT(refusal(name, csv, {"--epochs", "0"}), ContainsSubstring("--epochs"));
}
