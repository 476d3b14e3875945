// io/csv: what is read, and what every kind of damage is answered with.

#include <unistd.h>

#include <cinta/io/csv.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
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
      : path((std::filesystem::temp_directory_path() /
              ("cinta_csv_test_" + std::to_string(getpid())))
                 .string()) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  std::string text() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
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

TEST_CASE("csv: a column is walked from its first row; of many names an error tells thirty") {
  const io::CsvTable t = io::parse_csv("a,b\n1,x\n2,y\n", "t");
  Cells walked;
  for (const auto& cell : t["b"]) walked.emplace_back(std::string_view(cell));
  CHECK(walked == Cells{"x", "y"});
  std::string header = "c0", row = "1";
  for (int i = 1; i < 32; ++i) header += ",c" + std::to_string(i), row += ",1";
  const io::CsvTable wide = io::parse_csv(header + "\n" + row + "\n", "t");
  CHECK_THAT(error_of([&] { wide["d"]; }), ContainsSubstring("'c29' and 2 more"));
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
  CHECK(parse_error("a,b\n1,2,3,4\n") == "t.csv:2: the row has 4 fields, the header has 2");
  CHECK(parse_error("a,b\n1,2\n\n3,4,5") == "t.csv:4: the row has 3 fields, the header has 2");
  CHECK(parse_error("a,b\n1,2\n3,4,") == "t.csv:3: the row has 3 fields, the header has 2");
  CHECK(parse_error("a,b,a\n") == "t.csv:1: column 3 'a' has the name of column 1");
  CHECK(parse_error("a,b\n1,2\"\n") == "t.csv:2: column 2 'b': misplaced quote");
  CHECK(parse_error("a,b\n\"1\n\nx\"y,2\n") == "t.csv:4: column 1 'a': misplaced quote");
  CHECK(parse_error("a,b\n1,2\n3,\"4\n5,6\n") ==
        "t.csv:3: column 2 'b': the quote is never closed");
  CHECK(parse_error(std::string("a,b\n1,x\0y\n", 10)) ==
        "t.csv:2: column 2 'b': a NUL byte; this is not a text file in UTF-8");
  CHECK(parse_error(std::string("a,b\n1,\"x\0\"\n", 11)) ==
        "t.csv:2: column 2 'b': a NUL byte; this is not a text file in UTF-8");
}

TEST_CASE("csv: no control character of a file reaches a message") {
  CHECK(parse_error("a\x1b[31m,b\n1\n") ==
        "t.csv:2: column 2 'b' is missing: the row has 1 of 2 fields");
  CHECK(parse_error("\x1b[31m,b\n1,\"2\n") == "t.csv:2: column 2 'b': the quote is never closed");
  CHECK(parse_error("\x1b[31m\n\"2\n") ==
        "t.csv:2: column 1 '\\x1b[31m': the quote is never closed");
  CHECK(error_of([] { parse("\x1b[31m\n").index("b\x07"); }) ==
        "t.csv:1: no column 'b\\x07'; the columns are '\\x1b[31m'");
  CHECK(error_of([] { io::parse_csv("", "\x1b.csv"); }) == "\\x1b.csv: the file is empty");
  CHECK(io::escaped("\xC2\x9B\x7F\xC3\xA9") == "\\x9b\\x7f\xC3\xA9");
}

TEST_CASE("csv: whether a cell stood in quotes is known, and written again") {
  const io::CsvTable t = parse("a,b\nNA,\"NA\"\n,\"\"\n");
  CHECK_FALSE(t["a"][0].quoted);
  CHECK(t["b"][0].quoted);
  CHECK_FALSE(t["a"][1].quoted);
  CHECK(t["b"][1].quoted);
  const TemporaryFile file;
  io::write_csv(file.path, t);
  CHECK(file.text() == "a,b\nNA,\"NA\"\n,\"\"\n");
}

TEST_CASE("csv: the delimiter is found where it is plain") {
  const auto found = [](const std::string& text) { return parse(text).options.delimiter; };
  CHECK(found("\n \r\na;b\n1;2\n\n3;4\n") == ';');  // blank lines are no rows
  CHECK(found("a,b\n1,2\n") == ',');
  CHECK(found("a;b\n1,5;2,5\n3,5;4,5\n") == ';');
  CHECK(found("a\tb\r\n1\t2\r\n") == '\t');
  CHECK(found("a|b\n1|2") == '|');
  CHECK(found("a;b") == ';');
  CHECK(found("\xEF\xBB\xBF"
              "a;b\n\n1;2\n") == ';');
  CHECK(found("\"a,x\";b\n\"1\n,\";2\n") == ';');  // what is in quotes does not count
  // Not plain: a comma as ever.
  CHECK(found("a;b,c\n1;2,3\n") == ',');
  CHECK(found("a;b|c\n1;2|3\n") == ',');
  CHECK(found("note\nx;y\n") == ',');
  CHECK(found("note\nx\n") == ',');
  CHECK(parse("a;b\n1;2\n3;4\n")["b"] == Cells{"2", "4"});
  CHECK(io::parse_csv("a;b\n1;2\n", "t", {.delimiter = ','}).header == Cells{"a;b"});
  // A row that is cut off by the end of what is looked at is not one of them.
  std::string text = "a;b\n";
  while (text.size() < (1 << 19)) text.append(9000, 'x').append(",;2\n");
  const TemporaryFile file(text);
  CHECK(io::read_csv(file.path).options.delimiter == ';');
}

TEST_CASE("csv: the delimiter of a table is found however long its header is") {
  constexpr std::size_t columns = 90'000;
  for (const std::string start : {"", "\xEF\xBB\xBF"}) {
    std::string text = start;
    for (std::size_t c = 0; c < columns; ++c) text += "\"gene" + std::to_string(c) + "\"\t";
    text.back() = '\n';
    for (int row = 0; row < 3; ++row) {
      for (std::size_t c = 0; c < columns; ++c) text += "1,5\t";
      text.back() = '\n';
    }
    const io::CsvTable table = io::read_csv(TemporaryFile(text).path);
    CHECK(table.options.delimiter == '\t');
    REQUIRE(table.header.size() == columns);
    CHECK(table.header[0] == "gene0");
    CHECK(table.rows() == 3);
  }
  // One row without an end of its own, and one that a NUL byte ends.
  const std::string row(1 << 19, 'x');
  CHECK(io::read_csv(TemporaryFile(row + ";y").path).header == Cells{row, "y"});
  const TemporaryFile binary(row + ";y" + std::string(1, '\0') + row + row);
  CHECK_THROWS_WITH(io::read_csv(binary.path), ContainsSubstring("column 2: a NUL byte"));
}

TEST_CASE("csv: delimiters and decimal signs that can be none") {
  const auto refused = [](const io::CsvOptions& o) {
    return error_of([&] { io::parse_csv("a\n1\n", "t", o); });
  };
  CHECK(refused({.delimiter = '"'}) == "read_csv: delimiter '\"' would not separate fields");
  CHECK(refused({.delimiter = '\n'}) == "read_csv: delimiter '\\n' would not separate fields");
  const TemporaryFile file;
  for (const char delimiter : {'"', '\n', '\r', ' '})
    CHECK_THROWS_WITH(io::write_csv(file.path, parse("a,b\n1,2\n"), {.delimiter = delimiter}),
                      StartsWith("write_csv: delimiter '"));
  CHECK(refused({.delimiter = ',', .decimal = ','}) ==
        "read_csv: decimal sign ',' would not be told from the rest");
  CHECK(refused({.decimal = '5'}) == "read_csv: decimal sign '5' would not be told from the rest");
}

TEST_CASE("csv: a decimal comma where the delimiter is found to be one as well") {
  CHECK(error_of([] { io::parse_csv("a,b\n1,2\n", "t", {.decimal = ','}); }) ==
        "t: the delimiter is ',', and so is the decimal sign; one of them has to be given");
  CHECK(io::parse_csv("a,x;b,y\n1,5;2,5\n", "t", {.decimal = ','}).header == Cells{"a,x", "b,y"});
}

TEST_CASE("csv: a line end wherever the file is cut into pieces") {
  // The pieces in which a file is read end at every place of this row for one of the shifts.
  const std::string row = "\"a\"\"b\r\nc\" , x y\r\n";
  for (std::size_t shift = 0; shift < row.size(); ++shift) {
    std::string text = std::string(shift, 'n') + "1,m\n";
    std::size_t rows = 0;
    for (; text.size() < (1 << 18) + 100; ++rows) text += row;
    const TemporaryFile file(text);
    const io::CsvTable t = io::read_csv(file.path);
    REQUIRE(t.rows() == rows);
    bool equal = true;
    for (std::size_t i = 0; i < rows; ++i)
      equal = equal && t.columns[0][i] == "a\"b\r\nc" && t.columns[1][i] == "x y" &&
              t.lines[i] == 2 + 2 * i;
    CHECK(equal);
  }
}

TEST_CASE("csv: a field longer than the pieces, and a quote that stays open for long") {
  const std::string longest(1 << 20, 'x');
  const TemporaryFile file("a,b\n\"" + longest + "\n\"," + longest + "\n1,2\n");
  const io::CsvTable t = io::read_csv(file.path);
  CHECK(t["a"][0] == longest + "\n");
  CHECK(t["b"][0] == longest);
  CHECK(t.lines == std::vector<std::size_t>{2, 4});
  const TemporaryFile open("a,b\n1,\"" + longest);
  CHECK(error_of([&] { io::read_csv(open.path); }) ==
        open.path + ":2: column 2 'b': the quote is never closed");
}

TEST_CASE("csv: any cells come back from a file") {
  const std::string letters = "a1;|,\"\n\r\t \xEF\xBB\xBF";
  std::uint64_t state = 1;
  const auto draw = [&](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  const auto text = [&] {
    std::string out;
    for (std::size_t n = draw(20); n > 0; --n) out += letters[draw(letters.size())];
    return out;
  };
  const TemporaryFile file;
  for (int round = 0; round < 500; ++round) {
    const char delimiter = ",;\t|"[draw(4)];
    io::CsvTable t;
    for (std::size_t c = 0, columns = 1 + draw(4), rows = draw(9); c < columns; ++c) {
      t.header.push_back(std::to_string(c) + text());
      t.columns.emplace_back();
      for (std::size_t row = 0; row < rows; ++row) t.columns[c].push_back(text(), draw(4) == 0);
    }
    io::write_csv(file.path, t, {.delimiter = delimiter});
    const io::CsvTable back = io::read_csv(file.path, {.delimiter = delimiter});
    REQUIRE(back.header == t.header);
    REQUIRE(back.columns == t.columns);
  }
}

TEST_CASE("csv: a first name that begins with a byte order mark survives") {
  const std::string mark = "\xEF\xBB\xBF";
  const TemporaryFile file;
  io::write_csv(file.path, {"", {mark + "a", "b"}, {{"1"}, {mark}}, {}});
  const io::CsvTable back = io::read_csv(file.path);
  CHECK(back.header[0] == mark + "a");
  CHECK(back["b"] == Cells{mark});
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
  CHECK(!io::read_csv(file.path)["a"][0].quoted);  // and missing, not a text
  CHECK(parse("a,b\n\"\",1\n")["a"][0].quoted);

  io::write_csv(file.path, {"", {"a;b"}, {{"1;2", "3;4"}}, {}});  // not two columns
  CHECK(io::read_csv(file.path)["a;b"] == Cells{"1;2", "3;4"});

  CHECK(error_of([&] { io::write_csv("no/such/folder/t.csv", t); }) ==
        "no/such/folder/t.csv: No such file or directory");
  CHECK_THROWS_AS(io::write_csv(file.path, {"", {"a", "b"}, {{"1"}, {}}, {}}), ValueError);
  CHECK(error_of([&] {
          io::write_csv(file.path, {"", {"a"}, {{std::string_view("\0", 1)}}, {}});
        }) == "write_csv: a NUL byte in column 1 'a'");
}

TEST_CASE("csv: rows can be selected and keep their lines") {
  const io::CsvTable t = parse("a,b\n1,x\n2,y\n3,z\n").select({2, 0});
  CHECK(t["a"] == Cells{"3", "1"});
  CHECK(t.where(0, 0) == "t.csv:4: column 1 'a'");

  const io::CsvTable made{"made", {"a"}, {{"1", "2"}}, {}};  // by a program
  CHECK(made.select({1})["a"] == Cells{"2"});
  CHECK(made.where(1, 0) == "made:2: column 1 'a'");
}

TEST_CASE("csv: text in messages is one short line") {
  CHECK(io::quoted("a\nb\t\x01") == "'a\\nb\\t\\x01'");
  CHECK(io::quoted(std::string(100, 'x')) == "'" + std::string(40, 'x') + "...'");
  CHECK(io::quoted(std::string(39, 'x') + "\xC3\xA9") == "'" + std::string(39, 'x') + "...'");
}
