#include <cinta/cinta.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cinta/train/metrics/mean_std.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <set>
#include <stdexcept>
#include <thread>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using train::Combining;
using train::Rows;

namespace {

struct Net : nn::Module {
  nn::Linear hidden = add("hidden", nn::Linear(2, 16));
  nn::Dropout drop = add("drop", nn::Dropout(0.1));
  nn::Linear out = add("out", nn::Linear(16, 1));
  Tensor forward(const Tensor& x) { return squeeze(out(drop(tanh(hidden(x)))), 1); }
};

struct Data {
  Tensor x, y;
};

Data wave(std::int64_t rows, std::uint64_t seed) {
  manual_seed(seed);
  const Tensor x = uniform({rows, 2}, -2, 2);
  return {x, sin(3 * select(x, 1, 0)) + select(x, 1, 1) + 0.3 * randn({rows})};
}

Net train_net(const Tensor& x, const Tensor& y, int steps = 150) {
  Net net;
  optim::Adam optimizer(net.parameters(), {.lr = 0.03});
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    mse_loss(net.forward(x), y).backward();
    optimizer.step();
  }
  net.eval();
  return net;
}

auto ensemble(const Data& data, const train::BaggingOptions& options, int steps = 150) {
  return train::bag(
      data.x.shape()[0],
      [&](const Rows& sample, int) {
        return train_net(train::take(data.x, sample), train::take(data.y, sample), steps);
      },
      options);
}

double error_on(const Data& data, const Tensor& prediction) {
  return mean(square(prediction - data.y)).item();
}

}  // namespace

TEST_CASE("bagging is the same for any number of threads and whatever else draws") {
  const Data data = wave(120, 1);
  std::vector<float> first;
  for (const int threads : {1, 2, 5}) {
    manual_seed(std::uint64_t(threads));  // the caller's generator does not matter
    const auto bag = ensemble(data, {.members = 5, .seed = 7, .threads = threads}, 30);
    const std::vector<float> predicted = bag.predict(Combining::mean, data.x).to_vector<float>();
    if (threads == 1) first = predicted;
    CHECK(predicted == first);
    CHECK(generator_state().next_call == 0);  // and it is left as it was
  }
  const auto other = ensemble(data, {.members = 5, .seed = 8}, 30);
  CHECK(other.predict(Combining::mean, data.x).to_vector<float>() != first);
}

TEST_CASE("bootstrap samples are drawn with replacement, each row equally often") {
  const std::int64_t n = 1000;
  const auto nothing = [](const Rows&, int) { return [](const Tensor& x) { return x; }; };
  const auto bag = train::bag(n, nothing, {.members = 200, .seed = 3});
  std::vector<double> times(std::size_t(n), 0.0);
  double distinct = 0;
  for (std::size_t k = 0; k < bag.size(); ++k) {
    CHECK(std::is_sorted(bag.sample(k).begin(), bag.sample(k).end()));
    CHECK(bag.sample(k).size() == std::size_t(n));
    for (const std::int64_t row : bag.sample(k)) ++times.at(std::size_t(row));
    distinct += double(std::set(bag.sample(k).begin(), bag.sample(k).end()).size());
    if (k > 0) CHECK(bag.sample(k) != bag.sample(k - 1));
  }
  double chi = 0;
  for (const double count : times) chi += (count - 200) * (count - 200) / 200;
  CHECK(std::abs(chi - 999) < 5 * std::sqrt(2.0 * 999));
  // A row is missed by a sample with probability (1 - 1/n)^n.
  CHECK(distinct / 200 / double(n) == Approx(1 - std::pow(1 - 1.0 / double(n), n)).epsilon(0.01));
  CHECK(train::bag(n, nothing, {.members = 1, .sample_size = 70}).sample(0).size() == 70);
}

TEST_CASE("an ensemble is better than its members, and out-of-bag error tells how good it is") {
  // Few rows and many steps: single members overfit.
  const Data data = wave(60, 2), fresh = wave(2000, 3);
  int calls = 0, last = 0;
  const auto bag = ensemble(data,
                            {.members = 12,
                             .seed = 1,
                             .on_member =
                                 [&](int done) {
                                   ++calls;
                                   last = done;
                                 }},
                            600);
  CHECK(calls == 12);
  CHECK(last == 12);
  double single = 0;
  for (std::size_t k = 0; k < bag.size(); ++k) {
    const NoGrad guard;
    Net net = bag.member(k);
    single += error_on(fresh, net.forward(fresh.x)) / double(bag.size());
  }
  const double together = error_on(fresh, bag.predict(Combining::mean, fresh.x));
  CAPTURE(single, together);
  CHECK(together < 0.9 * single);

  const train::OutOfBag oob = bag.out_of_bag(Combining::mean, data.x);
  CHECK(oob.rows.size() > 55);
  const double estimate =
      error_on({train::take(data.x, oob.rows), train::take(data.y, oob.rows)}, oob.combined);
  const double seen = error_on(data, bag.predict(Combining::mean, data.x));
  CHECK(estimate == Approx(together).epsilon(0.35));
  CHECK(seen < estimate);
}

TEST_CASE("votes, and what out-of-bag leaves out") {
  // Member k says class k % 3 with the certainty of its number.
  const auto fit = [](const Rows&, int member) {
    return [member](const Tensor& x) {
      return broadcast_to((member + 1.0) * one_hot(tensor({member % 3 * 1.0}, int64), 3),
                          {x.shape()[0], 3});
    };
  };
  const auto bag = train::bag(4, fit, {.members = 4, .seed = 5});
  const Tensor x = zeros({2, 1});
  CHECK(bag.predict(Combining::vote, x).to_vector<float>() ==
        std::vector<float>{0.5f, 0.25f, 0.25f, 0.5f, 0.25f, 0.25f});
  CHECK(bag.predict(Combining::mean, x).to_vector<float>() ==
        std::vector<float>{1.25f, 0.5f, 0.75f, 1.25f, 0.5f, 0.75f});

  // By hand, from the samples.
  const train::OutOfBag oob = bag.out_of_bag(Combining::vote, zeros({4, 1}));
  std::size_t found = 0;
  for (std::int64_t row = 0; row < 4; ++row) {
    double votes[3] = {}, members = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      if (std::binary_search(bag.sample(k).begin(), bag.sample(k).end(), row)) continue;
      ++votes[k % 3];
      ++members;
    }
    if (members == 0) continue;
    REQUIRE(oob.rows.at(found) == row);
    for (std::int64_t c = 0; c < 3; ++c)
      CHECK(oob.combined.data<float>()[std::int64_t(found) * 3 + c] == Approx(votes[c] / members));
    ++found;
  }
  CHECK(found == oob.rows.size());
}

TEST_CASE("out-of-bag predictions leave out what members say of rows that they have seen") {
  // Member k says k, but NaN or infinity of its own rows.
  const auto fit = [](const Rows& sample, int member) {
    return [sample, member](const Tensor& x) {
      const Tensor y = full({x.shape()[0], 2}, member);
      for (const std::int64_t row : sample) fill_(select(y, 0, row), row % 2 ? NAN : INFINITY);
      return y;
    };
  };
  const auto bag = train::bag(6, fit, {.members = 4, .seed = 1});
  for (const Combining how : {Combining::mean, Combining::vote}) {
    const train::OutOfBag oob = bag.out_of_bag(how, zeros({6, 1}));
    REQUIRE(oob.rows.size() > 3);
    CHECK(all(isfinite(oob.combined)).item() == 1);
  }
}

TEST_CASE("members that fail, and requests that make no sense") {
  const auto identity = [](const Rows&, int) { return [](const Tensor& x) { return x; }; };
  CHECK(error_of([&] { train::bag(0, identity); }) == "bag: needs at least one row, got 0");
  CHECK(error_of([&] { train::bag(5, identity, {.members = 0}); }) ==
        "bag: members must be at least 1, got 0");
  CHECK(error_of([&] { train::bag(5, identity, {.sample_size = -1}); }) ==
        "bag: sample_size must not be negative, got -1");
  CHECK(error_of([&] { train::bag(5, identity, {.threads = -2}); }) ==
        "bag: threads must not be negative, got -2");
  const auto bag = train::bag(5, identity, {.members = 2});
  CHECK(error_of([&] { bag.predict(Combining::vote, ones({4})); }) ==
        "bag: the output of member 0 is (4,); a vote needs (rows, classes)");
  CHECK(error_of([&] { bag.out_of_bag(Combining::mean, ones({4})); }) ==
        "bag: the output of member 0 is (4,), not one entry for each of the 5 rows of training");

  for (const int threads : {1, 3}) {
    std::atomic<int> begun{0};
    const auto failing = [&](const Rows&, int member) {
      ++begun;
      if (member == 2) throw ValueError("member 2 does not converge");
      return 0;
    };
    CHECK(error_of([&] { train::bag(5, failing, {.members = 100, .threads = threads}); }) ==
          "member 2 does not converge");
    CHECK(begun < 100);
  }
  const auto stop = [](int done) {
    if (done == 3) throw std::runtime_error("enough");
  };
  CHECK_THROWS_WITH(train::bag(5, identity, {.members = 100, .threads = 1, .on_member = stop}),
                    "enough");
}

TEST_CASE("a generator of one's own") {
  manual_seed(4);
  const std::vector<float> outside = rand({4}).to_vector<float>();
  manual_seed(4);
  {
    const GeneratorScope scope({9, 0});
    CHECK(generator_state().seed == 9);
    const std::vector<float> mine = rand({4}).to_vector<float>();
    {
      const GeneratorScope inner({9, 0});
      CHECK(rand({4}).to_vector<float>() == mine);
    }
    CHECK(generator_state().next_call == 1);
    manual_seed(9);
    CHECK(rand({4}).to_vector<float>() == mine);
    std::jthread([] { rand({4}); });  // draws from the common one
  }
  CHECK(generator_state().seed == 4);
  CHECK(generator_state().next_call == 1);
  manual_seed(4);
  CHECK(rand({4}).to_vector<float>() == outside);
}
