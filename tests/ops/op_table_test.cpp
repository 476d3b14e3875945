// Every row of tests/ops/op_table/ through the driver, one section each:
//   test_op_table -c softmax

#include "ops/op_table/op_table.hpp"

#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <iostream>
#include <map>
#include <set>

#include "support/catch_compat.hpp"

std::vector<op_table::Row>& op_table::rows() {
  static std::vector<Row> all;
  return all;
}

namespace {

using namespace cinta;
using op_table::Row;

// Operations that no row differentiates twice, and why.
const std::map<std::string, std::string> not_differentiated_twice = {
    {"eq", "comparison: bool"},
    {"ne", "comparison: bool"},
    {"lt", "comparison: bool"},
    {"le", "comparison: bool"},
    {"gt", "comparison: bool"},
    {"ge", "comparison: bool"},
    {"isnan", "comparison: bool"},
    {"isinf", "comparison: bool"},
    {"isfinite", "comparison: bool"},
    {"logical_xor", "works on bool"},
    {"logical_and", "works on bool"},
    {"logical_or", "works on bool"},
    {"logical_not", "works on bool"},
    {"argmax", "a position: int64"},
    {"argmin", "a position: int64"},
    {"one_hot", "of ids: int64"},
    {"nonzero", "positions: int64"},
    {"count_nonzero", "a number: int64"},
    {"any", "works on bool"},
    {"all", "works on bool"},
    {"argsort", "positions: int64"},
    {"searchsorted", "positions: int64"},
    {"bucketize", "positions: int64"},
    {"multinomial", "positions: int64"},
    {"bernoulli", "draws bool"},
    {"poisson", "draws whole numbers"},
    {"binomial", "draws whole numbers"},
    {"unique", "as many as there are different elements: a step"},
    {"histogram", "counts: int64"},
    {"matrix_rank", "a number: int64"},
};

// Operations whose gradient is no derivative of what their function computes, so that differences
// of it are none either, and the tests that hold them.
const std::map<std::string, std::string> implicitly_differentiated = {
    {"log_standard_gamma", "samplers"},
    {"beta", "samplers"},
    {"dirichlet", "samplers"},
};

// "max" of "max, gradient of ties".
std::string operation(const Row& row) { return row.name.substr(0, row.name.find_first_of(" ,")); }

// What the driver says of a row. Each row runs once, whichever test asks first.
struct Outcome {
  std::vector<std::string> failures;
  std::int64_t second_order = 0;
};
const Outcome& outcome_of(const Row& row) {
  static std::map<const Row*, Outcome> outcomes;
  const auto [place, is_new] = outcomes.try_emplace(&row);
  Outcome& outcome = place->second;
  if (is_new) outcome.failures = check::run(row, &outcome.second_order);
  return outcome;
}

}  // namespace

TEST_CASE("op table") {
  REQUIRE_FALSE(op_table::rows().empty());
  std::map<std::string, int> seen;
  for (const Row& row : op_table::rows()) {
    const int count = ++seen[row.name];
    DYNAMIC_SECTION(row.name << (count > 1 ? " (" + std::to_string(count) + ")" : "")) {
      for (const std::string& failure : outcome_of(row).failures) FAIL_CHECK(failure);
      SUCCEED();
    }
  }
}

TEST_CASE("a double backward runs through every operation that has a gradient") {
  std::set<std::string> all, twice;
  for (const Row& row : op_table::rows()) {
    all.insert(operation(row));
    if (outcome_of(row).second_order > 0) twice.insert(operation(row));
  }
  for (const std::string& name : all) {
    INFO(name << ": give it a differentiable row, or say here why it has none");
    const bool implicit = implicitly_differentiated.contains(name);
    CHECK(twice.contains(name) + not_differentiated_twice.contains(name) + implicit == 1);
  }
  for (const auto& [name, reason] : not_differentiated_twice) {
    INFO(name << " has no row any more");
    CHECK(all.contains(name));
  }
  for (const auto& [name, test] : implicitly_differentiated) {
    INFO(name << " has no row any more");
    CHECK(all.contains(name));
  }
  std::cout << "op table: " << op_table::rows().size() << " rows, " << all.size()
            << " operations: " << twice.size() << " differentiated twice, "
            << implicitly_differentiated.size() << " implicitly, "
            << not_differentiated_twice.size() << " without a gradient\n";
  CHECK(twice.size() + implicitly_differentiated.size() + not_differentiated_twice.size() ==
        all.size());
  CHECK(twice.size() >= 220);
}

TEST_CASE("no right operation is rejected, whatever its inputs: 100 seeds") {
  int checked = 0, rejected = 0;
  for (const Row& row : op_table::rows()) {
    if (!row.differentiable) continue;
    // The first sample with something to differentiate.
    const auto sample = std::find_if(row.samples.begin(), row.samples.end(), [](const auto& s) {
      return std::any_of(s.begin(), s.end(), [](const auto& input) {
        return input.differentiable && is_floating(input.dtype) && input.shape.numel() > 0;
      });
    });
    if (sample == row.samples.end()) continue;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      Tensors x = check::draw(*sample, seed);
      for (std::size_t k = 0; k < x.size(); ++k)
        if ((*sample)[k].differentiable && is_floating(x[k].dtype())) x[k].requires_grad_();
      const GradientReport report =
          check_gradients(detail::joined(row), x, {.second_order = row.second_order});
      if (!report) FAIL_CHECK(row.name << ", seed " << seed << ": " << report);
      ++checked;
      rejected += !report;
    }
  }
  std::cout << "right operations: " << rejected << " of " << checked
            << " gradient checks rejected (100 seeds)\n";
  CHECK(rejected == 0);
  CHECK(checked >= 10'000);
}
