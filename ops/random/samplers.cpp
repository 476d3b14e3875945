#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/random/samplers.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/random/detail/drawing.hpp>
#include <cinta/ops/random/detail/gamma_slope.hpp>
#include <cinta/ops/random/random.hpp>
#include <cinta/ops/random/samplers.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::drawing;
constexpr double infinity = std::numeric_limits<double>::infinity();

// Parameters as float64, and what their sample has to be.
struct Parameters {
  Op op;
  Shape shape;
  Dtype dtype = boolean;
  Tensors all;

  Parameters(const Op& call, std::initializer_list<Operand> operands) : op(call) {
    int index = 0;
    for (const Operand& x : operands) {
      if (!x.is_number() && !x.tensor().defined()) {
        throw ValueError(
            std::string(op.name) + ": input " + std::to_string(index) + " is an undefined tensor",
            op.site);
      }
      dtype = promote(dtype, x.is_number() ? x.kind() : x.tensor().dtype());
      if (!x.is_number()) shape = broadcast_shapes(op.name, shape, x.tensor().shape(), op.site);
      ++index;
    }
    if (!is_floating(dtype)) dtype = float32;
    for (const Operand& x : operands) {
      all.push_back(x.is_number() ? full({}, x.number(), float64)
                                  : to(x.tensor(), float64, op.site));
    }
  }

  const Tensor& operator[](int i) const { return all[std::size_t(i)]; }
  // Of the sample's shape.
  Tensor expanded(int i) const { return broadcast_to((*this)[i], shape, op.site); }
  Tensor rounded(const Tensor& y) const { return to(y, dtype, op.site); }
  // The positive normal numbers of the dtype, and the last one below 1.
  double smallest() const {
    return dtype == float32 ? double(std::numeric_limits<float>::min())
                            : std::numeric_limits<double>::min();
  }
  double largest() const {
    return dtype == float32 ? double(std::numeric_limits<float>::max())
                            : std::numeric_limits<double>::max();
  }
  double below_one() const { return dtype == float32 ? 1 - 0x1p-24 : 1 - 0x1p-53; }
};

// float64, uniform on (0, 1).
Tensor open_uniform(const Shape& shape, const Site& site) {
  return apply({"open_uniform", Save::nothing(), site}, {}, {shape, float64},
               drawing([](const Inputs&, const Array& y, const kernels::RandomKey& key) {
                 kernels::open_uniform(y, key);
               }));
}

// f of the parameters and of one or two uniform numbers for each element.
template <std::size_t draws, std::size_t count, class F>
Tensor inverted(const Parameters& p, const F& f) {
  const OpScope scope(p.op);
  const auto& program = detail::program_of<count + draws, false>(f, p.op.site);
  const Tensor u = open_uniform(p.shape, p.op.site);
  if constexpr (count == 1) {
    return p.rounded(detail::map(p.op.name, program, {p[0], u}));
  } else if constexpr (draws == 1) {
    return p.rounded(detail::map(p.op.name, program, {p[0], p[1], u}));
  } else {
    const Tensor v = open_uniform(p.shape, p.op.site);
    return p.rounded(detail::map(p.op.name, program, {p[0], p[1], u, v}));
  }
}

// NaN unless the scale is positive.
Element valid_scale(Element scale) { return where(scale > 0, scale, std::nan("")); }

// log of a gamma of float64 concentrations and rate 1.
Tensor log_gamma_of(const Tensor& concentration, const Site& site) {
  return apply({"log_standard_gamma", Save::everything(), site}, {concentration},
               concentration.spec(),
               drawing([](const Inputs& in, const Array& y, const kernels::RandomKey& key) {
                 kernels::gamma(contiguous(in[0]), y, true, key);
               }),
               [](const Grad& g) { return -(g.dy * detail::gamma_slope(1, g.in(0), g.out())); });
}

// A standard normal variable that lies in [a, b]; all float64 and of one shape.
Tensor truncated(const Tensor& u, const Tensor& a, const Tensor& b, const Site& site) {
  // At a fixed u the density at x times dx is that at the bound times what it adds to the share
  // below.
  const auto slope = [](const Tensor& dy, const Tensor& share, const Tensor& x,
                        const Tensor& bound) {
    return map(
        [](Element d, Element s, Element v, Element end) {
          return where(abs(end) == infinity, 0, d * s * exp(0.5 * (v - end) * (v + end)));
        },
        dy, share, x, bound);
  };
  return apply(
      {"truncated_normal", Save::everything(), site}, {u, a, b}, u.spec(),
      [](const Inputs& in, const Tensor& y) {
        kernels::truncated_normal(contiguous(in[0]), contiguous(in[1]), contiguous(in[2]), y);
      },
      no_gradient, [slope](const Grad& g) { return slope(g.dy, 1 - g.in(0), g.out(), g.in(1)); },
      [slope](const Grad& g) { return slope(g.dy, g.in(0), g.out(), g.in(2)); });
}

}  // namespace

Tensor bernoulli(const Tensor& p, Site site) {
  const Parameters parameters({"bernoulli", site}, {p});
  const Op& op = parameters.op;
  const OpScope scope(op);
  const NoGrad constant;
  for (const double share : parameters[0].to_vector<double>()) {
    if (!(share >= 0 && share <= 1))
      throw ValueError("bernoulli: p must lie in [0, 1], got " + detail::text_of(share), op.site);
  }
  return open_uniform(parameters.shape, op.site) < parameters[0];
}

Tensor exponential(const Tensor& rate, Site site) {
  return inverted<1, 1>(Parameters({"exponential", site}, {rate}),
                        [](Element r, Element u) { return -log(u) / valid_scale(r); });
}

Tensor laplace(const Operand& loc, const Operand& scale) {
  const auto f = [](Element m, Element s, Element u, Element v) {
    return m + valid_scale(s) * (log(u) - log(v));
  };
  return inverted<2, 2>(Parameters({"laplace", loc.site()}, {loc, scale}), f);
}

Tensor gumbel(const Operand& loc, const Operand& scale) {
  const auto f = [](Element m, Element s, Element u) { return m - valid_scale(s) * log(-log(u)); };
  return inverted<1, 2>(Parameters({"gumbel", loc.site()}, {loc, scale}), f);
}

Tensor cauchy(const Operand& loc, const Operand& scale) {
  // The angle is taken from the nearer end, where the tail is.
  const auto f = [](Element m, Element s, Element u) {
    return m + valid_scale(s) / tan(3.14159265358979323846 * where(u < 0.5, u, u - 1));
  };
  return inverted<1, 2>(Parameters({"cauchy", loc.site()}, {loc, scale}), f);
}

Tensor truncated_normal(const Operand& mean, const Operand& std, const Operand& low,
                        const Operand& high) {
  const Parameters p({"truncated_normal", mean.site()}, {mean, std, low, high});
  const OpScope scope(p.op);
  const auto standard = [&](int bound) {
    const Tensor z = map([](Element x, Element m, Element s) { return (x - m) / valid_scale(s); },
                         p[bound], p[0], p[1]);
    return broadcast_to(z, p.shape);
  };
  const Tensor z = truncated(open_uniform(p.shape, p.op.site), standard(2), standard(3), p.op.site);
  const auto f = [](Element m, Element s, Element a, Element b, Element v) {
    const Element x = m + s * v;  // which rounding may take beyond the bounds
    return where(x < a, a, where(x > b, b, x));
  };
  return p.rounded(map(f, p[0], p[1], p[2], p[3], z));
}

Tensor log_standard_gamma(const Tensor& concentration, Site site) {
  const Parameters p({"log_standard_gamma", site}, {concentration});
  return p.rounded(log_gamma_of(p[0], p.op.site));
}

Tensor gamma(const Operand& concentration, const Operand& rate) {
  const Parameters p({"gamma", concentration.site()}, {concentration, rate});
  const OpScope scope(p.op);
  const Tensor standard =
      apply({"gamma", Save::everything(), p.op.site}, {p.expanded(0)}, {p.shape, float64},
            drawing([](const Inputs& in, const Array& y, const kernels::RandomKey& key) {
              kernels::gamma(contiguous(in[0]), y, false, key);
            }),
            [](const Grad& g) {
              return -(g.dy * g.out() * detail::gamma_slope(1, g.in(0), log(g.out())));
            });
  const Tensor scaled =
      map([](Element x, Element r) { return x / valid_scale(r); }, standard, p[1]);
  return p.rounded(clamp(scaled, p.smallest(), infinity));
}

Tensor beta(const Operand& a, const Operand& b) {
  const Parameters p({"beta", a.site()}, {a, b});
  const OpScope scope(p.op);
  const Tensor x = log_gamma_of(p.expanded(0), p.op.site);
  const Tensor y = log_gamma_of(p.expanded(1), p.op.site);
  return p.rounded(clamp(sigmoid(x - y), p.smallest(), p.below_one()));
}

Tensor dirichlet(const Tensor& concentration, Site site) {
  const Parameters p({"dirichlet", site}, {concentration});
  if (p.shape.rank() == 0)
    throw ShapeError("dirichlet: concentrations need at least one axis", p.op.site);
  const OpScope scope(p.op);
  return p.rounded(clamp(softmax(log_gamma_of(p[0], p.op.site), -1), p.smallest(), 1));
}

Tensor student_t(const Operand& df, const Operand& loc, const Operand& scale) {
  const Parameters p({"student_t", df.site()}, {df, loc, scale});
  const OpScope scope(p.op);
  const Tensor half = 0.5 * p.expanded(0);
  // Half of a chi-square variable, by its logarithm.
  const Tensor chi = log_gamma_of(half, p.op.site);
  const Tensor z = randn(p.shape, float64, p.op.site);
  const auto f = [](Element n, Element m, Element s, Element l, Element v) {
    return m + valid_scale(s) * v * exp(0.5 * (log(n) - l));
  };
  return p.rounded(clamp(map(f, half, p[1], p[2], chi, z), -p.largest(), p.largest()));
}

Tensor poisson(const Tensor& rate, Site site) {
  const Parameters p({"poisson", site}, {rate});
  const OpScope scope(p.op);
  const NoGrad constant;
  return p.rounded(
      apply({"poisson", Save::nothing(), p.op.site}, {p[0]}, {p.shape, float64},
            drawing([](const Inputs& in, const Array& y, const kernels::RandomKey& key) {
              kernels::poisson(contiguous(in[0]), y, key);
            })));
}

Tensor binomial(const Operand& count, const Operand& probability) {
  const Parameters p({"binomial", count.site()}, {count, probability});
  const OpScope scope(p.op);
  const NoGrad constant;
  return p.rounded(apply(
      {"binomial", Save::nothing(), p.op.site}, {p.expanded(0), p.expanded(1)}, {p.shape, float64},
      drawing([](const Inputs& in, const Array& y, const kernels::RandomKey& key) {
        kernels::binomial(contiguous(in[0]), contiguous(in[1]), y, key);
      })));
}

Tensor gumbel_softmax(const Tensor& logits, GumbelSoftmaxOptions options, Site site) {
  const Op op{"gumbel_softmax", site};
  detail::check_defined(op, {logits});
  if (!is_floating(logits.dtype())) {
    throw DtypeError(
        std::string("gumbel_softmax: needs a floating dtype, got ") + name_of(logits.dtype()),
        op.site);
  }
  if (!(options.temperature > 0)) {
    throw ValueError("gumbel_softmax: the temperature must be above 0, got " +
                         detail::text_of(options.temperature),
                     op.site);
  }
  const int axis = axis_of_elements("gumbel_softmax", options.axis, logits.shape(), op.site);
  const OpScope scope(op);
  const auto f = [](Element x, Element u, Element temperature) {
    return (x - log(-log(u))) / temperature;
  };
  const Tensor noisy =
      map(f, to(logits, float64), open_uniform(logits.shape(), op.site), options.temperature);
  const Tensor soft = to(softmax(noisy, axis), logits.dtype());
  if (!options.hard) return soft;
  const std::int64_t classes = at_least_1d(logits.shape())[axis];
  const Tensor hot = one_hot(argmax(soft.detach(), axis), classes, logits.dtype());
  const Tensor chosen = reshape(movedim(hot, -1, axis), logits.shape());
  return chosen + (soft - soft.detach());
}

}  // namespace cinta
