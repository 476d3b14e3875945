#include "cases.hpp"

namespace {

using namespace oracle;

const Cases reductions([] {
  WHOLE("torch.sum(x, 1)", sum(x, 1));
  WHOLE("torch.mean(x, 1)", mean(x, 1));
  WHOLE("torch.prod(x, 1)", prod(x, 1));
  WHOLE("torch.amax(x, 1)", max(x, 1));
  WHOLE("torch.amin(x, 1)", min(x, 1));
  WHOLE("torch.aminmax(x, dim=1).max", aminmax(x, 1).max);
  WHOLE("torch.max(x, 1).values", max_with_indices(x, 1).values);
  WHOLE("torch.max(x, 1).indices", max_with_indices(x, 1).indices);
  WHOLE("torch.min(x, 1).indices", min_with_indices(x, 1).indices);
  WHOLE("torch.argmax(x, 1)", argmax(x, 1));
  WHOLE("torch.argmin(x, 1)", argmin(x, 1));
  WHOLE("torch.var(x, 1)", var(x, 1));
  WHOLE("torch.std(x, 1)", cinta::std(x, 1));
  WHOLE("torch.var_mean(x, 1)[0]", var_mean(x, 1).var);
  WHOLE("torch.var_mean(x, 1)[1]", var_mean(x, 1).mean);
  WHOLE("torch.linalg.vector_norm(x, 0, 1)", norm(x, 0, 1));
  WHOLE("torch.linalg.vector_norm(x, 1, 1)", norm(x, 1, 1));
  WHOLE("torch.linalg.vector_norm(x, 2, 1)", norm(x, 2, 1));
  WHOLE("torch.linalg.vector_norm(x, 3, 1)", norm(x, 3, 1));
  WHOLE("torch.linalg.vector_norm(x, float('inf'), 1)", norm(x, inf, 1));
  WHOLE("torch.logsumexp(x, 1)", logsumexp(x, 1));
  WHOLE("torch.any(x, 1)", any(x, 1));
  WHOLE("torch.all(x, 1)", all(x, 1));
  WHOLE("torch.count_nonzero(x, 1)", count_nonzero(x, 1));
  WHOLE("torch.nansum(x, 1)", nansum(x, 1));
  WHOLE("torch.nanmean(x, 1)", nanmean(x, 1));
  WHOLE("torch.softmax(x, 1)", softmax(x, 1));
  WHOLE("torch.log_softmax(x, 1)", log_softmax(x, 1));
  RANDOM("torch.sum(x)", sum(in[0]), {draw({3, 4, 2})});
  RANDOM("torch.sum(x, (0, 2), keepdim=True)", sum(in[0], {0, 2}, true), {draw({3, 4, 2})});
  RANDOM("torch.logsumexp(x, (0, 2))", logsumexp(in[0], {0, 2}), {draw({3, 4, 2})});
  RANDOM("x.sum_to_size(4, 1)", sum_to(in[0], {4, 1}), {draw({3, 4, 2})});
});

const Cases scans([] {
  WHOLE("torch.cumsum(x, 1)", cumsum(x, 1));
  WHOLE("torch.cumprod(x, 1)", cumprod(x, 1));
  WHOLE("torch.cummax(x, 1).values", cummax(x, 1).values);
  WHOLE("torch.cummax(x, 1).indices", cummax(x, 1).indices);
  WHOLE("torch.cummin(x, 1).values", cummin(x, 1).values);
  WHOLE("torch.cummin(x, 1).indices", cummin(x, 1).indices);
  WHOLE("torch.logcumsumexp(x, 1)", logcumsumexp(x, 1));
  WHOLE("torch.diff(x, dim=1)", diff(x, 1, 1));
  WHOLE("torch.trapezoid(x, dim=1)", trapezoid(x, 1, 1));
  RANDOM("torch.trapezoid(x, y)", trapezoid(in[0], in[1]), {draw({3, 4}), draw({3, 4})});
  RANDOM("np.trapezoid(x, y)", trapezoid(in[0], in[1]), {draw({3, 4}), draw({3, 4})});
});

const Cases segments([] {
  const Tensor x = draw({6, 2}), ids = integers({0, 0, 2, 2, 2, 3}, {6});
  const char* lengths = "lengths=torch.tensor([2, 0, 3, 1])";
  const auto python = [=](const char* how) {
    return std::string("torch.segment_reduce(x, '") + how + "', " + lengths + ", axis=0)";
  };
  random(python("sum"), [=](const Tensors& in) { return segment_sum(in[0], ids, 4); }, {x});
  random(python("prod"), [=](const Tensors& in) { return segment_prod(in[0], ids, 4); }, {x});
  random(python("mean"), [=](const Tensors& in) { return segment_mean(in[0], ids, 4); }, {x});
  random(python("max"), [=](const Tensors& in) { return segment_max(in[0], ids, 4); }, {x});
  random(python("min"), [=](const Tensors& in) { return segment_min(in[0], ids, 4); }, {x});
  const Tensor base = draw({3, 4}), source = draw({2, 4});
  const Tensor to = integers({0, 2, 2, 1, 0, 1, 2, 1}, {2, 4});
  const std::pair<const char*, Combine> ways[] = {{"sum", Combine::sum},
                                                  {"mean", Combine::mean},
                                                  {"prod", Combine::prod},
                                                  {"amax", Combine::amax},
                                                  {"amin", Combine::amin}};
  for (const auto& [name, combine] : ways) {
    for (const bool self : {true, false})
      random("torch.scatter_reduce(x, 0, torch.tensor([[0, 2, 2, 1], [0, 1, 2, 1]]), y, '" +
                 std::string(name) + "', include_self=" + (self ? "True)" : "False)"),
             [=, how = combine](const Tensors& in) {
               return scatter_reduce(in[0], 0, to, in[1], how, self);
             },
             {base, source});
  }
});

}  // namespace
