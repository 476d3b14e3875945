// What makes a copy makes one for every argument, also for those that leave all as it is, where a
// view would do: a write to the result is never a write to what it was made of.

#include "support/catch_compat.hpp"

#include <cinta/cinta.hpp>

namespace {

using namespace cinta;

struct Case {
  const char* name;
  Tensor (*function)(const Tensor& x);  // of (1, 4, 1, 3)
};

const Case cases[] = {
    {"repeat once",
     [](const Tensor& x) {
       return repeat(x, {1, 1, 1, 1});
     }},
    {"repeat an axis of one",
     [](const Tensor& x) {
       return repeat(x, {2, 1, 3, 1});
     }},
    {"repeat into a new axis",
     [](const Tensor& x) {
       return repeat(x, {2, 1, 1, 1, 1});
     }},
    {"tile once", [](const Tensor& x) { return tile(x, {1}); }},
    {"tile an axis of one",
     [](const Tensor& x) {
       return tile(x, {2, 1});
     }},
    {"repeat_interleave once", [](const Tensor& x) { return repeat_interleave(x, 1, 1); }},
    {"repeat_interleave of one", [](const Tensor& x) { return repeat_interleave(x, 3, 2); }},
    {"repeat_interleave by counts",
     [](const Tensor& x) { return repeat_interleave(x, ones({4}, int64), 1); }},
    {"pad by nothing",
     [](const Tensor& x) {
       return pad(x, {0, 0});
     }},
    {"pad by a crop",
     [](const Tensor& x) {
       return pad(x, {-1, 0});
     }},
    {"roll by nothing", [](const Tensor& x) { return roll(x, 0); }},
    {"roll an axis of one", [](const Tensor& x) { return roll(x, 1, 0); }},
    {"cat of one", [](const Tensor& x) { return cat({x}); }},
    {"stack of one", [](const Tensor& x) { return stack({x}); }},
    {"diff, no times", [](const Tensor& x) { return diff(x, 0); }},
    {"sum of one", [](const Tensor& x) { return sum(x, 0); }},
    {"max of one", [](const Tensor& x) { return max(x, 0); }},
    {"tril of all", [](const Tensor& x) { return tril(x, 3); }},
    {"pixel_shuffle by one", [](const Tensor& x) { return pixel_shuffle(x, 1); }},
    {"pixel_shuffle of one pixel",
     [](const Tensor& x) { return pixel_shuffle(x(All, All, All, Slice(0, 1)), 2); }},
    {"pixel_unshuffle by one", [](const Tensor& x) { return pixel_unshuffle(x, 1); }},
    {"channel_shuffle of one group", [](const Tensor& x) { return channel_shuffle(x, 1); }},
    {"channel_shuffle of single ones", [](const Tensor& x) { return channel_shuffle(x, 4); }},
};

TEST_CASE("a copy is one for every argument") {
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Tensor x = reshape(arange(12, float64), {1, 4, 1, 3});
    const std::vector<double> before = x.to_vector<double>();
    const Tensor y = c.function(x);
    fill_(y, -1);
    CHECK(x.to_vector<double>() == before);
    CHECK(min(y).item() == -1);
    CHECK(max(y).item() == -1);
  }
}

TEST_CASE("a write to repeated elements has the gradients of one") {
  const Tensor x = tensor({2, 3}, float64).requires_grad_();
  const Tensor y = repeat_interleave(x * 1, 1, 0);
  const Tensor z = repeat(unsqueeze(x * 1, 0), {2, 1});
  mul_(y, 3);
  mul_(z(0), tensor({5, 7}, float64));
  CHECK(grad(sum(x * y), x).to_vector<double>() == std::vector<double>{12, 18});
  CHECK(grad(sum(z), x).to_vector<double>() == std::vector<double>{6, 8});
}

}  // namespace
