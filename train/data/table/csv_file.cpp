#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/data/table/csv_file.hpp>

namespace cinta::train {
namespace {

constexpr std::size_t piece = std::size_t(1) << 20;

std::string read_range(const std::string& path, std::FILE* file, std::uint64_t from,
                       std::uint64_t to) {
  std::string text(std::size_t(to - from), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got =
        pread(fileno(file), text.data() + done, text.size() - done, off_t(from + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) io::throw_system_error(path, errno);
    if (got == 0) throw IoError(io::escaped(path) + ": has become shorter");
    done += std::size_t(got);
  }
  return text;
}

}  // namespace

CsvFile::CsvFile(std::string path, io::CsvOptions options)
    : path_(std::move(path)), options_(std::move(options)), file_(io::open_file(path_, "rb")) {
  const std::uint64_t size = io::size_of_file(file_.get());
  if (size == 0) throw IoError(io::escaped(path_) + ": no regular file with text in it");
  // The delimiter is found once, from the first rows. If it is the tab, a line of tabs is a row.
  find_rows(size, options_.delimiter == '\t');
  const std::uint64_t some = starts_[std::min<std::size_t>(100, starts_.size() - 1)];
  const io::CsvTable first =
      io::parse_csv(read_range(path_, file_.get(), 0, some), path_, options_);
  if (first.options.delimiter == '\t' && options_.delimiter != '\t') find_rows(size, true);
  header_ = first.header;
  options_ = first.options;
}

void CsvFile::find_rows(std::uint64_t size, bool tabs_delimit) {
  // A row begins where a line does, outside quotes, that is more than blanks.
  std::vector<std::uint64_t> begins;
  bool quoted = false, in_line = false, in_row = false;
  std::uint64_t line = 0, end = 0;
  for (std::uint64_t at = 0; at < size; at += piece) {
    const std::string text = read_range(path_, file_.get(), at, std::min(size, at + piece));
    // A byte order mark does not make a row of a blank line.
    const bool marked = at == 0 && text.starts_with(io::byte_order_mark);
    for (std::size_t i = marked ? io::byte_order_mark.size() : 0; i < text.size(); ++i) {
      const char c = text[i];
      if (!quoted && (c == '\n' || c == '\r')) {
        in_line = in_row = false;
        continue;
      }
      if (!in_line) line = at + i;
      in_line = true;
      if (c == '"') quoted = !quoted;
      if (!in_row && c != ' ' && (c != '\t' || tabs_delimit)) {
        in_row = true;
        begins.push_back(line);
      }
      end = at + i + 1;
    }
  }
  if (begins.empty()) throw IoError(io::escaped(path_) + ": no header");
  starts_.assign(begins.begin() + 1, begins.end());
  starts_.push_back(end);
  header_text_ = read_range(path_, file_.get(), 0, starts_[0]);
  while (!header_text_.empty() && (header_text_.back() == '\n' || header_text_.back() == '\r'))
    header_text_.pop_back();
}

io::CsvTable CsvFile::rows(const Rows& rows) const {
  std::string text = header_text_ + "\n";
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= size())
      throw IndexError("CsvFile: " + io::escaped(path_) + ": row " + std::to_string(row) + " of " +
                       std::to_string(size()));
    text +=
        read_range(path_, file_.get(), starts_[std::size_t(row)], starts_[std::size_t(row) + 1]);
    if (text.back() != '\n' && text.back() != '\r') text += '\n';
  }
  io::CsvTable table = io::parse_csv(text, path_, options_);
  if (table.rows() != rows.size())
    throw IoError(io::escaped(path_) + ": has changed, or has quotes within a field");
  return table;
}

}  // namespace cinta::train
