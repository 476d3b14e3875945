// A step that runs out of memory, wherever, has changed no parameter: repeated, it gives what it
// would have given at once.

#include <memory>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"
#include "support/failing_memory.hpp"

using namespace cinta;

namespace {

// Two dense parameters around a table that is looked up row by row.
struct Model {
  Tensor first = full({300, 40}, 0.5).requires_grad_();
  Tensor table = full({500, 8}, 0.25).requires_grad_();
  Tensor last = full({20, 1}, 2).requires_grad_();
  std::unique_ptr<optim::Optimizer> optimizer;

  bool row_sparse;

  Model(const std::string& name, const every::Options& options)
      : optimizer(every::make(name, Tensors{first, table, last}, options)),
        row_sparse(!every::refuses_rows(name)) {}

  void differentiate(std::int64_t step) {
    optimizer->zero_grad();
    const Tensor ids = tensor({1, 7, 1, double(10 + step)}, int64);
    (sum(first * first) + sum(embedding(table, ids, {.sparse = row_sparse}) * 3) + sum(last * last))
        .backward();
  }
  std::vector<std::uint32_t> versions() const {
    return {first.version(), table.version(), last.version()};
  }
  std::vector<std::vector<float>> values() const {
    return {first.to_vector<float>(), table.to_vector<float>(), last.to_vector<float>()};
  }
};

}  // namespace

TEST_CASE("a step is done for all parameters or for none") {
  for (const auto& [name, options] : every::cases()) {
    INFO(name);
    Model right(name, options);
    for (std::int64_t step = 0; step < 3; ++step) {
      right.differentiate(step);
      right.optimizer->step();
    }

    Model model(name, options);
    int failures = 0;
    for (std::int64_t step = 0; step < 3; ++step) {
      model.differentiate(step);
      const auto before = model.versions();
      failures += failing_memory::with_ever_more(
          [&] {
            empty_cache();
            model.optimizer->step();
          },
          [&] { CHECK(model.versions() == before); });
    }
    CHECK(failures > 3);
    const bool same = model.values() == right.values();
    CHECK(same);
  }
}

TEST_CASE("the error names the optimizer and what it keeps") {
  const Tensor weight = ones({50000}).requires_grad_();
  optim::Adam adam({weight});
  weight.set_grad(ones({50000}));
  empty_cache();
  failing_memory::smallest = 100000;
  failing_memory::countdown = 1;  // enough for the first moments
  std::string text;
  try {
    adam.step();
  } catch (const MemoryError& error) {
    text = error.what();
  }
  failing_memory::countdown = -1;
  failing_memory::smallest = 0;
  CHECK_THAT(text, StartsWith("Adam: out of memory: 200000 bytes for (50000,) float32, with ") &&
                       ContainsSubstring(" in use [step_memory_test.cpp:"));
  CHECK(max(weight).item() == 1);
}
