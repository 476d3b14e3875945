// A tensor without axes is one of one element along axis 0, as in PyTorch, for all that goes along
// an axis.

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

#include <cinta/cinta.hpp>

namespace {

using namespace cinta;

struct Case {
  const char* name;
  Tensor (*function)(const Tensor& x, int axis, bool keep);
  double value, slope;  // at 3
};

const Case cases[] = {
    {"sum", [](const Tensor& x, int a, bool keep) { return sum(x, a, keep); }, 3, 1},
    {"mean", [](const Tensor& x, int a, bool keep) { return mean(x, a, keep); }, 3, 1},
    {"nansum", [](const Tensor& x, int a, bool keep) { return nansum(x, a, keep); }, 3, 1},
    {"nanmean", [](const Tensor& x, int a, bool keep) { return nanmean(x, a, keep); }, 3, 1},
    {"var",
     [](const Tensor& x, int a, bool keep) {
       return var(x, a, {.correction = 0, .keepdims = keep});
     },
     0, 0},
    {"max", [](const Tensor& x, int a, bool keep) { return max(x, a, keep); }, 3, 1},
    {"min", [](const Tensor& x, int a, bool keep) { return min(x, a, keep); }, 3, 1},
    {"amax", [](const Tensor& x, int a, bool keep) { return amax(x, a, keep); }, 3, 1},
    {"amin", [](const Tensor& x, int a, bool keep) { return amin(x, a, keep); }, 3, 1},
    {"aminmax", [](const Tensor& x, int a, bool keep) { return aminmax(x, a, keep).max; }, 3, 1},
    {"prod", [](const Tensor& x, int a, bool keep) { return prod(x, a, keep); }, 3, 1},
    {"norm", [](const Tensor& x, int a, bool keep) { return norm(x, 2, a, keep); }, 3, 1},
    {"logsumexp", [](const Tensor& x, int a, bool keep) { return logsumexp(x, a, keep); }, 3, 1},
    {"quantile",
     [](const Tensor& x, int a, bool keep) { return quantile(x, 0.3, a, {.keepdims = keep}); }, 3,
     1},
    {"nanquantile",
     [](const Tensor& x, int a, bool keep) { return nanquantile(x, 0.3, a, {.keepdims = keep}); },
     3, 1},
    {"max_with_indices",
     [](const Tensor& x, int a, bool keep) { return max_with_indices(x, a, keep).values; }, 3, 1},
    {"min_with_indices",
     [](const Tensor& x, int a, bool keep) { return min_with_indices(x, a, keep).values; }, 3, 1},
    {"median_with_indices",
     [](const Tensor& x, int a, bool keep) { return median_with_indices(x, a, keep).values; }, 3,
     1},
    {"flip", [](const Tensor& x, int a, bool) { return flip(x, a); }, 3, 1},
    {"squeeze", [](const Tensor& x, int a, bool) { return squeeze(x, a); }, 3, 1},
    {"cumsum", [](const Tensor& x, int a, bool) { return cumsum(x, a); }, 3, 1},
    {"gumbel_softmax",
     [](const Tensor& x, int a, bool hard) { return gumbel_softmax(x, {.hard = hard, .axis = a}); },
     1, 0},
    {"sort", [](const Tensor& x, int a, bool) { return sort(x, a).values; }, 3, 1},
    {"softmax", [](const Tensor& x, int a, bool) { return softmax(x, a); }, 1, 0},
};

const Case constants[] = {
    {"argmax", [](const Tensor& x, int a, bool keep) { return argmax(x, a, keep); }, 0, 0},
    {"argmin", [](const Tensor& x, int a, bool keep) { return argmin(x, a, keep); }, 0, 0},
    {"max_with_indices",
     [](const Tensor& x, int a, bool keep) { return max_with_indices(x, a, keep).indices; }, 0, 0},
    {"all", [](const Tensor& x, int a, bool keep) { return all(x, a, keep); }, 1, 0},
    {"any", [](const Tensor& x, int a, bool keep) { return any(x, a, keep); }, 1, 0},
    {"count_nonzero", [](const Tensor& x, int a, bool keep) { return count_nonzero(x, a, keep); },
     1, 0},
};

void check(const Case& each, bool differentiable) {
  for (const int axis : {0, -1}) {
    for (const bool keep : {false, true}) {
      INFO(each.name << ", axis " << axis << (keep ? ", kept" : ""));
      const Tensor x = full({}, 3, float64).requires_grad_();
      const Tensor y = each.function(x, axis, keep);
      CHECK(y.shape() == Shape{});
      CHECK(to(y.detach(), float64).item<double>() == each.value);
      if (!differentiable) continue;
      y.backward();
      CHECK(x.grad().item<double>() == each.slope);
    }
  }
  for (const int axis : {1, -2}) {
    CHECK_THAT(error_of([&] { each.function(ones({}), axis, false); }),
               ContainsSubstring(": axis " + std::to_string(axis) +
                                 " is out of range for (), which has 0 axes"));
  }
}

TEST_CASE("axis 0 or -1 of a number is the number") {
  for (const Case& each : cases) check(each, true);
  for (const Case& each : constants) check(each, false);
}

TEST_CASE("the axis of a number is named once, and cannot be selected") {
  const Tensor x = ones({});
  CHECK_THAT(error_of([&] {
               sum(x, {0, -1});
             }),
             ContainsSubstring("sum: axis -1 is named twice in (0, -1)"));
  for (const auto& refused :
       {+[](const Tensor& t) { return select(t, 0, 0); },
        +[](const Tensor& t) { return roll(t, 1, 0); },
        +[](const Tensor& t) { return repeat_interleave(t, 2, 0); },
        +[](const Tensor& t) { return take_along_axis(t, zeros({}, int64), 0); },
        +[](const Tensor& t) { return tensordot(t, t, Shape{0}, Shape{0}); }})
    CHECK_THAT(error_of([&] { refused(x); }), ContainsSubstring("axis 0 is out of range for ()"));
}

}  // namespace
