#pragma once
// Dropout as modules: in training mode random zeros, in evaluation mode the input itself. What each
// does is said in ops/nn/dropout.hpp. All throw ValueError unless 0 <= p < 1.

#include <cinta/nn/linear.hpp>
#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/dropout.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// Throws ValueError naming the module unless 0 <= p < 1.
void check_dropout(const char* name, double p, const Site& site);

template <const char* name, Tensor (*function)(const Tensor&, double, bool, Site)>
class DropoutModule : public Module {
 public:
  explicit DropoutModule(double p = 0.5, Site site = {}) : p_(p) { check_dropout(name, p, site); }

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return function(in, p_, is_training(), site); }, x);
  }

  double p() const { return p_; }

 private:
  double p_;
};

inline constexpr char dropout_name[] = "Dropout", dropout1d_name[] = "Dropout1d",
                      dropout2d_name[] = "Dropout2d", dropout3d_name[] = "Dropout3d",
                      alpha_dropout_name[] = "AlphaDropout",
                      feature_alpha_dropout_name[] = "FeatureAlphaDropout";

}  // namespace detail

struct Dropout : detail::DropoutModule<detail::dropout_name, &dropout> {
  using DropoutModule::DropoutModule;
};
struct Dropout1d : detail::DropoutModule<detail::dropout1d_name, &dropout1d> {
  using DropoutModule::DropoutModule;
};
struct Dropout2d : detail::DropoutModule<detail::dropout2d_name, &dropout2d> {
  using DropoutModule::DropoutModule;
};
struct Dropout3d : detail::DropoutModule<detail::dropout3d_name, &dropout3d> {
  using DropoutModule::DropoutModule;
};
struct AlphaDropout : detail::DropoutModule<detail::alpha_dropout_name, &alpha_dropout> {
  using DropoutModule::DropoutModule;
};

struct FeatureAlphaDropout
    : detail::DropoutModule<detail::feature_alpha_dropout_name, &feature_alpha_dropout> {
  using DropoutModule::DropoutModule;
};

/// Whole words: drop(table(ids), ids).
class EmbeddingDropout : public Module {
 public:
  explicit EmbeddingDropout(double p = 0.1, Site site = {});
  Tensor operator()(const Tensor& x, const Tensor& ids, Site site = {}) const;

  double p() const { return p_; }

 private:
  double p_;
};

/// A Linear whose weights are dropped, one mask a call, instead of its inputs (Wan et al. 2013); in
/// evaluation mode a Linear.
class DropConnect : public Linear {
 public:
  DropConnect(std::int64_t in, std::int64_t out, double p = 0.5, LinearOptions options = {},
              Site site = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

  double p() const { return p_; }

 private:
  double p_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
