// train: from CSV text to numbers, categories.

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/data/table/table.hpp>
#include <clocale>
#include <cmath>
#include <filesystem>
#include <limits>
#include <locale>
#include <numeric>
#include <set>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

io::CsvTable one_column(const std::string& cells) {
  return io::parse_csv("x,y\n" + cells, "t.csv");
}

}  // namespace

TEST_CASE("table: numbers") {
  const io::CsvTable t = one_column("1,a\n-2.5,a\n+3e2,a\n.5,a\n");
  CHECK(numeric_column(t, "x") == std::vector<double>{1, -2.5, 300, 0.5});
  CHECK(looks_numeric(t, "x"));
  CHECK_FALSE(looks_numeric(t, "y"));
}

TEST_CASE("table: what is not a number is refused with file, line and column") {
  const auto error = [](const std::string& cell) {
    return error_of([&] { numeric_column(one_column("1,a\n" + cell + ",b\n"), "x"); });
  };
  CHECK(error("abc") == "t.csv:3: column 1 'x': 'abc' is not a number");
  CHECK(error("1.5x") == "t.csv:3: column 1 'x': '1.5x' is not a number");
  CHECK(error("1 2") == "t.csv:3: column 1 'x': '1 2' is not a number");
  CHECK(error("\"1,5\"") ==
        "t.csv:3: column 1 'x': '1,5' is not a number where '.' is the decimal sign");
  CHECK(error("0x10") == "t.csv:3: column 1 'x': '0x10' is not a number");
  CHECK(error("+-1") == "t.csv:3: column 1 'x': '+-1' is not a number");
  CHECK(error("1e999") == "t.csv:3: column 1 'x': '1e999' is not a finite number");
  CHECK(error("-inf") == "t.csv:3: column 1 'x': '-inf' is not a finite number");
  CHECK(error("NaN") == "t.csv:3: column 1 'x': missing value 'NaN'");
  CHECK(error("") == "t.csv:3: column 1 'x': missing value ''");
}

TEST_CASE("table: all rows decide whether a column is one of numbers, in any order") {
  const auto numeric = [](const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) text += cell + ",a\n";
    return looks_numeric(one_column(text), "x");
  };
  const auto in_every_order = [&](std::vector<std::string> cells, bool expected) {
    std::sort(cells.begin(), cells.end());
    do CHECK(numeric(cells) == expected);
    while (std::next_permutation(cells.begin(), cells.end()));
  };
  in_every_order({"1", "2.5", "-3e4"}, true);
  in_every_order({"n/a", "1", "<NA>", ""}, true);
  in_every_order({"?", "1", "2"}, false);
  in_every_order({"Inf", "Mid", "Low"}, false);
  in_every_order({"Inf", "1e999", "1"}, true);  // numbers, which numeric_column refuses
  in_every_order({"\"NA\"", "1", "2"}, false);
  in_every_order({"\"\"", "\"1\"", "2"}, true);
  CHECK_FALSE(numeric({"NA", ""}));
  CHECK_FALSE(numeric({}));
}

TEST_CASE("table: numbers at the ends of the range of a double") {
  const auto number = [](const std::string& cell) {
    return numeric_column(one_column(cell + ",a\n"), "x")[0];
  };
  for (const std::string tiny :
       {"1e-400", "2e-324", "0.1e-323", "1e-99999999999999999999", "1000e-330", "0.00001e-320"}) {
    CAPTURE(tiny);
    CHECK(number(tiny) == 0);
    CHECK_FALSE(std::signbit(number(tiny)));
    CHECK((number("-" + tiny) == 0 && std::signbit(number("-" + tiny))));
    CHECK(number("0." + std::string(400, '0') + "1") == 0);
  }
  CHECK(number("4.9e-324") == 5e-324);
  CHECK(number("1.7976931348623157e308") == std::numeric_limits<double>::max());
  const std::string long_one = "1" + std::string(400, '0');
  for (const std::string& huge : std::vector<std::string>{
           "1e400", "-1e400", "1e309", "0.1e310", "1e99999999999999999999", long_one, "100e307"}) {
    CAPTURE(huge);
    CHECK_THAT(error_of([&] { number(huge); }), EndsWith("is not a finite number"));
  }
  CHECK(number("-15.361") == -15.361);
}

TEST_CASE("table: a decimal comma") {
  const auto column = [](const std::string& cells) {
    return io::parse_csv("x;y\n" + cells, "t.csv", {.decimal = ','});
  };
  CHECK(numeric_column(column("1,5;2\n-3e-2;2\n+,5;2\n"), "x") ==
        std::vector<double>{1.5, -0.03, 0.5});
  CHECK(looks_numeric(column("1,5;2\n"), "x"));
  CHECK_FALSE(looks_numeric(column("1.5;2\n"), "x"));
  CHECK(error_of([&] { numeric_column(column("1.5;2\n"), "x"); }) ==
        "t.csv:2: column 1 'x': '1.5' is not a number where ',' is the decimal sign");
  CHECK(error_of([&] { numeric_column(column("1,5,5;2\n"), "x"); }) ==
        "t.csv:2: column 1 'x': '1,5,5' is not a number");
}

TEST_CASE("table: the program's locale changes no number, read or written") {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const char* const old = std::setlocale(LC_ALL, nullptr);
  const std::string c_before = old ? old : "C";
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name)) break;  // where one is installed
  const auto values = numeric_column(io::parse_csv("a\n-15.361\n1234567.5\n1e3\n", "t.csv"), "a");
  const std::string path =
      (std::filesystem::temp_directory_path() / ("cinta_locale_" + std::to_string(getpid())))
          .string();
  io::write_csv(path, io::parse_csv("a,b\n1.5,x\n", "t.csv"));
  const auto again = numeric_column(io::read_csv(path), "a");
  std::filesystem::remove(path);
  std::setlocale(LC_ALL, c_before.c_str());
  std::locale::global(before);
  CHECK(std::bit_cast<std::uint64_t>(values[0]) == 0xC02EB8D4FDF3B646);
  CHECK(values[1] == 1234567.5);
  CHECK(values[2] == 1000);
  CHECK(again == std::vector<double>{1.5});
}

TEST_CASE("table: what stands for no value") {
  for (const std::string& mark : io::default_missing_marks()) CHECK(is_missing(mark));
  CHECK(is_missing(""));
  CHECK_FALSE(is_missing("0"));
  CHECK_FALSE(is_missing("Nan"));
  CHECK_FALSE(is_missing(io::CsvCell("NA", true)));
  CHECK_FALSE(is_missing(io::CsvCell("", true)));
  CHECK(is_missing("?", {"?", "-"}));
  CHECK(is_missing("", {"?"}));
  CHECK_FALSE(is_missing("NA", {"?"}));
  const io::CsvTable t = io::parse_csv("x\n-999\n\"-999\"\nNA\n", "t.csv", {.missing = {"-999"}});
  CHECK(error_of([&] { numeric_column(t, "x", Missing::keep); }) ==
        "t.csv:4: column 1 'x': 'NA' is not a number");
  const auto values = numeric_column(t.select({0, 1}), "x", Missing::keep);
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == -999);
}

TEST_CASE("table: missing values can be kept as NaN") {
  const auto values =
      numeric_column(one_column("1,a\n,a\nNA,a\nnull,a\n2,a\n"), "x", Missing::keep);
  CHECK(values[0] == 1);
  CHECK(std::isnan(values[1]));
  CHECK(std::isnan(values[2]));
  CHECK(std::isnan(values[3]));
  CHECK(values[4] == 2);
}

TEST_CASE("vocabulary: ids come from the training rows, everything else is unknown") {
  const std::vector<std::string> cells{"red", "white", "red", "rose", "blue"};
  const Vocabulary v(cells, {0, 1, 2});
  CHECK(v.size() == 3);
  CHECK(v.labels() == std::vector<std::string>{"<unknown>", "red", "white"});
  CHECK(v.encode(cells) == std::vector<std::int64_t>{1, 2, 1, 0, 0});
  CHECK(v.id("never seen") == Vocabulary::unknown);
  CHECK(v.id("<unknown>") == Vocabulary::unknown);
}

TEST_CASE("vocabulary: rare categories share the unknown row") {
  const std::vector<std::string> cells{"red", "white", "red", "rose", "white", "red", "blue"};
  const Vocabulary v(cells, {0, 1, 2, 3, 4, 5}, {.min_frequency = 2});
  CHECK(v.labels() == std::vector<std::string>{"<unknown>", "red", "white"});
  CHECK(v.encode(cells) == std::vector<std::int64_t>{1, 2, 1, 0, 2, 1, 0});
  CHECK(v.counts() == std::vector<std::int64_t>{1, 3, 2});  // rose counts as unknown
  const Vocabulary none(cells, {0, 1}, {.min_frequency = 2});
  CHECK(none.size() == 1);
  CHECK(none.counts() == std::vector<std::int64_t>{2});
  CHECK_THROWS_WITH(Vocabulary(cells, {0}, {.min_frequency = 0}),
                    StartsWith("Vocabulary: min_frequency must be at least 1, got 0"));
}

TEST_CASE("standard scaler: learns from the training rows only") {
  const double nan = std::nan("");
  const StandardScaler s({1, 3, nan, 1000}, {0, 1, 2});
  CHECK(s.mean() == 2);
  CHECK(s.scale() == 1);
  CHECK(s.transform(1000) == 998);
  CHECK(s.inverse_transform(s.transform(7)) == 7);
  CHECK(std::isnan(s.transform(nan)));
  CHECK(StandardScaler({5, 5, 5}, {0, 1, 2}).transform(5) == 0);
  CHECK(StandardScaler({0.1, 0.1, 0.1}, {0, 1, 2}).scale() == 1);
  CHECK(StandardScaler({1e9, 1e9 + 2}, {0, 1}).scale() == 1);
  CHECK_THROWS_AS(StandardScaler({nan}, {0}), ValueError);
  CHECK_THROWS_AS(StandardScaler({1.0}, {}), ValueError);
  CHECK(error_of([] {
          StandardScaler({1, HUGE_VAL}, {0, 1});
        }) == "StandardScaler: value 1 is infinite");
}

TEST_CASE("standard scaler: constant columns, large means, squares out of range") {
  const auto scaler = [](const std::vector<double>& values) {
    Rows rows(values.size());
    std::iota(rows.begin(), rows.end(), 0);
    return StandardScaler(values, rows);
  };
  for (const double value : {0.1, 14.62, -123.456, 1e300, 5e-324, 0.0})
    for (const int n : {1, 3, 1000, 70000}) {
      const StandardScaler s = scaler(std::vector<double>(n, value));
      CHECK(s.mean() == value);
      CHECK(s.scale() == 1);
      CHECK(s.transform(value) == 0);
    }
  // The same column in other places and units: mean and scale follow exactly or to rounding.
  std::vector<double> base;
  for (int i = 0; i < 100; ++i) base.push_back(i * i % 101);
  const StandardScaler plain = scaler(base);
  for (const double unit : {1e-300, 1e-200, 1e200, 1e305}) {
    std::vector<double> other = base;
    for (double& v : other) v *= unit;
    CHECK(scaler(other).scale() == Approx(plain.scale() * unit).epsilon(1e-13));
    CHECK(scaler(other).mean() == Approx(plain.mean() * unit).epsilon(1e-13));
  }
  for (const double shift : {1e6, -1e12, 0x1p45}) {
    std::vector<double> other = base;
    for (double& v : other) v += shift;
    CHECK(scaler(other).scale() == Approx(plain.scale()).epsilon(1e-13));
    CHECK(scaler(other).mean() - shift == Approx(plain.mean()).epsilon(2e-16 * std::abs(shift)));
  }
  // Neighbours among the doubles are two values.
  CHECK(scaler({1, std::nextafter(1.0, 2.0)}).scale() == 0x1p-53);
  CHECK(scaler({1e308, 1e308, -1e308}).mean() == Approx(1e308 / 3).epsilon(1e-13));
  CHECK(scaler({0, 5e-324}).scale() == 5e-324);
}

TEST_CASE("random: the same numbers with every compiler") {
  auto generator = make_generator(1);
  CHECK(permutation(10, generator) == Rows{2, 1, 8, 9, 6, 7, 3, 5, 0, 4});
  auto counts = std::vector<int>(7);
  for (int i = 0; i < 70000; ++i) ++counts[random_below(generator, 7)];
  for (int count : counts) CHECK(std::abs(count - 10000) < 400);
  CHECK(random_below(generator, 1) == 0);
}

TEST_CASE("random: streams of a seed differ") {
  auto a = make_generator(1, 0), b = make_generator(1, 1), c = make_generator(2, 0);
  const Rows first = permutation(100, a);
  CHECK(first != permutation(100, b));
  CHECK(first != permutation(100, c));
}
