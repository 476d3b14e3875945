// Gradients that keep themselves alive, and what ends that.

#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

// Whether the elements of a leaf are freed with it, after `use` has worked with it.
template <class Use>
bool freed_after(const Use& use) {
  bool freed = false;
  float memory[2] = {1, 2};
  {
    const auto storage = Storage::wrap(memory, sizeof memory, [&] { freed = true; });
    void* block = pool::allocate(sizeof(TensorImpl));
    Tensor x(Ref<TensorImpl>::adopt(new (block) TensorImpl(storage, {2}, float32)));
    x.requires_grad_();
    use(x);
  }
  return freed;
}

}  // namespace

TEST_CASE("a leaf is freed with its last handle once no gradient leads back to it") {
  CHECK(freed_after([](const Tensor& x) { sum(x * x).backward(); }));
  CHECK(freed_after([](const Tensor& x) { grad({sum(x * x * x)}, {x}, {.create_graph = true}); }));
  CHECK(freed_after([](const Tensor& x) {
    sum(x * x * x).backward({}, {.create_graph = true});
    zero_grad({x});
  }));
}

TEST_CASE("DetectCycles names the leaves whose gradients lead back to them") {
  const DetectCycles cycles;
  Tensor x = ones({3, 4}).requires_grad_(), y = ones({4}).requires_grad_();
  sum(x * x * y).backward();
  CHECK(cycles.found().empty());
  sum(x * x * y).backward({}, {.create_graph = true});
  CHECK(cycles.found().size() == 2);
  y.set_grad({});
  const std::vector<std::string> found = cycles.found();
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0], StartsWith("the gradient of the leaf (3, 4) [detect_cycles_test.cpp:") &&
                           EndsWith("] leads back to it; call zero_grad() before it goes, or take "
                                    "gradients with grad()"));
  zero_grad({x});
  CHECK(cycles.found().empty());
}

TEST_CASE("a linear function's gradient leads nowhere") {
  const DetectCycles cycles;
  const Tensor x = ones({3}).requires_grad_();
  sum(x * 2.).backward({}, {.create_graph = true});
  CHECK(cycles.found().empty());
}
