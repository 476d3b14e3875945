// What the oracle compares: a line of JSON for each case, with what it is in Python, the inputs,
// the results and their first and second gradients. `./dev oracle` runs it beside oracle.py.

#include <cinta/cinta.hpp>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>

namespace {

using namespace cinta;

constexpr double inf = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

using Values = std::vector<double>;
using Function = std::function<Tensor(const Tensors&)>;

void print(const Tensor& x) {
  std::printf("{\"shape\":[");
  for (int i = 0; i < x.rank(); ++i) std::printf(i ? ",%lld" : "%lld", (long long)(x.shape()[i]));
  std::printf("],\"dtype\":\"%s\",\"values\":[", name_of(x.dtype()));
  const std::vector<double> values = to(x.detach(), float64).to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    std::printf(std::isfinite(values[i]) ? (i ? ",%.17g" : "%.17g") : (i ? ",\"%g\"" : "\"%g\""),
                values[i]);
  std::printf("]}");
}

// Fixed weights, so that both sides differentiate the same sum.
Tensor weights(const Shape& shape) {
  Tensor w = empty(shape, float64);
  for (std::int64_t i = 0; i < w.numel(); ++i) w.data<double>()[i] = 0.5 + 0.25 * double(i % 5);
  return w;
}

void run(const char* kind, const std::string& python, const Function& f, Tensors inputs) {
  Tensors wanted;
  std::printf("{\"kind\":\"%s\",\"python\":\"%s\",\"inputs\":[", kind, python.c_str());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i) std::printf(",");
    print(inputs[i]);
    if (is_floating(inputs[i].dtype())) wanted.push_back(inputs[i].requires_grad_());
  }
  const Tensor y = f(inputs);
  std::printf("],\"value\":");
  print(y);
  std::printf(",\"first\":[");
  Tensors gradients;
  if (y.requires_grad()) {
    gradients =
        grad({sum(y * weights(y.shape()))}, wanted, {.create_graph = true, .allow_unused = true});
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (i) std::printf(",");
      gradients[i].defined() ? print(gradients[i]) : (void)std::printf("null");
    }
  }
  std::printf("],\"second\":[");
  Tensor total;
  for (const Tensor& gradient : gradients) {
    if (!gradient.defined() || !gradient.requires_grad()) continue;
    const Tensor part = sum(gradient * weights(gradient.shape()));
    total = total.defined() ? total + part : part;
  }
  if (total.defined()) {
    const Tensors second = grad({total}, wanted, {.allow_unused = true});
    for (std::size_t i = 0; i < second.size(); ++i) {
      if (i) std::printf(",");
      second[i].defined() ? print(second[i]) : (void)std::printf("null");
    }
  }
  std::printf("]}\n");
}

// Each of these with the others in front of it.
void both_kinds(const std::string& python, const Function& f, const Tensors& random,
                const Tensors& edges) {
  run("random", python, f, random);
  run("edge", python, f, edges);
  Tensors none;
  for (const Tensor& x : random) {
    Shape shape = x.shape();
    if (shape.rank() > 0) shape[0] = 0;
    none.push_back(zeros(shape, x.dtype()));
  }
  if (random[0].rank() > 0) run("empty", python, f, none);
}

Tensor draw(const Shape& shape, double low = -2, double high = 2) {
  return uniform(shape, low, high, float64);
}
Tensor edges() {
  const Values values = {0,         -0.0,   1,       -1,    0.5, inf, -inf,
                         nan_value, 1e-300, -1e-300, 1e300, 40,  -40, 3};
  return from_data(values, {std::int64_t(values.size())});
}

template <class F>
void one(const char* python, F f, double low = -2, double high = 2) {
  both_kinds(python, [f](const Tensors& in) { return f(in[0]); }, {draw({3, 4}, low, high)},
             {edges()});
}
template <class F>
void two(const char* python, F f, double low = -2, double high = 2) {
  const Tensor grid = edges();
  both_kinds(
      python, [f](const Tensors& in) { return f(in[0], in[1]); },
      {draw({3, 4}, low, high), draw({3, 4}, low, high)},
      {clone(broadcast_to(unsqueeze(grid, 1), {14, 14})), clone(broadcast_to(grid, {14, 14}))});
}
template <class F>
void whole(const char* python, F f) {
  both_kinds(python, [f](const Tensors& in) { return f(in[0]); }, {draw({3, 4})},
             {from_data(Values{1, inf, 2, nan_value, 0, 3, -inf, -inf, -inf, 0, 0, 0}, {4, 3})});
}

#define ONE(name) one("torch." #name "(x)", [](const Tensor& x) { return name(x); })
#define SPECIAL(name) one("torch.special." #name "(x)", [](const Tensor& x) { return name(x); })
#define ACTIVATION(name) one("F." #name "(x)", [](const Tensor& x) { return name(x); })
#define TWO(name) \
  two("torch." #name "(x, y)", [](const Tensor& a, const Tensor& b) { return name(a, b); })
#define WHOLE(python, expression) whole(python, [](const Tensor& x) { return expression; })

void elementwise() {
  ONE(abs);
  ONE(sign);
  ONE(square);
  ONE(exp);
  ONE(exp2);
  ONE(expm1);
  ONE(sin);
  ONE(cos);
  ONE(tan);
  ONE(atan);
  ONE(sinh);
  ONE(cosh);
  ONE(tanh);
  ONE(asinh);
  ONE(sinc);
  ONE(erf);
  ONE(erfc);
  ONE(sigmoid);
  ONE(floor);
  ONE(ceil);
  ONE(round);
  ONE(trunc);
  ONE(frac);
  ONE(deg2rad);
  ONE(rad2deg);
  ONE(relu);
  ONE(reciprocal);
  ONE(rsqrt);
  ONE(sqrt);
  ONE(log);
  ONE(log2);
  ONE(log10);
  ONE(log1p);
  ONE(lgamma);
  ONE(digamma);
  ONE(isnan);
  ONE(isinf);
  ONE(isfinite);
  ONE(neg);
  one(
      "torch.asin(x)", [](const Tensor& x) { return asin(x); }, -0.9, 0.9);
  one(
      "torch.acos(x)", [](const Tensor& x) { return acos(x); }, -0.9, 0.9);
  one(
      "torch.atanh(x)", [](const Tensor& x) { return atanh(x); }, -0.9, 0.9);
  one(
      "torch.acosh(x)", [](const Tensor& x) { return acosh(x); }, 1.1, 3);
  one(
      "torch.erfinv(x)", [](const Tensor& x) { return erfinv(x); }, -0.9, 0.9);
  one(
      "torch.logit(x)", [](const Tensor& x) { return logit(x); }, 0.1, 0.9);
  one(
      "torch.special.ndtri(x)", [](const Tensor& x) { return ndtri(x); }, 0.1, 0.9);
  one(
      "torch.polygamma(1, x)", [](const Tensor& x) { return polygamma(1, x); }, 0.5, 3);
  one(
      "torch.polygamma(2, x)", [](const Tensor& x) { return polygamma(2, x); }, 0.5, 3);
  SPECIAL(erfcx);
  SPECIAL(i0);
  SPECIAL(i0e);
  SPECIAL(i1);
  SPECIAL(i1e);
  SPECIAL(ndtr);
  SPECIAL(log_ndtr);
  ACTIVATION(silu);
  ACTIVATION(mish);
  ACTIVATION(elu);
  ACTIVATION(celu);
  ACTIVATION(selu);
  ACTIVATION(softplus);
  ACTIVATION(softsign);
  ACTIVATION(tanhshrink);
  ACTIVATION(relu6);
  ACTIVATION(hardtanh);
  ACTIVATION(hardsigmoid);
  ACTIVATION(hardswish);
  ACTIVATION(hardshrink);
  ACTIVATION(softshrink);
  ACTIVATION(leaky_relu);
  ACTIVATION(gelu);
  ACTIVATION(logsigmoid);
  one("F.gelu(x, approximate='tanh')", [](const Tensor& x) { return gelu_tanh(x); });
  one("torch.nan_to_num(x)", [](const Tensor& x) { return nan_to_num(x); });
  one("torch.clamp(x, -1, 1)", [](const Tensor& x) { return clamp(x, -1, 1); });
  TWO(add);
  TWO(sub);
  TWO(mul);
  TWO(div);
  TWO(maximum);
  TWO(minimum);
  TWO(fmax);
  TWO(fmin);
  TWO(atan2);
  TWO(hypot);
  TWO(copysign);
  TWO(logaddexp);
  TWO(logaddexp2);
  TWO(xlogy);
  TWO(fmod);
  TWO(remainder);
  TWO(eq);
  TWO(ne);
  TWO(lt);
  TWO(le);
  TWO(gt);
  TWO(ge);
  two(
      "torch.pow(x, y)", [](const Tensor& a, const Tensor& b) { return pow(a, b); }, 0.2, 2);
  two(
      "torch.special.xlog1py(x, y)", [](const Tensor& a, const Tensor& b) { return xlog1py(a, b); },
      -0.5, 2);
  two("torch.div(x, y, rounding_mode='floor')",
      [](const Tensor& a, const Tensor& b) { return div(a, b, Rounding::floor); });
  two("torch.div(x, y, rounding_mode='trunc')",
      [](const Tensor& a, const Tensor& b) { return div(a, b, Rounding::trunc); });
}

void reductions() {
  WHOLE("torch.sum(x, 1)", sum(x, 1));
  WHOLE("torch.mean(x, 1)", mean(x, 1));
  WHOLE("torch.prod(x, 1)", prod(x, 1));
  WHOLE("torch.amax(x, 1)", max(x, 1));
  WHOLE("torch.amin(x, 1)", min(x, 1));
  WHOLE("torch.max(x, 1).values", max_with_indices(x, 1).values);
  WHOLE("torch.max(x, 1).indices", max_with_indices(x, 1).indices);
  WHOLE("torch.argmax(x, 1)", argmax(x, 1));
  WHOLE("torch.argmin(x, 1)", argmin(x, 1));
  WHOLE("torch.var(x, 1)", var(x, 1));
  WHOLE("torch.std(x, 1)", cinta::std(x, 1));
  WHOLE("torch.linalg.vector_norm(x, 0, 1)", norm(x, 0, 1));
  WHOLE("torch.linalg.vector_norm(x, 1, 1)", norm(x, 1, 1));
  WHOLE("torch.linalg.vector_norm(x, 2, 1)", norm(x, 2, 1));
  WHOLE("torch.linalg.vector_norm(x, 3, 1)", norm(x, 3, 1));
  WHOLE("torch.linalg.vector_norm(x, float('inf'), 1)", norm(x, inf, 1));
  WHOLE("torch.logsumexp(x, 1)", logsumexp(x, 1));
  WHOLE("torch.any(x, 1)", any(x, 1));
  WHOLE("torch.all(x, 1)", all(x, 1));
  WHOLE("torch.count_nonzero(x, 1)", count_nonzero(x, 1));
  WHOLE("torch.nansum(x, 1)", nansum(x, 1));
  WHOLE("torch.nanmean(x, 1)", nanmean(x, 1));
  WHOLE("torch.cumsum(x, 1)", cumsum(x, 1));
  WHOLE("torch.cumprod(x, 1)", cumprod(x, 1));
  WHOLE("torch.cummax(x, 1).values", cummax(x, 1).values);
  WHOLE("torch.cummin(x, 1).indices", cummin(x, 1).indices);
  WHOLE("torch.logcumsumexp(x, 1)", logcumsumexp(x, 1));
  WHOLE("torch.diff(x, dim=1)", diff(x, 1, 1));
  WHOLE("torch.trapezoid(x, dim=1)", trapezoid(x, 1, 1));
  WHOLE("torch.softmax(x, 1)", softmax(x, 1));
  WHOLE("torch.log_softmax(x, 1)", log_softmax(x, 1));
  WHOLE("torch.sort(x, dim=1, stable=True).values", sort(x, 1).values);
  WHOLE("torch.sort(x, dim=1, stable=True).indices", sort(x, 1).indices);
  WHOLE("torch.sort(x, dim=1, stable=True, descending=True).values", sort(x, 1, true).values);
  WHOLE("torch.topk(x, 2, 1).values", topk(x, 2, 1).values);
  WHOLE("torch.kthvalue(x, 2, 1).values", kthvalue(x, 2, 1).values);
  WHOLE("torch.median(x, 1).values", median_with_indices(x, 1).values);
  WHOLE("torch.quantile(x, 0.3, 1)", quantile(x, 0.3, 1));
  WHOLE("torch.nanquantile(x, 0.3, 1)", nanquantile(x, 0.3, 1));
  WHOLE("torch.unique(x)", unique(x).values);
}

void shapes() {
  WHOLE("torch.flip(x, (1,))", flip(x, 1));
  WHOLE("torch.roll(x, 2, 1)", roll(x, 2, 1));
  WHOLE("torch.rot90(x)", rot90(x));
  WHOLE("torch.tril(x, -1)", tril(x, -1));
  WHOLE("torch.triu(x)", triu(x));
  WHOLE("torch.diagonal(x, 1)", diagonal(x, 1));
  WHOLE("torch.diag_embed(x)", diag_embed(x));
  WHOLE("x.repeat(2, 3)", repeat(x, {2, 3}));
  WHOLE("torch.tile(x, (2,))", tile(x, {2}));
  WHOLE("torch.repeat_interleave(x, 2, 1)", repeat_interleave(x, 2, 1));
  WHOLE("x.unfold(1, 2, 1)", unfold(x, 1, 2, 1));
  WHOLE("F.pad(x, (1, 2, 0, 1), value=3)", pad(x, {1, 2, 0, 1}, {.value = 3}));
  WHOLE("F.pad(x[None], (1, 2), mode='reflect')[0]", pad(x, {1, 2}, {.mode = PadMode::reflect}));
  WHOLE("F.pad(x[None], (1, 2), mode='replicate')[0]",
        pad(x, {1, 2}, {.mode = PadMode::replicate}));
  WHOLE("F.pad(x[None], (1, 2), mode='circular')[0]", pad(x, {1, 2}, {.mode = PadMode::circular}));
  WHOLE("torch.nonzero(x)", nonzero(x));
}

void products() {
  run("random", "torch.einsum('bij,bjk->bik', x, y)",
      [](const Tensors& in) { return einsum("bij,bjk->bik", in); },
      {draw({2, 3, 2}), draw({2, 2, 4})});
  run("random", "torch.tensordot(x, y, 2)",
      [](const Tensors& in) { return tensordot(in[0], in[1], 2); },
      {draw({2, 3, 4}), draw({3, 4, 2})});
  run("random", "torch.cdist(x, y)", [](const Tensors& in) { return cdist(in[0], in[1]); },
      {draw({3, 4}), draw({2, 4}, 3, 4)});
  run("random", "torch.linalg.cross(x, y)", [](const Tensors& in) { return cross(in[0], in[1]); },
      {draw({2, 3}), draw({2, 3})});
  run("random", "torch.kron(x, y)", [](const Tensors& in) { return kron(in[0], in[1]); },
      {draw({2, 3}), draw({2, 2})});
  run("random", "F.cosine_similarity(x, y)",
      [](const Tensors& in) { return cosine_similarity(in[0], in[1]); },
      {draw({2, 3}), draw({2, 3})});
  run("random", "torch.outer(x, y)", [](const Tensors& in) { return outer(in[0], in[1]); },
      {draw({3}), draw({2})});
}

void losses() {
  const Tensor labels = from_data(std::vector<std::int64_t>{0, 2, 1, 2}, {4});
  run("random",
      "F.cross_entropy(x, torch.tensor([0, 2, 1, 2]), ignore_index=1, label_smoothing=0.1)",
      [=](const Tensors& in) {
        return cross_entropy(in[0], labels, {.ignore_index = 1, .label_smoothing = 0.1});
      },
      {draw({4, 3})});
  run("random",
      "F.cross_entropy(x, torch.tensor([0, 2, 1, 2]), weight=torch.tensor([0.5, 2, 1.5]).double())",
      [=](const Tensors& in) {
        return cross_entropy(in[0], labels, {.weight = from_data(Values{0.5, 2, 1.5}, {3})});
      },
      {draw({4, 3})});
  run("random", "F.cross_entropy(x, y)",
      [](const Tensors& in) { return cross_entropy(in[0], in[1], ClassLossOptions{}); },
      {draw({4, 3}), draw({4, 3}, 0, 1)});
  run("random", "F.multi_margin_loss(x, torch.tensor([0, 2, 1, 2]))",
      [=](const Tensors& in) { return multi_margin_loss(in[0], labels); }, {draw({4, 3})});
  run("random", "F.multilabel_soft_margin_loss(x, y)",
      [](const Tensors& in) { return multilabel_soft_margin_loss(in[0], in[1]); },
      {draw({4, 3}), draw({4, 3}, 0, 1)});
  run("random", "F.binary_cross_entropy_with_logits(x, y, pos_weight=z)",
      [](const Tensors& in) {
        return binary_cross_entropy_with_logits(in[0], in[1],
                                                BinaryLossOptions{.pos_weight = in[2]});
      },
      {draw({4, 3}), draw({4, 3}, 0, 1), draw({3}, 1, 2)});
  run("random", "F.huber_loss(x, y)", [](const Tensors& in) { return huber_loss(in[0], in[1]); },
      {draw({4, 3}), draw({4, 3})});
  run("random", "F.smooth_l1_loss(x, y)",
      [](const Tensors& in) { return smooth_l1_loss(in[0], in[1]); }, {draw({4, 3}), draw({4, 3})});
  run("random", "F.kl_div(x, y)", [](const Tensors& in) { return kl_div(in[0], in[1]); },
      {draw({4, 3}), draw({4, 3}, 0.1, 1)});
  run("random", "F.gaussian_nll_loss(x, y, z)",
      [](const Tensors& in) { return gaussian_nll_loss(in[0], in[1], in[2]); },
      {draw({4, 3}), draw({4, 3}), draw({4, 3}, 0.5, 2)});
  run("random", "F.poisson_nll_loss(x, y)",
      [](const Tensors& in) { return poisson_nll_loss(in[0], in[1]); },
      {draw({4, 3}), draw({4, 3}, 0, 3)});
}

}  // namespace

int main() {
  manual_seed(1);
  elementwise();
  reductions();
  shapes();
  products();
  losses();
}
