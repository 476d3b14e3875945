#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>

namespace cinta::nn {

void detail::check_dropout(const char* name, double p, const Site& site) {
  if (!(p >= 0 && p < 1)) {
    throw ValueError(std::string(name) + ": p must lie in [0, 1), got " + cinta::detail::text_of(p),
                     site);
  }
}

EmbeddingDropout::EmbeddingDropout(double p, Site site) : p_(p) {
  detail::check_dropout("EmbeddingDropout", p, site);
}

Tensor EmbeddingDropout::operator()(const Tensor& x, const Tensor& ids, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in,
                  const Tensor& at) { return embedding_dropout(in, at, p_, is_training()); },
              x, ids);
}

DropConnect::DropConnect(std::int64_t in, std::int64_t out, double p, LinearOptions options,
                         Site site)
    : Linear(in, out, options, site), p_(p) {
  detail::check_dropout("DropConnect", p, site);
}

Tensor DropConnect::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call(
      [&](const Tensor& in) { return linear(in, dropout(weight, p_, is_training()), bias); }, x);
}

}  // namespace cinta::nn
