#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/nn/dropout.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/nn/dropout.hpp>

namespace cinta::nn {

void detail::check_dropout(const char* name, const char* option, double p, const Site& site) {
  if (!(p >= 0 && p < 1)) {
    throw ValueError(
        std::string(name) + ": " + option + " must lie in [0, 1), got " + cinta::detail::text_of(p),
        site);
  }
}

detail::DropoutModule::DropoutModule(const char* name, Function function, double p,
                                     const Site& site)
    : function_(function), p_(p) {
  check_dropout(name, "p", p, site);
}

Tensor detail::DropoutModule::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, p_, is_training(), site); }, x);
}

Dropout::Dropout(double p, Site site) : DropoutModule("Dropout", &dropout, p, site) {}
Dropout1d::Dropout1d(double p, Site site) : DropoutModule("Dropout1d", &dropout1d, p, site) {}
Dropout2d::Dropout2d(double p, Site site) : DropoutModule("Dropout2d", &dropout2d, p, site) {}
Dropout3d::Dropout3d(double p, Site site) : DropoutModule("Dropout3d", &dropout3d, p, site) {}
AlphaDropout::AlphaDropout(double p, Site site)
    : DropoutModule("AlphaDropout", &alpha_dropout, p, site) {}
FeatureAlphaDropout::FeatureAlphaDropout(double p, Site site)
    : DropoutModule("FeatureAlphaDropout", &feature_alpha_dropout, p, site) {}

EmbeddingDropout::EmbeddingDropout(double p, Site site) : p_(p) {
  detail::check_dropout("EmbeddingDropout", "p", p, site);
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
  detail::check_dropout("DropConnect", "p", p, site);
}

Tensor DropConnect::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call(
      [&](const Tensor& in) { return linear(in, dropout(weight, p_, is_training()), bias); }, x);
}

}  // namespace cinta::nn
