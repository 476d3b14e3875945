#pragma once
// Comma-separated values, read strictly: every error names file, line and column.

#include <cinta/io/csv_column.hpp>
#include <cinta/io/text.hpp>

#pragma GCC visibility push(default)
namespace cinta::io {

/// What stands for "no value" where nothing else is said: the marks of pandas.read_csv ("", NA,
/// N/A, n/a, <NA>, NaN, nan, null, NULL, None, #N/A and others).
const std::vector<std::string>& default_missing_marks();

/// How a file is written, and to be understood.
struct CsvOptions {
  /// 0: found from the first rows, if one of , ; tab | cuts all of them into equally many fields
  /// (two or more), and a comma otherwise or where the comma does so as well. Files are written
  /// with commas then.
  char delimiter = 0;
  char decimal = '.';  ///< sign of numbers in the file, for train::numeric_column

  /// Cells that stand for "no value", for train::is_missing. A cell in quotes never does: to be
  /// taken for a value, Namibia's "NA" needs quotes or a list without it. The empty cell without
  /// quotes is missing whatever the list holds.
  std::vector<std::string> missing = default_missing_marks();
};

/// The text of a CSV file, column by column, and where each row came from.
struct CsvTable {
  std::string file;                 ///< name for messages
  std::vector<std::string> header;  ///< one name a column; a name may be empty
  std::vector<CsvColumn> columns;   ///< columns[c][row], all of length rows()
  std::vector<std::size_t> lines;   ///< line of the file (from 1) where a row starts; or empty, if
                                    ///< the table comes from no file
  CsvOptions options = {};          ///< what it was read with; the delimiter is the one found

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }

  /// Whether a column of this name exists.
  bool has(std::string_view name) const;

  /// Position of a column. Throws IoError, naming the columns that exist, if there is none.
  std::size_t index(std::string_view name) const;

  /// The cells of a column. Throws as index() does.
  const CsvColumn& operator[](std::string_view name) const { return columns[index(name)]; }

  /// The line of the file where a row starts; of a table from no file the row's number, from 1.
  std::size_t line(std::size_t row) const { return lines.empty() ? row + 1 : lines.at(row); }

  /// "diamonds.csv:17: column 5 'depth'", the beginning of a message about one cell.
  std::string where(std::size_t row, std::size_t column) const;

  /// A table of the given rows, in the given order; they keep their line numbers.
  CsvTable select(const std::vector<std::size_t>& rows) const;
};

/// Reads a file, or a pipe, with a header line (RFC 4180): quoted fields may hold delimiters,
/// quotes (as two) and line breaks; lines end in LF, CRLF or CR; a UTF-8 byte order mark is
/// skipped, as are blank lines. Spaces and tabs around a field are dropped, those in quotes are
/// not. In a file of one column, where a missing cell would be a blank line, "" is one, as pandas
/// writes it. Throws IoError for a file that is missing, unreadable or empty, for a row with more
/// or fewer fields than the header, stray or unterminated quotes, a repeated column name, a NUL
/// byte; ValueError for a delimiter or decimal sign that can be none.
CsvTable read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for text in memory; `name` stands for the file in messages.
CsvTable parse_csv(std::string_view text, const std::string& name, const CsvOptions& options = {});

/// Writes header and columns; fields are quoted where they need it and where they were. What is
/// written reads back the same, but for an empty text of a table's only column, which reads back as
/// missing. `lines` and the table's own options are not used.
/// Throws IoError if the file cannot be written, ValueError if the columns differ in length, a text
/// holds a NUL byte, or the delimiter can be none.
void write_csv(const std::string& path, const CsvTable& table, const CsvOptions& options = {});

}  // namespace cinta::io
#pragma GCC visibility pop
