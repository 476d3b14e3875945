// examples/graph_convolution: neighbours tell more than features do.

#include "support/results.hpp"

namespace {

using program::refusal;
using program::Workplace;

const std::string name = "graph_convolution";
}  // namespace

TEST_CASE("graph_convolution: the graph tells more than any classifier of features can know") {
  const Workplace place;
  const auto r = program::results(name, place);
  const auto with = r["accuracies"]["graph convolution"].get<std::vector<double>>();
  const auto without = r["accuracies"]["the same without the graph"].get<std::vector<double>>();
  const auto alone = r["features_alone"].get<std::vector<double>>();
  REQUIRE(with.size() == 5);
  for (std::size_t i = 0; i < with.size(); ++i) {
    CAPTURE(i, with[i], without[i], alone[i]);
    CHECK(without[i] > 0.3);
    CHECK(without[i] < alone[i]);
    CHECK(with[i] > alone[i] + 0.1);
  }
  CHECK(std::filesystem::file_size(place.out() + "/accuracy.png") > 10000);
}

TEST_CASE("graph_convolution: where all pairs are linked alike the graph tells nothing") {
  const Workplace place;
  const auto r = program::results(name, place,
                                  {"--nodes", "400", "--inside", "3.75", "--outside", "11.25",
                                   "--graphs", "2", "--epochs", "50"});
  const auto with = r["accuracies"]["graph convolution"].get<std::vector<double>>();
  const auto alone = r["features_alone"].get<std::vector<double>>();
  for (std::size_t i = 0; i < with.size(); ++i) CHECK(with[i] < alone[i] - 0.1);
}

TEST_CASE("graph_convolution: bad input is refused in one line") {
  const Workplace place;
  CHECK(refusal(name, place, {"--labelled", "250"}) ==
        "--labelled: leaves no node of 1000 to be guessed");
  CHECK(refusal(name, place, {"--inside", "251"}) ==
        "--inside, --outside: a node cannot have so many neighbours");
  CHECK(refusal(name, place, {"--lr", "0"}) == "--lr: a positive number");
  CHECK(refusal(name, place,
                {"--quiet", "--nodes", "100", "--graphs", "1", "--epochs", "5", "--lr", "1e308"}) ==
        "the loss is no longer a number; a smaller learning rate may help");
}
