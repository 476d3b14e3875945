#pragma once
// The cells of a CSV column, one after another in one block of text.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::io {

/// A cell as it is read: its text, valid as long as its column is neither changed nor gone, and
/// whether it stood in quotes, which makes an NA a value.
struct CsvCell : std::string_view {
  CsvCell(std::string_view text, bool in_quotes = false)
      : std::string_view(text), quoted(in_quotes) {}
  CsvCell(const std::string& text) : std::string_view(text) {}
  CsvCell(const char* text) : std::string_view(text) {}

  operator std::string() const { return std::string(data(), size()); }

  // Joins with strings as the string does that it stands for.
  friend std::string operator+(const std::string& a, const CsvCell& b) {
    return a + std::string(b);
  }
  friend std::string operator+(const CsvCell& a, const std::string& b) {
    return std::string(a) + b;
  }

  bool quoted = false;
};

/// A column: grows at its end. Millions of cells take eight bytes each beside their text.
class CsvColumn {
 public:
  CsvColumn() = default;
  CsvColumn(std::initializer_list<std::string_view> cells) {
    for (const std::string_view cell : cells) push_back(cell);
  }
  CsvColumn(const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) push_back(cell);
  }

  std::size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }

  CsvCell operator[](std::size_t row) const {
    const std::size_t begin = row == 0 ? 0 : ends_[row - 1] >> 1;
    return {{text_.data() + begin, (ends_[row] >> 1) - begin}, (ends_[row] & 1) != 0};
  }

  /// The same; throws std::out_of_range for a row that is not there.
  CsvCell at(std::size_t row) const {
    static_cast<void>(ends_.at(row));
    return (*this)[row];
  }

  CsvCell front() const { return (*this)[0]; }
  CsvCell back() const { return (*this)[size() - 1]; }

  /// `quoted` keeps write_csv's quotes around a text that needs none, such as a value "NA".
  void push_back(std::string_view text, bool quoted = false) {
    text_.append(text);
    ends_.push_back(std::uint64_t{text_.size()} << 1 | std::uint64_t{quoted});
  }
  void push_back(const CsvCell& cell) { push_back(cell, cell.quoted); }
  void push_back(const std::string& text) { push_back(std::string_view(text)); }
  void push_back(const char* text) { push_back(std::string_view(text)); }

  void reserve(std::size_t rows, std::size_t bytes) {
    ends_.reserve(rows);
    text_.reserve(bytes);
  }
  std::size_t bytes() const { return text_.size(); }  ///< of the text of all cells

  /// Copies of all cells.
  std::vector<std::string> strings() const { return {begin(), end()}; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = CsvCell;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = CsvCell;

    Iterator(const CsvColumn& column, std::size_t row) : column_(&column), row_(row) {}
    CsvCell operator*() const { return (*column_)[row_]; }
    Iterator& operator++() {
      ++row_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator old = *this;
      ++row_;
      return old;
    }
    bool operator==(const Iterator& other) const { return row_ == other.row_; }

   private:
    const CsvColumn* column_;
    std::size_t row_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  /// Whether the texts are equal; quotes do not count.
  friend bool operator==(const CsvColumn& a, const CsvColumn& b) {
    if (a.size() != b.size() || a.text_ != b.text_) return false;
    for (std::size_t row = 0; row < a.size(); ++row)
      if (a.ends_[row] >> 1 != b.ends_[row] >> 1) return false;
    return true;
  }

 private:
  std::string text_;
  std::vector<std::uint64_t> ends_;  // of each cell in the text, times two; odd if it was quoted
};

}  // namespace cinta::io
#pragma GCC visibility pop
