#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/table/bags.hpp>
#include <cinta/ops/nn/embedding_bag.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using namespace detail;
using std::to_string;

// Where bags begin, and behind the last one the number of ids.
Tensor bag_bounds(const Op& op, const Tensor& ids, const Tensor& offsets) {
  const auto fail = [&](const std::string& what) {
    throw ValueError("embedding_bag: offsets must start at 0 and grow up to the " +
                         to_string(ids.numel()) + " ids, " + what,
                     op.site);
  };
  const bool given = offsets.defined();
  if (given ? ids.rank() != 1 || offsets.rank() != 1 : ids.rank() != 2) {
    throw ShapeError("embedding_bag: needs ids of two axes, or ids and offsets of one; ids are " +
                         ids.shape().str() + (given ? ", offsets " + offsets.shape().str() : ""),
                     op.site);
  }
  if (given && offsets.dtype() != int64) {
    throw DtypeError(
        std::string("embedding_bag: offsets must be int64, they are ") + name_of(offsets.dtype()),
        op.site);
  }
  const std::int64_t bags = given ? offsets.numel() : ids.shape()[0];
  Tensor bounds = empty({bags + 1}, int64);
  std::int64_t* bound = bounds.data<std::int64_t>();
  bound[bags] = ids.numel();
  if (!given) {
    for (std::int64_t b = 0; b < bags; ++b) bound[b] = b * ids.shape()[1];
    return bounds;
  }
  const std::vector<std::int64_t> starts = offsets.to_vector<std::int64_t>();
  for (std::int64_t b = 0; b < bags; ++b) {
    bound[b] = starts[std::size_t(b)];
    const std::int64_t least = b == 0 ? 0 : bound[b - 1];
    if (bound[b] < least || bound[b] > ids.numel() || (b == 0 && bound[0] != 0))
      fail("number " + to_string(b) + " is " + to_string(bound[b]));
  }
  if (bags == 0 && ids.numel() > 0) fail("there are none");
  return bounds;
}

void check_weights(const Op& op, const Tensor& weight, const Tensor& ids, const BagOptions& o) {
  const Tensor& factors = o.per_sample_weights;
  if (!factors.defined()) return;
  if (o.mode != BagMode::sum)
    throw ValueError("embedding_bag: per_sample_weights need the mode sum", op.site);
  if (factors.shape() != ids.shape() || factors.dtype() != weight.dtype()) {
    throw ShapeError("embedding_bag: per_sample_weights must be " +
                         Spec{ids.shape(), weight.dtype()}.str() + ", they are " +
                         factors.spec().str(),
                     op.site);
  }
}

}  // namespace

Tensor embedding_bag(const Tensor& weight, const Tensor& ids, const Tensor& offsets,
                     const BagOptions& options, Site site) {
  const Op op{"embedding_bag", site};
  detail::check_defined(op, {weight, ids});
  if (weight.rank() != 2 || !is_floating(weight.dtype())) {
    throw ShapeError(
        "embedding_bag: the table must be floating and have two axes, it is " + weight.spec().str(),
        op.site);
  }
  const std::int64_t rows = weight.shape()[0], width = weight.shape()[1];
  check_ids(op, ids, rows, "a table of " + to_string(rows) + " rows");
  check_padding(op, options.padding_idx, rows);
  check_weights(op, weight, ids, options);
  const Tensor bounds = bag_bounds(op, ids, offsets);
  note_lookup(weight, options.sparse, options.padding_idx);

  const SiteScope scope(op.site);
  const bool weighted = options.per_sample_weights.defined(), sparse = options.sparse;
  const BagMode mode = options.mode;
  const std::optional<std::int64_t> padding_idx = options.padding_idx;
  const std::int64_t skip = padding_idx.value_or(no_padding);
  Tensors inputs{weight, flatten(ids), bounds};
  if (weighted) inputs.push_back(flatten(options.per_sample_weights));
  const bool reads_table =
      mode == BagMode::max || (weighted && options.per_sample_weights.requires_grad());
  const Save save =
      Save::input(0, reads_table) | Save::input(1) | Save::input(2) | Save::input(3, weighted);
  return apply(
      {"embedding_bag", save, op.site}, inputs, {{bounds.numel() - 1, width}, weight.dtype()},
      [mode, weighted, skip](const Inputs& in, const Tensor& y) {
        const Tensor dense = contiguous(in[0]), which = contiguous(in[1]);
        const Array table = table_with(dense, which);
        if (mode == BagMode::max) return kernels::bag_maxima(table, which, in[2], skip, y);
        const Tensor factors = weighted ? contiguous(in[3]) : which;
        const Array weights = factors;
        kernels::bag_sums(table, which, in[2], skip, weighted ? &weights : nullptr,
                          mode == BagMode::mean, y);
      },
      // Each row that was read gets its share of the gradient of its bag.
      [mode, weighted, sparse, padding_idx, skip](const Grad& g) {
        Tensors gradients(weighted ? 4 : 3);
        const Tensor which = contiguous(g.in(1)), &limits = g.in(2);
        const std::int64_t n = which.numel();
        const Tensor bag = empty({n}, int64);
        kernels::bag_numbers(limits, bag);
        Tensor of_rows = index_select(g.dy, 0, bag);
        if (weighted && g.needs(3))
          gradients[3] = sum(embedding(g.in(0), which, {padding_idx}) * of_rows, 1);
        if (!g.needs(0)) return gradients;
        if (weighted) {
          of_rows = of_rows * reshape(g.in(3), {n, 1});
        } else if (mode == BagMode::mean) {
          const Tensor share = empty({n, 1}, g.dy.dtype());
          kernels::bag_means(which, limits, skip, share);
          of_rows = of_rows * share;
        } else if (mode == BagMode::max) {
          const Tensor dense = contiguous(g.in(0)), share = empty(of_rows.shape(), g.dy.dtype());
          kernels::bag_winners(table_with(dense, which), which, limits, skip, share);
          of_rows = of_rows * share;
        }
        gradients[0] = sparse && g.is_leaf(0) && !g.create_graph()
                           ? looked_up_rows({g.shape(0), g.dy.dtype()}, which, of_rows, padding_idx)
                           : index_add(g.shape(0), which, of_rows, {padding_idx});
        return gradients;
      });
}

}  // namespace cinta
