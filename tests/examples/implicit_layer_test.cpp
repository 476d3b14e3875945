// examples/implicit_layer: its gradient is that of the repetition, and it learns what a linear
// model cannot, of which half would be right.

#include <cstdio>

#include "support/program.hpp"

TEST_CASE("a layer that solves an equation has the repetition's gradient and learns") {
  const program::Workplace place;
  const program::Process run = program::run("implicit_layer", place, {});
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
