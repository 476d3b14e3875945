// examples/implicit_layer: its gradient is that of the repetition, and it learns what a linear
// model cannot, of which half would be right.

#include <cstdio>

#include "support/program.hpp"

TEST_CASE("a layer that solves an equation has the repetition's gradient and learns") {
  const program::Workplace place;
  const program::Process run = program::run("implicit_layer", place, {}, false);
  REQUIRE(run.code == 0);
  double difference = 0, first = 0, last = 0, accuracy = 0;
  REQUIRE(std::sscanf(run.out.c_str(),
                      "gradients differ by %lf loss %lf at first, %lf at last accuracy %lf",
                      &difference, &first, &last, &accuracy) == 4);
  CHECK(difference < 1e-4);
  CHECK(first > 0.6);
  CHECK(last < 0.15);
  CHECK(accuracy > 0.95);
}

TEST_CASE("implicit_layer refuses what it does not know") {
  const program::Workplace place;
  const std::string text = program::refusal("implicit_layer", place, {"--epochs", "3"}, false);
  CHECK(text.find("--epochs") != std::string::npos);
  CHECK(program::run("implicit_layer", place, {"--help"}, false).code == 0);
}
