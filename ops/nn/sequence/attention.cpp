#include <array>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/kernels/attention/attention.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/detail/dropout.hpp>
#include <cinta/ops/nn/sequence/attention.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/random/detail/key.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <limits>

namespace cinta {
namespace {

constexpr const char* name = "scaled_dot_product_attention";

// A call's numbers.
struct Numbers {
  std::int64_t group;
  bool causal;
  double scale, dropout;
  GeneratorState call;  // that dropout draws from
};

// The axes before the last `count`.
Shape leading(const Shape& shape, int count) {
  return Shape(std::span<const std::int64_t>(shape.begin(), shape.end() - count));
}

Shape joined(Shape shape, std::initializer_list<std::int64_t> sizes) {
  std::vector<std::int64_t> all(shape.begin(), shape.end());
  all.insert(all.end(), sizes);
  return Shape(std::span<const std::int64_t>(all));
}

// (..., heads, length, keys)
Shape shape_of_scores(const Shape& query, const Shape& key) {
  return joined(leading(query, 1), {key[key.rank() - 2]});
}

// Calls run(attention) with a call's inputs: query, key, value and perhaps a mask.
template <class F>
void with_arrays(const Inputs& in, const Numbers& n, bool masked, const F& run) {
  const Tensor mask =
      masked ? broadcast_to(in[3], shape_of_scores(in[0].shape(), in[1].shape())) : in[0];
  const Array query = in[0], key = in[1], value = in[2], added = mask;
  run(kernels::Attention{.query = query,
                         .key = key,
                         .value = value,
                         .mask = masked ? &added : nullptr,
                         .group = n.group,
                         .causal = n.causal,
                         .scale = n.scale,
                         .dropout = n.dropout,
                         .random = n.dropout > 0 ? detail::key_of(n.call) : kernels::RandomKey{}});
}

Tensors fused_gradients(const Grad& g, const Numbers& n, bool masked) {
  Tensors given{g.in(0), g.in(1), g.in(2)};
  if (masked) given.push_back(g.in(3));
  given.push_back(g.dy);
  OutputSpecs specs;
  std::array<int, 3> place = {-1, -1, -1};  // of each one among the outputs
  for (int i = 0; i < 3; ++i) {
    if (!g.needs(i)) continue;
    place[std::size_t(i)] = int(specs.size());
    specs.push_back(Spec{g.shape(i), g.dy.dtype()});
  }
  Tensors found =
      apply({"scaled_dot_product_attention_backward", Save::nothing(), {}}, given, specs,
            [n, masked, place](const Inputs& in, const Tensors& y) {
              std::array<std::optional<Array>, 3> to;
              const auto wanted = [&](std::size_t i) -> const Array* {
                if (place[i] < 0) return nullptr;
                return &to[i].emplace(y[std::size_t(place[i])]);
              };
              const kernels::AttentionGradients gradients{wanted(0), wanted(1), wanted(2)};
              with_arrays(in, n, masked, [&](const kernels::Attention& call) {
                kernels::attention_backward(call, in[in.size() - 1], gradients);
              });
            });
  Tensors gradients(masked ? 4 : 3);
  for (std::size_t i = 0; i < 3; ++i)
    if (place[i] >= 0) gradients[i] = std::move(found[std::size_t(place[i])]);
  return gradients;
}

// Heads of queries as (heads of keys, group), so that those of keys broadcast.
Tensor grouped(const Tensor& x, std::int64_t group) {
  if (group == 1) return x;
  const Shape& s = x.shape();
  const int heads = s.rank() - 3;
  return reshape(x, joined(leading(s, 3), {s[heads] / group, group, s[heads + 1], s[heads + 2]}));
}

// By the definition.
Tensors composed_gradients(const Grad& g, const Numbers& n, bool masked) {
  const auto shared = [&](const Tensor& x) {
    return n.group == 1 ? x : unsqueeze(x, x.rank() - 2);
  };
  const auto drop = [&](const Tensor& x) {
    return n.dropout > 0 ? detail::dropout_by(x, n.dropout, n.call) : x;
  };
  const double unseen = -std::numeric_limits<double>::infinity();
  const Shape shape = shape_of_scores(g.in(0).shape(), g.in(1).shape());
  const Tensor query = grouped(g.in(0), n.group), dy = grouped(g.dy, n.group);
  const Tensor key = shared(g.in(1)), value = shared(g.in(2));

  Tensor scores = matmul(query, transpose(key)) * n.scale;
  if (masked) {
    const Tensor mask = grouped(broadcast_to(g.in(3), shape), n.group);
    scores = mask.dtype() == boolean ? where(mask, scores, unseen) : scores + mask;
  }
  if (n.causal) {
    const Tensor row = arange(shape[shape.rank() - 2]), column = arange(shape.back());
    const Tensor sees = unsqueeze(row, 1) >= column;
    scores = where(sees, scores, unseen);
  }
  const Tensor weights = detail::shares(scores);
  const Tensor slopes = drop(matmul(dy, transpose(value)));
  const Tensor dscores = weights * (slopes - sum(weights * slopes, -1, keepdims));

  Tensors gradients(masked ? 4 : 3);
  // Of heads that share keys the gradients add up.
  const auto for_keys = [&](const Tensor& x) { return n.group == 1 ? x : sum(x, -3); };
  if (g.needs(0)) gradients[0] = reshape(matmul(dscores, key) * n.scale, g.shape(0));
  if (g.needs(1)) gradients[1] = for_keys(matmul(transpose(dscores), query) * n.scale);
  if (g.needs(2)) gradients[2] = for_keys(matmul(transpose(drop(weights)), dy));
  if (masked && g.needs(3)) gradients[3] = reshape(dscores, shape);
  return gradients;
}

// query, key and value of the same leading axes, but for heads in groups.
Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask,
              const Numbers& n, const Site& site) {
  const bool masked = mask.defined();
  Tensors inputs{query, key, value};
  if (masked) inputs.push_back(mask);
  Spec spec = query.spec();
  spec.shape[query.rank() - 1] = value.shape().back();
  return apply(
      {name,
       Save::inputs(),
       site,
       {{"is_causal", n.causal}, {"scale", n.scale}, {"dropout_p", n.dropout}}},
      inputs, spec,
      [n, masked](const Inputs& in, const Tensor& y) {
        with_arrays(in, n, masked,
                    [&](const kernels::Attention& call) { kernels::attention(call, y); });
      },
      [n, masked](const Grad& g) {
        const bool square = g.create_graph() || (masked && g.needs(3));
        return square ? composed_gradients(g, n, masked) : fused_gradients(g, n, masked);
      });
}

// The leading axes that both broadcast to; nothing if they do not.
std::optional<Shape> common(const Shape& a, const Shape& b) {
  Shape shape = a.rank() > b.rank() ? a : b;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    const std::int64_t in_a = a[a.rank() - i], in_b = b[b.rank() - i];
    if (in_a != in_b && in_a != 1 && in_b != 1) return std::nullopt;
    shape[shape.rank() - i] = in_a == 1 ? in_b : in_a;
  }
  return shape;
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                                    const AttentionOptions& options, Site site) {
  const Op op{name, site};
  detail::check_defined(op, {query, key, value});
  const Tensor& mask = options.attn_mask;
  const auto describe = [&] {
    return std::string(name) + ": query " + query.spec().str() + ", key " + key.spec().str() +
           ", value " + value.spec().str() + ": ";
  };
  if (!is_floating(query.dtype()) || key.dtype() != query.dtype() || value.dtype() != query.dtype())
    throw DtypeError(describe() + "needs one floating dtype for all; convert with to()", op.site);
  // Axes behind the leading ones: groups have heads of their own.
  const int axes = options.enable_gqa ? 3 : 2;
  if (std::min({query.rank(), key.rank(), value.rank()}) < axes) {
    throw ShapeError(
        describe() + (options.enable_gqa ? "needs (..., Hq, L, E), (..., H, S, E), (..., H, S, Ev)"
                                         : "needs (..., L, E), (..., S, E), (..., S, Ev)"),
        op.site);
  }
  const std::int64_t width = query.shape().back(), length = query.size(-2), keys = key.size(-2);
  if (key.shape().back() != width) {
    throw ShapeError(describe() + "widths " + std::to_string(width) + " and " +
                         std::to_string(key.shape().back()) + " of query and key differ",
                     op.site);
  }
  if (value.size(-2) != keys) {
    throw ShapeError(describe() + "lengths " + std::to_string(keys) + " and " +
                         std::to_string(value.size(-2)) + " of key and value differ",
                     op.site);
  }
  std::int64_t group = 1;
  if (options.enable_gqa) {
    const std::int64_t heads = query.size(-3), shared = key.size(-3);
    if (value.size(-3) != shared || shared == 0 || heads % shared != 0) {
      throw ShapeError(describe() + std::to_string(heads) + " heads of queries do not share " +
                           std::to_string(shared) + " of keys and " +
                           std::to_string(value.size(-3)) + " of values evenly",
                       op.site);
    }
    group = heads / shared;
  }
  const Shape q = leading(query.shape(), axes), k = leading(key.shape(), axes),
              v = leading(value.shape(), axes);
  std::optional<Shape> batch = common(q, k);
  if (batch) batch = common(*batch, v);
  if (!batch) {
    throw ShapeError(describe() + "leading axes " + q.str() + ", " + k.str() + " and " + v.str() +
                         " do not broadcast",
                     op.site);
  }
  if (!(options.dropout_p >= 0 && options.dropout_p < 1)) {
    throw ValueError(std::string(name) + ": dropout_p must lie in [0, 1), got " +
                         detail::text_of(options.dropout_p),
                     op.site);
  }

  const OpScope scope(op);
  const auto full = [&](const Tensor& x) {
    const Shape& s = x.shape();
    Shape shape = Shape::filled(batch->rank() + axes);
    for (int i = 0; i < shape.rank(); ++i)
      shape[i] = i < batch->rank() ? (*batch)[i] : s[s.rank() - shape.rank() + i];
    return shape == s ? x : broadcast_to(x, shape);
  };
  const Tensor all = full(query);
  if (mask.defined()) {
    const Shape shape = shape_of_scores(all.shape(), key.shape());
    if (mask.dtype() != boolean && mask.dtype() != query.dtype()) {
      throw DtypeError(std::string(name) + ": attn_mask must be bool or " + name_of(query.dtype()) +
                           " like the query, it is " + name_of(mask.dtype()),
                       op.site);
    }
    const std::optional<Shape> broadcast = common(mask.shape(), shape);
    if (!broadcast || *broadcast != shape) {
      throw ShapeError(std::string(name) + ": attn_mask " + mask.shape().str() +
                           " does not broadcast to the scores' " + shape.str(),
                       op.site);
    }
  }
  const double scale =
      options.scale.value_or(1 / std::sqrt(double(std::max<std::int64_t>(1, width))));
  const double p = length * keys > 0 ? options.dropout_p : 0;
  return attend(
      all, full(key), full(value), mask,
      {group, options.is_causal, scale, p, p > 0 ? detail::next_random_call() : GeneratorState{}},
      op.site);
}

}  // namespace cinta
