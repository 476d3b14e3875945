// Order and search: beside PyTorch, and beside NumPy and SciPy, whose quantiles have methods.

#include "cases.hpp"

namespace {

using namespace oracle;

const Cases order([] {
  WHOLE("torch.sort(x, dim=1, stable=True).values", sort(x, 1).values);
  WHOLE("torch.sort(x, dim=1, stable=True).indices", sort(x, 1).indices);
  WHOLE("torch.sort(x, dim=1, stable=True, descending=True).values", sort(x, 1, true).values);
  WHOLE("torch.sort(x, dim=1, stable=True, descending=True).indices", sort(x, 1, true).indices);
  WHOLE("torch.argsort(x, dim=1, stable=True)", argsort(x, 1));
  WHOLE("torch.topk(x, 2, 1).values", topk(x, 2, 1).values);
  WHOLE("torch.topk(x, 2, 1, largest=False).values", topk(x, 2, 1, {.largest = false}).values);
  WHOLE("torch.kthvalue(x, 2, 1).values", kthvalue(x, 2, 1).values);
  WHOLE("torch.median(x, 1).values", median_with_indices(x, 1).values);
  WHOLE("torch.mode(x, 1).values", mode(x, 1).values);
  WHOLE("torch.unique(x.nan_to_num().detach())", unique(nan_to_num(x).detach()).values);
  WHOLE("torch.nonzero(x)", nonzero(x));
  WHOLE("torch.bucketize(x, torch.tensor([-1., 0, 1]).double())",
        bucketize(x, from_data(Values{-1, 0, 1}, {3})));
  WHOLE("torch.bucketize(x, torch.tensor([-1., 0, 1]).double(), right=True)",
        bucketize(x, from_data(Values{-1, 0, 1}, {3}), true));
  WHOLE("np.sort(x, axis=1)", sort(x, 1).values);
  WHOLE("np.argsort(x, axis=1, stable=True)", argsort(x, 1));
  WHOLE("np.searchsorted(np.array([-1., 0, 1]), x)",
        searchsorted(from_data(Values{-1, 0, 1}, {3}), x));
});

const Cases quantiles([] {
  WHOLE("torch.quantile(x, 0.3, 1)", quantile(x, 0.3, 1));
  WHOLE("torch.nanquantile(x, 0.3, 1)", nanquantile(x, 0.3, 1));
  WHOLE("np.median(x, axis=1)", quantile(x, 0.5, 1));
  WHOLE("np.quantile(x, 0.3, axis=1)", quantile(x, 0.3, 1));
  WHOLE("np.nanquantile(x, 0.3, axis=1)", nanquantile(x, 0.3, 1));
  const std::pair<const char*, Interpolation> methods[] = {{"linear", Interpolation::linear},
                                                           {"lower", Interpolation::lower},
                                                           {"higher", Interpolation::higher},
                                                           {"nearest", Interpolation::nearest},
                                                           {"midpoint", Interpolation::midpoint}};
  for (const auto& [name, method] : methods) {
    for (const double q : {0.0, 0.17, 0.3, 0.5, 0.85, 1.0}) {
      const Function f = [=, how = method](const Tensors& in) {
        return quantile(in[0], q, 1, {.interpolation = how});
      };
      const std::string method_and_q = std::to_string(q) + ", ";
      random("np.quantile(x, " + method_and_q + "axis=1, method='" + name + "')", f,
             {draw({3, 11})});
      random("torch.quantile(x, " + method_and_q + "1, interpolation='" + name + "')", f,
             {draw({3, 11})});
    }
  }
  RANDOM("scipy.stats.mode(x, axis=1).mode", mode(in[0], 1).values, {round(draw({5, 20}, -3, 3))});
  RANDOM("torch.histogram(x, 5, range=(-1., 1.)).hist",
         to(histogram(in[0], 5, -1, 1).counts, float64), {draw({60})});
  RANDOM("np.histogram(x, 5, (-1, 1))[0]", histogram(in[0], 5, -1, 1).counts, {draw({60})});
  RANDOM("torch.bincount(x)", bincount(in[0]), {integers({1, 4, 1, 0, 4, 4}, {6})});
  RANDOM("torch.bincount(x, y)", bincount(in[0], in[1]),
         {integers({1, 4, 1, 0, 4, 4}, {6}), draw({6})});
  RANDOM("torch.searchsorted(x, y)", searchsorted(sort(in[0]).values, in[1]),
         {sort(draw({2, 5})).values, draw({2, 7})});
});

}  // namespace
