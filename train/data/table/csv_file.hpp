#pragma once
// Rows of a CSV file that stays on the disk.

#include <cinta/io/csv.hpp>
#include <cinta/io/file.hpp>
#include <cinta/train/random.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Finds where each row begins, in one pass that keeps eight bytes a row, and reads rows when they
/// are asked for: for files larger than memory. Rows are those of io::read_csv: line breaks in
/// quotes do not end one, blank lines are none. Several threads may read at once.
///
///     train::CsvFile file("huge.csv");
///     const auto sample = file.rows(some rows);       // to learn a Preparation from
///     struct Rows { Dataset over file and Prepared }  // for a DatasetLoader
///
/// Throws IoError as read_csv does; what is wrong within a row is found when that is read, and its
/// message counts lines among the rows read together.
class CsvFile {
 public:
  explicit CsvFile(std::string path, io::CsvOptions options = {});

  std::int64_t size() const { return std::int64_t(starts_.size()) - 1; }
  const std::vector<std::string>& header() const { return header_; }
  /// A table of these rows, in their order. Throws IndexError for one that does not exist.
  io::CsvTable rows(const Rows& rows) const;

 private:
  // Where the rows begin, of `size` bytes.
  void find_rows(std::uint64_t size, bool tabs_delimit);

  std::string path_;
  io::CsvOptions options_;
  io::FilePointer file_;
  std::string header_text_;
  std::vector<std::string> header_;
  std::vector<std::uint64_t> starts_;  // and the end of the last row
};

}  // namespace cinta::train
#pragma GCC visibility pop
