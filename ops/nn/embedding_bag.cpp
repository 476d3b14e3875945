#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/detail/check_values.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/detail/lookup.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/table/bags.hpp>
#include <cinta/ops/nn/embedding_bag.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using namespace detail;
using std::to_string;

// Where bags begin, and behind the last one the number of ids.
Tensor bag_bounds(const Op& op, const Tensor& ids, const Tensor& offsets) {
  const auto check = [site = op.site, n = ids.numel()](const Tensor& given) {
    const auto fail = [=](const std::string& what) {
      throw ValueError("embedding_bag: offsets must start at 0 and grow up to the " + to_string(n) +
                           " ids, " + what,
                       site);
    };
    const std::vector<std::int64_t> starts = given.to_vector<std::int64_t>();
    std::int64_t least = 0;
    for (std::size_t b = 0; b < starts.size(); ++b) {
      if (starts[b] < least || starts[b] > n || (b == 0 && starts[b] != 0))
        fail("number " + to_string(b) + " is " + to_string(starts[b]));
      least = starts[b];
    }
    if (starts.empty() && n > 0) fail("there are none");
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
  if (given) check_values(op, offsets, check);
  const std::int64_t count = ids.numel(), size = given ? 0 : ids.shape()[1];
  const auto fill = [count, size](const Inputs& in, const Tensor& y) {
    std::int64_t* bound = y.data<std::int64_t>();
    const std::int64_t n = y.numel() - 1;
    if (in.size() > 0)
      kernels::copy(in[0], alias(y, {n}, {1}));
    else
      for (std::int64_t b = 0; b < n; ++b) bound[b] = b * size;
    bound[n] = count;
  };
  return apply({"bag_bounds", Save::nothing(), op.site}, given ? Tensors{offsets} : Tensors{},
               {{bags + 1}, int64}, fill);
}

const char* name_of(BagMode mode) {
  return mode == BagMode::sum ? "sum" : mode == BagMode::mean ? "mean" : "max";
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

  const OpScope scope(op);
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
      {"embedding_bag",
       save,
       op.site,
       {{"mode", name_of(mode)}, {"padding_idx", padding_idx}, {"include_last_offset", true}}},
      inputs, {{bounds.numel() - 1, width}, weight.dtype()},
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
        const Tensor bag =
            apply({"bag_numbers", Save::nothing(), {}}, {limits}, {{n}, int64},
                  [](const Inputs& in, const Tensor& y) { kernels::bag_numbers(in[0], y); });
        Tensor of_rows = index_select(g.dy, 0, bag);
        if (weighted && g.needs(3))
          gradients[3] = sum(embedding(g.in(0), which, {padding_idx}) * of_rows, 1);
        if (!g.needs(0)) return gradients;
        if (weighted) {
          of_rows = of_rows * reshape(g.in(3), {n, 1});
        } else if (mode == BagMode::mean) {
          of_rows = of_rows * apply({"bag_means", Save::nothing(), {}}, {which, limits},
                                    {{n, 1}, g.dy.dtype()},
                                    [skip](const Inputs& in, const Tensor& share) {
                                      kernels::bag_means(contiguous(in[0]), in[1], skip, share);
                                    });
        } else if (mode == BagMode::max) {
          of_rows =
              of_rows * apply({"bag_winners", Save::nothing(), {}}, {g.in(0), which, limits},
                              of_rows.spec(), [skip](const Inputs& in, const Tensor& share) {
                                const Tensor dense = contiguous(in[0]);
                                const Tensor of = contiguous(in[1]);
                                kernels::bag_winners(table_with(dense, of), of, in[2], skip, share);
                              });
        }
        gradients[0] = sparse && g.is_leaf(0) && !g.create_graph()
                           ? looked_up_rows({g.shape(0), g.dy.dtype()}, which, of_rows, padding_idx)
                           : index_add(g.shape(0), which, of_rows, {padding_idx});
        return gradients;
      });
}

}  // namespace cinta
