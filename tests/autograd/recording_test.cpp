// Functions recorded as lists of operations and run again; what operations say of their calls. That
// every operation can be recorded is part of the op table's driver.

#include <cinta/autograd/check/op.hpp>
#include <cinta/cinta.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace {

using namespace cinta;

Tensor gradient_of(const Tensor& y, const Tensor& x) {
  return grad({y}, {x}, {.grad_outputs = {ones(y.shape(), y.dtype())}})[0];
}

std::vector<float> values(const Tensor& x) { return contiguous(x).to_vector<float>(); }

// y and dy/dx of a function of one tensor.
template <class F>
std::function<Tensors(const Tensors&)> with_gradient(F f) {
  return [f](const Tensors& in) {
    const Tensor x = in[0].detach().requires_grad_();
    const Tensor y = f(x);
    return Tensors{y, gradient_of(y, x)};
  };
}

}  // namespace

TEST_CASE("a recording is a list of operations with their attributes") {
  const Recording recording = record_operations(
      [](const Tensors& in) { return Tensors{sum(transpose(in[0], 0, 1) * in[1], {0}, keepdims)}; },
      {ones({2, 3}), ones({3, 1})});
  const std::string text = recording.str();
  INFO(text);
  CHECK(
      text.starts_with("%0 = input  float32 (2, 3)\n"
                       "%1 = input  float32 (3, 1)\n"
                       "%2 = transpose(%0, axis0=0, axis1=1)  float32 (3, 2)  ["));
  CHECK(text.find("]\n%3 = mul(%2, %1)  float32 (3, 2)  [") != text.npos);
  CHECK(text.find("]\n%4 = sum(%3, axes=(0,), keepdims=true)  float32 (1, 2)  [") != text.npos);
  CHECK(text.ends_with("]\nreturn %4\n"));

  const Recording::Step& last = recording.steps().back();
  CHECK(last.name == std::string("sum"));
  CHECK(last.attributes.borrowed()["keepdims"].boolean());
  CHECK(last.attributes.borrowed()["axes"].list()[0] == 0);
  CHECK(last.attributes.borrowed()["no such"].kind() == AttributeValue::Kind::none);
}

TEST_CASE("a run draws new masks, the same for an operation and its rules") {
  manual_seed(1);
  for (const bool checkpointed : {false, true}) {
    const auto drop = [](const Tensor& x) { return dropout(x * 1.0, 0.5, true); };
    const Recording recording = record_operations(
        with_gradient([=](const Tensor& x) {
          return checkpointed ? checkpoint([=](const Tensors& in) { return drop(in[0]); }, {x})
                              : drop(x);
        }),
        {ones({200})});
    const Tensor x = full({200}, 3);
    std::vector<float> before;
    for (int run = 0; run < 3; ++run) {
      const Tensors got = recording.run({x});
      const std::vector<float> y = values(got[0]), dx = values(got[1]);
      CHECK(y != before);
      for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == 3 * dx[i]);
      before = y;
    }
    // From the same state of the generator come the same numbers.
    manual_seed(5);
    const std::vector<float> first = values(recording.run({x})[0]);
    manual_seed(5);
    CHECK(values(recording.run({x})[0]) == first);
    manual_seed(5);
    CHECK(values(drop(x)) == first);
  }
}

TEST_CASE("writes in place are repeated in the memory of the run") {
  const Recording recording = record_operations(with_gradient([](const Tensor& x) {
                                                  const Tensor y = zeros({2, 3});
                                                  copy_(select(y, 0, 0), x * 2);
                                                  copy_(select(y, 0, 1), x * x);
                                                  add_(select(y, 1, 2), 1);
                                                  return y;
                                                }),
                                                {ones({3})});
  for (int run = 0; run < 2; ++run) {  // zeros begin every run as zeros
    const Tensors got = recording.run({tensor({1, 2, 3})});
    CHECK(values(got[0]) == std::vector<float>{2, 4, 7, 1, 4, 10});
    CHECK(values(got[1]) == std::vector<float>{4, 6, 8});
  }
}

TEST_CASE("what a function reads beside its inputs stays what it is, also what it writes") {
  const Tensor weight = tensor({1, 2}), calls = zeros({});
  const Recording recording = record_operations(
      [&](const Tensors& in) {
        add_(calls, 1);
        return Tensors{in[0] * weight + calls};
      },
      {ones({2})});
  CHECK(calls.item() == 1);
  CHECK(values(recording.run({ones({2})})[0]) == std::vector<float>{3, 4});
  CHECK(calls.item() == 2);
  fill_(weight, 10);
  CHECK(values(recording.run({ones({2})})[0]) == std::vector<float>{13, 13});
  CHECK(calls.item() == 3);
}

TEST_CASE("inputs may lie in memory otherwise than they did") {
  const auto f = [](const Tensors& in) {
    const Tensor row = select(in[0], 0, 1);
    return Tensors{row * 2, flatten(transpose(in[0]))};
  };
  const Tensor dense = from_data(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor turned = transpose(clone(transpose(dense)));
  REQUIRE_FALSE(turned.is_contiguous());
  for (const Tensor& recorded : {dense, turned}) {
    const Recording recording = record_operations(f, {recorded});
    for (const Tensor& given : {dense, turned}) {
      const Tensors got = recording.run({given});
      CHECK(values(got[0]) == std::vector<float>{8, 10, 12});
      CHECK(values(got[1]) == std::vector<float>{1, 4, 2, 5, 3, 6});
    }
  }
}

TEST_CASE("what a run writes to an input is seen in it, wherever it lies") {
  const auto f = [](const Tensors& in) {
    add_(select(in[0], 0, 0), 1);
    return Tensors{in[0] * 2};
  };
  const auto dense = [] { return from_data(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}); };
  const auto turned = [&] { return transpose(clone(transpose(dense()))); };
  for (const Tensor& recorded : {dense(), turned()}) {
    const Recording recording = record_operations(f, {recorded});
    for (const Tensor& given : {dense(), turned()}) {
      CHECK(values(recording.run({given})[0]) == std::vector<float>{4, 6, 8, 8, 10, 12});
      CHECK(values(given) == std::vector<float>{2, 3, 4, 4, 5, 6});
      CHECK(given.version() > 0);
    }
    CHECK_THROWS_WITH(recording.run({expand(ones({1, 3}), {2, 3})}),
                      ContainsSubstring("shows elements several times"));
  }
}

TEST_CASE("what writes without an operation is refused: a run would leave it out") {
  nn::Linear layer(2, 1);
  optim::SGD sgd(layer, {.lr = 0.1});
  const auto trained = [&](const Tensors& in) {
    sgd.zero_grad();
    const Tensor loss = sum(square(layer(in[0])));
    loss.backward();
    sgd.step();
    return Tensors{loss.detach()};
  };
  CHECK_THROWS_WITH(record_operations(trained, {ones({3, 2})}),
                    ContainsSubstring("record_operations: SGD.step [recording_test.cpp:") &&
                        ContainsSubstring("is no operation, so that a run would leave it out"));
  const auto clipped = [&](const Tensors& in) {
    layer.zero_grad();
    sum(square(layer(in[0]))).backward();
    optim::clip_grad_norm(layer.parameters(), 1e-3);
    return Tensors{layer.weight.grad()};
  };
  CHECK_THROWS_AS(record_operations(clipped, {ones({3, 2})}), ValueError);
  // Running statistics are operations.
  nn::BatchNorm1d norm(2);
  record_operations([&](const Tensors& in) { return Tensors{norm(in[0])}; }, {randn({3, 2})});
}

TEST_CASE("a run can be recorded itself") {
  const auto f = with_gradient([](const Tensor& x) { return exp(x) * x; });
  const Recording once = record_operations(f, {ones({2})});
  const Recording twice =
      record_operations([&](const Tensors& in) { return once.run(in); }, {ones({2})});
  const Tensor x = tensor({0.5, -1});
  for (int i = 0; i < 2; ++i) CHECK(values(twice.run({x})[i]) == values(f({x})[i]));
}

TEST_CASE("a second derivative is a list of operations as well") {
  const auto f = [](const Tensors& in) {
    const Tensor x = in[0].detach().requires_grad_();
    const Tensor dx = grad({sum(x * x * x)}, {x}, {.create_graph = true})[0];
    return Tensors{gradient_of(dx, x)};
  };
  const Recording recording = record_operations(f, {ones({2})});
  CHECK(values(recording.run({tensor({1, 4})})[0]) == std::vector<float>{6, 24});
}

TEST_CASE("parts of a gradient add up in a recording as without one, to the same bits") {
  manual_seed(3);
  const Tensor x = randn({4, 3}), w = randn({40, 3});
  const Tensor rows = randint(0, 4, {40}), ids = randint(0, 4, {40, 3});
  const auto twice = with_gradient([=](const Tensor& t) {
    const Tensor found = index_select(t, 0, rows) * w + gather(t, 0, ids) * square(w);
    return found + index_select(t, 0, flip(rows, {0})) * w;
  });
  const Tensors wanted = twice({x}), got = record_operations(twice, {ones({4, 3})}).run({x});
  for (const int i : {0, 1}) CHECK(values(got[std::size_t(i)]) == values(wanted[std::size_t(i)]));
}

TEST_CASE("a run refuses ids, labels and offsets that would be refused by the operation") {
  const Tensor x = ones({3, 4});
  struct Call {
    std::function<Tensor(const Tensor&)> f;
    Tensor good, bad;
    std::string error;
  };
  const Tensor rows = tensor({2, 0}, int64), beyond = tensor({2, 3}, int64);
  const Tensor along = tensor({{2, 0}}, int64), beyond_along = tensor({{2, -1}}, int64);
  const Tensor labels = tensor({3, 0, 1}, int64), no_labels = tensor({3, 0, 4}, int64);
  const Call calls[] = {
      {[=](const Tensor& ids) { return index_select(x, 0, ids); }, rows, beyond,
       "index_select: index 3 at position (1,) is out of range for axis 0 of (3, 4)"},
      {[=](const Tensor& ids) { return embedding(x, ids); }, rows, beyond,
       "embedding: index 3 at position (1,) is out of range for a table of 3 rows"},
      {[=](const Tensor& ids) { return gather(x, 0, ids); }, along, beyond_along,
       "gather: index -1 at position (0, 1) is out of range for axis 0 of (3, 4)"},
      {[=](const Tensor& ids) { return scatter(x, 0, ids, 5); }, along, beyond_along,
       "scatter: index -1 at position (0, 1) is out of range for axis 0 of (3, 4)"},
      {[=](const Tensor& ids) { return index_put(x, {ids}, 5); }, rows, beyond,
       "index_put: index 3 at position (1,) is out of range for axis 0 of (3, 4)"},
      {[=](const Tensor& ids) { return segment_sum(ones({2}), ids, 3); }, rows, beyond,
       "segment_sum: index 3 at position (1,) is out of range for 3 groups"},
      {[=](const Tensor& ids) { return bincount(ids, 3); }, rows, beyond,
       "bincount: index 3 at position (1,) is out of range for 3 counts"},
      {[=](const Tensor& ids) { return cross_entropy(x, ids); }, labels, no_labels,
       "cross_entropy: label 4 of row 2 is not one of 4 classes"},
      {[=](const Tensor& ids) { return cross_entropy(x, ids, ClassLossOptions{}); }, labels,
       no_labels, "cross_entropy: label 4 of row 2 is not one of 4 classes"},
      {[=](const Tensor& at) { return embedding_bag(x, rows, at); }, tensor({0, 1}, int64),
       tensor({0, 3}, int64),
       "embedding_bag: offsets must start at 0 and grow up to the 2 ids, number 1 is 3"},
      {[=](const Tensor& lengths) {
         const Tensor in = ones({2, 2, 1}), w = ones({1, 1});
         return rnn_tanh(in, {}, {{.ih = w, .hh = w}}, {.lengths = lengths})[0];
       },
       tensor({2, 1}, int64), tensor({2, 3}, int64), "rnn_tanh: lengths[1] is 3, x has 2 steps"},
      {[=](const Tensor& at) {
         return max_unpool1d(ones({1, 1, 2}), at, 2);
       },
       reshape(tensor({0, 3}, int64), {1, 1, 2}), reshape(tensor({0, 4}, int64), {1, 1, 2}),
       "max_unpool1d: index 4 is out of range for 4 places"}};
  for (const Call& call : calls) {
    const Recording recording =
        record_operations([&](const Tensors& in) { return Tensors{call.f(in[0])}; }, {call.good});
    CHECK(recording.run({call.good}).size() == 1);
    CHECK_THAT(error_of([&] { recording.run({call.bad}); }), StartsWith(call.error));
    CHECK_THAT(error_of([&] { call.f(call.bad); }), StartsWith(call.error));
  }
}

TEST_CASE("a recording refuses what it was not made for") {
  const Recording recording =
      record_operations([](const Tensors& in) { return Tensors{in[0] + 1}; }, {ones({2})});
  CHECK_THROWS_WITH(recording.run({}), ContainsSubstring("Recording: 0 inputs, recorded with 1"));
  CHECK_THROWS_WITH(
      recording.run({ones({3})}),
      ContainsSubstring("Recording: input 0 is float32 (3,), recorded with float32 (2,)"));
  CHECK_THROWS_AS(recording.run({ones({2}, float64)}), DtypeError);
  CHECK_THROWS_AS(recording.run({Tensor()}), ValueError);
  const Tensor x = ones({2});
  const auto same = [](const Tensors& in) { return in; };
  CHECK_THROWS_WITH(record_operations(same, {x, x.detach()}),
                    ContainsSubstring("input 1 shares memory with another"));
}

TEST_CASE("graph pictures and errors show attributes where somebody asked for them") {
  const Tensor x = ones({2, 3}).requires_grad_();
  CHECK(to_tape(sum(x, {1})).find("%1 = sum(%0)") != std::string::npos);
  {
    const KeepAttributes keep;
    const Tensor y = clamp(mean(x, {0}), 0, INFINITY);
    CHECK(to_tape(y).find("mean(%0, axes=(0,), keepdims=false)") != std::string::npos);
    CHECK(to_tape(y).find(", low=0, high=inf)  float32 (3,)") != std::string::npos);
    CHECK(to_dot(y).find("mean(axes=(0,), keepdims=false)\\nfloat32 (3,)") != std::string::npos);
  }
  const DetectNan detect;
  CHECK_THROWS_WITH(pow(full({}, -1) * x, 0.5),
                    ContainsSubstring("pow(exponent=0.5): forward made 6 NaN"));
}

TEST_CASE("attributes of every kind") {
  const Shape axes{0, 2};
  const std::vector<std::int64_t> sizes{7};
  const std::string text = "mean";
  const Op op{"op",
              Save::nothing(),
              {},
              {{"a", true},
               {"b", 3},
               {"c", 0.5},
               {"d", float64},
               {"e", axes},
               {"f", sizes},
               {"g", text},
               {"h", std::optional<std::int64_t>()}}};
  const char* wanted = "op(a=true, b=3, c=0.5, d=float64, e=(0, 2), f=(7,), g=\"mean\", h=none)";
  CHECK(op.str() == wanted);
  KeptAttributes kept;
  {
    const KeptAttributes first(op.attributes);
    kept = first;
  }
  CHECK("op(" + kept.borrowed().str() + ')' == wanted);
}

TEST_CASE("the op table's driver finds what is computed outside operations") {
  // Right in every other way.
  const auto doubled = [](const Tensors& in) {
    Tensor y = empty(in[0].shape(), float64);
    const std::vector<double> x = to(in[0], float64).to_vector<double>();
    for (std::size_t i = 0; i < x.size(); ++i) y.data<double>()[i] = 2 * x[i];
    return to(y, in[0].dtype());
  };
  check::Row row{.name = "doubled",
                 .function = doubled,
                 .reference = doubled,
                 .samples = {{check::reals({3})}},
                 .differentiable = false,
                 .refuses_undefined = false};
  const std::vector<std::string> failures = check::run(row);
  REQUIRE(failures.size() == 2);  // in both precisions
  for (const std::string& failure : failures) {
    INFO(failure);
    CHECK(failure.find("run again on other values it gives other bits in result 0") !=
          failure.npos);
  }
  row.function = [](const Tensors& in) { return in[0].detach() * 2; };
  CHECK(check::run(row).empty());
}
