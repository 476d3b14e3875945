// examples/embedding_exercise, run as a user runs it.

#include <chrono>
#include <cinta/io/csv.hpp>
#include <cinta/io/npy.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/program.hpp"

namespace {

namespace fs = std::filesystem;
using program::operator+;  // NOLINT(misc-unused-using-decls): it is used
using program::Arguments;
using program::Process;
using program::read;
using program::Workplace;

const std::string name = "embedding_exercise";

Process run(const Workplace& place, const Arguments& arguments) {
  return program::run(name, place, arguments);
}
std::string refusal(const Workplace& place, const Arguments& arguments) {
  return program::refusal(name, place, arguments);
}
std::string refusal(const std::string& csv, const Arguments& arguments) {
  return program::refusal(name, csv, arguments);
}

/// Rows of: number x, category c of ten, y = x + effect of c + noise, and a class from y.
std::string synthetic(int rows, double effect) {
  std::string csv = "x,c,y,class\n";
  for (int i = 0; i < rows; ++i) {
    const double x = std::sin(i * 1.7) * 2, noise = std::sin(i * i * 0.37) * 0.3;
    const int c = i * 7 % 11 % 10;
    const double y = 10 + x + effect * std::cos(c * 2.1) + noise;
    csv += std::to_string(x) + ",k" + std::to_string(c) + "," + std::to_string(y) + "," +
           (y > 10 ? "high" : "low") + "\n";
  }
  return csv;
}

const Arguments quick{"--seeds", "1", "--hidden", "16", "--batch", "32", "--quiet"};

}  // namespace

TEST_CASE("exercise: bad files are refused with file, line and column") {
  const Workplace place;
  CHECK(refusal(place, {"--data", "no/such.csv", "--target", "y"}) ==
        "no/such.csv: No such file or directory");
  CHECK(refusal("", {"--target", "y"}) == "t.csv: the file is empty");
  CHECK(refusal("x,c,y\n", {"--target", "y"}) == "t.csv: no rows after the header");
  CHECK(refusal("x,c,y\n1,a,2\n3,b\n", {"--target", "y"}) ==
        "t.csv:3: column 3 'y' is missing: the row has 2 of 3 fields");
  CHECK(refusal("x,c,y\n1,a,2\n3,b,4,5\n", {"--target", "y"}) ==
        "t.csv:3: the row has 4 fields, the header has 3");
  CHECK(refusal("x,c,y\n1,a,2\nthree,b,4\n", {"--target", "y"}) ==
        "t.csv:3: column 1 'x': 'three' is not a number");
  CHECK(refusal("x,c,y\n1,a,2\n3,b,four\n", {"--target", "y"}) ==
        "t.csv:3: column 3 'y': 'four' is not a number");
}

TEST_CASE("exercise: missing cells are refused, and the flag that helps is named") {
  CHECK(refusal("x,c,y\n1,a,2\n,b,4\n", {"--target", "y"}) ==
        "t.csv:3: column 1 'x': missing value '' (see --missing and --na)");
  CHECK(refusal("x,c,y\n1,a,2\nNaN,b,4\n", {"--target", "y"}) ==
        "t.csv:3: column 1 'x': missing value 'NaN' (see --missing and --na)");
  CHECK(refusal("x,c,y\n1,a,2\n2,NA,4\n", {"--target", "y"}) ==
        "t.csv:3: column 2 'c': missing value 'NA' (see --missing and --na)");
  CHECK(refusal("x,c,y\n1,a,2\n2,b,\n", {"--target", "y"}) ==
        "t.csv:3: column 3 'y': missing value '' (see --missing and --na)");
  CHECK(refusal("x,c,y\n1,a,\n2,b,\n", {"--target", "y", "--missing", "drop"}) ==
        "t.csv: no row has a value in every column that is used");
}

TEST_CASE("exercise: columns that do not exist or do not fit") {
  const std::string csv = synthetic(60, 1);
  const std::string columns = "; the columns are 'x', 'c', 'y', 'class'";
  CHECK(refusal(csv, {"--target", "z"}) == "t.csv:1: no column 'z'" + columns);
  CHECK(refusal(csv, {"--target", "z>3"}) == "t.csv:1: no column 'z'" + columns);
  CHECK(refusal(csv, {"--target", "y", "--numeric", "x,w"}) == "t.csv:1: no column 'w'" + columns);
  CHECK(refusal(csv, {"--target", "y", "--numeric", "log:w"}) ==
        "t.csv:1: no column 'w'" + columns);
  CHECK(refusal(csv, {"--target", "y", "--categorical", "d"}) ==
        "t.csv:1: no column 'd'" + columns);
  CHECK(refusal(csv, {"--target", "y", "--numeric", "x,y"}) == "--numeric: 'y' is the target");
  CHECK(refusal(csv, {"--target", "y", "--numeric", "x,x"}) == "--numeric: 'x' is named twice");
  CHECK(refusal(csv, {"--target", "y", "--unseen", "x"}) ==
        "--unseen: 'x' is not a categorical column");
  CHECK(refusal(csv, {"--target", "y", "--numeric", "log:x"}) ==
        "t.csv:2: column 1 'x': '0.000000' has no logarithm");
  CHECK(refusal("x,y\n1,2\n", {"--target", "y"}) ==
        "t.csv: no column of categories to embed; see --categorical");
  CHECK(refusal("c,y\na,2\n", {"--target", "y"}) ==
        "t.csv: no column of numbers besides the target; see --numeric");
}

TEST_CASE("exercise: splits that are impossible") {
  CHECK(refusal("x,c,y\n1,a,2\n3,b,4\n", {"--target", "y"}) ==
        "random_split: the data has 2 rows, too few for 3 parts");
  CHECK(refusal(synthetic(60, 1) + "5,k1,99,high\n", {"--target", "y>50"}) ==
        "stratified_split: class 1 has 1 row, too few for 3 parts");
  CHECK(refusal(synthetic(60, 1), {"--target", "y>50"}) ==
        "t.csv: the target y>50 is the same in every row: nothing to learn");
  CHECK(refusal("x,c,y\n1,a,2\n3,b,2\n4,b,2\n", {"--target", "y"}) ==
        "t.csv: the target y is the same in every row: nothing to learn");
}

TEST_CASE("exercise: flags out of range") {
  const std::string csv = synthetic(60, 1);
  const auto flag = [&](const Arguments& arguments) {
    return refusal(csv, Arguments{"--target", "y"} + arguments);
  };
  CHECK(flag({"--dropout", "1"}) == "--dropout: at least 0 and below 1");
  CHECK(flag({"--l1", "-1"}) == "--l1: a number that is not negative");
  CHECK(flag({"--l2", "nan"}) == "--l2: a number that is not negative");
  CHECK(flag({"--lr", "0"}) == "--lr: a positive number");
  CHECK(flag({"--seeds", "1,1"}) == "--seeds: each seed once");
  // What is beyond int64 must not become the largest one.
  for (const std::string seed : {"-1", "1.5", "one", "9223372036854775807", "99999999999999999999"})
    CHECK_THAT(flag({"--seeds", seed}), ContainsSubstring("--seeds"));
  for (const std::string sizes : {"8,0", "8,-1", "99999999999999999999"})
    CHECK_THAT(flag({"--hidden", sizes}), ContainsSubstring("--hidden"));
  CHECK(flag({"--delimiter", ";;"}) == "--delimiter: one character, or tab");
  CHECK(flag({"--decimal", ""}) == "--decimal: one character");
  CHECK(flag({"--fractions", "0.5,0.5,0"}) == "--fractions: three positive shares");
  CHECK_THAT(flag({"--fractions", "0.5,0.2,0.2"}), ContainsSubstring("add up to 1"));
  CHECK_THAT(flag({"--epochs", "0"}), ContainsSubstring("--epochs"));
  CHECK_THAT(flag({"--epochs", "many"}), ContainsSubstring("--epochs"));
  CHECK_THAT(flag({"--missing", "guess"}), ContainsSubstring("--missing"));
  CHECK_THAT(flag({"--keep", "first"}), ContainsSubstring("--keep: first not in {best,last}"));
  CHECK_THAT(flag({"--colour", "red"}), ContainsSubstring("--colour"));
  CHECK_THAT(refusal(csv, {}), ContainsSubstring("--target"));
  CHECK_THAT(refusal(csv, {"--target", "y>"}), ContainsSubstring("compares with nothing"));
  for (const std::string operand : {"big", "inf", "-inf", "nan", "1e999"})
    CHECK(refusal(csv, {"--target", "y>" + operand}) ==
          "--target: '" + operand + "' in 'y>" + operand + "' is not a finite number");
}

TEST_CASE("exercise: forms of the file by flags") {
  // Semicolons are found; a decimal comma and marks have to be told.
  std::string csv = synthetic(200, 1);
  for (char& c : csv) c = c == ',' ? ';' : c == '.' ? ',' : c;
  csv += "?;k1;3;low\n";
  const Arguments request =
      Arguments{"--target", "y", "--epochs", "1", "--missing", "fill"} + quick;
  const Workplace place(csv);
  const Process p =
      run(place, Arguments{"--data", place.data(), "--decimal", ",", "--na", "?"} + request);
  CAPTURE(p.err);
  CHECK(p.code == 0);
  CHECK_THAT(p.out, ContainsSubstring("numbers:    x\n"));
  CHECK(refusal(csv, Arguments{"--decimal", ","} + request) ==
        "t.csv:202: column 1 'x': '?' is not a number");
  CHECK_THAT(refusal(csv, Arguments{"--numeric", "x"} + request),
             ContainsSubstring("where '.' is the decimal sign"));
  CHECK_THAT(refusal(csv, Arguments{"--delimiter", "tab"} + request),
             ContainsSubstring("no column 'y'"));
}

TEST_CASE("exercise: no control character of a file reaches the terminal") {
  const std::string csv = synthetic(200, 1);
  const std::string named = "\"x\x1b[31m\",c\x07,y,class" + csv.substr(csv.find('\n'));
  const auto plain = [](const std::string& text) {
    return std::none_of(text.begin(), text.end(),
                        [](unsigned char c) { return (c < 32 && c != '\n') || c == 127; });
  };
  const Workplace place(named);
  const Process p = run(place, Arguments{"--data", place.data(), "--target", "y", "--epochs", "1",
                                         "--seeds", "1", "--hidden", "4"});
  CAPTURE(p.err);
  REQUIRE(p.code == 0);
  CHECK(plain(p.out));
  CHECK(plain(p.err));
  CHECK_THAT(p.out, ContainsSubstring("c\\x07"));
  CHECK(plain(refusal(named, {"--target", "x\x1b[31m>inf"})));
}

TEST_CASE("exercise: what cannot be computed is refused") {
  // All but the first rows have one target: some seed has none of the others among its test rows.
  std::string csv = "x,c,y\n";
  for (int i = 0; i < 30; ++i)
    csv += std::to_string(i) + ",k" + std::to_string(i % 3) + "," + (i == 0 ? "1" : "2") + "\n";
  std::string line;
  for (int seed = 1; seed < 20 && line.empty(); ++seed) {
    const Workplace place(csv);
    const Process p =
        run(place, Arguments{"--data", place.data(), "--target", "y", "--epochs", "1", "--hidden",
                             "4", "--quiet", "--seeds", std::to_string(seed)});
    CHECK(p.out.find("nan") == p.out.npos);
    if (p.code != 0) line = p.err;
  }
  CHECK_THAT(line, ContainsSubstring("the target is the same in all test rows of seed "));
}

TEST_CASE("exercise: a training that diverges") {
  CHECK_THAT(refusal(synthetic(200, 1), Arguments{"--target", "y", "--lr", "1e30"} + quick),
             ContainsSubstring("a smaller learning rate may help"));
}

TEST_CASE("exercise: other people's folders are left alone") {
  const Workplace place(synthetic(60, 1));
  fs::create_directory(place.out());
  std::ofstream(place.out() + "/letter.txt") << "dear";
  const Process p = run(place, {"--data", place.data(), "--target", "y"});
  CHECK(p.code == 2);
  CHECK_THAT(p.err, ContainsSubstring("is left alone"));
  CHECK(read(place.out() + "/letter.txt") == "dear");
}

TEST_CASE("exercise: help") {
  const Workplace place;
  const Process p = run(place, {"--help"});
  CHECK(p.code == 0);
  CHECK(p.err.empty());
  CHECK_THAT(p.out, ContainsSubstring("--embedding-dim"));
  CHECK(place.untouched());
}

TEST_CASE("exercise: a regression, its files, and the same again") {
  const Workplace place(synthetic(600, 3));
  const Arguments arguments =
      Arguments{"--data", place.data(), "--target", "y", "--categorical", "c", "--epochs", "30"} +
      quick;
  const Process p = run(place, arguments);
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, ContainsSubstring("with embeddings"));
  CHECK_THAT(p.out, ContainsSubstring("No leak"));
  const std::string text = read(place.out() + "/results.json");
  const auto results = nlohmann::json::parse(text);
  CHECK(results["models"][1]["model"] == "without embeddings");
  CHECK(results["models"][1]["mean"]["R2"] < 0.7);
  CHECK(results["models"][2]["mean"]["R2"] > 0.9);
  CHECK(results["controls"]["shuffled"][0]["mean"]["R2"] < 0.7);

  const auto curves = cinta::io::read_csv(place.out() + "/learning_curves.csv");
  CHECK(curves.rows() == 5 * 30);  // two models, three of controls
  const auto table =
      cinta::io::load_npy(place.out() + "/seed1/with_embeddings/embedding0.weight.npy");
  CHECK(table.shape() == cinta::Shape{11, 4});
  const auto learned = nlohmann::json::parse(read(place.out() + "/seed1/preprocessing.json"));
  CHECK(learned["categorical"]["c"].size() == 11);

  const Process again = run(place, arguments);
  REQUIRE(again.code == 0);
  CHECK(read(place.out() + "/results.json") == text);
  CHECK(again.out == p.out);
}

TEST_CASE("exercise: a leak is reported") {
  // The category is the class, the number only hints at it.
  std::string csv = "x,c,class\n";
  for (int i = 0; i < 600; ++i) {
    const int c = i * 7 % 40;
    csv += std::to_string(double(std::int64_t(c / 20)) + std::sin(i * 1.7) * 2) + ",v" +
           std::to_string(c) + "," + (c < 20 ? "a" : "b") + "\n";
  }
  const Workplace place(csv);
  const Process p = run(place, Arguments{"--data", place.data(), "--target", "class=b"} + quick);
  CAPTURE(p.out, p.err);
  REQUIRE(p.code == 0);
  CHECK_THAT(p.out, ContainsSubstring("LEAK: the table of c alone"));
  const auto results = nlohmann::json::parse(read(place.out() + "/results.json"));
  CHECK(results["models"][2]["mean"]["accuracy"] > 0.9);
  CHECK(results["controls"]["unseen"][2]["mean"]["accuracy"] < 0.9);
}

TEST_CASE("exercise: missing values left out or filled, texts that are not UTF-8") {
  const Workplace place(synthetic(200, 1) + ",k1,3,low\n1,,3,low\n1,\xFF,3,low\n");
  for (const std::string policy : {"drop", "fill"}) {
    const Process p = run(place, Arguments{"--data", place.data(), "--target", "y", "--epochs", "1",
                                           "--missing", policy} +
                                     quick);
    CAPTURE(p.err);
    CHECK(p.code == 0);
    CHECK_THAT(p.out, ContainsSubstring(policy == "drop" ? "201 rows (2 left out" : "203 rows,"));
  }
}

TEST_CASE("exercise: without gnuplot everything but the plot is written") {
  const Workplace place(synthetic(100, 1));
  const std::string before = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const Process p =
      run(place, Arguments{"--data", place.data(), "--target", "y", "--epochs", "1"} + quick);
  setenv("PATH", before.c_str(), 1);
  CHECK(p.code == 0);
  CHECK(p.err ==
        "no plot of the learning curves, only their CSV: learning_curves.png: gnuplot is not "
        "installed\n");
  CHECK(fs::exists(place.out() + "/learning_curves.csv"));
  CHECK_FALSE(fs::exists(place.out() + "/learning_curves.png"));
}

TEST_CASE("exercise: Ctrl-C leaves nothing behind") {
  const Workplace place(synthetic(600, 1));
  Process p(name, place,
            Arguments{"--data", place.data(), "--target", "y", "--epochs", "1000000"} + quick);
  // As soon as the process has a handler of its own, however long that takes.
  const auto catches = [&] {
    std::istringstream status(read("/proc/" + std::to_string(p.pid) + "/status"));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigCgt:"))
        return (std::stoull(line.substr(7), {}, 16) >> (SIGINT - 1) & 1) != 0;
    return true;  // it has ended, or there is no /proc
  };
  while (!catches()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(p.pid, SIGINT);
  p.wait();
  CHECK(p.code == 130);
  CHECK(p.err == "interrupted; nothing has been written\n");
  CHECK(p.out.empty());
  CHECK(place.untouched());
}
