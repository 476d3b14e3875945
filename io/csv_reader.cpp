// Reading CSV: a parser that looks at each byte once, eight at a time.

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/detail/csv_delimiter.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>
#include <cstring>
#include <optional>
#include <system_error>
#include <unordered_map>

namespace cinta::io {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/// Line ends in a text: LF, CRLF or a lone CR.
std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    lines += text[i] == '\n' || (text[i] == '\r' && text.substr(i, 2) != "\r\n");
  return lines;
}

/// The characters that end an unquoted field: delimiter, quote, LF and CR.
class Special {
 public:
  explicit Special(char delimiter)
      : patterns_{'\n', '\r', '"', static_cast<unsigned char>(delimiter)} {
    for (std::uint64_t& pattern : patterns_) pattern *= each;
  }

  /// The first of them in [p, end), or end.
  const char* find(const char* p, const char* end) const {
    for (; end - p >= 8; p += 8) {
      std::uint64_t word;
      std::memcpy(&word, p, 8);
      const std::uint64_t hits = found(word);
      if (hits == 0) continue;
      if constexpr (std::endian::native == std::endian::little)
        return p + std::countr_zero(hits) / 8;
      else
        return p + std::countl_zero(hits) / 8;
    }
    for (; p < end; ++p)
      for (const std::uint64_t pattern : patterns_)
        if (static_cast<unsigned char>(*p) == (pattern & 0xFF)) return p;
    return end;
  }

 private:
  static constexpr std::uint64_t each = 0x0101010101010101, low = each * 0x7F;

  /// The top bit of each byte that is special; of no other, as the sums carry into no other byte.
  std::uint64_t found(std::uint64_t word) const {
    std::uint64_t other = ~std::uint64_t{0};
    for (const std::uint64_t pattern : patterns_) {
      const std::uint64_t x = word ^ pattern;
      other &= ((x & low) + low) | x;
    }
    return ~(other | low);
  }

  std::array<std::uint64_t, 4> patterns_;
};

/// See CsvOptions::delimiter.
std::optional<char> find_delimiter(std::string_view sample, bool whole, char decimal) {
  constexpr std::string_view candidates = detail::found_delimiters;
  constexpr std::size_t enough = 100;
  std::array<std::size_t, candidates.size()> first{}, here{};
  std::array<bool, candidates.size()> equal;
  equal.fill(true);
  std::size_t rows = 0;
  bool in_quotes = false, blank = true;
  const auto row_end = [&] {
    if (!blank) {
      if (rows++ == 0) first = here;
      for (std::size_t i = 0; i < here.size(); ++i) equal[i] = equal[i] && here[i] == first[i];
    }
    here = {};
    blank = true;
  };
  for (std::size_t i = 0; i < sample.size() && rows < enough; ++i) {
    const char c = sample[i];
    if (c == '"') in_quotes = !in_quotes;
    if (is_line_end(c) && !in_quotes) {
      row_end();
      continue;
    }
    blank = blank && c == ' ';
    if (const auto at = candidates.find(c); at != candidates.npos && !in_quotes) ++here[at];
  }
  if (whole && rows < enough) row_end();  // one without a line end; otherwise it may be cut off
  // A header may be long. A quote that is never closed must not fill the memory.
  constexpr std::size_t longest = std::size_t{64} << 20;
  if (!whole && rows < 2 && sample.size() < longest) return std::nullopt;
  const auto plain = [&](std::size_t i) {
    return equal[i] && first[i] > 0 && candidates[i] != decimal;
  };
  std::optional<char> other;
  for (std::size_t i = 1; i < candidates.size() && !plain(0); ++i) {
    if (!plain(i)) continue;
    if (other) return ',';
    other = candidates[i];
  }
  return other.value_or(',');
}

class Reader {
 public:
  Reader(const std::string& file, const CsvOptions& options, std::size_t file_size)
      : file_size_(file_size), special_(options.delimiter) {
    // One more than a small file has, so that its end shows with the first piece.
    if (file_size > 0) piece_ = std::min(piece_, file_size + 1);
    table_.file = file;
    table_.options = options;
    check_options();
  }

  /// Memory for the next bytes of the file.
  char* room(std::size_t bytes) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_.resize(end_ + bytes + 1);
    return buffer_.data() + end_;
  }
  /// How many more should be read: at least as many as wait, so that a long field costs its length.
  std::size_t appetite() const { return std::max(piece_, end_ - begin_); }

  /// That many have been put there; after the last ones comes nothing.
  void parse(std::size_t bytes, bool last) {
    const char* fresh = buffer_.data() + end_;
    end_ += bytes;
    const char* end = buffer_.data() + end_;
    const auto* nul = static_cast<const char*>(std::memchr(fresh, 0, bytes));
    if (!started_ && !start(last || nul)) return;
    const char* rest = fields(buffer_.data() + begin_, nul ? nul : end, last && !nul);
    if (nul) fail("a NUL byte; this is not a text file in UTF-8");
    begin_ = static_cast<std::size_t>(rest - buffer_.data());
  }

  CsvTable finish() {
    if (table_.header.empty()) throw IoError(name() + ": the file is empty");
    return std::move(table_);
  }

 private:
  std::string name() const { return escaped(table_.file); }

  void check_options() const {
    const CsvOptions& o = table_.options;
    detail::check_delimiter("read_csv", o.delimiter);
    if (std::string_view("+-eE0123456789 \t\r\n\"").find(o.decimal) != std::string_view::npos ||
        o.decimal == 0 || o.decimal == o.delimiter)
      throw ValueError("read_csv: decimal sign " + quoted({&o.decimal, 1}) +
                       " would not be told from the rest");
  }

  /// False if more has to be there first.
  bool start(bool last) {
    std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    char& delimiter = table_.options.delimiter;
    if (delimiter == 0) {
      const std::optional<char> found = find_delimiter(bytes, last, table_.options.decimal);
      if (!found) return false;
      delimiter = *found;
    }
    begin_ = end_ - bytes.size();
    started_ = true;
    if (delimiter == table_.options.decimal)
      throw ValueError(name() + ": the delimiter is " + quoted({&delimiter, 1}) +
                       ", and so is the decimal sign; one of them has to be given");
    special_ = Special(delimiter);
    return true;
  }

  /// Takes the fields in [p, end) that are complete. Returns where the first begins that is not.
  const char* fields(const char* p, const char* end, bool last) {
    const char delimiter = table_.options.delimiter;
    while (p < end || (last && fields_ > 0)) {  // after a last delimiter stands an empty field
      if (p < end && after_cr_ && *p == '\n') {
        after_cr_ = false;
        ++p;
        continue;
      }
      after_cr_ = false;
      const char* stop = special_.find(p, end);
      if (stop < end && *stop == '"') {
        stop = quoted_field(p, stop, end, last);
        if (!stop) return p;
      } else {
        if (stop == end && !last) return p;
        unquoted_field(p, stop, stop < end && *stop == delimiter);
      }
      p = stop < end ? stop + 1 : end;
      if (stop < end && *stop == delimiter) continue;
      line_end();
      after_cr_ = stop < end && *stop == '\r';
    }
    return p;
  }

  void unquoted_field(const char* begin, const char* end, bool more_in_row) {
    while (begin < end && is_blank(*begin)) ++begin;
    while (begin < end && is_blank(end[-1])) --end;
    if (begin == end && fields_ == 0 && !more_in_row) return;  // a blank line
    field({begin, static_cast<std::size_t>(end - begin)}, false);
  }

  /// A field whose quote stands at `quote`. Returns where it ends, or null if that is not here yet.
  const char* quoted_field(const char* begin, const char* quote, const char* end, bool last) {
    if (!std::all_of(begin, quote, is_blank)) misplaced(begin, quote);
    const char* text = quote + 1;
    const char* close = text;
    bool doubled = false;
    for (;; close += 2, doubled = true) {
      close =
          static_cast<const char*>(std::memchr(close, '"', static_cast<std::size_t>(end - close)));
      if (!close) {
        if (last) fail("the quote is never closed");
        return nullptr;
      }
      if (close + 1 == end && !last) return nullptr;
      if (close + 1 == end || close[1] != '"') break;
    }
    const char* after = close + 1;
    while (after < end && is_blank(*after) && *after != table_.options.delimiter) ++after;
    if (after == end && !last) return nullptr;
    if (after < end && *after != table_.options.delimiter && !is_line_end(*after))
      misplaced(begin, close);
    const std::string_view inside(text, static_cast<std::size_t>(close - text));
    if (!doubled) {
      field(inside, true);
    } else {
      unescaped_.clear();
      for (std::size_t i = 0; i < inside.size(); ++i) {
        unescaped_ += inside[i];
        i += inside[i] == '"';
      }
      field(unescaped_, true);
    }
    line_in_row_ += count_lines(inside);
    return after;
  }

  void field(std::string_view text, bool in_quotes) {
    if (table_.header.empty())
      names_.emplace_back(text);
    else if (fields_ < table_.columns.size())  // of one column, "" is all that can say: no value
      table_.columns[fields_].push_back(text,
                                        in_quotes && (!text.empty() || table_.columns.size() > 1));
    ++fields_;  // a field too many is only counted, so that a wrong file does not fill the memory
  }

  void line_end() {
    if (fields_ > 0) row_end();
    line_ += 1 + line_in_row_;
    line_in_row_ = fields_ = 0;
  }

  void row_end() {
    const std::size_t columns = table_.header.size();
    if (columns == 0) {
      check_names();
      table_.columns.resize(names_.size());
      table_.header = std::move(names_);
    } else if (fields_ < columns) {
      throw IoError(at_line() + column_name(fields_) + " is missing: the row has " +
                    std::to_string(fields_) + " of " + std::to_string(columns) + " fields");
    } else if (fields_ > columns) {
      throw IoError(at_line() + "the row has " + std::to_string(fields_) +
                    " fields, the header has " + std::to_string(columns));
    } else {
      table_.lines.push_back(line_);
      if (table_.lines.size() == 1000) reserve();
    }
  }

  /// Memory for the rest of the file, if its rows are like the first ones.
  void reserve() {
    std::size_t bytes = 0;
    for (const CsvColumn& column : table_.columns) bytes += column.bytes() + column.size();
    const double more = 1.05 * static_cast<double>(file_size_) / static_cast<double>(bytes);
    if (more < 1.5) return;
    table_.lines.reserve(static_cast<std::size_t>(1000 * more));
    for (CsvColumn& column : table_.columns)
      column.reserve(static_cast<std::size_t>(1000 * more),
                     static_cast<std::size_t>(static_cast<double>(column.bytes()) * more));
  }

  void check_names() const {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) continue;
      const auto [first, fresh] = seen.emplace(names_[i], i);
      if (!fresh)
        throw IoError(at_line() + "column " + std::to_string(i + 1) + " " + quoted(names_[i]) +
                      " has the name of column " + std::to_string(first->second + 1));
    }
  }

  std::string at_line(std::size_t further = 0) const {
    return name() + ":" + std::to_string(line_ + further) + ": ";
  }
  std::string column_name(std::size_t column) const {
    const std::string number = "column " + std::to_string(column + 1);
    return column < table_.header.size() ? number + " " + quoted(table_.header[column]) : number;
  }
  [[noreturn]] void fail(const std::string& what, std::size_t further = 0) const {
    throw IoError(at_line(line_in_row_ + further) + column_name(fields_) + ": " + what);
  }
  [[noreturn]] void misplaced(const char* field, const char* quote) const {
    fail("misplaced quote", count_lines({field, static_cast<std::size_t>(quote - field)}));
  }

  std::size_t file_size_;                     // 0 if it is not known
  std::size_t piece_ = std::size_t{1} << 18;  // bytes read at a time
  Special special_;
  CsvTable table_;
  std::vector<std::string> names_;  // the header, until it is complete
  std::vector<char> buffer_{'0'};   // bytes of [begin_, end_) wait; never null, for memmove
  std::size_t begin_ = 0, end_ = 0;
  std::string unescaped_;
  std::size_t line_ = 1;         // where the current row started
  std::size_t line_in_row_ = 0;  // line breaks inside its quoted fields
  std::size_t fields_ = 0;       // fields of the current row so far
  bool after_cr_ = false, started_ = false;
};

}  // namespace

CsvTable read_csv(const std::string& path, const CsvOptions& options) {
  const FilePointer file = open_file(path, "rb");
  Reader reader(path, options, size_of_file(file.get()));
  for (bool last = false; !last;) {
    const std::size_t wanted = reader.appetite();
    const std::size_t size = std::fread(reader.room(wanted), 1, wanted, file.get());
    if (std::ferror(file.get()))
      throw IoError(escaped(path) + ": " + std::generic_category().message(errno));
    last = size < wanted;
    reader.parse(size, last);
  }
  return reader.finish();
}

CsvTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options) {
  Reader reader(name, options, text.size());
  std::copy(text.begin(), text.end(), reader.room(text.size()));
  reader.parse(text.size(), true);
  return reader.finish();
}

}  // namespace cinta::io
