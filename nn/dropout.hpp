#pragma once
// Dropout as modules: in training mode random zeros, in evaluation mode the input itself. What each
// does is said in ops/nn/dropout.hpp. All throw ValueError unless 0 <= p < 1.

#include <cinta/nn/linear.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// Throws ValueError naming the module and its option unless 0 <= p < 1.
void check_dropout(const char* name, const char* option, double p, const Site& site);

/// What they share: `function` of ops/nn/dropout.hpp, as the module called `name`.
class DropoutModule : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

  double p() const { return p_; }

 protected:
  using Function = Tensor (*)(const Tensor& x, double p, bool training, Site site);
  DropoutModule(const char* name, Function function, double p, const Site& site);

 private:
  Function function_;
  double p_;
};

}  // namespace detail

struct Dropout : detail::DropoutModule {
  explicit Dropout(double p = 0.5, Site site = {});
};
struct Dropout1d : detail::DropoutModule {
  explicit Dropout1d(double p = 0.5, Site site = {});
};
struct Dropout2d : detail::DropoutModule {
  explicit Dropout2d(double p = 0.5, Site site = {});
};
struct Dropout3d : detail::DropoutModule {
  explicit Dropout3d(double p = 0.5, Site site = {});
};
struct AlphaDropout : detail::DropoutModule {
  explicit AlphaDropout(double p = 0.5, Site site = {});
};
struct FeatureAlphaDropout : detail::DropoutModule {
  explicit FeatureAlphaDropout(double p = 0.5, Site site = {});
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
