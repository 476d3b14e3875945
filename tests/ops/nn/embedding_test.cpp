// Embedding and EmbeddingBag as modules.

#include <cinta/cinta.hpp>
#include <limits>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

namespace {

using namespace cinta;
using Ids = std::vector<std::int64_t>;
using Values = std::vector<float>;

Tensor ids_of(const Ids& ids) { return from_data(ids, {std::int64_t(ids.size())}); }

}  // namespace

TEST_CASE("an embedding starts standard normal, its padding row as zeros") {
  manual_seed(5);
  const nn::Embedding table(1000, 50, {.padding_idx = -1});
  CHECK(mean(slice(table.weight.detach(), 0, 0, 999)).item() == Approx(0).margin(0.02));
  CHECK(mean(square(slice(table.weight.detach(), 0, 0, 999))).item() == Approx(1).margin(0.03));
  CHECK(table(ids_of({999})).to_vector<float>() == Values(50, 0.0f));
  CHECK(max(abs(select(table.weight.detach(), 0, 999))).item() == 0);
}

TEST_CASE("a padding row shows zeros whatever it holds, even NaN") {
  const nn::Embedding table(3, 2, {.padding_idx = 1});
  fill_(table.weight.detach(), std::numeric_limits<double>::quiet_NaN());
  CHECK(table(ids_of({1})).to_vector<float>() == Values{0, 0});
}

TEST_CASE("sizes and padding_idx are checked") {
  CHECK_THAT(error_of([] { nn::Embedding(0, 2); }),
             StartsWith("Embedding: sizes must be positive, got count 0, width 2"));
  CHECK_THAT(
      error_of([] { nn::Embedding(4, 2, {.padding_idx = 4}); }),
      StartsWith("Embedding: padding_idx 4 is out of range for 4 rows [embedding_test.cpp:"));
  CHECK_THAT(error_of([] { nn::Embedding(4, 2, {.padding_idx = -5}); }),
             StartsWith("Embedding: padding_idx -5 is out of range for 4 rows"));
  CHECK_THAT(error_of([] { nn::EmbeddingBag(4, 0); }),
             StartsWith("EmbeddingBag: sizes must be positive, got count 4, width 0"));
  CHECK_THAT(error_of([] { nn::EmbeddingBag(4, 2, {.padding_idx = 7}); }),
             StartsWith("EmbeddingBag: padding_idx 7 is out of range for 4 rows"));
  const nn::Embedding table(4, 2);
  CHECK_THAT(error_of([&] {
               table(ids_of({0, 4}));
             }),
             StartsWith("embedding: index 4 at position (1,) is out of range for a table of 4 rows "
                        "[embedding_test.cpp:"));
}

TEST_CASE("pretrained rows are shared, frozen unless told otherwise") {
  const Tensor rows = tensor({{1, 2}, {3, 4}});
  const nn::Embedding frozen = nn::Embedding::from_pretrained(rows);
  CHECK_FALSE(frozen.weight.requires_grad());
  CHECK(frozen.parameters().empty());
  CHECK(frozen.state_dict().size() == 1);
  CHECK(frozen(ids_of({1})).to_vector<float>() == Values{3, 4});
  fill_(rows, 7);
  CHECK(frozen(ids_of({0})).to_vector<float>() == Values{7, 7});
  const nn::Embedding student(2, 2), teacher = nn::Embedding::from_pretrained(student.weight);
  CHECK(student.parameters().size() == 1);
  CHECK(teacher.parameters().empty());
  CHECK(teacher.weight.storage().get() == student.weight.storage().get());

  const nn::Embedding trained =
      nn::Embedding::from_pretrained(tensor({{1, 2}, {3, 4}}), false, {.sparse = true});
  sum(trained(ids_of({1}))).backward();
  CHECK(trained.weight.grad().is_row_sparse());
  CHECK_THAT(error_of([] { nn::Embedding::from_pretrained(ones({3})); }),
             StartsWith("Embedding::from_pretrained: the table must have two axes, its shape is "
                        "(3,) [embedding_test.cpp:"));
  CHECK_THAT(error_of([] {
               nn::Embedding::from_pretrained(ones({3, 1}), true, {.padding_idx = 3});
             }),
             StartsWith("Embedding: padding_idx 3 is out of range for 3 rows"));
}

TEST_CASE("a frozen table stays, and thaws") {
  const nn::Embedding table(3, 1, {.sparse = true});
  table.requires_grad_(false);
  CHECK_FALSE(table(ids_of({0})).requires_grad());
  table.requires_grad_(true);
  sum(table(ids_of({0}))).backward();
  CHECK(row_ids(table.weight.grad()).to_vector<std::int64_t>() == Ids{0});
}

TEST_CASE("input and output share a table") {
  struct Model : nn::Module {
    nn::Embedding words = add("words", nn::Embedding(6, 3, {.sparse = true, .dtype = float64}));
    nn::Embedding again = add("again", nn::Embedding::from_pretrained(words.weight, false));
    Tensor forward(const Tensor& ids) { return linear(tanh(words(ids)), again.weight); }
  };
  const auto loss = [](const Tensor& weight) {
    const Tensor y = linear(tanh(embedding(weight, ids_of({4, 1, 4}), {.sparse = true})), weight);
    return sum(y * y);
  };
  Model model;
  REQUIRE(model.parameters().size() == 1);
  const Tensor weight = model.words.weight;
  const GradientReport report = check_gradients([&](const Tensors& in) { return loss(in[0]); },
                                                {clone(weight.detach()).requires_grad_()});
  INFO(report.str());
  CHECK(bool(report));
  // Both ways to the table add up to a dense gradient.
  const Tensor y = model.forward(ids_of({4, 1, 4}));
  sum(y * y).backward();
  CHECK_FALSE(weight.grad().is_row_sparse());
  const Tensor expected = grad({loss(weight)}, {weight}, {.create_graph = true})[0].detach();
  CHECK(max(abs(weight.grad() - expected)).item() < 1e-12);
}

TEST_CASE("bags: sums, means and maxima of rows") {
  const auto bag = [](BagMode mode, std::optional<std::int64_t> padding = {}) {
    nn::EmbeddingBag table(3, 2, {.mode = mode, .padding_idx = padding});
    copy_(table.weight.detach(), tensor({{1, -1}, {2, 5}, {4, 0}}));
    return table;
  };
  const Tensor ids = ids_of({0, 2, 1, 1}), offsets = ids_of({0, 2, 2});
  CHECK(bag(BagMode::sum)(ids, offsets).to_vector<float>() == Values{5, -1, 0, 0, 4, 10});
  CHECK(bag(BagMode::mean)(ids, offsets).to_vector<float>() == Values{2.5, -0.5, 0, 0, 2, 5});
  CHECK(bag(BagMode::max)(ids, offsets).to_vector<float>() == Values{4, 0, 0, 0, 2, 5});
  CHECK(bag(BagMode::mean, 2)(ids, offsets).to_vector<float>() == Values{1, -1, 0, 0, 2, 5});
  CHECK(bag(BagMode::sum)(reshape(ids, {2, 2}), {}, tensor({{1, 2}, {0, 3}})).to_vector<float>() ==
        Values{9, -1, 6, 15});
}

TEST_CASE("bags: row-sparse gradients equal dense ones in every mode") {
  const Tensor ids = ids_of({0, 2, 1, 1, 3, 3}), offsets = ids_of({0, 2, 2, 5});
  for (const BagMode mode : {BagMode::sum, BagMode::mean, BagMode::max}) {
    for (const std::optional<std::int64_t> padding : {std::optional<std::int64_t>(), {1}}) {
      const auto gradient = [&](bool row_sparse) {
        manual_seed(2);
        nn::EmbeddingBag table(5, 3, {.mode = mode, .padding_idx = padding, .sparse = row_sparse});
        const Tensor y = table(ids, offsets);
        sum(y * y).backward();
        CHECK(table.weight.grad().is_row_sparse() == row_sparse);
        return to_dense(table.weight.grad()).to_vector<float>();
      };
      CHECK(gradient(true) == gradient(false));
    }
  }
}

TEST_CASE(
    "bags of a table that is trained with row-sparse gradients read rows that are caught up") {
  for (const BagMode mode : {BagMode::mean, BagMode::max}) {
    const auto train = [&](bool row_sparse) {
      manual_seed(4);
      nn::EmbeddingBag table(40, 2, {.mode = mode, .sparse = row_sparse, .dtype = float64});
      optim::SGD optimizer(table.parameters(), {.lr = 0.1, .weight_decay = 0.1});
      for (int step = 0; step < 200; ++step) {
        const Tensor y = table(randint(0, 40, {2, 3}));
        optimizer.zero_grad();
        sum(square(y - 1)).backward();
        optimizer.step();
      }
      return table.weight.to_vector<double>();
    };
    const std::vector<double> dense = train(false), lazy = train(true);
    for (std::size_t i = 0; i < dense.size(); ++i)
      CHECK(lazy[i] == Approx(dense[i]).epsilon(1e-12));
  }
}
