#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/nn/sequence/attention.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/sequence/attention.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/split.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta::nn {
namespace {

struct Sizes {
  std::int64_t batch, queries, keys, heads;
};

void check_mask(const Tensor& mask, const char* what, Dtype dtype, const Site& site) {
  if (mask.dtype() == boolean || mask.dtype() == dtype) return;
  throw DtypeError(std::string("MultiheadAttention: ") + what + " must be bool or " +
                       name_of(dtype) + ", it is " + name_of(mask.dtype()),
                   site);
}

// Both masks as one for scaled_dot_product_attention: true means seen.
Tensor joined(const AttentionMasks& masks, const Sizes& n, Dtype dtype, const Site& site) {
  Tensor padding, mask;
  if (masks.key_padding_mask.defined()) {
    padding = masks.key_padding_mask;
    check_mask(padding, "key_padding_mask", dtype, site);
    if (padding.rank() == 1) padding = unsqueeze(padding, 0);
    if (padding.shape() != Shape{n.batch, n.keys}) {
      throw ShapeError("MultiheadAttention: key_padding_mask must be " +
                           Shape{n.batch, n.keys}.str() + ", it is " +
                           masks.key_padding_mask.shape().str(),
                       site);
    }
    padding = reshape(padding, {n.batch, 1, 1, n.keys});
  }
  if (masks.attn_mask.defined()) {
    mask = masks.attn_mask;
    check_mask(mask, "attn_mask", dtype, site);
    const Shape one{n.queries, n.keys}, each{n.batch * n.heads, n.queries, n.keys};
    if (mask.shape() != one && mask.shape() != each) {
      throw ShapeError("MultiheadAttention: attn_mask must be " + one.str() + " or " + each.str() +
                           ", it is " + mask.shape().str(),
                       site);
    }
    if (mask.rank() == 3) mask = reshape(mask, {n.batch, n.heads, n.queries, n.keys});
  }
  const auto seen = [](const Tensor& m) {
    return m.defined() && m.dtype() == boolean ? logical_not(m) : m;
  };
  if (!padding.defined() || !mask.defined()) return seen(padding.defined() ? padding : mask);
  if (padding.dtype() == boolean && mask.dtype() == boolean)
    return logical_not(logical_or(padding, mask));
  const auto numbers = [&](const Tensor& m) {
    return m.dtype() == boolean
               ? where(m, -std::numeric_limits<double>::infinity(), zeros({}, dtype))
               : m;
  };
  const Tensor a = numbers(padding), b = numbers(mask);
  return a + b;
}

}  // namespace

MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                                       MultiheadAttentionOptions options, Site site)
    : embed_dim_(embed_dim), num_heads_(num_heads), options_(options), out_proj_([&] {
        if (embed_dim < 1 || num_heads < 1 || embed_dim % num_heads != 0) {
          throw ValueError("MultiheadAttention: " + std::to_string(num_heads) +
                               " heads do not divide embed_dim " + std::to_string(embed_dim),
                           site);
        }
        return Linear(embed_dim, embed_dim, {.bias = options.bias, .dtype = options.dtype}, site);
      }()) {
  detail::check_dropout("MultiheadAttention", options.dropout, site);
  const NoGrad initial_values;
  in_proj_weight = add("in_proj_weight", empty({3 * embed_dim, embed_dim}, options.dtype), site);
  init::xavier_uniform_(in_proj_weight);
  if (options.bias) in_proj_bias = add("in_proj_bias", zeros({3 * embed_dim}, options.dtype), site);
  out_proj_ = add("out_proj", out_proj_, site);
  if (options.bias) fill_(out_proj_.bias, 0);
}

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionMasks& masks, Site site) const {
  const Call call(*this, site, {&in_proj_weight, &in_proj_bias});
  return call(
      [&](const Tensor& q, const Tensor& k, const Tensor& v) { return attend(q, k, v, masks); },
      query, key, value);
}

Tensor MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                  const AttentionMasks& masks) const {
  const Site site = SiteScope::resolve({});
  const Tensor* const inputs[] = {&query, &key, &value};
  const char* const what[] = {"query", "key", "value"};
  for (int i = 0; i < 3; ++i) {
    const Tensor& x = *inputs[i];
    if (!x.defined())
      throw ValueError(std::string("MultiheadAttention: ") + what[i] + " is an undefined tensor",
                       site);
    if (x.rank() == query.rank() && (x.rank() == 2 || x.rank() == 3) &&
        x.shape().back() == embed_dim_)
      continue;
    throw ShapeError(std::string("MultiheadAttention: ") + what[i] + " needs " +
                         (options_.batch_first ? "(N, L, " : "(L, N, ") +
                         std::to_string(embed_dim_) + "), or all three without N, got " +
                         x.shape().str(),
                     site);
  }
  const auto same = [](const Tensor& a, const Tensor& b) { return a.impl() == b.impl(); };
  if (query.rank() == 2) {
    const int n = options_.batch_first ? 0 : 1;
    const Tensor q = unsqueeze(query, n), k = same(key, query) ? q : unsqueeze(key, n),
                 v = same(value, key) ? k : unsqueeze(value, n);
    return squeeze(attend(q, k, v, masks), n);
  }

  // What is one tensor is multiplied in one go.
  const auto project = [&](const Tensor& x, std::int64_t first, std::int64_t count) {
    const bool all = count == 3;
    const std::int64_t begin = first * embed_dim_, end = (first + count) * embed_dim_;
    const auto part = [&](const Tensor& w) {
      return all || !w.defined() ? w : slice(w, 0, begin, end);
    };
    return chunk(linear(x, part(in_proj_weight), part(in_proj_bias)), count, -1);
  };
  Tensors qkv;
  if (same(key, value) && same(query, key)) {
    qkv = project(query, 0, 3);
  } else if (same(key, value)) {
    qkv = project(query, 0, 1);
    for (const Tensor& t : project(key, 1, 2)) qkv.push_back(t);
  } else {
    for (int i = 0; i < 3; ++i) qkv.push_back(project(*inputs[i], i, 1)[0]);
  }

  // (N, heads, length, width)
  for (Tensor& t : qkv) {
    t = reshape(t, {t.size(0), t.size(1), num_heads_, embed_dim_ / num_heads_});
    t = options_.batch_first ? permute(t, {0, 2, 1, 3}) : permute(t, {1, 2, 0, 3});
  }
  const Sizes n{qkv[0].size(0), qkv[0].size(2), qkv[1].size(2), num_heads_};
  const Tensor y = scaled_dot_product_attention(qkv[0], qkv[1], qkv[2],
                                                {.attn_mask = joined(masks, n, query.dtype(), site),
                                                 .dropout_p = is_training() ? options_.dropout : 0,
                                                 .is_causal = masks.is_causal});
  const Tensor together =
      options_.batch_first ? permute(y, {0, 2, 1, 3}) : permute(y, {2, 0, 1, 3});
  return out_proj_(flatten(together, 2));
}

}  // namespace cinta::nn
