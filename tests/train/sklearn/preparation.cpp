// Scalers, target encoding and TF-IDF against scikit-learn's: see preparation.py.

#include <cinta/train/data/features/bag_of_words.hpp>
#include <cinta/train/data/features/scaler.hpp>
#include <cinta/train/data/features/target_encoder.hpp>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

/// What stands behind the beginning of each line that is one of `names`, as words.
std::map<std::string, std::vector<std::string>> lines() {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/train/sklearn/preparation.txt");
  std::map<std::string, std::vector<std::string>> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string name, word;
    words >> name;
    if (name != "words" && name != "tf_idf") words >> word, name += " " + word;
    while (words >> word) all[name].push_back(word);
  }
  return all;
}

std::vector<double> numbers(const std::vector<std::string>& words) {
  std::vector<double> values;
  for (const std::string& word : words) values.push_back(std::strtod(word.c_str(), nullptr));
  return values;
}

Rows first(std::size_t n) {
  Rows rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

TEST_CASE("scalers: as scikit-learn's, there and back") {
  auto golden = lines();
  const std::pair<const char*, Scaling> kinds[] = {{"standard", Scaling::standard},
                                                   {"min_max", Scaling::min_max},
                                                   {"quantile", Scaling::quantile},
                                                   {"quantile_normal", Scaling::quantile_normal},
                                                   {"power", Scaling::power}};
  for (const std::string name : {"skewed", "ties", "many", "negative"}) {
    const auto train = numbers(golden[name + " train"]), test = numbers(golden[name + " test"]);
    for (const auto& [kind_name, kind] : kinds) {
      CAPTURE(name, kind_name);
      const Scaler scaler(kind, train, first(train.size()));
      const auto expected = numbers(golden[name + " " + kind_name]);
      REQUIRE(expected.size() == test.size());
      for (std::size_t i = 0; i < test.size(); ++i) {
        CAPTURE(i);
        // scikit-learn's search for the exponent ends with half of the digits; its normal quantile
        // is computed from shares a little below 1, of which few digits are left.
        const double tolerance = kind == Scaling::power             ? 1e-5
                                 : kind == Scaling::quantile_normal ? 1e-8
                                                                    : 1e-12;
        CHECK(scaler.transform(test[i]) ==
              Approx(expected[i]).epsilon(tolerance).margin(tolerance));
        if (i < 5)
          CHECK(scaler.inverse_transform(scaler.transform(test[i])) ==
                Approx(test[i]).epsilon(1e-7).margin(1e-9));
      }
      Scaler again;
      again.prepare_load(scaler.state_dict())();
      for (const double value : test) CHECK(again.transform(value) == scaler.transform(value));
    }
  }
}

TEST_CASE("target encoder and TF-IDF: as scikit-learn's") {
  auto golden = lines();
  std::vector<std::string> cells = golden["target categories"];
  for (std::string& cell : cells) cell = cell.substr(0, 1);
  const TargetEncoder encoder(cells, numbers(golden["target targets"]), first(cells.size()),
                              {.smoothing = 3});
  const auto expected = numbers(golden["target numbers"]);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(encoder.transform(i == 4 ? "9" : std::to_string(i)) ==
          Approx(expected[i]).epsilon(1e-12));

  const std::vector<std::string> texts{"The cat sat on the mat", "a dog, a cat!", "",
                                       "Mat and DOG and dog", "nothing here; cat2"};
  const BagOfWords bag(texts, first(5));
  CHECK(bag.words() == golden["words"]);
  const auto tf_idf = numbers(golden["tf_idf"]);
  for (std::size_t row = 0; row < 5; ++row) {
    const auto mine = bag.transform(texts[row]);
    for (std::size_t i = 0; i < mine.size(); ++i)
      CHECK(mine[i] == Approx(tf_idf[row * mine.size() + i]).epsilon(1e-12));
  }
}
