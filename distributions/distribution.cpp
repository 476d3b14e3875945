#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/distributions/distribution.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cmath>
#include <limits>

namespace cinta::distributions {
namespace {

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = Shape::filled(a.rank() + b.rank());
  for (int i = 0; i < a.rank(); ++i) shape[i] = a[i];
  for (int i = 0; i < b.rank(); ++i) shape[a.rank() + i] = b[i];
  return shape;
}

Shape part(const Shape& shape, int begin, int end) {
  Shape result = Shape::filled(end - begin);
  for (int i = begin; i < end; ++i) result[i - begin] = shape[i];
  return result;
}

}  // namespace

Tensors Distribution::prepared(const char* name, std::initializer_list<Parameter> parameters) {
  const Site site = SiteScope::resolve(parameters.begin()->value.site());
  const auto refuse = [&](const Parameter& p, const std::string& what) {
    throw ValueError(std::string(name) + ": " + p.name + " " + what, site);
  };
  Dtype dtype = boolean;
  for (const Parameter& p : parameters) {
    if (!p.value.is_number() && !p.value.tensor().defined()) refuse(p, "is an undefined tensor");
    dtype = promote(dtype, p.value.is_number() ? p.value.kind() : p.value.tensor().dtype());
  }
  if (!is_floating(dtype)) dtype = float32;
  Tensors all;
  for (const Parameter& p : parameters) {
    all.push_back(p.value.is_number() ? full({}, p.value.number(), dtype, site)
                                      : to(p.value.tensor(), dtype, site));
    const NoGrad constant;
    for (const double v : to(all.back(), float64).to_vector<double>()) {
      const auto check = [&](bool ok, const char* what) {
        if (!ok) refuse(p, std::string("must ") + what + ", got " + detail::text_of(v));
      };
      switch (p.domain) {
        case Domain::real: check(v == v, "be a number"); break;
        case Domain::positive: check(v > 0, "be positive"); break;
        case Domain::not_negative: check(v >= 0, "not be negative"); break;
        case Domain::count:
          check(v >= 0, "not be negative");
          check(v == std::floor(v) && std::isfinite(v), "be a whole number");
          break;
        case Domain::probability: check(v >= 0 && v <= 1, "lie in [0, 1]"); break;
        case Domain::share: check(v > 0 && v <= 1, "lie in (0, 1]"); break;
      }
    }
  }
  return all;
}

Distribution::Distribution(const char* name, Tensors parameters, const Shape& batch,
                           const Shape& event, Dtype dtype)
    : name_(name),
      parameters_(std::move(parameters)),
      batch_(batch),
      event_(event),
      dtype_(dtype) {}

Distribution::Distribution(const char* name, Tensors parameters, int event_axes, const Site& site)
    : name_(name), parameters_(std::move(parameters)), dtype_(parameters_[0].dtype()) {
  Shape shape;
  for (const Tensor& p : parameters_)
    shape = broadcast_shapes(name, shape, p.shape(), SiteScope::resolve(site));
  if (shape.rank() < event_axes) {
    throw ShapeError(std::string(name) + ": parameters need at least one axis",
                     SiteScope::resolve(site));
  }
  batch_ = part(shape, 0, shape.rank() - event_axes);
  event_ = part(shape, shape.rank() - event_axes, shape.rank());
}

void Distribution::refuse_unless_below(const char* low_name, const Tensor& low,
                                       const char* high_name, const Tensor& high,
                                       const Site& site) const {
  const NoGrad constant;
  const Shape shape = broadcast_shapes(name_, low.shape(), high.shape(), SiteScope::resolve(site));
  const auto values = [&](const Tensor& x) {
    return to(broadcast_to(x, shape), float64).to_vector<double>();
  };
  const std::vector<double> a = values(low), b = values(high);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) continue;
    throw ValueError(std::string(name_) + ": " + low_name + " " + detail::text_of(a[i]) +
                         " is not below " + high_name + " " + detail::text_of(b[i]),
                     SiteScope::resolve(site));
  }
}

Shape Distribution::with_batch(const Shape& shape) const { return joined(shape, batch_); }
Shape Distribution::with_event(const Shape& shape) const {
  return joined(with_batch(shape), event_);
}
Tensor Distribution::expanded(int i, const Shape& shape) const {
  return broadcast_to(parameter(i), with_event(shape));
}

Tensor Distribution::sample(const Shape& shape, Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  const std::string call = std::string(name_) + ".sample";
  const NameScope name(call.c_str());
  const NoGrad constant;
  return do_sample(shape);
}

Tensor Distribution::rsample(const Shape& shape, Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  if (!has_rsample()) {
    throw ValueError(std::string(name_) + ": draws have no gradient; take sample()",
                     SiteScope::resolve(site));
  }
  const std::string call = std::string(name_) + ".rsample";
  const NameScope name(call.c_str());
  return do_sample(shape);
}

Tensor Distribution::checked(const char* what, const Tensor& value) const {
  const std::string call = std::string(name_) + "." + what;
  if (!value.defined()) throw ValueError(call + ": the value is an undefined tensor", Site());
  broadcast_shapes(call.c_str(), value.shape(), with_event({}), Site());
  return is_floating(value.dtype()) ? value : to(value, dtype_);
}

Tensor Distribution::present(const char* what, const Tensor& result, const char* instead) const {
  if (result.defined()) return result;
  throw ValueError(std::string(name_) + ": no closed form of the " + what + instead, Site());
}

Tensor Distribution::log_prob(const Tensor& value, Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  return do_log_prob(checked("log_prob", value));
}

Tensor Distribution::entropy(Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  const Tensor result = present("entropy", do_entropy(), "; take the mean of -log_prob(sample)");
  return broadcast_to(result, batch_);
}

Tensor Distribution::mean(Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  return broadcast_to(present("mean", do_mean(), "; take that of sample()"), with_event({}));
}

Tensor Distribution::variance(Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  return broadcast_to(present("variance", do_variance(), "; take that of sample()"),
                      with_event({}));
}

Tensor Distribution::stddev(Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  return sqrt(variance());
}

Tensor Distribution::cdf(const Tensor& value, Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  return present("cdf", do_cdf(checked("cdf", value)), "; take the share of sample() up to it");
}

Tensor Distribution::icdf(const Tensor& p, Site site) const {
  const SiteScope scope(SiteScope::resolve(site));
  const Tensor share = checked("icdf", p),
               found = present("icdf", do_icdf(share),
                               event_.rank() ? "" : "; take the quantile of sample()");
  // Formulas that are elementary go on beyond both ends.
  return where(logical_and(ge(share, 0), le(share, 1)), found,
               std::numeric_limits<double>::quiet_NaN());
}

Tensor kl_divergence(const Distribution& p, const Distribution& q, Site site) {
  const SiteScope scope(SiteScope::resolve(site));
  const std::string pair = std::string(p.name()) + " and " + q.name();
  const Shape batch = broadcast_shapes("kl_divergence", p.batch_shape(), q.batch_shape(), Site());
  if (p.event_shape() != q.event_shape()) {
    throw ShapeError("kl_divergence: events of " + pair + " have the shapes " +
                         p.event_shape().str() + " and " + q.event_shape().str(),
                     Site());
  }
  const Tensor result = p.do_kl(q);
  if (!result.defined()) {
    throw ValueError("kl_divergence: no formula for " + pair +
                         "; take the mean of p.log_prob(x) - q.log_prob(x) for x of p",
                     Site());
  }
  return broadcast_to(result, batch);
}

}  // namespace cinta::distributions
