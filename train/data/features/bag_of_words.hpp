#pragma once
// Texts as counts of their words.

#include <cinta/train/random.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::train {

/// The words of a text: runs of letters and digits (and all bytes beyond ASCII, so that words of
/// any language in UTF-8 stay whole), ASCII letters in lower case.
std::vector<std::string> words_of(std::string_view text);

struct BagOptions {
  std::int64_t words = 200;   ///< as many, of those in the most training rows
  std::int64_t min_rows = 2;  ///< a word of fewer training rows is left out
  /// Counts times log((1 + rows) / (1 + rows with the word)) + 1, then to length 1, as
  /// scikit-learn's TfidfVectorizer; otherwise counts alone.
  bool tf_idf = true;
};

/// Learns its words, and how often they are, from the training rows only.
class BagOfWords {
 public:
  BagOfWords() = default;
  /// Throws ValueError for options out of their range, a row that there is not, or when no word
  /// is left.
  BagOfWords(const std::vector<std::string>& cells, const Rows& training, BagOptions options = {});
  /// As it was: from words() and weights().
  BagOfWords(std::vector<std::string> words, std::vector<double> weights, bool tf_idf);

  /// In alphabetical order.
  const std::vector<std::string>& words() const { return words_; }
  /// What the count of each is multiplied by.
  const std::vector<double>& weights() const { return weights_; }
  bool tf_idf() const { return tf_idf_; }

  /// One number a word.
  std::vector<double> transform(std::string_view text) const;

 private:
  void number_words();
  std::vector<std::string> words_;
  std::vector<double> weights_;
  bool tf_idf_ = true;
  std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
