// io/csv: what is read, and what every kind of damage is answered with.

#include <cinta/io/csv.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using Cells = std::vector<std::string>;

namespace {

io::CsvTable parse(const std::string& text) { return io::parse_csv(text, "t.csv"); }

std::string parse_error(const std::string& text) {
  return error_of([&] { parse(text); });
}

struct TemporaryFile {
  explicit TemporaryFile(const std::string& text = "")
      : path((std::filesystem::temp_directory_path() / "cinta_csv_test.csv").string()) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string path;
};

}  // namespace

TEST_CASE("csv: header, columns and line numbers") {
  const io::CsvTable t = parse("a,b\n1,x\n2,y\n");
  CHECK(t.header == Cells{"a", "b"});
  CHECK(t["a"] == Cells{"1", "2"});
  CHECK(t["b"] == Cells{"x", "y"});
  CHECK(t.lines == std::vector<std::size_t>{2, 3});
  CHECK(t.rows() == 2);
  CHECK(t.has("a"));
  CHECK_FALSE(t.has("c"));
  CHECK(t.where(1, 1) == "t.csv:3: column 2 'b'");
}

TEST_CASE("csv: forms of the same table") {
  const auto same = [](const std::string& text) {
    const io::CsvTable t = parse(text);
    return t.header == Cells{"a", "b"} && t["a"] == Cells{"1", "2"} && t["b"] == Cells{"x", "y"};
  };
  CHECK(same("a,b\r\n1,x\r\n2,y\r\n"));  // CRLF
  CHECK(same("a,b\n1,x\n2,y"));          // no newline at the end
  CHECK(
      same("\xEF\xBB\xBF"
           "a,b\n1,x\n2,y\n"));                        // byte order mark
  CHECK(same("a,b\n\n1,x\n\n\n2,y\n\n"));              // blank lines
  CHECK(same("\"a\",\"b\"\n\"1\",\"x\"\n2,\"y\"\n"));  // quotes
  CHECK(same("a, b\n 1,x \n2 , y\n"));                 // spaces around unquoted fields
  CHECK(io::parse_csv("a;b\n1;x\n", "t", {.delimiter = ';'})["b"] == Cells{"x"});
}

TEST_CASE("csv: quoted fields hold delimiters, quotes, line breaks and spaces") {
  const io::CsvTable t = parse("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\" z \"\n3,4\n");
  CHECK(t["a"] == Cells{"x,y", "two\nlines", "3"});
  CHECK(t["b"] == Cells{"say \"hi\"", " z ", "4"});
  CHECK(t.lines == std::vector<std::size_t>{2, 3, 5});
}

TEST_CASE("csv: line numbers survive CRLF, blank lines and breaks in quotes") {
  const io::CsvTable t = parse("a,b\r\n\r\n1,\"p\r\nq\"\r\n\r\n\"\nr\",2\r\n3,4\r\n");
  CHECK(t.lines == std::vector<std::size_t>{3, 6, 8});
}

TEST_CASE("csv: empty cells and empty names are kept, a header alone is a table") {
  const io::CsvTable t = parse(",b\n,\n1,\n");
  CHECK(t.header == Cells{"", "b"});
  CHECK(t[""] == Cells{"", "1"});
  CHECK(t["b"] == Cells{"", ""});
  CHECK(parse("a,b\n").rows() == 0);
  CHECK(parse("a,b").header.size() == 2);
}

TEST_CASE("csv: bad text is refused with file, line and column") {
  CHECK(parse_error("") == "t.csv: the file is empty");
  CHECK(parse_error("\n\n") == "t.csv: the file is empty");
  CHECK(parse_error("\xEF\xBB\xBF") == "t.csv: the file is empty");
  CHECK(parse_error("a,b\n1,2\n3\n") ==
        "t.csv:3: column 2 'b' is missing: the row has 1 of 2 fields");
  CHECK(parse_error("a,b\n1,2,3\n") == "t.csv:2: column 3: one field too many, the header has 2");
  CHECK(parse_error("a,b\n1,2\n\n3,4,5") ==
        "t.csv:4: column 3: one field too many, the header has 2");
  CHECK(parse_error("a,b,a\n") == "t.csv:1: column 3 'a' has the name of column 1");
  CHECK(parse_error("a,b\n1,2\"\n") == "t.csv:2: column 2 'b': misplaced quote");
  CHECK(parse_error("a,b\n\"1\n\nx\"y,2\n") == "t.csv:4: column 1 'a': misplaced quote");
  CHECK(parse_error("a,b\n1,2\n3,\"4\n5,6\n") ==
        "t.csv:3: column 2 'b': the quote is never closed");
  CHECK(parse_error(std::string("a,b\n1,x\0y\n", 10)) ==
        "t.csv:2: column 2 'b': a NUL byte; this is not a text file in UTF-8");
}

TEST_CASE("csv: an unknown column names those that exist") {
  const io::CsvTable t = parse("a,b\n1,2\n");
  CHECK(error_of([&] { t.index("c"); }) == "t.csv:1: no column 'c'; the columns are 'a', 'b'");
}

TEST_CASE("csv: files") {
  CHECK(error_of([] { io::read_csv("no/such/file.csv"); }) ==
        "no/such/file.csv: No such file or directory");
  CHECK(error_of([] { io::read_csv("."); }) == ".: Is a directory");

  // Larger than the chunk in which files are read, with quoted line breaks on every row.
  std::string text = "a,b\r\n";
  for (int i = 0; i < 60000; ++i) text += std::to_string(i) + ",\"x\r\ny\"\r\n";
  const TemporaryFile file(text);
  const io::CsvTable t = io::read_csv(file.path);
  REQUIRE(t.rows() == 60000);
  CHECK(t["a"].back() == "59999");
  CHECK(t["b"].back() == "x\r\ny");
  CHECK(t.lines.back() == 2 + 2 * 59999);
}

TEST_CASE("csv: what is written reads back the same") {
  const io::CsvTable t{"",
                       {"plain", "odd, \"name\""},
                       {{"1", "", " padded ", "a\nb"}, {"x", "\"", "c,d", "\r\n"}},
                       {}};
  const TemporaryFile file;
  io::write_csv(file.path, t);
  const io::CsvTable back = io::read_csv(file.path);
  CHECK(back.header == t.header);
  CHECK(back.columns == t.columns);

  io::write_csv(file.path, {"", {"a"}, {{"", "1"}}, {}});  // an empty cell is not a blank line
  CHECK(io::read_csv(file.path)["a"] == Cells{"", "1"});

  CHECK(error_of([&] { io::write_csv("no/such/folder/t.csv", t); }) ==
        "no/such/folder/t.csv: No such file or directory");
  CHECK_THROWS_AS(io::write_csv(file.path, {"", {"a", "b"}, {{"1"}, {}}, {}}), ValueError);
}

TEST_CASE("csv: rows can be selected and keep their lines") {
  const io::CsvTable t = parse("a,b\n1,x\n2,y\n3,z\n").select({2, 0});
  CHECK(t["a"] == Cells{"3", "1"});
  CHECK(t.where(0, 0) == "t.csv:4: column 1 'a'");
}

TEST_CASE("csv: text in messages is one short line") {
  CHECK(io::quoted("a\nb\t\x01") == "'a\\nb\\t\\x01'");
  CHECK(io::quoted(std::string(100, 'x')) == "'" + std::string(40, 'x') + "...'");
  CHECK(io::quoted(std::string(39, 'x') + "\xC3\xA9") == "'" + std::string(39, 'x') + "...'");
}
