#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/ops/linalg/matmul.hpp>

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
  return embedding_dropout(x, ids, p_, is_training());
}

DropConnect::DropConnect(std::int64_t in, std::int64_t out, double p, LinearOptions options,
                         Site site)
    : Linear(in, out, options, site), p_(p) {
  detail::check_dropout("DropConnect", p, site);
}

Tensor DropConnect::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return linear(x, dropout(weight, p_, is_training()), bias);
}

}  // namespace cinta::nn
