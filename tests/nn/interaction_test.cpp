// What is done with the vectors of several features.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/features/feature_hash.hpp>
#include <cmath>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;

namespace {

double difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

double dot_of(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

}  // namespace

TEST_CASE("a factorization machine sums the products of all pairs") {
  manual_seed(1);
  const Tensor x = randn({3, 4, 5}, float64);
  const Tensor y = nn::factorization_machine(x);
  for (int b = 0; b < 3; ++b) {
    double expected = 0;
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < i; ++j) expected += dot_of(x(b, i), x(b, j));
    CHECK(y(b).item() == Approx(expected));
  }
  CHECK(check_gradients([](const Tensor& in) { return nn::factorization_machine(in); }, x));
  CHECK(error_of([] {
          nn::factorization_machine(ones({2, 3}));
        }).find("factorization_machine: takes (batch, fields, width), the shape is (2, 3)") == 0);
}

TEST_CASE("dot interactions are the products of all pairs, in DLRM's order") {
  manual_seed(2);
  const Tensor x = randn({2, 4, 3}, float64);
  const Tensor y = nn::dot_interaction(x);
  CHECK(y.shape() == Shape{2, 6});
  int at = 0;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < i; ++j) CHECK(y(1, at++).item() == Approx(dot_of(x(1, i), x(1, j))));
  CHECK(check_gradients([](const Tensor& in) { return nn::dot_interaction(in); }, x));
  CHECK(nn::dot_interaction(ones({2, 1, 3})).shape() == Shape{2, 0});
}

TEST_CASE("the in-batch softmax loss, corrected and without false negatives") {
  manual_seed(3);
  const Tensor q = randn({4, 3}, float64), items = randn({4, 3}, float64);
  const Tensor ids = tensor({7, 2, 7, 5}, int64);
  const Tensor log_frequency = log(tensor({0.4, 0.1, 0.4, 0.05}, float64));
  const nn::InBatchOptions options{
      .log_frequency = log_frequency, .item_ids = ids, .temperature = 0.5};
  double expected = 0;
  for (int i = 0; i < 4; ++i) {
    const auto score = [&](int j) {
      return dot_of(q(i), items(j)) / 0.5 - log_frequency(j).item();
    };
    double all = 0;
    for (int j = 0; j < 4; ++j) {
      const bool same = ids(j).item() == ids(i).item();
      if (j == i || !same) all += std::exp(score(j));
    }
    expected += (std::log(all) - score(i)) / 4;
  }
  CHECK(nn::in_batch_softmax_loss(q, items, options).item() == Approx(expected));
  CHECK(check_gradients(
      [&](const Tensors& in) { return nn::in_batch_softmax_loss(in[0], in[1], options); },
      {q, items}));
  CHECK(error_of([&] {
          nn::in_batch_softmax_loss(q, items, {.item_ids = arange(3)});
        }).find("in_batch_softmax_loss: item_ids is (3,), the batch has 4 rows") == 0);
  CHECK(error_of([&] { nn::in_batch_softmax_loss(q, items(Slice(0, 3))); })
            .find("in_batch_softmax_loss: takes queries and items (batch, width), got (4, 3) and "
                  "(3, 3)") == 0);
  CHECK_THROWS_AS(nn::in_batch_softmax_loss(q, items, {.temperature = 0}), ValueError);
}

TEST_CASE("the nearest rows of a table by each metric") {
  manual_seed(5);
  const Tensor table = randn({50, 4}, float64), queries = randn({3, 4}, float64);
  const auto score = [&](nn::RowMetric metric, std::int64_t q, std::int64_t row) {
    const Tensor a = queries(q), b = table(row);
    if (metric == nn::RowMetric::euclidean) return std::sqrt(sum(square(a - b)).item());
    const double product = dot_of(a, b);
    return metric == nn::RowMetric::dot ? product
                                        : product / std::sqrt(dot_of(a, a) * dot_of(b, b));
  };
  for (const auto metric : {nn::RowMetric::cosine, nn::RowMetric::euclidean, nn::RowMetric::dot}) {
    const auto [values, ids] = nn::nearest_rows(table, queries, 5, metric);
    CHECK(values.shape() == Shape{3, 5});
    for (std::int64_t q = 0; q < 3; ++q) {
      std::vector<std::pair<double, std::int64_t>> all;
      const double sign = metric == nn::RowMetric::euclidean ? 1 : -1;
      for (std::int64_t row = 0; row < 50; ++row)
        all.emplace_back(sign * score(metric, q, row), row);
      std::sort(all.begin(), all.end());
      for (std::int64_t i = 0; i < 5; ++i) {
        CHECK(ids(q, i).item<std::int64_t>() == all[std::size_t(i)].second);
        CHECK(values(q, i).item() == Approx(sign * all[std::size_t(i)].first));
      }
    }
  }
  const auto own = nn::nearest_rows(table, table, 1);
  CHECK(max(abs(own.ids(All, 0) - arange(50))).item() == 0);
  const auto one = nn::nearest_rows(table, queries(1), 2);
  CHECK(one.ids.shape() == Shape{2});
  CHECK(nn::nearest_rows(table, queries(Slice(0, 0)), 2).ids.shape() == Shape{0, 2});
  const Tensor zero = zeros({2, 4}, float64);
  CHECK(nn::nearest_rows(zero, queries(0), 1).values(0).item() == 0);

  // More scores than a block holds: the blocks' results stand side by side.
  const Tensor many = randn({2000, 4}), long_table = randn({5000, 4});
  const auto all = nn::nearest_rows(long_table, many, 1, nn::RowMetric::euclidean);
  for (const std::int64_t q : {0, 838, 839, 1999}) {
    CHECK(all.ids(q, 0).item<std::int64_t>() ==
          nn::nearest_rows(long_table, many(q), 1, nn::RowMetric::euclidean)
              .ids(0)
              .item<std::int64_t>());
  }
  CHECK(error_of([&] {
          nn::nearest_rows(table, ones({2, 3}, float64), 1);
        })
            .find("nearest_rows: table float64 (50, 4), query float64 (2, 3): needs (rows, width) "
                  "and (queries, width) or (width,)") == 0);
  CHECK(error_of([&] {
          nn::nearest_rows(table, queries, 51);
        }).find("nearest_rows: k must lie in [1, 50], the table's rows, got 51") == 0);
  CHECK_THROWS_AS(nn::nearest_rows(table, to(queries, float32), 1), DtypeError);
}

TEST_CASE("hooks of a collection see the ids and offsets of each feature") {
  manual_seed(4);
  const nn::EmbeddingCollection tables(
      {{.name = "store", .count = 10, .width = 2}, {.name = "words", .count = 20, .width = 3}});
  const Tensor stores = tensor({1, 9}, int64), words = tensor({4, 4, 5}, int64),
               starts = tensor({0, 2}, int64);
  std::size_t outputs = 0;
  tables.register_forward_hook([&](const nn::Module&, const Tensors& in, const Tensors& out) {
    CHECK(in.size() == 4);
    CHECK_FALSE(in[1].defined());
    CHECK(in[3].shape() == Shape{2});
    outputs = out.size();
  });
  const Tensor plain = tables({stores, {words, starts}});
  CHECK(outputs == 1);
  tables.each({stores, {words, starts}});
  CHECK(outputs == 2);
  tables.register_forward_pre_hook([&](const nn::Module&, const Tensors& in) {
    return Tensors{tensor({9, 9}, int64), in[1], in[2], in[3]};
  });
  const Tensor changed = tables({stores, {words, starts}});
  CHECK(difference(changed(0, Slice(0, 2)), plain(1, Slice(0, 2))) == 0);
  int backward = 0;
  tables.register_full_backward_hook(
      [&](const nn::Module&, const Tensors&, const Tensors& dys) { backward += int(dys.size()); });
  sum(tables({stores, {words, starts}})).backward();
  CHECK(backward == 1);
}

TEST_CASE("a collection of tables looks several features up in one call") {
  manual_seed(4);
  const nn::EmbeddingCollection tables(
      {{.name = "store", .count = 10, .width = 2},
       {.name = "words", .count = 20, .width = 3, .mode = BagMode::sum},
       {.name = "days", .count = 7}},
      float64);
  CHECK(tables.width() == 2 + 3 + 5);
  const Tensor stores = tensor({1, 9, 1}, int64);
  const Tensor words = tensor({4, 4, 5, 19}, int64), starts = tensor({0, 3, 3}, int64);
  const Tensor days = reshape(tensor({0, 1, 2, 3, 4, 5}, int64), {3, 2});
  const Tensor y = tables({stores, {words, starts}, days});
  const Tensor w = tables.get_tensor("words.weight");
  CHECK(difference(y(0, Slice(2, 5)), w(4) * 2 + w(5)) < 1e-15);
  CHECK(difference(y(1, Slice(2, 5)), w(4) * 0) == 0);
  CHECK(difference(y(2, Slice(0, 2)), tables.get_tensor("store.weight")(1)) == 0);
  const Tensor d = tables.get_tensor("days.weight");
  CHECK(difference(y(1, Slice(5, 10)), (d(2) + d(3)) / 2) < 1e-15);
  CHECK(check_gradients(tables, [&](const Tensors&) {
    return square(tables({stores, {words, starts}, days}));
  }));
  CHECK(tables.each({stores, {words, starts}, days})[1].shape() == Shape{3, 3});

  CHECK(error_of([&] { tables({stores}); }).find("EmbeddingCollection: 1 features for 3 tables") ==
        0);
  CHECK(error_of([&] {
          tables({stores, {words, starts}, tensor({1}, int64)});
        }).find("EmbeddingCollection: days has 1 examples, store 3") == 0);
  CHECK_THROWS_AS(nn::EmbeddingCollection({}), ValueError);
  CHECK_THROWS_AS(nn::EmbeddingCollection({{"a", 3}, {"a", 4}}), ValueError);
}

TEST_CASE("the width rule") {
  CHECK(nn::embedding_width(1) == 2);
  CHECK(nn::embedding_width(7) == 5);
  CHECK(nn::embedding_width(1115) == 81);
  CHECK(nn::embedding_width(10'000'000) == 600);
  CHECK_THROWS_AS(nn::embedding_width(0), ValueError);
}

TEST_CASE("hashed categories are spread evenly, and the report counts what collides") {
  std::vector<std::string> values;
  for (int i = 0; i < 20000; ++i) values.push_back("user" + std::to_string(i % 5000));
  const train::FeatureHash hash(1000);
  std::vector<double> counts(1000);
  for (const std::int64_t id : hash.encode(values)) counts[std::size_t(id)] += 0.25;
  double chi_square = 0;  // of 5000 different values in 1000 buckets: 999 +- 45
  for (const double count : counts) chi_square += (count - 5) * (count - 5) / 5;
  CHECK(chi_square > 999 - 4 * 45);
  CHECK(chi_square < 999 + 4 * 45);

  const train::HashReport small = train::FeatureHash(2).report({"a", "b", "c", "a", "a"});
  CHECK(small.values == 5);
  CHECK(small.distinct == 3);
  CHECK(small.colliding >= 2);
  CHECK(small.largest >= 2);
  const train::HashReport large = train::FeatureHash(1 << 30).report(values);
  CHECK(large.colliding == 0);
  CHECK(large.used == 5000);
  CHECK(large.share == 0);
  CHECK(
      large.str() ==
      "20000 values, 5000 different ones in 5000 of 1073741824 buckets; 0 share theirs, which are "
      "0.0 % of the values; at most 1 in one");

  // The same on every machine and in every version: a saved table depends on it.
  CHECK(train::FeatureHash(1000003).id("diamond") == 450125);
  CHECK(train::FeatureHash(1000, 1).id("user1") != train::FeatureHash(1000, 2).id("user1"));
  const Tensor ids = tensor({{1, 2}, {3, -1}}, int64);
  const Tensor hashed = hash.encode(ids);
  CHECK(hashed.shape() == Shape{2, 2});
  CHECK(hashed(1, 1).item<std::int64_t>() == hash.id(-1));
  CHECK_THROWS_AS(hash.encode(ones({2})), DtypeError);
  CHECK_THROWS_AS(train::FeatureHash(0), ValueError);
}

TEST_CASE("the cosine of long and of short vectors, and its gradient") {
  const Tensor a = from_data(std::vector<float>{3, 4, 1}, {3});
  const Tensor b = from_data(std::vector<float>{1, -4, 2}, {3});
  const auto cosine = [&](double scale, double eps) {
    Tensor x = (a * scale).requires_grad_(), y = (b * scale).requires_grad_();
    const Tensor c = cosine_similarity(x, y, 0, eps);
    c.backward();
    std::vector<float> all = {c.item<float>()};
    for (const Tensor& t : {x, y})
      for (const float v : (t.grad() * scale).to_vector<float>()) all.push_back(v);
    return all;
  };
  const auto expected = cosine(1, 0);
  for (const double scale : {0x1p62, 0x1p100, 0x1p122, 0x1p-70, 0x1p-120}) {
    const auto got = cosine(scale, 0);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(expected[i]).epsilon(1e-5));
  }
}
