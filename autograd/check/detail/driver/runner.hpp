#pragma once
// Private to the checks: the driver of the op table. It runs all checks on one row.

#include <cinta/autograd/check/detail/driver/samples.hpp>
#include <cinta/autograd/check/detail/values.hpp>
#include <cinta/autograd/check/gradients.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <exception>
#include <optional>

namespace cinta::check {

// ---- Comparing ----

Tensor dense(const Tensor& x);
Tensors dense(const Tensors& tensors);
bool same_bits(const Tensors& a, const Tensors& b);
bool requires_grad(const Tensors& tensors);

/// " of output 1", where there are several.
std::string of_output(std::size_t i, const Tensors& outputs);

/// The first difference between two tensors as text; nothing if they agree. Each element is allowed
/// `ulps` units of its own size, or of `scale` if that is larger.
std::optional<std::string> difference(const Tensor& got, const Tensor& wanted, double ulps,
                                      Dtype precision, double scale);

/// The size of the largest finite element.
double largest(const Tensor& x);

// ---- The driver ----

class Runner {
 public:
  explicit Runner(const Row& row) : row_(row) {}

  /// A line for each failure.
  std::vector<std::string> run();
  const Counts& counts() const { return counts_; }

 private:
  // ---- Reporting ----

  void fail(const std::string& what);
  void fail_if(const std::string& what, const std::optional<std::string>& difference);

  // What a check throws is a failure of that check.
  template <class F>
  void guard(const std::string& what, F&& body) {
    try {
      body();
    } catch (const std::exception& error) {
      fail(what + (what.empty() ? "threw: " : " threw: ") + error.what());
    }
  }

  // A case of some kind; its dtype counts where inputs are floating.
  void note(std::int64_t Counts::*kind, Dtype dtype);

  // ---- Running the function (runner.cpp) ----

  bool wants_gradient(std::size_t k) const {
    return (*sample_)[k].differentiable && is_floating((*sample_)[k].dtype);
  }
  // Which inputs have a gradient, of a sample that expects some.
  std::vector<bool> differentiated() const {
    std::vector<bool> inputs(sample_->size());
    for (std::size_t k = 0; k < inputs.size(); ++k)
      inputs[k] = expects_gradient_ && wants_gradient(k);
    return inputs;
  }

  struct Outcome {
    Tensors y;          // dense, outside the graph
    Tensors gradients;  // dense; undefined where none was asked for
  };

  // Results that have gradients, and the weights of their elements where there are any.
  struct Roots {
    Tensors tensors, weights;

    Roots(const Tensors& results, const Tensors& dys) {
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (!results[i].requires_grad() || !dys[i].defined()) continue;
        tensors.push_back(results[i]);
        weights.push_back(dys[i]);
      }
    }
  };

  // Values and gradients of inputs that are leaves, of which `only` one, all or none require
  // gradients. Notices when an input is overwritten.
  static constexpr int all = -1, none = -2;
  Outcome evaluate(Tensors x, const Tensors& dys, int only = all, bool create_graph = false);

  static Tensor zeros_like(const Tensor& x);
  // Gradients for the results that have some.
  Tensors random_like(const Tensors& results) const;
  bool is_variable(std::size_t output, const Tensor& y) const;
  double scale_of(const Tensor& wanted) const;
  void values_differ(const std::string& what, const Tensors& got, const Tensors& wanted);
  void gradients_differ(const std::string& what, const Tensors& got, const Tensors& wanted,
                        Dtype precision);

  // ---- One sample: values, modes, layouts (values.cpp) ----

  void check_sample(std::size_t index);
  Outcome check_values(const Tensors& master, const Tensors& reference, Dtype dtype);
  void check_modes(const Tensors& master, Dtype dtype, const Outcome& expected);
  void check_outputs_alone(const Tensors& master, Dtype dtype, const Tensors& dy,
                           const Outcome& expected);
  void check_recorded(const Tensors& master, Dtype dtype, const Outcome& expected);
  void check_layouts(const Tensors& master, Dtype dtype);

  // ---- Special and extreme values (extremes.cpp) ----

  void check_special_values(const Tensors& master, Dtype dtype);
  void check_extremes(const Tensors& master);
  void check_extreme(const Tensors& master, std::size_t k, std::int64_t place, double value);

  // ---- Derivatives and graphs (graphs.cpp) ----

  void check_differences(const Tensors& master, const std::vector<bool>& variables,
                         GradientCheckOptions::Method method = GradientCheckOptions::automatic);
  void check_repeated();
  void check_graph(const Tensors& master);
  void check_sites(const Node* root);
  void check_undefined(const Tensors& master);

  // ---- Errors (op.cpp) ----

  std::string row_file() const;
  void check_place(const std::string& what, const std::string& text);
  void check_refusal(const Refusal& refusal);

  const Row& row_;
  std::vector<std::string> failures_;
  std::size_t dropped_ = 0;
  std::string where_;
  const Sample* sample_ = nullptr;
  std::uint64_t seed_ = 0;
  bool expects_gradient_ = false;  // of the current sample
  Counts counts_;
};

}  // namespace cinta::check
