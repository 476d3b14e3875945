#include <cinta/autograd/check/op.hpp>
#include <cinta/cinta.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

bool close(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  return a.spec() == b.spec() &&
         (a.numel() == 0 || max(abs(a.detach() - b.detach())).item() <= tolerance);
}

// sum over i of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2
Tensor rosenbrock(const Tensor& x) {
  const Tensor head = slice(x, 0, 0, -1), tail = slice(x, 0, 1);
  return sum(100 * square(tail - square(head)) + square(1 - head));
}

// Not linear and not symmetric in its inputs, of shapes (2, 3) and (3,), result (2, 2).
Tensor mixed(const Tensors& in) {
  const Tensor h = tanh(in[0] * in[1]);
  return matmul(h, transpose(in[0] * exp(in[1])));
}
Tensor mixed_scalar(const Tensors& in) { return sum(mixed(in) * mixed(in)); }

Tensors mixed_inputs() {
  manual_seed(3);
  return {randn({2, 3}, float64), randn({3}, float64)};
}

// J v or v^T J for a Jacobian of shape (o..., i...): as matrices.
Tensor times(const Tensor& j, const Tensor& v, const Shape& output) {
  return reshape(matmul(reshape(j, {output.numel(), v.numel()}), reshape(v, {-1, 1})), output);
}
Tensor times_left(const Tensor& v, const Tensor& j, const Shape& input) {
  return reshape(matmul(reshape(v, {1, -1}), reshape(j, {v.numel(), input.numel()})), input);
}

}  // namespace

TEST_CASE("jacobian: closed forms") {
  manual_seed(1);
  const Tensor a = randn({3, 4}, float64), x = randn({4}, float64);
  CHECK(close(jacobian([&](const Tensor& v) { return matmul(a, v); }, x), a));
  const Tensor s = softmax(x, 0);
  const Tensor expected = s * eye(4, float64) - unsqueeze(s, 1) * s;
  CHECK(close(jacobian([](const Tensor& v) { return softmax(v, 0); }, x), expected));
  // d (m m)[i, j] / d m[k, l] = [i = k] m[l, j] + m[i, k] [l = j]
  const Tensor m = randn({2, 2}, float64);
  const Tensor j = jacobian([](const Tensor& v) { return matmul(v, v); }, m);
  REQUIRE(j.shape() == Shape{2, 2, 2, 2});
  const double* v = m.data<double>();
  for (int o = 0; o < 16; ++o) {
    const int row = o >> 3 & 1, column = o >> 2 & 1, k = o >> 1 & 1, l = o & 1;
    const double entry = (row == k ? v[2 * l + column] : 0) + (column == l ? v[2 * row + k] : 0);
    CHECK(j.data<double>()[o] == Approx(entry).epsilon(1e-14));
  }
}

TEST_CASE("jacobian: inputs and outputs, one or several") {
  const Tensor a = tensor({1, 2}, float64), b = tensor({3, 4, 5}, float64);
  const Tensors two_inputs =
      jacobian([](const Tensors& in) { return unsqueeze(in[0], 1) * in[1]; }, {a, b});
  REQUIRE(two_inputs.size() == 2);
  CHECK(two_inputs[0].shape() == Shape{2, 3, 2});
  CHECK(values(two_inputs[0]) == Doubles{3, 0, 4, 0, 5, 0, 0, 3, 0, 4, 0, 5});
  CHECK(two_inputs[1].shape() == Shape{2, 3, 3});
  CHECK(values(two_inputs[1]) == Doubles{1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 0, 2, 0, 0, 0, 2});
  const Tensors two_outputs = jacobian([](const Tensor& x) { return Tensors{x * x, sum(x)}; }, a);
  REQUIRE(two_outputs.size() == 2);
  CHECK(values(two_outputs[0]) == Doubles{2, 0, 0, 4});
  CHECK(two_outputs[1].shape() == Shape{2});
  CHECK(values(two_outputs[1]) == Doubles{1, 1});
  const std::vector<Tensors> both = jacobian(
      [](const Tensors& in) {
        return Tensors{in[1] * 2, in[0]};
      },
      {a, b});
  REQUIRE(both.size() == 2);
  CHECK(values(both[0][0]) == Doubles(6, 0.0));
  CHECK(values(both[0][1]) == Doubles{2, 0, 0, 0, 2, 0, 0, 0, 2});
  CHECK(values(both[1][0]) == Doubles{1, 0, 0, 1});
  CHECK(both[1][1].shape() == Shape{2, 3});
}

TEST_CASE("functions of one tensor, of several and of a list are the same") {
  const Tensors in = mixed_inputs();
  const auto several = [](const Tensor& a, const Tensor& b) { return mixed({a, b}); };
  const auto scalar = [](const Tensor& a, const Tensor& b) { return mixed_scalar({a, b}); };
  const Tensors by_list = jacobian(mixed, in), one_by_one = jacobian(several, in);
  REQUIRE(one_by_one.size() == 2);
  for (std::size_t i : {0, 1}) CHECK(close(one_by_one[i], by_list[i], 0));
  CHECK(close(hessian(scalar, in)[0][1], hessian(mixed_scalar, in)[0][1], 0));
  CHECK(close(vjp(scalar, in).second[1], vjp(mixed_scalar, in).second[1], 0));
  CHECK(close(jvp(several, in, in).second, jvp(mixed, in, in).second, 0));
  CHECK(close(hvp(scalar, in, in).second[0], hvp(mixed_scalar, in, in).second[0], 0));
  CHECK(close(checkpoint(several, in), checkpoint(mixed, in), 0));
  CHECK(check_gradients(several, in));
  CHECK(check_gradients(mixed, in));
  CHECK(check_gradients([](const Tensor& x) { return tanh(x); }, in[0]));
  CHECK(check_gradients(several, {{"a", in[0]}, {"b", in[1]}}));

  const auto text = [](auto call) {
    const std::string all = error_of(call);
    return all.substr(0, all.rfind(" ["));
  };
  CHECK(text([&] { jacobian(several, {in[0]}); }) ==
        "jacobian: the function takes 2 tensors and is given 1");
  CHECK(text([&] {
          checkpoint(several, {in[0], in[1], in[0]});
        }) == "checkpoint: the function takes 2 tensors and is given 3");
  CHECK(text([&] { check_gradients(several, {in[0]}); }) ==
        "check_gradients: the function takes 2 tensors and is given 1");
}

TEST_CASE("jacobian: 0-dim, empty, constant and unused") {
  const Tensor x = full({}, 3, float64), none = zeros({0, 2}, float64);
  const auto squared = [](const Tensor& v) { return v * v; };
  CHECK(close(jacobian(squared, x), full({}, 6, float64)));
  CHECK(jacobian(squared, none).shape() == Shape{0, 2, 0, 2});
  CHECK(jacobian([](const Tensor& v) { return sum(v); }, none).shape() == Shape{0, 2});
  CHECK(jacobian([](const Tensor& v) { return slice(v, 0, 0, 0); }, ones({2})).shape() ==
        Shape{0, 2});
  CHECK(values(jacobian([](const Tensor&) { return ones({2}); }, x)) == Doubles{0, 0});
  CHECK(jacobian([](const Tensor&) { return ones({2}); }, x).dtype() == float64);
  CHECK(values(jacobian([](const Tensors& in) { return in[0] * 2; }, {x, x})[1]) == Doubles{0});
  CHECK(jacobian([](const Tensors&) { return ones({2}); }, Tensors{}).empty());
  // The input's dtype, whatever the output's.
  CHECK(jacobian([](const Tensor& v) { return to(v, float64); }, ones({1})).dtype() == float32);
}

TEST_CASE("hessian: quadratic form, Rosenbrock, several inputs, linear") {
  manual_seed(2);
  const Tensor a = randn({3, 3}, float64), x = randn({3}, float64);
  CHECK(
      close(hessian([&](const Tensor& v) { return sum(v * matmul(a, v)); }, x), a + transpose(a)));

  const Tensor point = tensor({-1.2, 1, 0.7}, float64);
  const auto p = values(point);
  Tensor expected = zeros({3, 3}, float64);
  for (int i = 0; i < 2; ++i) {
    double* h = expected.data<double>();
    h[4 * i] += 1200 * p[std::size_t(i)] * p[std::size_t(i)] - 400 * p[std::size_t(i) + 1] + 2;
    h[4 * i + 4] += 200;
    h[4 * i + 1] -= 400 * p[std::size_t(i)];
    h[4 * i + 3] -= 400 * p[std::size_t(i)];
  }
  CHECK(close(hessian(rosenbrock, point), expected, 1e-11));

  const auto all = hessian([](const Tensors& in) { return sum(in[0] * in[0] * in[1]); },
                           {tensor({1, 2}, float64), tensor({3}, float64)});
  CHECK(values(all[0][0]) == Doubles{6, 0, 0, 6});
  CHECK(values(all[0][1]) == Doubles{2, 4});
  CHECK(all[0][1].shape() == Shape{2, 1});
  CHECK(values(all[1][0]) == Doubles{2, 4});
  CHECK(all[1][0].shape() == Shape{1, 2});
  CHECK(values(all[1][1]) == Doubles{0});

  CHECK(values(hessian([](const Tensor& v) { return sum(v * 3); }, x)) == Doubles(9, 0.0));
  CHECK(hessian([](const Tensor& v) { return sum(v * v); }, zeros({0}, float64)).shape() ==
        Shape{0, 0});
  CHECK(values(hessian([](const Tensor& v) { return v * v * v; }, full({}, 2, float64))) ==
        Doubles{12});
}

TEST_CASE("the products agree with the matrices") {
  const Tensors in = mixed_inputs();
  const Tensors j = jacobian(mixed, in);
  const Tensor w = randn({2, 2}, float64);
  const Tensors v = {randn({2, 3}, float64), randn({3}, float64)};

  const auto [y, back] = vjp(mixed, in, w);
  CHECK(close(y, mixed(in)));
  CHECK_FALSE(y.requires_grad());
  for (std::size_t i = 0; i < 2; ++i) CHECK(close(back[i], times_left(w, j[i], in[i].shape())));
  const auto [z, forth] = jvp(mixed, in, v);
  CHECK(close(z, mixed(in)));
  CHECK_FALSE(forth.requires_grad());
  CHECK(close(forth, times(j[0], v[0], {2, 2}) + times(j[1], v[1], {2, 2})));

  const auto h = hessian(mixed_scalar, in);
  const auto [a, left] = vhp(mixed_scalar, in, v);
  const auto [b, right] = hvp(mixed_scalar, in, v);
  CHECK(close(a, mixed_scalar(in)));
  CHECK(close(b, a));
  for (std::size_t i = 0; i < 2; ++i) {
    const Shape& shape = in[i].shape();
    const Tensor expected = times(h[i][0], v[0], shape) + times(h[i][1], v[1], shape);
    CHECK(close(right[i], expected, 1e-10));
    CHECK(close(left[i], expected, 1e-10));
    for (std::size_t k = 0; k < 2; ++k) {
      const Shape flat{shape.numel(), in[k].numel()};
      CHECK(close(reshape(h[i][k], flat), transpose(reshape(h[k][i], {flat[1], flat[0]})), 1e-10));
    }
  }
}

TEST_CASE("derivatives agree with finite differences") {
  const Tensors in = mixed_inputs();
  const Tensors j = jacobian(mixed, in);
  const auto h = hessian(mixed_scalar, in);
  const double step = 1e-5;
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::int64_t e = 0; e < in[k].numel(); ++e) {
      const auto moved = [&](double by) {
        Tensors copy = {clone(in[0]), clone(in[1])};
        copy[k].data<double>()[e] += by;
        return copy;
      };
      const Tensor slope = (mixed(moved(step)) - mixed(moved(-step))) / (2 * step);
      CHECK(close(reshape(select(reshape(j[k], {4, -1}), 1, e), {2, 2}), slope, 1e-7));
      for (std::size_t i = 0; i < 2; ++i) {
        const Tensor up = vjp(mixed_scalar, moved(step)).second[i];
        const Tensor down = vjp(mixed_scalar, moved(-step)).second[i];
        CHECK(close(reshape(select(reshape(h[i][k], {in[i].numel(), -1}), 1, e), in[i].shape()),
                    (up - down) / (2 * step), 1e-5));
      }
    }
  }
}

TEST_CASE("products: several outputs, one element, unused inputs, NoGrad") {
  const NoGrad no_grad;
  const Tensor x = tensor({1, 2}, float64);
  const auto two = [](const Tensor& v) { return Tensors{v * v, sum(v)}; };
  const auto [y, back] = vjp(two, x, {tensor({1, 10}, float64), full({}, 5, float64)});
  CHECK(values(y[0]) == Doubles{1, 4});
  CHECK(values(back) == Doubles{2 + 5, 40 + 5});
  const auto forth = jvp(two, x, tensor({3, 4}, float64)).second;
  CHECK(values(forth[0]) == Doubles{6, 16});
  CHECK(forth[1].item() == 7);
  CHECK(values(vjp([](const Tensor& v) { return sum(v * v); }, x).second) == Doubles{2, 4});
  const auto second = [](const Tensors& in) { return sum(in[1] * in[1]); };
  CHECK(values(vjp(second, {x, x}).second[0]) == Doubles{0, 0});
  CHECK(jvp(second, {x, x}, {x, zeros({2}, float64)}).second.item() == 0);
  CHECK(values(hvp(second, {x, x}, {x, x}).second[0]) == Doubles{0, 0});
  CHECK(values(hvp(second, {x, x}, {x, x}).second[1]) == Doubles{2, 4});
  // Nothing depends on anything.
  CHECK(jvp([](const Tensor&) { return ones({3}); }, x, x).second.shape() == Shape{3});
  CHECK(values(vjp([](const Tensor& v) { return v.detach(); }, x, x).second) == Doubles{0, 0});
}

TEST_CASE("create_graph makes the results differentiable, to third order") {
  Tensor x = tensor({0.3, -0.8}, float64).requires_grad_();
  const auto f = [](const Tensor& v) { return sum(v * exp(v * v)); };
  const auto third = [](double v) {
    return (6 + 24 * v * v + 8 * std::pow(v, 4)) * std::exp(v * v);
  };
  const auto matches = [&](const Tensor& g) {
    const auto got = values(g), at = values(x);
    return std::abs(got[0] - third(at[0])) < 1e-9 && std::abs(got[1] - third(at[1])) < 1e-9;
  };
  const Tensor h = hessian(f, x, {.create_graph = true});
  CHECK(h.requires_grad());
  CHECK(matches(grad({sum(h)}, {x})[0]));
  const Tensor along = hvp(f, x, ones({2}, float64), {.create_graph = true}).second;
  CHECK(matches(grad({sum(along)}, {x})[0]));
  CHECK(matches(grad({sum(vhp(f, x, ones({2}, float64), {.create_graph = true}).second)}, {x})[0]));
  const Tensor inner =
      jacobian([&](const Tensor& v) { return sum(hessian(f, v, {.create_graph = true}), 1); }, x);
  CHECK(matches(select(reshape(inner, {4}), 0, 0) * tensor({1, 0}, float64) +
                select(reshape(inner, {4}), 0, 3) * tensor({0, 1}, float64)));

  // In the vector and in what fn captures.
  Tensor v = tensor({2, 3}, float64).requires_grad_(), w = tensor({4, 5}, float64).requires_grad_();
  const auto g = [&](const Tensor& t) { return w * t * t; };
  const Tensor forth = jvp(g, x, v, {.create_graph = true}).second;  // 2 w x v
  const Tensors partial = grad({sum(forth)}, {x, v, w});
  CHECK(close(partial[0], 2 * w * v));
  CHECK(close(partial[1], 2 * w * x));
  CHECK(close(partial[2], 2 * x * v));
  CHECK_FALSE(hessian(f, x).requires_grad());
  CHECK_FALSE(x.grad().defined());

  // Only fn's own use of its input counts.
  const Tensor captured =
      jacobian([&](const Tensor& t) { return t * x; }, x, {.create_graph = true});
  CHECK(close(captured, x * eye(2, float64)));
  CHECK(values(grad({sum(captured)}, {x})[0]) == Doubles{1, 1});
}

TEST_CASE("per-sample gradients: each sample's own, their sum the batch's") {
  manual_seed(5);
  nn::Sequential net(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 1));
  net.to(float64);
  const Tensor x = randn({6, 3}, float64), y = randn({6, 1}, float64);
  const Tensors parameters = net.parameters();
  const auto loss = [&](const Tensors& s) { return sum(square(net(s[0]) - s[1])); };
  const Tensors each = per_sample_gradients(loss, parameters, {x, y});
  const Tensors batch = grad({loss({x, y})}, parameters);
  REQUIRE(each.size() == parameters.size());
  for (std::size_t i = 0; i < each.size(); ++i) {
    CHECK(each[i].shape().rank() == parameters[i].rank() + 1);
    CHECK(each[i].shape()[0] == 6);
    CHECK_FALSE(each[i].requires_grad());
    CHECK(close(sum(each[i], 0), batch[i]));
    const Tensor third = grad({loss({slice(x, 0, 2, 3), slice(y, 0, 2, 3)})}, parameters)[i];
    CHECK(close(select(each[i], 0, 2), third, 0));
  }
  CHECK_FALSE(parameters[0].grad().defined());
}

TEST_CASE("per-sample gradients: closed form, unused, empty, recorded") {
  Tensor w = tensor({1, 2}, float64).requires_grad_(), unused = ones({3}).requires_grad_();
  const Tensor x = tensor({{1, 2}, {3, 4}, {5, 6}}, float64);
  const auto loss = [&](const Tensor& s) { return square(sum(w * s)); };
  const Tensors g = per_sample_gradients(loss, {w, unused}, x);  // 2 (w . s) s
  CHECK(values(g[0]) == Doubles{10, 20, 66, 88, 170, 204});
  CHECK(g[1].spec() == Spec{{3, 3}, float32});
  CHECK(values(g[1]) == Doubles(9, 0.0));
  CHECK(per_sample_gradients(loss, {w}, zeros({0, 2}, float64))[0].shape() == Shape{0, 2});
  const Tensors recorded = per_sample_gradients(loss, {w}, x, {.create_graph = true});
  // The sum over samples of 2 s[0] (s[0] + s[1]), and the same with s[1].
  CHECK(values(grad({sum(recorded[0])}, {w})[0]) ==
        Doubles{2. * (1 * 3 + 3 * 7 + 5 * 11), 2. * (2 * 3 + 4 * 7 + 6 * 11)});
}

TEST_CASE("a gradient may stop at given tensors") {
  Tensor x = tensor({2}, float64).requires_grad_();
  const Tensor y = x * x, z = sum(y * x);
  const Tensors total = grad({z}, {x, y}, {.retain_graph = true});
  CHECK(total[0].item() == 12);
  CHECK(total[1].item() == 2);
  const Tensors partial = grad({z}, {x, y}, {.retain_graph = true, .stop_gradients = {x, y}});
  CHECK(partial[0].item() == 4);
  CHECK(partial[1].item() == 2);
  CHECK(grad({z}, {x}, {.retain_graph = true, .stop_gradients = {y}})[0].item() == 4);
  CHECK(grad({z}, {z, x}, {.allow_unused = true, .stop_gradients = {z}})[0].item() == 1);
}

TEST_CASE("derivatives of a lookup are dense, whatever its gradients are in training") {
  const Tensor ids = tensor({1, 3, 1}, int64), table = randn({4, 2}, float64);
  const auto look_up = [&](bool sparse) {
    return [&ids, sparse](const Tensor& x) { return embedding(x, ids, {.sparse = sparse}); };
  };
  const auto loss = [&](bool sparse) {
    return [=](const Tensor& x) { return sum(square(look_up(sparse)(x))); };
  };
  CHECK(close(jacobian(look_up(true), table), jacobian(look_up(false), table)));
  CHECK(close(hessian(loss(true), table), hessian(loss(false), table)));
  const Tensor v = randn({3, 2}, float64), w = randn({4, 2}, float64);
  CHECK(close(vjp(look_up(true), table, v).second, vjp(look_up(false), table, v).second));
  CHECK(close(vhp(loss(true), table, w).second, vhp(loss(false), table, w).second));
  CHECK(close(hvp(loss(true), table, w).second, hvp(loss(false), table, w).second));
  const nn::Embedding layer(4, 2, {.sparse = true, .dtype = float64});
  const Tensor each = per_sample_gradients([&](const Tensor& id) { return sum(layer(id)); },
                                           layer.parameters(), ids)[0];
  CHECK(values(sum(each, -1)) == Doubles{0, 2, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0});
}

TEST_CASE("functional errors say what is wrong and where") {
  const Tensor x = tensor({1, 2}, float64);
  const auto same = [](const Tensor& v) { return v * v; };
  const auto nothing = [](const Tensor&) { return Tensor(); };
  const auto line = [](int n) { return " [functional_test.cpp:" + std::to_string(n) + "]"; };
  const auto check = [](const std::string& got, const std::string& expected) {
    CHECK(got == expected);
  };
  std::string text = error_of([&] { jacobian(nothing, x); });
  check(text, "jacobian: the function returned an undefined tensor" + line(__LINE__ - 1));
  text = error_of([&] { hessian(same, x); });
  check(text, "hessian: the function must return one element, it returned float64 (2,)" +
                  line(__LINE__ - 2));
  text = error_of([&] { hvp(same, x, x); });
  check(text,
        "hvp: the function must return one element, it returned float64 (2,)" + line(__LINE__ - 2));
  text = error_of([&] { jvp(same, x, ones({3}, float64)); });
  check(text, "jvp: v is float64 (3,), input 0 is float64 (2,)" + line(__LINE__ - 1));
  text = error_of([&] { jvp(same, x, {}); });
  check(text, "jvp: v is undefined, input 0 is float64 (2,)" + line(__LINE__ - 1));
  text = error_of([&] { vjp(same, x, ones({2})); });
  check(text, "vjp: v is float32 (2,), output 0 is float64 (2,)" + line(__LINE__ - 1));
  text = error_of([&] { vjp(same, x); });
  check(text,
        "vjp: an output of shape (2,) needs a vector to weigh its elements" + line(__LINE__ - 2));
  const auto pair = [](const Tensors& in) { return in[0] * in[1]; };
  text = error_of([&] { jvp(pair, {x, x}, {x}); });
  check(text, "jvp: 1 vectors for 2 inputs" + line(__LINE__ - 1));
  text = error_of([&] { jacobian(pair, {x, ones({2}, int64)}); });
  check(text,
        "jacobian: input 1 is int64 (2,); only floating tensors are differentiated, let the "
        "function capture the others" +
            line(__LINE__ - 4));
  text = error_of([&] { jacobian(pair, {x, Tensor()}); });
  check(text, "jacobian: input 1 is an undefined tensor" + line(__LINE__ - 1));
  text = error_of([&] { jacobian([](const Tensor& v) { return gt(v, 0); }, x); });
  check(text, "jacobian: the function returned bool (2,); only floating results have derivatives" +
                  line(__LINE__ - 2));
  text = error_of([&] { per_sample_gradients(same, {x}, x); });
  check(text,
        "per_sample_gradients: parameter 0 does not require gradients; call requires_grad_() on "
        "it first" +
            line(__LINE__ - 4));
  Tensor w = clone(x).requires_grad_();
  text = error_of([&] { per_sample_gradients([&](const Tensor&) { return w * w; }, {w}, x); });
  check(text,
        "per_sample_gradients: the function must return one element, it returned float64 (2,)" +
            line(__LINE__ - 3));
  text = error_of([&] { per_sample_gradients(pair, {w}, {x, ones({3})}); });
  check(text,
        "per_sample_gradients: the batch's tensors need one first size, their shapes are (2,) and "
        "(3,)" +
            line(__LINE__ - 4));
}

TEST_CASE("an empty function is refused where it is given") {
  const std::string empty = " is an empty function; give one that can be called";
  const auto refuses = [&](auto&& f, const std::string& text) {
    CHECK(error_of(f).starts_with(text + empty + " [functional_test.cpp:"));
  };
  const std::function<Tensor(const Tensor&)> one;
  const std::function<Tensors(const Tensors&)> list;
  Tensor (*const pointer)(const Tensor&) = nullptr;
  const Tensor x = ones({2}, float64), w = clone(x).requires_grad_();
  refuses([&] { jacobian(one, x); }, "jacobian: fn");
  refuses([&] { hessian(pointer, x); }, "hessian: fn");
  refuses([&] { vjp(one, x, x); }, "vjp: fn");
  refuses([&] { check_gradients(one, x); }, "check_gradients: fn");
  refuses([&] { per_sample_gradients(one, {w}, x); }, "per_sample_gradients: fn");
  refuses([&] { checkpoint(one, x); }, "checkpoint: fn");
  refuses([&] { checkpoint(list, {x}); }, "checkpoint: fn");
  refuses([&] { record_operations(list, {x}); }, "record_operations: fn");
  refuses([&] { w.register_hook(one); }, "register_hook: hook");
  refuses([&] { implicit_root(x, {}, {w}); }, "implicit_root: f");
  refuses([&] { implicit_fixed_point(x, {}, {w}); }, "implicit_fixed_point: f");
  refuses([&] { cg(Equation(), x, {w}); }, "cg: product");
  refuses([&] { optim::minimize::lbfgs(one, x); }, "lbfgs: fn");
  refuses([&] { [[maybe_unused]] const check::Row row{.function = list}; },
          "check: a row's function");
  refuses(
      [&] { check::run({.reference = [](const Tensors& in) { return in[0]; }, .site = Site()}); },
      "check: a row's function");
  refuses(
      [&] { check::run({.function = [](const Tensors& in) { return in[0]; }, .site = Site()}); },
      "check: a row's reference");
  refuses([&] { check::Refusal(std::function<Tensor()>(), ""); }, "check: a call to be refused");
}
