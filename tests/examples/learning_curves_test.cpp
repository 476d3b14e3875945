// examples/learning_curves: three models of the same data are told apart.

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "support/program.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "learning_curves";

}  // namespace

TEST_CASE("learning_curves: underfitting, overfitting and a good fit") {
  const Workplace place;
  const auto p = program::run(name, place, {"--quiet", "--seeds", "2"});
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  const auto models = nlohmann::json::parse(program::read(place.out() + "/results.json"))["models"];
  REQUIRE(models.size() == 3);
  const std::vector<std::string> verdicts{"underfitting", "overfitting", "good fit"},
      counts{"underfitting", "overfitting", "good_fit"};
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    CHECK(models[i]["diagnosis"] == verdicts[i]);
    CHECK(models[i][counts[i]] == 2);
    CHECK(std::filesystem::file_size(place.out() + "/" + std::string(models[i]["name"]) + ".png") >
          10000);
  }
  CHECK(models[1]["validation_gap"][0] > models[2]["validation_gap"][2]);
}

TEST_CASE("learning_curves: bad flags are refused in one line and leave nothing") {
  const Workplace place;
  CHECK_THAT(refusal(name, place, {"--rows", "5"}), StartsWith("--rows: "));
  CHECK_THAT(refusal(name, place, {"--seeds", "0"}), StartsWith("--seeds: "));
}
