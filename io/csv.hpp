#pragma once
// Comma-separated values, read strictly: every error names file, line and column.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::io {

/// The text of a CSV file, column by column, and where each row came from.
struct CsvTable {
  std::string file;                               ///< name for messages
  std::vector<std::string> header;                ///< one name a column; a name may be empty
  std::vector<std::vector<std::string>> columns;  ///< columns[c][row], all of length rows()
  std::vector<std::size_t> lines;                 ///< line of the file (from 1) where a row starts

  std::size_t rows() const { return lines.size(); }

  /// Whether a column of this name exists.
  bool has(std::string_view name) const;

  /// Position of a column. Throws IoError, naming the columns that exist, if there is none.
  std::size_t index(std::string_view name) const;

  /// The cells of a column. Throws as index() does.
  const std::vector<std::string>& operator[](std::string_view name) const {
    return columns[index(name)];
  }

  /// "diamonds.csv:17: column 5 'depth'", the beginning of a message about one cell.
  std::string where(std::size_t row, std::size_t column) const;

  /// A table of the given rows, in the given order; they keep their line numbers.
  CsvTable select(const std::vector<std::size_t>& rows) const;
};

struct CsvOptions {
  char delimiter = ',';
};

/// Reads a file with a header line (RFC 4180): quoted fields may hold delimiters, quotes ("") and
/// line breaks; lines end in LF or CRLF; a UTF-8 byte order mark is skipped, as are blank lines.
/// Spaces around an unquoted field are dropped.
/// Throws IoError for a file that is missing, unreadable or empty, for a row with more or fewer
/// fields than the header, stray or unterminated quotes, a repeated column name, a NUL byte.
CsvTable read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for text in memory; `name` stands for the file in messages.
CsvTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options = {});

/// Writes header and columns; fields are quoted where they need it. `lines` is not used.
/// Throws IoError if the file cannot be written, ValueError if the columns differ in length.
void write_csv(const std::string& path, const CsvTable& table, const CsvOptions& options = {});

/// Text in single quotes for a one-line message: control characters escaped, cut at 40 bytes.
std::string quoted(std::string_view text);

}  // namespace cinta::io
#pragma GCC visibility pop
