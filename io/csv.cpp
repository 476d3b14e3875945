#include <csv.h>

#include <algorithm>
#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/file.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>
#include <unordered_map>

namespace cinta::io {
namespace {

std::string at_line(const std::string& file, std::size_t line) {
  return file + ":" + std::to_string(line) + ": ";
}

std::string column_name(std::size_t column, const std::string& name) {
  return "column " + std::to_string(column + 1) + " " + quoted(name);
}

/// Line ends in a text: LF, CRLF or a lone CR.
std::size_t count_lines(std::string_view text) {
  std::size_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    lines += text[i] == '\n' || (text[i] == '\r' && text.substr(i, 2) != "\r\n");
  return lines;
}

/// Receives fields and line ends from libcsv and builds the table.
class Reader {
 public:
  Reader(const std::string& file, const CsvOptions& options) {
    table_.file = file;
    // REPALL_NL reports blank lines too: without them the line numbers would drift.
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
      throw IoError(file + ": cannot set up the CSV parser");
    csv_set_delim(&parser_, static_cast<unsigned char>(options.delimiter));
    csv_set_blk_size(&parser_, 4096);
  }
  ~Reader() { csv_free(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void feed(const char* data, std::size_t size) {
    if (first_) {
      first_ = false;
      if (size >= 3 && std::memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
      }
    }
    const std::size_t parsed = csv_parse(&parser_, data, size, on_field, on_line_end, this);
    rethrow();
    if (parsed != size) {
      // Fields that are not complete have not been counted: count in the bytes instead.
      line_ = fed_lines_ + count_lines({data, parsed});
      line_in_row_ = 0;
      fail("misplaced quote");
    }
    fed_lines_ += count_lines({data, size});
  }

  CsvTable finish() {
    const int status = csv_fini(&parser_, on_field, on_line_end, this);
    rethrow();
    if (status != 0) fail("the quote is never closed");
    if (table_.header.empty()) throw IoError(table_.file + ": the file is empty");
    return std::move(table_);
  }

 private:
  static void on_field(void* data, std::size_t size, void* self) {
    static_cast<Reader*>(self)->guarded([&](Reader& r) {
      r.field({static_cast<const char*>(data), size});
    });
  }
  static void on_line_end(int end, void* self) {
    static_cast<Reader*>(self)->guarded([&](Reader& r) { r.line_end(end); });
  }

  // The callbacks are called from C: an exception waits until the parser has returned.
  template <class F>
  void guarded(F&& f) {
    if (error_) return;
    try {
      f(*this);
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

  void field(std::string_view text) {
    after_cr_ = false;
    if (text.find('\0') != text.npos) fail("a NUL byte; this is not a text file in UTF-8");
    if (table_.header.empty()) {
      names_.emplace_back(text);
    } else {
      // A long row fails here and not at its end, so that a wrong file does not fill the memory.
      if (fields_ == table_.header.size())
        fail("one field too many, the header has " + std::to_string(fields_));
      table_.columns[fields_].emplace_back(text);
    }
    ++fields_;
    line_in_row_ += count_lines(text);
  }

  void line_end(int end) {
    const bool second_half_of_crlf = end == '\n' && after_cr_;
    after_cr_ = end == '\r';
    if (second_half_of_crlf) return;
    if (fields_ > 0) row_end();
    line_ += 1 + line_in_row_;
    line_in_row_ = fields_ = 0;
  }

  void row_end() {
    if (table_.header.empty()) {
      check_names();
      table_.columns.resize(names_.size());
      table_.header = std::move(names_);
    } else if (fields_ < table_.header.size()) {
      throw IoError(at_line(table_.file, line_) + column_name(fields_, table_.header[fields_]) +
                    " is missing: the row has " + std::to_string(fields_) + " of " +
                    std::to_string(table_.header.size()) + " fields");
    } else {
      table_.lines.push_back(line_);
    }
  }

  void check_names() {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) continue;
      const auto [first, fresh] = seen.emplace(names_[i], i);
      if (!fresh)
        throw IoError(at_line(table_.file, line_) + column_name(i, names_[i]) +
                      " has the name of column " + std::to_string(first->second + 1));
    }
  }

  [[noreturn]] void fail(const std::string& what) {
    std::string name = "column " + std::to_string(fields_ + 1);
    if (fields_ < table_.header.size()) name = column_name(fields_, table_.header[fields_]);
    throw IoError(at_line(table_.file, line_ + line_in_row_) + name + ": " + what);
  }

  csv_parser parser_;
  CsvTable table_;
  std::vector<std::string> names_;  // the header, until it is complete
  std::size_t line_ = 1;            // where the current row started
  std::size_t line_in_row_ = 0;     // line breaks inside its quoted fields
  std::size_t fields_ = 0;          // fields of the current row so far
  std::size_t fed_lines_ = 1;       // line where the next chunk of bytes starts
  bool after_cr_ = false;
  bool first_ = true;
  std::exception_ptr error_;
};

bool needs_quotes(std::string_view text, char delimiter) {
  if (text.empty()) return false;
  const char special[] = {delimiter, '"', '\n', '\r', '\0'};
  return text.find_first_of(special) != text.npos || text.front() == ' ' || text.back() == ' ' ||
         text.front() == '\t' || text.back() == '\t';
}

void append_row(std::string& out, const CsvTable& table, std::size_t row, bool header, char comma) {
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    if (c) out += comma;
    const std::string& text = header ? table.header[c] : table.columns[c][row];
    // A row that is one empty field would be a blank line, which readers skip.
    if (!needs_quotes(text, comma) && !(text.empty() && table.header.size() == 1)) {
      out += text;
      continue;
    }
    const std::size_t size = csv_write2(nullptr, 0, text.data(), text.size(), '"');
    const std::size_t start = out.size();
    out.resize(start + size);
    csv_write2(out.data() + start, size, text.data(), text.size(), '"');
  }
  out += '\n';
}

}  // namespace

bool CsvTable::has(std::string_view name) const {
  return std::find(header.begin(), header.end(), name) != header.end();
}

std::size_t CsvTable::index(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  std::string known;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == 30) {
      known += " and " + std::to_string(header.size() - i) + " more";
      break;
    }
    known += (i ? ", " : "") + quoted(header[i]);
  }
  throw IoError(file + ":1: no column " + quoted(name) + "; the columns are " + known);
}

std::string CsvTable::where(std::size_t row, std::size_t column) const {
  return at_line(file, lines[row]) + column_name(column, header[column]);
}

CsvTable CsvTable::select(const std::vector<std::size_t>& rows) const {
  CsvTable out{file, header, {}, {}};
  out.columns.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    out.columns[c].reserve(rows.size());
    for (std::size_t row : rows) out.columns[c].push_back(columns[c].at(row));
  }
  out.lines.reserve(rows.size());
  for (std::size_t row : rows) out.lines.push_back(lines.at(row));
  return out;
}

CsvTable read_csv(const std::string& path, const CsvOptions& options) {
  const FilePointer file = open_file(path, "rb");
  Reader reader(path, options);
  std::vector<char> chunk(1 << 18);
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get()))
    reader.feed(chunk.data(), size);
  if (std::ferror(file.get())) throw IoError(path + ": " + std::generic_category().message(errno));
  return reader.finish();
}

CsvTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options) {
  Reader reader(name, options);
  reader.feed(text.data(), text.size());
  return reader.finish();
}

void write_csv(const std::string& path, const CsvTable& table, const CsvOptions& options) {
  if (table.columns.size() != table.header.size())
    throw ValueError("write_csv: " + std::to_string(table.columns.size()) + " columns but " +
                     std::to_string(table.header.size()) + " names");
  const std::size_t rows = table.columns.empty() ? 0 : table.columns[0].size();
  for (const auto& column : table.columns)
    if (column.size() != rows) throw ValueError("write_csv: the columns differ in length");

  OutputFile file(path);
  std::string out;
  append_row(out, table, 0, true, options.delimiter);
  for (std::size_t row = 0; row < rows; ++row) {
    append_row(out, table, row, false, options.delimiter);
    if (out.size() < (1 << 18)) continue;
    file.write(out);
    out.clear();
  }
  file.write(out);
  file.commit();
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::size_t size = std::min(text.size(), longest);
  // Do not cut a UTF-8 character in two.
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
    --size;
  std::string out = "'";
  for (char c : text.substr(0, size)) {
    if (static_cast<unsigned char>(c) >= 32 && c != 127) {
      out += c;
      continue;
    }
    char code[8];
    std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
    out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : code;
  }
  return out + (size < text.size() ? "...'" : "'");
}

}  // namespace cinta::io
