#pragma once
// What a language model has to beat: counts of what follows the last few characters.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

/// Characters 0, 1, ... below `characters`, each predicted from up to `order` - 1 before it.
class NGram {
 public:
  NGram(int order, std::int64_t characters, const std::vector<std::int64_t>& text)
      : order_(order), characters_(characters) {
    for (std::size_t i = 0; i < text.size(); ++i)
      for (int length = 0; length < order && std::size_t(length) <= i; ++length)
        ++contexts_[key(text, i, length)].follows[text[i]];
    for (auto& [context, counts] : contexts_)
      for (const auto& [character, count] : counts.follows) counts.total += count;
  }

  /// The probability of text[i], by the interpolation of Witten & Bell (1991): each context trusts
  /// its counts the more, the fewer kinds of characters followed it, and leaves the rest to the
  /// shorter one; the shortest leaves it to all characters alike.
  double probability(const std::vector<std::int64_t>& text, std::size_t i) const {
    double p = 1 / double(characters_);
    for (int length = 0; length < order_ && std::size_t(length) <= i; ++length) {
      const auto found = contexts_.find(key(text, i, length));
      if (found == contexts_.end()) break;
      const Counts& c = found->second;
      const auto own = c.follows.find(text[i]);
      const double kinds = double(c.follows.size());
      p = ((own == c.follows.end() ? 0 : double(own->second)) + kinds * p) /
          (double(c.total) + kinds);
    }
    return p;
  }

 private:
  struct Counts {
    std::unordered_map<std::int64_t, std::int64_t> follows;
    std::int64_t total = 0;
  };
  // The `length` characters before place i.
  static std::string key(const std::vector<std::int64_t>& text, std::size_t i, int length) {
    std::string context;
    for (std::size_t k = i - std::size_t(length); k < i; ++k) context += char(text[k]);
    return context;
  }

  int order_;
  std::int64_t characters_;
  std::unordered_map<std::string, Counts> contexts_;
};
