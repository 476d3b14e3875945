#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cinta/optim/detail/norm.hpp>
#include <cinta/optim/sgd/muon.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> MuonOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&MuonOptions::lr>("lr", Range::not_negative),
      option_field<&MuonOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&MuonOptions::momentum>("momentum", Range::fraction),
      option_field<&MuonOptions::nesterov>("nesterov"),
      option_field<&MuonOptions::ns_steps>("ns_steps", Range::count),
      option_field<&MuonOptions::eps>("eps", Range::positive),
      option_field<&MuonOptions::scale>("scale"),
      option_field<&MuonOptions::maximize>("maximize")};
  return all;
}

Muon::Muon(const Parameters& parameters, MuonOptions options, Site site)
    : GroupedOptimizer("Muon", {{"momentum"}}) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Muon::~Muon() = default;

void Muon::check_parameter(const Tensor& parameter, const std::string& title,
                           const Site& site) const {
  if (parameter.rank() == 2) return;
  throw ShapeError(title + " is " + parameter.spec().str() +
                       ", and Muon trains matrices; train it with another optimizer, such as AdamW",
                   site);
}

// Five steps of x -> a x + (b (x x^T) + c (x x^T)^2) x, whose slope at 0 is large: singular values
// come near 1. Of a wide matrix, since x x^T is small then.
static Tensor orthogonal(const Tensor& matrix, std::int64_t steps, double eps) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  const bool tall = matrix.shape()[0] > matrix.shape()[1];
  Tensor x = tall ? contiguous(transpose(matrix)) : matrix;
  x = x / std::max(detail::norm(x), eps);
  for (std::int64_t i = 0; i < steps; ++i) {
    const Tensor gram = matmul(x, transpose(x));
    x = a * x + matmul(b * gram + c * matmul(gram, gram), x);
  }
  return tall ? transpose(x) : x;
}

Tensor Muon::update(ParameterStep& step, const MuonOptions& o) const {
  const Tensor &w = step.parameter(), &g = step.gradient();
  Tensor& buffer = step.state(0);
  buffer = o.momentum * buffer + (1 - o.momentum) * g;
  const Tensor direction = o.nesterov ? (1 - o.momentum) * g + o.momentum * buffer : buffer;
  const double rows = double(w.shape()[0]), columns = double(w.shape()[1]);
  double rate = o.lr;
  if (w.numel() > 0 && o.scale == MuonScale::original)
    rate *= std::sqrt(std::max(1.0, rows / columns));
  if (o.scale == MuonScale::match_rms_adamw) rate *= 0.2 * std::sqrt(std::max(rows, columns));
  return (1 - o.lr * o.weight_decay) * w - rate * orthogonal(direction, o.ns_steps, o.eps);
}

}  // namespace cinta::optim
