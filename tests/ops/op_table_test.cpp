// Every row of tests/ops/op_table/ through the driver, one section each:
//   test_op_table "op table*" -c softmax
// Families, which are the folders there, are cases of their own, so that they can run side by side
// (the entries op_table_FAMILY of ctest):
//   test_op_table "[linalg]"

#include "ops/op_table/op_table.hpp"

#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/join.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <iostream>
#include <map>
#include <set>

#include "support/catch_compat.hpp"

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

// What is never refused anything, and why.
const std::map<std::string, std::string> nothing_to_refuse = {
    {"linear_recurrence", "private: those who call it check"},
    {"gamma_slope", "private: those who call it check"},
    {"coalesce", "a sparse matrix, which was checked when it was made"},
    {"losses", "not one operation"},
};

// Rows that refuse something in the name of several operations.
const std::set<std::string> of_several = {"options", "losses"};

// Those whose callers, in the library or beside the row, have checked the inputs: with others they
// read what there is not.
const std::set<std::string> unchecked = {"gamma_slope", "linear_recurrence", "polar"};

// Operations of which some row does more than call them, which may refuse inputs, too.
const std::set<std::string> prepared = {"add_",
                                        "cg",
                                        "cholesky",
                                        "cholesky_inverse",
                                        "cholesky_solve",
                                        "cond",
                                        "copy_",
                                        "det",
                                        "div_",
                                        "eigh",
                                        "eigvalsh",
                                        "fill_",
                                        "inv",
                                        "index_put_",
                                        "logdet",
                                        "lu_solve",
                                        "matmul",
                                        "mean",
                                        "matrix_power",
                                        "mul_",
                                        "slogdet",
                                        "solve",
                                        "sub_",
                                        "solve_triangular",
                                        "sinusoidal_positions",
                                        "tensorsolve",
                                        "zero_"};

// "max" of "max, gradient of ties", "map" of "map: exp".
std::string operation(const Row& row) { return row.name.substr(0, row.name.find_first_of(" ,:")); }

// What the driver says of a row. Each row runs once, whichever test asks first.
struct Outcome {
  std::vector<std::string> failures;
  check::Counts counts;
};
const Outcome& outcome_of(const Row& row) {
  static std::map<const Row*, Outcome> outcomes;
  const auto [place, is_new] = outcomes.try_emplace(&row);
  Outcome& outcome = place->second;
  if (is_new) outcome.failures = check::run(row, &outcome.counts);
  return outcome;
}

// The folder of tests/ops/op_table in which the row stands.
std::string family_of(const Row& row) {
  const std::string file = row.site.file, folder = "op_table/";
  const std::string place = file.substr(file.rfind(folder) + folder.size());
  const std::size_t slash = place.find('/');
  return slash == std::string::npos ? "others" : place.substr(0, slash);
}

// At least so many cases are made of each family's rows, with some room: a driver that skips a part
// of its work would not be noticed otherwise.
struct Family {
  const char* name;
  std::int64_t cases;
};
constexpr Family families[] = {
    {"elementwise", 250'000}, {"index", 8'000},   {"linalg", 17'000}, {"loss", 25'000},
    {"nn", 36'000},           {"reduce", 16'000}, {"shape", 15'000},  {"random", 2'000},
    {"others", 700},          {"fft", 2'200}};

std::vector<const Row*> rows_of(const std::string& family) {
  std::vector<const Row*> rows;
  for (const Row& row : op_table::rows())
    if (family_of(row) == family) rows.push_back(&row);
  return rows;
}

void check_rows(const Family& family) {
  REQUIRE_FALSE(rows_of(family.name).empty());
  std::map<std::string, int> seen;
  for (const Row* row : rows_of(family.name)) {
    const int count = ++seen[row->name];
    DYNAMIC_SECTION(row->name << (count > 1 ? " (" + std::to_string(count) + ")" : "")) {
      for (const std::string& failure : outcome_of(*row).failures) FAIL_CHECK(failure);
      SUCCEED();
    }
  }
}

// A double backward runs through every operation that has a gradient; each is refused something.
void check_operations(const Family& family) {
  std::set<std::string> all, twice, refused;
  check::Counts counts;
  for (const Row& row : op_table::rows())
    if (!row.errors.empty()) refused.insert(operation(row));
  for (const Row* row : rows_of(family.name)) {
    all.insert(operation(*row));
    if (outcome_of(*row).counts.second_order > 0) twice.insert(operation(*row));
    counts += outcome_of(*row).counts;
  }
  for (const std::string& name : all) {
    INFO(name << ": give it a differentiable row, or say here why it has none");
    const bool implicit = implicitly_differentiated.contains(name);
    CHECK(twice.contains(name) + not_differentiated_twice.contains(name) + implicit == 1);
  }
  for (const std::string& name : all) {
    INFO(
        name << ": give it a row with an input or an argument that it refuses, and the exact text");
    CHECK(refused.contains(name) != nothing_to_refuse.contains(name));
  }
  std::cout << "op table, " << family.name << ": " << rows_of(family.name).size() << " rows, "
            << all.size() << " operations, " << twice.size() << " differentiated twice; "
            << counts.str() << '\n';
  CHECK(counts.total() >= family.cases);
}

// The inputs of a sample, one of them of another dtype or shape.
std::vector<Tensors> unfit(const Tensors& inputs) {
  std::vector<Tensors> all;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto with = [&](const Tensor& x) {
      all.push_back(inputs);
      all.back()[k] = x;
    };
    const Shape& shape = inputs[k].shape();
    for (const Dtype dtype : {float32, float64, int64, boolean})
      if (dtype != inputs[k].dtype()) with(zeros(shape, dtype));
    std::vector<Shape> shapes{{}, {0}, {2}, {3, 2}, {2, 3, 0}, {2, 1, 3, 2}};
    for (int axis = 0; axis < shape.rank(); ++axis) {
      shapes.push_back(shape);
      ++shapes.back()[axis];
    }
    for (const Shape& other : shapes) with(zeros(other, inputs[k].dtype()));
  }
  return all;
}

// The operation that an error names; "" if there is none.
std::string refused_by(const check::Function& function, const Tensors& inputs) {
  try {
    function(inputs);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.substr(0, text.find(':'));
  }
  return "";
}

// Whether errors of the row may have this name: that of what was called, and not of what that is
// made of.
bool may_name(const Row& row, const std::string& name) {
  static const auto operations = [] {
    std::set<std::string> names;
    for (const Row& each : op_table::rows()) names.insert(operation(each));
    return names;
  }();
  return name == operation(row) || !operations.contains(name) ||
         of_several.contains(operation(row));
}

void check_names(const Family& family) {
  int refused = 0;
  for (const Row* row : rows_of(family.name)) {
    if (prepared.contains(operation(*row)) || unchecked.contains(operation(*row))) continue;
    for (const check::Sample& sample : row->samples) {
      for (const Tensors& inputs : unfit(check::draw(sample, 0))) {
        const std::string name = refused_by(row->function, inputs);
        refused += !name.empty();
        if (!may_name(*row, name)) FAIL_CHECK(row->name << " is refused by \"" << name << '"');
      }
    }
  }
  INFO(refused << " refused");
  CHECK(refused >= 4);
}

// No right operation is rejected, whatever its inputs: 100 seeds, and 20 where there are many
// inputs, which take most of the time and whose smaller neighbours get 100. Sanitizers, which make
// this ten times slower, look at what it reads and writes, which a few show.
std::uint64_t seeds_for(const check::Sample& sample) {
  std::int64_t elements = 0;
  for (const auto& input : sample) elements += input.differentiable ? input.shape.numel() : 0;
  const bool many = elements > 64;
  if (sanitized) return many ? 1 : 2;
  return many ? 20 : 100;
}

void check_seeds(const Family& family) {
  int checked = 0, rejected = 0;
  for (const Row* row : rows_of(family.name)) {
    if (!row->differentiable) continue;
    // The first sample with something to differentiate.
    const auto sample = std::find_if(row->samples.begin(), row->samples.end(), [](const auto& s) {
      return std::any_of(s.begin(), s.end(), [](const auto& input) {
        return input.differentiable && is_floating(input.dtype) && input.shape.numel() > 0;
      });
    });
    if (sample == row->samples.end()) continue;
    for (std::uint64_t seed = 1; seed <= seeds_for(*sample); ++seed) {
      Tensors x = check::draw(*sample, seed);
      for (std::size_t k = 0; k < x.size(); ++k)
        if ((*sample)[k].differentiable && is_floating(x[k].dtype())) x[k].requires_grad_();
      const GradientReport report =
          check_gradients(detail::joined(*row), x, {.second_order = row->second_order});
      if (!report) FAIL_CHECK(row->name << ", seed " << seed << ": " << report);
      ++checked;
      rejected += !report;
    }
  }
  std::cout << "right operations, " << family.name << ": " << rejected << " of " << checked
            << " gradient checks rejected\n";
  CHECK(rejected == 0);
}

}  // namespace

#define CINTA_FAMILY(index, tag)                                                    \
  TEST_CASE("op table: " tag, "[" tag "]") { check_rows(families[index]); }         \
  TEST_CASE("derivatives, errors and cases: " tag, "[" tag "]") {                   \
    check_operations(families[index]);                                              \
  }                                                                                 \
  TEST_CASE("names in errors: " tag, "[" tag "]") { check_names(families[index]); } \
  TEST_CASE("seeds: " tag, "[" tag "]") {                                           \
    static_assert(std::string_view(families[index].name) == tag);                   \
    check_seeds(families[index]);                                                   \
  }
CINTA_FAMILY(0, "elementwise")
CINTA_FAMILY(1, "index")
CINTA_FAMILY(2, "linalg")
CINTA_FAMILY(3, "loss")
CINTA_FAMILY(4, "nn")
CINTA_FAMILY(5, "reduce")
CINTA_FAMILY(6, "shape")
CINTA_FAMILY(7, "random")
CINTA_FAMILY(8, "others")
CINTA_FAMILY(9, "fft")
#undef CINTA_FAMILY

TEST_CASE("every row belongs to a family, and all of them are enough") {
  std::set<std::string> names, operations, twice;
  std::int64_t cases = 0;
  for (const Family& family : families) {
    names.insert(family.name);
    cases += family.cases;
  }
  for (const Row& row : op_table::rows()) {
    INFO(row.name);
    CHECK(names.contains(family_of(row)));
    operations.insert(operation(row));
  }
  for (const auto& [name, reason] : not_differentiated_twice) {
    INFO(name << " has no row any more");
    CHECK(operations.contains(name));
  }
  for (const auto& [name, test] : implicitly_differentiated) {
    INFO(name << " has no row any more");
    CHECK(operations.contains(name));
  }
  for (const Row& row : op_table::rows()) {
    for (const check::Refusal& refusal : row.errors) {
      INFO(row.name << " is refused with \"" << refusal.text << '"');
      CHECK(may_name(row, refusal.text.substr(0, refusal.text.find(':'))));
    }
  }
  std::cout << "op table: " << op_table::rows().size() << " rows, " << operations.size()
            << " operations, " << not_differentiated_twice.size()
            << " without a gradient; at least " << cases << " cases\n";
  CHECK(operations.size() - not_differentiated_twice.size() >= 300);
  CHECK(cases >= 20'000);
}
