// Writes in place: against their twins out of place, over views, and what they refuse.

#include <cinta/cinta.hpp>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(x.detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

// " [inplace.cpp:12]"
std::string at(int line) { return " [inplace.cpp:" + std::to_string(line) + "]"; }

// Both functions give the same values and gradients, and those of the first are right to second
// order.
using Program = std::function<Tensor(const Tensors&)>;
void check_twins(const Program& in_place, const Program& twin, const Tensors& inputs) {
  const GradientReport report = check_gradients(in_place, inputs);
  INFO(report.str());
  CHECK(report.ok);
  const auto run = [&](const Program& f) {
    Tensors leaves;
    for (const Tensor& x : inputs) leaves.push_back(clone(x.detach()).requires_grad_());
    const Tensor y = f(leaves);
    std::vector<Doubles> all = {values(y)};
    const Tensors first = grad({sum(y * y)}, leaves, {.create_graph = true});
    Tensor total = zeros({}, float64);
    for (const Tensor& g : first) {
      all.push_back(values(g));
      total = total + sum(g * g);
    }
    for (const Tensor& g : grad({total}, leaves)) all.push_back(values(g));
    return all;
  };
  const std::vector<Doubles> got = run(in_place), wanted = run(twin);
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].size() == wanted[i].size());
    for (std::size_t k = 0; k < got[i].size(); ++k)
      CHECK_THAT(got[i][k], WithinRel(wanted[i][k], 1e-12) || WithinAbs(wanted[i][k], 1e-12));
  }
}

Tensor row(const Tensor& x, std::int64_t i) { return select(x, 0, i); }

}  // namespace

TEST_CASE("a write to a whole tensor is part of its history") {
  Tensor x = leaf({1, 2}), w = leaf({2, 4});
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): another handle is the point
  const Tensor y = x * 2, same = y;
  add_(y, w);      // 2x + w
  mul_(y, w);      // (2x + w) w
  sub_(y, x * x);  // ... - x^2
  div_(y, w);      // 2x + w - x^2 / w
  CHECK(values(same) == Doubles{2 + 2 - 0.5, 4 + 4 - 1});
  CHECK(std::string(same.node()->name()) == "div_");
  sum(same).backward();
  CHECK(values(x.grad()) == Doubles{2 - 1, 2 - 1});
  CHECK(values(w.grad()) == Doubles{1 + 0.25, 1 + 0.25});
}

TEST_CASE("programs in place and their twins") {
  manual_seed(5);
  const Tensor x = uniform({3, 4}, 0.5, 2, float64), v = uniform({4}, 0.5, 2, float64);
  SECTION("arithmetic on an interior tensor that is used before and after") {
    check_twins(
        [](const Tensors& in) {
          Tensor y = in[0] + 0.5, before = sum(y, 1, keepdims);
          mul_(y, in[1]);
          const Tensor between = sum(y);
          div_(y, before);
          add_(y, y);
          sub_(y, between);
          return y;
        },
        [](const Tensors& in) {
          const Tensor y = in[0] + 0.5, z = y * in[1];
          return 2 * (z / sum(y, 1, keepdims)) - sum(z);
        },
        {x, v});
  }
  SECTION("rows written to a buffer that needs no gradient itself") {
    check_twins(
        [](const Tensors& in) {
          Tensor states = zeros({3, 4}, float64);
          Tensor state = in[1];
          for (int t = 0; t < 3; ++t) {
            state = tanh(row(in[0], t) * state);
            copy_(row(states, t), state);
          }
          return states;
        },
        [](const Tensors& in) {
          Tensors states;
          Tensor state = in[1];
          for (int t = 0; t < 3; ++t) states.push_back(state = tanh(row(in[0], t) * state));
          return stack(states);
        },
        {x, v});
  }
  SECTION("a view of a view of a view, and views taken before") {
    check_twins(
        [](const Tensors& in) {
          const Tensor base = in[0] * in[1];
          const Tensor turned = transpose(base), early = row(base, 1);
          const Tensor part = slice(slice(turned, 0, 1, 4), 1, 0, 3, 2);  // (3, 2)
          mul_(part, reshape(slice(in[1], 0, 0, 3), {3, 1}));
          copy_(slice(early, 0, 1, 3), slice(in[1], 0, 2, 4));
          add_(base, 1.0);
          return cat({flatten(base), flatten(turned), flatten(part), early * early});
        },
        [](const Tensors& in) {
          Tensor base = in[0] * in[1];
          const Tensor w = slice(in[1], 0, 0, 3);
          const Tensor factor = cat({ones({1}, float64), w});
          const Tensor rows = row(base, 1);
          const Tensor middle =
              cat({slice(rows, 0, 0, 1), slice(in[1], 0, 2, 4), slice(rows, 0, 3, 4)});
          base = stack({row(base, 0) * factor, middle, row(base, 2) * factor}) + 1;
          const Tensor turned = transpose(base);
          const Tensor part = slice(slice(turned, 0, 1, 4), 1, 0, 3, 2);
          return cat({flatten(base), flatten(turned), flatten(part), row(base, 1) * row(base, 1)});
        },
        {x, v});
  }
  SECTION("an expanded view follows what it repeats") {
    check_twins(
        [](const Tensors& in) {
          const Tensor y = in[1] * 2, repeated = broadcast_to(y, {3, 4});
          mul_(y, in[1]);
          return repeated * in[0];
        },
        [](const Tensors& in) { return 2 * in[1] * in[1] * in[0]; }, {x, v});
  }
  SECTION("indexed assignment") {
    check_twins(
        [](const Tensors& in) {
          Tensor y = in[0] * 1.0;
          const Tensor ids = tensor({2, 0}, int64);
          index_put_(y, {ids}, in[1]);
          index_put_(y, {ids, ids}, sum(in[1]), true);
          masked_fill_(slice(y, 1, 0, 2), gt(slice(y, 1, 0, 2), 1e9), 0.0);
          index_fill_(y, 1, tensor({3}, int64), mean(in[1]));
          return y;
        },
        [](const Tensors& in) {
          const Tensor corner = tensor({{1, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 1, 0}}, float64);
          const Tensor y = stack({in[1], row(in[0], 1), in[1]}) + corner * sum(in[1]);
          return cat({slice(y, 1, 0, 3), broadcast_to(mean(in[1]), {3, 1})}, 1);
        },
        {x, v});
  }
  SECTION("parts of one tensor over another, overlapping") {
    check_twins(
        [](const Tensors& in) {
          Tensor y = in[0] * in[0];
          copy_(slice(y, 0, 1), slice(y, 0, 0, 3));
          mul_(y, y);
          return y;
        },
        [](const Tensors& in) {
          const Tensor y = in[0] * in[0], z = cat({slice(y, 0, 0, 1), slice(y, 0, 0, 3)});
          return z * z;
        },
        {v});
  }
}

TEST_CASE("views and their base follow each other") {
  Tensor x = leaf({1, 2, 3, 4});
  const Tensor base = x * 1.0;
  const Tensor early = slice(base, 0, 0, 2), other = slice(base, 0, 1, 3);

  SECTION("the base is written after a view was taken") {
    mul_(base, 3.0);
    CHECK(std::string(early.node()->name()) == "as_strided");
    CHECK(early.node()->input(0) == base.node());
    CHECK(early.node()->site().line == __LINE__ - 3);
    sum(early * early).backward();
    CHECK(values(x.grad()) == Doubles{18, 36, 0, 0});
  }
  SECTION("a view is written, the base and overlapping views change") {
    mul_(early, 3.0);
    CHECK(std::string(base.node()->name()) == "as_strided_scatter");
    sum(base + 0.0).backward({}, {.retain_graph = true});
    CHECK(values(x.grad()) == Doubles{3, 3, 1, 1});
    x.set_grad({});
    sum(other).backward({}, {.retain_graph = true});
    CHECK(values(x.grad()) == Doubles{0, 3, 1, 0});
    x.set_grad({});
    sum(early).backward();
    CHECK(values(x.grad()) == Doubles{3, 3, 0, 0});
  }
  SECTION("one view after the other, and again") {
    mul_(early, 2.0);
    mul_(other, 3.0);
    mul_(early, 5.0);
    CHECK(values(base) == Doubles{10, 60, 9, 4});
    sum(base).backward();
    CHECK(values(x.grad()) == Doubles{10, 30, 3, 1});
  }
  SECTION("a new view of an old view") {
    add_(base, x);
    const Tensor inner = select(early, 0, 1);
    mul_(inner, 7.0);
    CHECK(values(base) == Doubles{2, 28, 6, 8});
    sum(other).backward();
    CHECK(values(x.grad()) == Doubles{0, 14, 2, 0});
  }
}

// Its history, which nobody has asked for since the base was written to, is that of what is
// written.
TEST_CASE("a view is overwritten after its base, whose write it has not heard of") {
  const auto overwritten = [](const auto& write) {
    return [write](const Tensors& in) {
      const Tensor c = zeros({4}, float64), u = slice(c, 0, 1, 3), v = slice(c, 0, 0, 2);
      sub_(c, in[0]);
      write(u, in[1]);
      add_(v, in[1]);
      return cat({c, u, v});
    };
  };
  const auto twin = [](const Tensors& in) {
    const Tensor first = cat({slice(-in[0], 0, 0, 1), in[1], slice(-in[0], 0, 3)});
    const Tensor v = slice(first, 0, 0, 2) + in[1], c = cat({v, slice(first, 0, 2)});
    return cat({c, slice(c, 0, 1, 3), v});
  };
  const Tensors inputs{leaf({1, 2, 3, 4}), leaf({5, 6})};
  check_twins(overwritten([](const Tensor& u, const Tensor& y) { copy_(u, y); }), twin, inputs);
  check_twins(overwritten([](const Tensor& u, const Tensor& y) {
                index_put_(u, {from_data(std::vector<std::int64_t>{0, 1}, {2})}, y);
              }),
              twin, inputs);
  check_twins(overwritten([](const Tensor& u, const Tensor& y) {
                masked_fill_(u, zeros({2}, boolean), 7);
                copy_(u, y);
              }),
              twin, inputs);
}

TEST_CASE("a plain tensor begins to require gradients when something is written to it") {
  Tensor w = leaf({3});
  const Tensor buffer = zeros({2}, float64), view = slice(buffer, 0, 1);
  const Tensor detached = buffer.detach();
  copy_(slice(buffer, 0, 0, 1), ones({1}, float64));
  CHECK_FALSE(buffer.requires_grad());
  copy_(view, w);
  CHECK(buffer.requires_grad());
  CHECK(slice(buffer, 0, 0, 1).requires_grad());
  CHECK_FALSE(detached.requires_grad());  // no part of this graph
  CHECK(values(detached) == Doubles{1, 3});
  sum(buffer * buffer).backward();
  CHECK(values(w.grad()) == Doubles{6});
}

TEST_CASE("overwriting everything cuts the history off") {
  Tensor x = leaf({1, 2});
  const Tensor y = exp(x);
  fill_(y, 3);
  CHECK(y.requires_grad());
  CHECK(y.node()->input_count() == 0);
  CHECK_FALSE(grad({sum(y)}, {x}, {.allow_unused = true})[0].defined());
  const Tensor z = x * 1.0;
  copy_(z, ones({2}, float64));
  sum(z * z).backward();
  CHECK_FALSE(x.grad().defined());
  // A part only: the rest keeps its history.
  const Tensor part = x * x;
  zero_(slice(part, 0, 0, 1));
  sum(part).backward();
  CHECK(values(x.grad()) == Doubles{0, 4});
}

TEST_CASE("leaves are written under NoGrad, through views too") {
  Tensor w = leaf({1, 2, 3});
  const Tensor loss = sum(w * w);
  {
    const NoGrad no_grad;
    mul_(w, 2.0);
    add_(slice(w, 0, 1), 10.0);
    copy_(select(w, 0, 0), full({}, 7));
    index_put_(w, {tensor({2}, int64)}, 5);
  }
  CHECK(w.is_leaf());
  CHECK(w.version() == 4);
  CHECK(values(w) == Doubles{7, 14, 5});
  sum(w * w).backward();
  CHECK(values(w.grad()) == Doubles{14, 28, 10});
  CHECK_THROWS_AS(loss.backward(), GraphError);
  // The gradient is a plain tensor.
  mul_(w.grad(), 0.5);
  CHECK(values(w.grad()) == Doubles{7, 14, 5});

  const std::string text =
      "writes to a leaf that requires gradients, and a leaf has no history to "
      "record it in; write under NoGrad, or to a clone() of it";
  CHECK(error_of([&] { add_(w, 1.0); }) == "add_: " + text + at(__LINE__));
  CHECK(error_of([&] { fill_(w, 1); }) == "fill_: " + text + at(__LINE__));
  CHECK(error_of([&] { uniform_(w, 0, 1); }) == "uniform_: " + text + at(__LINE__));
  const Tensor plain = zeros({3}, float64), view = slice(plain, 0, 0, 1);
  Tensor(plain).requires_grad_();
  CHECK_THAT(error_of([&] { copy_(view, select(w, 0, 0)); }),
             StartsWith("copy_: writes to a view of a leaf that requires gradients"));
  CHECK(values(w) == Doubles{7, 14, 5});
  nn::init::xavier_uniform_(nn::Linear(2, 2).weight);  // does it under NoGrad
}

TEST_CASE("detach shares memory and version, not history") {
  Tensor x = leaf({1, 2});
  const Tensor y = x * x, d = y.detach();
  const Tensor z = sum(y * y);
  mul_(d, 2.0);
  const int line = __LINE__ - 1;
  CHECK(values(y) == Doubles{2, 8});
  CHECK(y.version() == 1);
  CHECK(d.version() == 1);
  CHECK(std::string(y.node()->name()) == "mul");
  CHECK(error_of([&] { z.backward(); }) ==
        "mul: input 0, saved for backward, was overwritten by mul_" + at(line) +
            " (version 0 was saved, now it is 1)" + at(line - 1));
  // A write that is recorded gives the detached one a history of its own.
  add_(d, x);
  CHECK(std::string(d.node()->name()) == "add_");
  CHECK(std::string(y.node()->name()) == "mul");
}

TEST_CASE("who overwrote a saved value is named with the place") {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  const Tensor y = a * 1.0;
  // `write` overwrites what mul has saved of x, and returns its line.
  const auto check = [&](const std::string& writer, const Tensor& x, const auto& write) {
    const std::uint32_t version = x.version();
    const Tensor z = x * b;
    const int mine = __LINE__ - 1;
    const int line = write();
    CHECK(error_of([&] { sum(z).backward(); }) ==
          "mul: input 0, saved for backward, was overwritten by " + writer + at(line) +
              " (version " + std::to_string(version) + " was saved, now it is " +
              std::to_string(version + 1) + ")" + at(mine));
  };
  const Tensor one = ones({2}, float64), first = zeros({1}, int64);
  check("add_", y, [&] { return add_(y, 1.0), __LINE__; });
  check("mul_", y, [&] { return mul_(y, a), __LINE__; });
  check("copy_", y, [&] { return copy_(y, a), __LINE__; });
  check("zero_", y, [&] { return zero_(slice(y, 0, 0, 1)), __LINE__; });
  check("masked_fill_", y, [&] { return masked_fill_(y, gt(one, 0), 1), __LINE__; });
  check("index_put_", y, [&] { return index_put_(y, {first}, 1), __LINE__; });
  check("index_fill_", y, [&] { return index_fill_(y, 0, first, 1), __LINE__; });
  check("normal_", y, [&] { return normal_(y.detach(), 0, 1), __LINE__; });
  check("a write from outside", y, [&] { return y.storage()->bump_version(), __LINE__; });
  check("set_data", a, [&] { return a.set_data(one), __LINE__; });
  check("fill_", a, [&] { return fill_(a.detach(), 2), __LINE__; });
  check("set_data", a, [&] { return a.set_data(zeros({2}, float64)), __LINE__; });

  a.set_grad(ones({2}, float64));
  optim::SGD sgd({a}, {.lr = 0.1});
  optim::Adam adam({a});
  optim::AdamW adamw({a});
  check("SGD.step", a, [&] { return sgd.step(), __LINE__; });
  check("Adam.step", a, [&] { return adam.step(), __LINE__; });
  check("AdamW.step", a, [&] { return adamw.step(), __LINE__; });
  check("zero_", a.grad(), [&] { return sgd.zero_grad(false), __LINE__; });
}

TEST_CASE("backward adds to a gradient in place only where nobody sees it") {
  Tensor a = leaf({1, 2}), b = leaf({3, 4});
  sum(a * 2.0).backward();
  const void* memory = a.grad().data<double>();
  {
    const Tensor seen = sum(a.grad() * b);
    sum(a * 2.0).backward();
    CHECK(a.grad().data<double>() != memory);
    seen.backward();
    CHECK(values(b.grad()) == Doubles{2, 2});
  }
  memory = a.grad().data<double>();
  const std::uint32_t version = a.grad().version();
  sum(a * 2.0).backward();
  CHECK(a.grad().data<double>() == memory);
  CHECK(a.grad().version() == version + 1);
  CHECK(std::string(a.grad().last_writer().name) == "backward");
  CHECK(a.grad().last_writer().site.line == __LINE__ - 4);
}

TEST_CASE("in-place writes that are harmless for backward") {
  Tensor x = leaf({1, 2}), w = leaf({3, 4});
  const Tensor y = x * w;  // saves x and w, not y
  add_(y, 1.0);
  mul_(y, w);  // saves a copy of y
  mul_(y, 2.0);
  const Tensor z = sum(exp(y * 0.0) + y);
  z.backward();
  CHECK(values(x.grad()) == Doubles{2 * 9, 2 * 16});
  CHECK(values(w.grad()) == Doubles{2 * (2 * 3 + 1), 2 * (2 * 2 * 4 + 1)});
}

TEST_CASE("what in-place operations refuse") {
  Tensor w = leaf({1, 2});
  const Tensor ints = zeros({2}, int64), flags = zeros({2}, boolean);
  const auto unfit = [&](const char* op, const char* result, const char* given, int line) {
    return std::string(op) + ": a result of " + result + " does not fit into a tensor of " + given +
           "; convert it with to() first, or write the operation out of place" + at(line);
  };
  CHECK(error_of([&] { add_(ints, 0.5); }) == unfit("add_", "float32", "int64", __LINE__));
  CHECK(error_of([&] { div_(ints, 2); }) == unfit("div_", "float32", "int64", __LINE__));
  CHECK(error_of([&] { add_(flags, true); }) == unfit("add_", "int64", "bool", __LINE__));
  CHECK(values(add_(ints, 2)) == Doubles{2, 2});
  CHECK(add_(ones({2}), ones({2}, float64)).dtype() == float32);
  std::string text = error_of([&] { add_(zeros({2}), zeros({3, 2})); });
  CHECK(text == "add_: (3, 2) does not broadcast to (2,)" + at(__LINE__ - 1));
  text = error_of([&] { add_(Tensor(), 1); });
  CHECK(text == "add_: input 0 is an undefined tensor" + at(__LINE__ - 1));

  const std::string overlap = "share a place in memory; write to a clone() of it";
  const Tensor expanded = broadcast_to(w * 1.0, {3, 2});
  text = error_of([&] { zero_(expanded); });
  CHECK(text == "zero_: several elements of a tensor of shape (3, 2) and strides (0, 1) " +
                    overlap + at(__LINE__ - 2));
  const Tensor windows = as_strided(zeros({4}), {2, 3}, {1, 1});
  text = error_of([&] { add_(windows, 1); });
  CHECK(text == "add_: several elements of a tensor of shape (2, 3) and strides (1, 1) " + overlap +
                    at(__LINE__ - 2));
  CHECK_NOTHROW(add_(as_strided(zeros({6}), {2, 3}, {1, 2}), 1));

  Tensor made_without;
  const Tensor base = zeros({2, 2}, float64);
  {
    const NoGrad no_grad;
    made_without = row(base, 0);
  }
  add_(made_without, 1.0);  // nothing to record
  const std::string hidden =
      "copy_: writes to a view made under NoGrad, so that the write cannot be recorded for what it "
      "is a view of; make the view outside NoGrad, or write to a detach() of it";
  CHECK(error_of([&] { copy_(made_without, w); }) == hidden + at(__LINE__));
  CHECK(error_of([&] { copy_(slice(made_without, 0, 0, 2), w); }) == hidden + at(__LINE__));
  CHECK_FALSE(base.requires_grad());
  CHECK(copy_(made_without.detach(), w).requires_grad());
}

TEST_CASE("views that have left their base") {
  Tensor w = leaf({5, 6});
  SECTION("a view that was made a leaf has a history of its own") {
    const Tensor base = zeros({2}, float64);
    Tensor view = slice(base, 0, 0, 2);
    view.requires_grad_();
    copy_(base, w);
    CHECK(view.is_leaf());
    sum(view * view).backward();
    CHECK(values(view.grad()) == Doubles{10, 12});
    CHECK_FALSE(w.grad().defined());
  }
  SECTION("a leaf may have been made as a view under NoGrad") {
    Tensor made;
    {
      const NoGrad no_grad;
      made = reshape(zeros({4}, float64), {2, 2});
    }
    made.requires_grad_();
    CHECK_THAT(error_of([&] { copy_(row(made, 0), w); }),
               StartsWith("copy_: writes to a view of a leaf that requires gradients"));
  }
  SECTION("new data for the base") {
    Tensor base = zeros({2}, float64);
    const Tensor view = slice(base, 0, 0, 1);
    base.set_data(ones({2}, float64));
    copy_(view, select(w, 0, 0));
    CHECK(values(base) == Doubles{1, 1});
    CHECK_FALSE(base.requires_grad());
    copy_(base, w);
    sum(view).backward();
    CHECK(values(w.grad()) == Doubles{1, 0});
  }
}

TEST_CASE("in-place operations leave no cycle behind") {
  // A node that dies destroys its hooks, each of which holds the token.
  const auto token = std::make_shared<int>();
  const auto watch = [&token](const Tensor& x) {
    x.register_hook([token](const Tensor&) {});
    return x;
  };
  Tensor w = leaf({0.5, 2});
  SECTION("a saved tensor whose history then leads to who saved it") {
    const Tensor h = watch(w * 1.0);
    for (int i = 0; i < 5; ++i) add_(h, watch(h * w));
    CHECK(token.use_count() == 7);
  }
  SECTION("saved before an unrelated write") {
    const Tensor h = watch(w * 1.0), y = watch(h * w);
    add_(h, 1.0);
    add_(h, y);
    CHECK(token.use_count() == 3);
  }
  SECTION("a plain buffer, through views") {
    const Tensor buffer = ones({3, 2}, float64);
    for (int i = 0; i < 2; ++i)
      copy_(row(buffer, i + 1), watch(row(buffer, i) * w + sum(buffer * w)));
    CHECK(token.use_count() == 3);
  }
  SECTION("after backward, and with gradients that were recorded") {
    const Tensor h = watch(w * 1.0), y = watch(exp(h * 1.0) * w);
    copy_(slice(h, 0, 1), slice(y, 0, 0, 1));
    const Tensor g = grad({sum(h * h)}, {w}, {.create_graph = true})[0];
    sum(g * g).backward();
    CHECK(token.use_count() == 3);
  }
  CHECK(token.use_count() == 1);
}

TEST_CASE("the error is the same though the overwritten tensor is let go") {
  Tensor w = leaf({0.5, 2});
  const Tensor h = w * 1.0, y = h * w;
  add_(h, y);
  const int line = __LINE__ - 1;
  CHECK(error_of([&] { sum(h).backward(); }) ==
        "mul: input 0, saved for backward, was overwritten by add_" + at(line) +
            " (version 0 was saved, now it is 1)" + at(line - 1));
}

TEST_CASE("several threads may ask for a view whose base was written") {
  for (int round = 0; round < 20; ++round) {
    Tensor x = leaf({1, 2, 3});
    const Tensor base = x * 1.0, view = slice(base, 0, 1);
    mul_(base, 2.0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] { sum(view * view).backward({}, {.retain_graph = true}); });
    for (std::thread& thread : threads) thread.join();
    CHECK(values(x.grad()) == Doubles{0, 4 * 16, 4 * 24});
  }
}
