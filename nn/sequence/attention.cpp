#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/nn/init.hpp>
#include <cinta/nn/sequence/attention.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/dropout.hpp>
#include <cinta/ops/nn/sequence/attention.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/split.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <limits>

namespace cinta::nn {
namespace {

struct Sizes {
  std::int64_t batch, queries, keys, heads;
  std::int64_t extra;  // keys behind those, which all queries see
};

void check_mask(const Tensor& mask, const char* what, Dtype dtype, const Site& site) {
  if (mask.dtype() == boolean || mask.dtype() == dtype) return;
  throw DtypeError(std::string("MultiheadAttention: ") + what + " must be bool or " +
                       name_of(dtype) + ", it is " + name_of(mask.dtype()),
                   site);
}

// What a mask adds to the scores.
Tensor numbers_of(const Tensor& seen, Dtype dtype) {
  const Tensor zero = zeros({}, dtype);
  return seen.dtype() == boolean ? where(seen, zero, -std::numeric_limits<double>::infinity())
                                 : seen;
}

// Both masks as one for scaled_dot_product_attention, of the keys that were given: true means seen.
Tensor joined_masks(const AttentionMasks& masks, const Sizes& n, Dtype dtype, const Site& site) {
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
  const Tensor a = numbers_of(seen(padding), dtype), b = numbers_of(seen(mask), dtype);
  return a + b;
}

// The same for all keys; with further ones what is causal is part of it, since they come last.
Tensor all_masks(const AttentionMasks& masks, const Sizes& n, bool causal, Dtype dtype,
                 const Site& site) {
  Tensor mask = joined_masks(masks, n, dtype, site);
  if (causal) {
    const Tensor past = unsqueeze(arange(n.queries), 1) >= arange(n.keys);
    if (!mask.defined())
      mask = past;
    else if (mask.dtype() == boolean)
      mask = logical_and(mask, past);
    else
      mask = where(past, mask, -std::numeric_limits<double>::infinity());
  }
  if (!mask.defined() || n.extra == 0) return mask;
  Shape shape = mask.shape();
  shape[mask.rank() - 1] = n.extra;
  return cat({mask, mask.dtype() == boolean ? ones(shape, boolean) : zeros(shape, dtype)}, -1);
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
  detail::check_dropout("MultiheadAttention", "dropout", options.dropout, site);
  if (options.kdim < 0 || options.vdim < 0) {
    throw ValueError(
        "MultiheadAttention: kdim and vdim must be positive, or 0 for embed_dim, got " +
            std::to_string(options.kdim) + " and " + std::to_string(options.vdim),
        site);
  }
  if (options_.kdim == 0) options_.kdim = embed_dim;
  if (options_.vdim == 0) options_.vdim = embed_dim;
  const NoGrad initial_values;
  const auto weight = [&](const char* name, std::int64_t out, std::int64_t in) {
    const Tensor w = add(name, empty({out, in}, options.dtype), site);
    init::xavier_uniform_(w);
    return w;
  };
  if (options_.kdim == embed_dim && options_.vdim == embed_dim) {
    in_proj_weight = weight("in_proj_weight", 3 * embed_dim, embed_dim);
  } else {
    q_proj_weight = weight("q_proj_weight", embed_dim, embed_dim);
    k_proj_weight = weight("k_proj_weight", embed_dim, options_.kdim);
    v_proj_weight = weight("v_proj_weight", embed_dim, options_.vdim);
  }
  if (options.bias) in_proj_bias = add("in_proj_bias", zeros({3 * embed_dim}, options.dtype), site);
  if (options.add_bias_kv) {
    for (const auto& [name, bias] : {std::pair("bias_k", &bias_k), std::pair("bias_v", &bias_v)}) {
      *bias = add(name, empty({1, 1, embed_dim}, options.dtype), site);
      init::xavier_normal_(*bias);
    }
  }
  out_proj_ = add("out_proj", out_proj_, site);
  if (options.bias) fill_(out_proj_.bias, 0);
}

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const AttentionMasks& masks, Site site) const {
  return run(query, key, value, masks, Weights::none, site)[0];
}

AttentionAndWeights MultiheadAttention::with_weights(const Tensor& query, const Tensor& key,
                                                     const Tensor& value,
                                                     const AttentionMasks& masks,
                                                     bool average_attn_weights, Site site) const {
  const Weights weights = average_attn_weights ? Weights::averaged : Weights::each;
  const Tensors found = run(query, key, value, masks, weights, site);
  return {found[0], found[1]};
}

Tensors MultiheadAttention::run(const Tensor& query, const Tensor& key, const Tensor& value,
                                const AttentionMasks& masks, Weights weights,
                                const Site& site) const {
  const Call call(*this, site,
                  {&in_proj_weight, &q_proj_weight, &k_proj_weight, &v_proj_weight, &in_proj_bias,
                   &bias_k, &bias_v});
  return call([&](const Tensor& q, const Tensor& k,
                  const Tensor& v) { return attend(q, k, v, masks, weights); },
              query, key, value);
}

Tensors MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                    const Tensor& value) const {
  const auto same = [](const Tensor& a, const Tensor& b) { return a.impl() == b.impl(); };
  const auto rows = [&](const Tensor& all, std::int64_t first, std::int64_t count) {
    if (!all.defined() || count == 3) return all;
    return slice(all, 0, first * embed_dim_, (first + count) * embed_dim_);
  };
  Tensors qkv;
  // What is one tensor is multiplied in one go.
  const auto multiply = [&](const Tensor& x, std::int64_t first, std::int64_t count) {
    const Tensor weight = in_proj_weight.defined() ? rows(in_proj_weight, first, count)
                          : first == 0             ? q_proj_weight
                          : first == 1             ? k_proj_weight
                                                   : v_proj_weight;
    for (const Tensor& t : chunk(linear(x, weight, rows(in_proj_bias, first, count)), count, -1))
      qkv.push_back(t);
  };
  if (in_proj_weight.defined() && same(key, value) && same(query, key)) {
    multiply(query, 0, 3);
  } else if (in_proj_weight.defined() && same(key, value)) {
    multiply(query, 0, 1);
    multiply(key, 1, 2);
  } else {
    multiply(query, 0, 1);
    multiply(key, 1, 1);
    multiply(value, 2, 1);
  }

  const int batch = options_.batch_first ? 0 : 1;
  for (std::size_t i = 1; i < 3; ++i) {
    Tensors parts{qkv[i]};
    Shape one = qkv[i].shape();
    one[1 - batch] = 1;
    if (options_.add_bias_kv) parts.push_back(broadcast_to(i == 1 ? bias_k : bias_v, one));
    if (options_.add_zero_attn) parts.push_back(zeros(one, qkv[i].dtype()));
    if (parts.size() > 1) qkv[i] = cat(parts, 1 - batch);
  }
  for (Tensor& t : qkv) {
    t = reshape(t, {t.size(0), t.size(1), num_heads_, embed_dim_ / num_heads_});
    t = batch == 0 ? permute(t, {0, 2, 1, 3}) : permute(t, {1, 2, 0, 3});
  }
  return qkv;
}

Tensors MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                   const AttentionMasks& masks, Weights weights) const {
  const Site site = SiteScope::resolve({});
  struct {
    const char* name;
    const Tensor& x;
    std::int64_t width;
  } const inputs[] = {
      {"query", query, embed_dim_}, {"key", key, options_.kdim}, {"value", value, options_.vdim}};
  for (const auto& [name, x, width] : inputs) {
    if (!x.defined())
      throw ValueError(std::string("MultiheadAttention: ") + name + " is an undefined tensor",
                       site);
    if (x.rank() == query.rank() && (x.rank() == 2 || x.rank() == 3) && x.shape().back() == width)
      continue;
    throw ShapeError(std::string("MultiheadAttention: ") + name + " needs " +
                         (options_.batch_first ? "(N, L, " : "(L, N, ") + std::to_string(width) +
                         "), or all three without N, got " + x.shape().str(),
                     site);
  }
  if (query.rank() == 3) {
    const int batch = options_.batch_first ? 0 : 1;
    const bool one_batch =
        key.size(batch) == query.size(batch) && value.size(batch) == query.size(batch);
    if (!one_batch || key.size(1 - batch) != value.size(1 - batch)) {
      throw ShapeError(
          "MultiheadAttention: query " + query.shape().str() + ", key " + key.shape().str() +
              ", value " + value.shape().str() +
              (one_batch ? ": key and value differ in length" : ": needs one batch size for all"),
          site);
    }
  } else if (key.size(0) != value.size(0)) {
    throw ShapeError("MultiheadAttention: key " + key.shape().str() + ", value " +
                         value.shape().str() + ": key and value differ in length",
                     site);
  }
  if (query.rank() == 2) {
    const int n = options_.batch_first ? 0 : 1;
    const auto same = [](const Tensor& a, const Tensor& b) { return a.impl() == b.impl(); };
    const Tensor q = unsqueeze(query, n), k = same(key, query) ? q : unsqueeze(key, n),
                 v = same(value, key) ? k : unsqueeze(value, n);
    Tensors found = attend(q, k, v, masks, weights);
    found[0] = squeeze(found[0], n);
    if (found.size() > 1) found[1] = squeeze(found[1], 0);
    return found;
  }

  const Tensors qkv = project(query, key, value);
  const std::int64_t extra = int(options_.add_bias_kv) + int(options_.add_zero_attn);
  const Sizes n{qkv[0].size(0), qkv[0].size(2), qkv[1].size(2) - extra, num_heads_, extra};
  const double dropout_p = is_training() ? options_.dropout : 0;
  const bool square = weights != Weights::none;
  const bool causal = masks.is_causal && (square || extra > 0);  // a part of the mask
  const Tensor mask = all_masks(masks, n, causal, query.dtype(), site);
  Tensor y, w;
  if (square) {
    const Tensor scores =
        matmul(qkv[0], transpose(qkv[1])) / std::sqrt(double(embed_dim_ / num_heads_));
    const Tensor added =
        mask.defined() ? numbers_of(mask, query.dtype()) : zeros({}, query.dtype());
    w = dropout(cinta::detail::shares(scores + added), dropout_p, true);
    y = matmul(w, qkv[2]);
  } else {
    y = scaled_dot_product_attention(
        qkv[0], qkv[1], qkv[2],
        {.attn_mask = mask, .dropout_p = dropout_p, .is_causal = masks.is_causal && !causal});
  }
  const Tensor together =
      options_.batch_first ? permute(y, {0, 2, 1, 3}) : permute(y, {2, 0, 1, 3});
  Tensors found{out_proj_(flatten(together, 2))};
  if (square) found.push_back(weights == Weights::averaged ? mean(w, 1) : w);
  return found;
}

}  // namespace cinta::nn
