#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/bag_of_words.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cmath>
#include <set>

namespace cinta::train {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80)) {
      word += upper ? char(c - 'A' + 'a') : c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

BagOfWords::BagOfWords(const std::vector<std::string>& cells, const Rows& training,
                       BagOptions options)
    : tf_idf_(options.tf_idf) {
  if (options.words < 1 || options.min_rows < 1)
    throw ValueError("BagOfWords: words and min_rows must be at least 1");
  std::map<std::string, std::int64_t> rows;
  for (const std::int64_t row : training) {
    const auto words = words_of(cells[detail::index_of("BagOfWords", row, cells.size())]);
    for (const std::string& word : std::set<std::string>(words.begin(), words.end())) ++rows[word];
  }
  std::vector<std::pair<std::int64_t, std::string>> order;
  for (const auto& [word, count] : rows)
    if (count >= options.min_rows) order.emplace_back(-count, word);
  if (order.empty())
    throw ValueError("BagOfWords: no word is in " + std::to_string(options.min_rows) +
                     " training rows");
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), std::size_t(options.words)));
  for (const auto& [count, word] : order) words_.push_back(word);
  std::sort(words_.begin(), words_.end());
  for (const std::string& word : words_)
    weights_.push_back(
        tf_idf_ ? std::log((1 + double(training.size())) / (1 + double(rows[word]))) + 1 : 1);
  number_words();
}

BagOfWords::BagOfWords(std::vector<std::string> words, std::vector<double> weights, bool tf_idf)
    : words_(std::move(words)), weights_(std::move(weights)), tf_idf_(tf_idf) {
  if (words_.size() != weights_.size())
    throw ValueError("BagOfWords: " + std::to_string(words_.size()) + " words but " +
                     std::to_string(weights_.size()) + " weights");
  number_words();
}

void BagOfWords::number_words() {
  for (std::size_t i = 0; i < words_.size(); ++i) places_[words_[i]] = i;
}

std::vector<double> BagOfWords::transform(std::string_view text) const {
  std::vector<double> counts(words_.size());
  for (const std::string& word : words_of(text))
    if (const auto found = places_.find(word); found != places_.end())
      counts[found->second] += weights_[found->second];
  if (!tf_idf_) return counts;
  double squares = 0;
  for (const double count : counts) squares += count * count;
  for (double& count : counts) count = squares > 0 ? count / std::sqrt(squares) : 0;
  return counts;
}

}  // namespace cinta::train
