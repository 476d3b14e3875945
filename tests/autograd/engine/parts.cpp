// Gradients of parts of a tensor: they are right whoever looks on, and cost no more than the parts.

#include <cinta/cinta.hpp>
#include <ctime>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

using Doubles = std::vector<double>;

Doubles values(const Tensor& x) { return to(to_dense(x).detach(), float64).to_vector<double>(); }

Tensor leaf(const std::vector<double>& elements) {
  return from_data(elements, {std::int64_t(elements.size())}).requires_grad_();
}

// A loss that takes the entries of x apart, or makes a tensor of as many.
using Loop = std::function<Tensor(const Tensor& x)>;

constexpr std::int64_t width = 16;

// Of this thread: others may be busy with something else.
double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

// Processor time of one backward.
double seconds(const Loop& loop, std::int64_t length, bool create_graph) {
  const Tensor x = randn({length, width}, float64).requires_grad_(), loss = loop(x);
  const double start = processor_seconds();
  loss.backward({}, {.create_graph = create_graph});
  const double taken = processor_seconds() - start;
  x.set_grad({});  // whose graph leads back to x
  return taken;
}

Tensor recurrent(const Tensors& parts) {
  Tensor state = zeros({width}, float64);
  for (const Tensor& part : parts) state = tanh(state + part);
  return sum(state);
}

template <class Part>
Loop reading(Part part) {
  return [part](const Tensor& x) {
    Tensors parts;
    for (std::int64_t t = 0; t < x.size(0); ++t) parts.push_back(part(x, t));
    return recurrent(parts);
  };
}

Tensor by_select(const Tensor& x, std::int64_t t) { return select(x, 0, t); }
Tensor by_slice(const Tensor& x, std::int64_t t) { return slice(x, 0, t, t + 1); }
Tensor by_ids(const Tensor& x, std::int64_t t) {
  return index_select(x, 0, full({1}, double(t), int64));
}
Tensor by_strides(const Tensor& x, std::int64_t t) {
  return as_strided(x, {width}, {1}, t * width);
}

Tensor written(const Tensor& x) {
  Tensor h = select(x, 0, 0), out = zeros(x.shape(), float64);
  for (std::int64_t t = 0; t < x.size(0); ++t) copy_(select(out, 0, t), h = tanh(h));
  return sum(out);
}

// Each entry is computed from the one before, out of the tensor itself.
Tensor written_and_read(const Tensor& x) {
  const Tensor out = zeros(x.shape(), float64);
  copy_(select(out, 0, 0), select(x, 0, 0));
  for (std::int64_t t = 1; t < x.size(0); ++t)
    copy_(select(out, 0, t), tanh(select(out, 0, t - 1)));
  return sum(out);
}

Tensor unbound(const Tensor& x) { return recurrent(unbind(x)); }

}  // namespace

TEST_CASE("loops over the parts of a tensor take time in proportion to their number") {
  const std::pair<const char*, Loop> loops[] = {{"select", reading(by_select)},
                                                {"slice", reading(by_slice)},
                                                {"index_select", reading(by_ids)},
                                                {"as_strided", reading(by_strides)},
                                                {"writes", written},
                                                {"writes and reads", written_and_read}};
  const int threads = get_num_threads();
  const int rounds = sanitized ? 1 : 5;  // sanitizers are not there for the time
  set_num_threads(1);                    // waiting for each other would be counted
  for (const auto& [name, loop] : loops) {
    for (const bool create_graph : {false, true}) {
      // So far apart that no other program can turn one into the other: 64 times the parts take 64
      // times as long, and 700 times or more if each part costs the whole. What takes the caches
      // away takes them from neighbours alike, and the median leaves out what happens at times.
      std::vector<double> ratios, of_unbind;
      for (int round = 0; round < rounds; ++round) {
        double few = 0;
        for (int i = 0; i < 16; ++i) few += seconds(loop, 64, create_graph) / 16;
        const double many = seconds(loop, 4096, create_graph);
        ratios.push_back(many / few);
        of_unbind.push_back(many / seconds(unbound, 4096, create_graph));
      }
      const auto median = [](std::vector<double>& all) {
        std::nth_element(all.begin(), all.begin() + rounds / 2, all.end());
        return all[std::size_t(rounds) / 2];
      };
      INFO(name << (create_graph ? ", create_graph" : ""));
      CHECK(median(ratios) < 400);
      if (!create_graph) CHECK(median(of_unbind) < 10);
    }
  }
  set_num_threads(threads);
}

TEST_CASE("parts and the whole add up in any order") {
  Tensor x = leaf({1, 2, 3, 4});
  const auto whole = [&] { return sum(x * x); };
  const auto part = [&] { return select(x, 0, 1) * 10.0 + sum(slice(x, 0, 1, 4, 2)) * 100.0; };
  const Doubles wanted{2, 114, 6, 108};
  CHECK(values(grad({whole() + part()}, {x})[0]) == wanted);
  CHECK(values(grad({part() + whole()}, {x})[0]) == wanted);
  CHECK(values(grad({part(), whole()}, {x})[0]) == wanted);
  CHECK(values(grad({whole(), part()}, {x}, {.create_graph = true})[0]) == wanted);
  (part() + whole()).backward();
  (whole() + part()).backward();
  CHECK(values(x.grad()) == Doubles{4, 228, 12, 216});
  // Elements that are shown twice, and rows that are picked twice.
  CHECK(values(grad({sum(as_strided(x, {3, 2}, {1, 1}))}, {x})[0]) == Doubles{1, 2, 2, 1});
  const Tensor ids = tensor({3, 0, 3}, int64);
  CHECK(values(grad({sum(index_select(x, 0, ids)) + sum(x)}, {x})[0]) == Doubles{2, 1, 1, 3});
}

TEST_CASE("what a part is added to belongs to nobody else") {
  for (const bool create_graph : {false, true}) {
    Tensor x = leaf({1, 2, 3});
    const Tensor seed = tensor({1, 1, 1}, float64);
    const Tensor view = reshape(x, {3}), part = select(x, 0, 2);
    Tensor seen, of_leaf;
    view.register_hook([&](const Tensor& g) { seen = g; });
    x.register_hook([&](const Tensor& g) { of_leaf = g; });
    const Tensor g =
        grad({view, part}, {x},
             {.grad_outputs = {seed, full({}, 5.0, float64)}, .create_graph = create_graph})[0];
    CHECK(values(g) == Doubles{1, 1, 6});
    CHECK(values(seed) == Doubles{1, 1, 1});
    CHECK(values(seen) == Doubles{1, 1, 1});
    CHECK(values(of_leaf) == Doubles{1, 1, 6});
  }
}

TEST_CASE("a part is added to a gradient that a hook made as a view under NoGrad") {
  Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 1.0, part = select(y, 0, 0), z = y * 3.0;
  z.node()->register_hook([](const Tensors& gradients, const Tensors&) {
    const NoGrad no_grad;
    Tensors others = gradients;
    others[0] = reshape(2.0 * gradients[0], {3});
    return others;
  });
  const Tensor g = grad({sum(z) + square(part)}, {x}, {.create_graph = true})[0];
  CHECK(values(g) == Doubles{8, 6, 6});
  CHECK(values(grad({sum(g)}, {x})[0]) == Doubles{2, 0, 0});
}

TEST_CASE("hooks, kept gradients and DetectNan see the whole gradient of a part") {
  Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 2.0, part = select(y, 0, 1);
  int calls = 0;
  part.node()->register_hook([&](const Tensors& gradients, const Tensors&) {
    ++calls;
    CHECK(values(gradients[0]) == Doubles{0, 8, 0});
    return Tensors{10 * gradients[0]};
  });
  y.register_hook([&](const Tensor& g) {
    ++calls;
    CHECK(values(g) == Doubles{1, 81, 1});
  });
  y.retain_grad();
  (sum(y) + square(part)).backward({}, {.retain_graph = true});
  CHECK(calls == 2);
  CHECK(values(y.grad()) == Doubles{1, 81, 1});
  CHECK(values(x.grad()) == Doubles{2, 162, 2});
  {
    const DetectNan detect;
    const Tensor z = sum(select(x, 0, 0) * select(x, 0, 1)) + select(x, 0, 0);
    CHECK(values(grad({z}, {x})[0]) == Doubles{3, 1, 0});
    const Tensor twice = select(x, 0, 2) + select(x, 0, 2);
    const Tensor largest = full({}, std::numeric_limits<double>::max(), float64);
    CHECK_THROWS_AS(twice.backward(largest), NanError);
  }
}

TEST_CASE("parts and row-sparse gradients add up") {
  const Tensor ids = tensor({1, 2, 1}, int64);
  for (const bool rows_first : {false, true}) {
    const Tensor table = zeros({4, 2}, float64).requires_grad_();
    const auto rows = [&] { return sum(embedding(table, ids, {.sparse = true})); };
    const auto part = [&] { return sum(select(table, 0, 2)) * 10.0; };
    const Tensor loss = rows_first ? part() + rows() : rows() + part();
    CHECK(values(grad({loss}, {table}, {.retain_graph = true})[0]) ==
          Doubles{0, 0, 2, 2, 11, 11, 0, 0});
    loss.backward();
    CHECK(values(table.grad()) == Doubles{0, 0, 2, 2, 11, 11, 0, 0});
  }
  // A dense lookup leaves its padding row out.
  const Tensor table = zeros({4, 1}, float64).requires_grad_();
  CHECK(values(grad({sum(embedding(table, ids, {.padding_idx = 2})) + sum(table)}, {table})[0]) ==
        Doubles{1, 3, 1, 1});
}

TEST_CASE("writes into parts leave the gradients that others hold") {
  for (const bool create_graph : {false, true}) {
    Tensor x = leaf({1, 2, 3}), h = leaf({5});
    const Tensor out = x * 1.0;
    Tensor before, after;
    out.register_hook([&](const Tensor& g) { before = g; });
    copy_(slice(out, 0, 1, 2), h * h);
    out.register_hook([&](const Tensor& g) { after = g; });
    const Tensor seed = tensor({7, 8, 9}, float64);
    const Tensors g = grad({out}, {x, h}, {.grad_outputs = {seed}, .create_graph = create_graph});
    CHECK(values(g[0]) == Doubles{7, 0, 9});
    CHECK(values(g[1]) == Doubles{80});
    CHECK(values(seed) == Doubles{7, 8, 9});
    CHECK(values(after) == Doubles{7, 8, 9});
    CHECK(values(before) == Doubles{7, 0, 9});
    if (create_graph) CHECK(grad({g[1]}, {h})[0].item() == 16);
  }
}

TEST_CASE("a rule of the caller's returns a part, or writes to the gradient that it takes") {
  Tensor x = leaf({1, 2, 3});
  const auto second = [](const Tensor& t, Layout where, Site site = {}) {
    return apply(
        {"second", Save::nothing(), site}, {t}, Spec{{}, t.dtype()},
        [](const Inputs& in, const Tensor& y) { copy_(y, select(in[0], 0, 1)); },
        [where](const Grad& g) { return g.part(0, {.values = g.dy, .layout = where}); });
  };
  const Tensor g = grad({square(second(x, {{}, {}, 1}))}, {x}, {.create_graph = true})[0];
  CHECK(values(g) == Doubles{0, 4, 0});
  CHECK(values(grad({sum(g * x)}, {x})[0]) == Doubles{0, 8, 0});
  CHECK_THAT(error_of([&] {
               second(x, {{2}, {1}, 0}).backward();
             }),
             StartsWith("second: its backward rule returned a part of float64 () for input 0 of "
                        "float64 (3,), which does not fit its places (2,)"));
  const std::string outside =
      "second: its backward rule returned a part that lies outside of input 0 of float64 (3,)";
  CHECK_THAT(error_of([&] { second(x, {{}, {}, 3}).backward(); }), StartsWith(outside));
  CHECK_THAT(error_of([&] { second(x, {{}, {}, -1}).backward(); }), StartsWith(outside));
  const auto row = [](const Tensor& t, const Tensor& id) {
    return apply(
        {"row", Save::nothing(), Site()}, {t}, Spec{{1}, t.dtype()},
        [](const Inputs& in, const Tensor& y) { copy_(y, slice(in[0], 0, 0, 1)); },
        [id](const Grad& grad_of) { return grad_of.part(0, {.values = grad_of.dy, .ids = id}); });
  };
  CHECK(values(grad({row(x, tensor({2}, int64))}, {x})[0]) == Doubles{0, 0, 1});
  for (const Tensor& id : {tensor({3}, int64), tensor({-2}, int64), tensor({0}, float32)})
    CHECK_THROWS_AS(grad({row(x, id)}, {x}), RuleError);
  const auto along = [](const Tensor& t, const Tensor& ids, int axis) {
    return apply(
        {"along", Save::nothing(), Site()}, {t}, Spec{{1, 2}, t.dtype()},
        [](const Inputs&, const Tensor& y) {
          copy_(y, ones({1, 2}));
        },
        [ids, axis](const Grad& grad_of) {
          return grad_of.part(0, {.values = grad_of.dy, .ids = ids, .along = axis});
        });
  };
  const Tensor table = ones({2, 3}, float64).requires_grad_();
  const auto of_table = [&](const Tensor& ids, int axis) {
    return values(
        grad({along(table, ids, axis)}, {table}, {.grad_outputs = {ones({1, 2}, float64)}})[0]);
  };
  CHECK(of_table(tensor({{2, 2}}, int64), 1) == Doubles{0, 0, 2, 0, 0, 0});
  CHECK(of_table(tensor({{1, 0}}, int64), 0) == Doubles{0, 1, 0, 1, 0, 0});
  for (const int axis : {-1, 2})
    CHECK_THROWS_AS(of_table(tensor({{0, 0}}, int64), axis), RuleError);
  CHECK_THROWS_AS(of_table(tensor({{0, 3}}, int64), 1), RuleError);
  CHECK_THROWS_AS(of_table(tensor({{0, 2}}, int64), 0), RuleError);
  CHECK_THROWS_AS(of_table(tensor({0, 1}, int64), 1), RuleError);

  const auto doubled = [](const Tensor& t) {
    return apply(
        {"doubled", Save::nothing(), Site()}, {t}, t.spec(),
        [](const Inputs& in, const Tensor& y) { copy_(y, 2 * in[0]); },
        [](const Grad& grad_of) {
          const Tensor dy = grad_of.take_dy();
          return dy.is_unique() && !grad_of.create_graph() ? mul_(dy, 2.0) : 2 * dy;
        });
  };
  const Tensor seed = tensor({1, 1, 1}, float64), y = doubled(doubled(x));
  Tensor seen;
  y.register_hook([&](const Tensor& dy) { seen = dy; });
  CHECK(values(grad({y}, {x}, {.grad_outputs = {seed}})[0]) == Doubles{4, 4, 4});
  CHECK(values(seed) == Doubles{1, 1, 1});
  CHECK(values(seen) == Doubles{1, 1, 1});
}
