// Any bytes are a CSV table or an Error; what was read is written, and reads back the same.

#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>

#include "fuzz/support.hpp"

using namespace cinta;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  io::CsvOptions options;
  options.delimiter = std::string_view("\0,;\t|x", 6)[data[0] % 6];
  options.decimal = data[1] % 2 ? ',' : '.';
  if (data[1] & 2) options.missing = {"?", "-1"};
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  try {
    const io::CsvTable table = io::parse_csv(text, "f", options);
    fuzz::require(table.columns.size() == table.header.size());
    for (const auto& column : table.columns) fuzz::require(column.size() == table.lines.size());
    for (const std::string& name : table.header) {
      const bool numeric = train::looks_numeric(table, name);
      try {
        const auto values = train::numeric_column(table, name, train::Missing::keep);
        std::size_t numbers = 0;
        for (const double value : values) {
          fuzz::require(!std::isinf(value));
          numbers += !std::isnan(value);
        }
        fuzz::require(numeric == (numbers > 0));
      } catch (const IoError& error) {
        fuzz::require_plain(error.what());
      }
    }
    const fuzz::MemoryFile file;
    options.delimiter = table.options.delimiter;
    io::write_csv(file.path(), table, options);
    const io::CsvTable back = io::read_csv(file.path(), options);
    fuzz::require(back.header == table.header && back.columns == table.columns);
    // From a file, which comes in pieces, as from memory.
    file.set(text);
    fuzz::require(io::read_csv(file.path(), options).columns == table.columns);
  } catch (const Error& error) {
    fuzz::require_plain(error.what());
  }
  return 0;
}
