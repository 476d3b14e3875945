// Each rule of the format, violated once, and files that are none.

#include "io/safetensors/files.hpp"

using namespace cinta;
using namespace safetensors_files;

TEST_CASE("safetensors: each rule of the format, violated once") {
  const std::string good = "{\"x\":" + entry("F32", "[2]", 0, 8) + "}",
                    data = bytes_of<float>({1, 2});
  CHECK(refusal_of(file_of(good, data)) == "no error");
  CHECK(refusal_of(file_of(good, data, 13)) == "no error");
  const std::string end = std::to_string(8 + good.size());

  // Lengths.
  CHECK(refusal_of("") == "no length of a header, which takes 8 bytes (byte 0)");
  CHECK(refusal_of("1234567") == "no length of a header, which takes 8 bytes (byte 7)");
  CHECK(refusal_of(std::string(8, '\xff')) ==
        "a header of 18446744073709551615 bytes; the format allows 100000000 (byte 0)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({100'000'001}) + good) ==
        "a header of 100000001 bytes; the format allows 100000000 (byte 0)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({10}) + "{}       ") ==
        "a header of 10 bytes; the file ends before (byte 17)");
  CHECK(refusal_of(bytes_of<std::uint64_t>({0})) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of(good, data + "1")) ==
        "1 bytes after the last tensor (byte " + std::to_string(8 + good.size() + 8) + ")");
  CHECK(refusal_of(file_of(good, data.substr(1))) ==
        "tensor 'x' ends at byte 8 of the data, which has 7 (byte " +
            std::to_string(8 + good.size() + 7) + ")");

  // JSON.
  CHECK(refusal_of(file_of(" " + good, data)) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of("[1]", "")) == "the header does not begin with { (byte 8)");
  CHECK(refusal_of(file_of(good + "\n", data)) ==
        "the header does not end in } and spaces (byte " + end + ")");
  // In the parser's words, up to the byte.
  const auto not_json = [](const std::string& header, std::size_t byte) {
    const std::string text = refusal_of(file_of(header, ""));
    CHECK(text.size() < 250);  // whatever the file holds
    return text.starts_with("not JSON: ") && text.ends_with(" (byte " + std::to_string(byte) + ")");
  };
  CHECK(not_json("{}{}", 11));
  CHECK(not_json("{\"x\" 1}", 15));
  CHECK(not_json("{\"\xff\":1}", 11));
  CHECK(not_json("{\"\\ud800\":1}", 17));
  CHECK(not_json("{\"" + std::string(100'000, 'x') + "\t\":1}", 100'011));
  CHECK(refusal_of(file_of("{\"x\":1e999}", "")) ==
        "not JSON: number overflow parsing '1e999' (byte 19)");
  CHECK(not_json("{\"x\":" + std::string(100'000, '1') + "e999}", 100'018));
  CHECK(refusal_of(file_of(std::string("{}\0}", 4), "")) == "text after the JSON object (byte 11)");
  CHECK(refusal_of(file_of("{\"x\":" + std::string(100'000, '[') + "}", "")) ==
        "tensor 'x': an entry is an object, not a list (byte 14)");
  CHECK(refusal_of(file_of("{\"x\":1}", "")) ==
        "tensor 'x': an entry is an object, not a number (byte 15)");
  CHECK(refusal_of(file_of("{\"x\":null}", "")) ==
        "tensor 'x': an entry is an object, not null (byte 17)");
  CHECK(refusal_of(file_of("{\"x\":true}", "")) ==
        "tensor 'x': an entry is an object, not a flag (byte 17)");
  CHECK(refusal_of(file_of("{\"x\":\"a\"}", "")) ==
        "tensor 'x': an entry is an object, not a text (byte 16)");

  // Keys.
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[1]", 0, 4) +
                               ",\"x\":" + entry("F32", "[1]", 4, 8) + "}",
                           data))
            .starts_with("the key 'x' is given twice (byte "));
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[1]", 0, 4) +
                               ",\"\\u0078\":" + entry("F32", "[1]", 4, 8) + "}",
                           data))
            .starts_with("the key 'x' is given twice (byte "));
  CHECK(refusal_of(file_of("{\"__metadata__\":{},\"__metadata__\":{}}", "")) ==
        "the key '__metadata__' is given twice (byte 41)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", "")) ==
        "__metadata__: the key 'a' is given twice (byte 36)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":1}}", "")) ==
        "__metadata__ holds texts only, 'a' is a number (byte 31)");
  CHECK(refusal_of(file_of("{\"__metadata__\":{\"a\":{}}}", "")) ==
        "__metadata__ holds texts only, 'a' is an object (byte 30)");
  CHECK(refusal_of(file_of("{\"__metadata__\":[]}", "")) ==
        "tensor '__metadata__': an entry is an object, not a list (byte 25)");
  CHECK(refusal_of(file_of("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "")) ==
        "tensor 'x': the field dtype is given twice (byte 35)");
  CHECK(refusal_of(file_of("{\"x\":{\"strides\":[1]}}", "")) ==
        "tensor 'x': unknown field 'strides' (byte 23)");
  CHECK(refusal_of(file_of("{\"x\":{\"dtype\":\"F32\",\"shape\":[]}}", "")) ==
        "tensor 'x': it lacks dtype, shape or data_offsets (byte 39)");
  CHECK(refusal_of(file_of("{\"x\":{}}", "")) ==
        "tensor 'x': it lacks dtype, shape or data_offsets (byte 15)");

  // Fields.
  const auto field = [&](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    const std::string text =
        refusal_of(file_of("{\"x\":{\"dtype\":" + dtype + ",\"shape\":" + shape +
                               ",\"data_offsets\":" + offsets + "}}",
                           data));
    CHECK_THAT(text, ContainsSubstring(" (byte "));
    CHECK(text.starts_with("tensor 'x': "));
    return text.substr(12, text.rfind(" (byte ") - 12);
  };
  CHECK(field("\"F31\"", "[2]", "[0,8]") == "dtype 'F31' is not supported");
  CHECK(field("\"f32\"", "[2]", "[0,8]") == "dtype 'f32' is not supported");
  CHECK(field("\"C64\"", "[1]", "[0,8]") == "dtype 'C64' is not supported");
  CHECK(field("32", "[2]", "[0,8]") == "dtype is a text, not a number");
  CHECK(field("[]", "[2]", "[0,8]") == "dtype is a text, not a list");
  CHECK(field("\"F32\"", "2", "[0,8]") == "shape is a list, not a number");
  CHECK(field("\"F32\"", "[-2]", "[0,8]") == "shape holds whole numbers, not a negative number");
  CHECK(field("\"F32\"", "[2.0]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  CHECK(field("\"F32\"", "[18446744073709551616]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  CHECK(field("\"F32\"", "[9223372036854775808]", "[0,8]") ==
        "a size of 9223372036854775808 is too large");
  CHECK(field("\"F32\"", "[[2]]", "[0,8]") == "shape holds whole numbers, not a list");
  CHECK(field("\"F32\"", "[2" + std::string(2 * 64, '1') + "]", "[0,8]") ==
        "shape holds whole numbers, not a number that is not whole or beyond 64 bits");
  std::string many = "[1";
  for (int i = 0; i < 64; ++i) many += ",1";
  CHECK(field("\"F32\"", many + "]", "[0,8]") == "shape has more than 64 numbers");
  CHECK(field("\"F32\"", "[2]", "[0]") == "data_offsets are not two numbers");
  CHECK(field("\"F32\"", "[2]", "[0,8,8]") == "data_offsets has more than 2 numbers");
  CHECK(field("\"F32\"", "[2]", "[0,\"8\"]") == "data_offsets holds two whole numbers, not a text");
  CHECK(field("\"F32\"", "[2]", "\"0-8\"") == "data_offsets is two numbers, not a text");
  CHECK(field("\"F32\"", "[2]", "[8,0]") == "its data ends before it begins");

  // Sizes.
  CHECK(field("\"F32\"", "[3]", "[0,8]") == "(3,) of F32 takes 12 bytes, its data_offsets span 8");
  CHECK(field("\"F64\"", "[2]", "[0,8]") == "(2,) of F64 takes 16 bytes, its data_offsets span 8");
  CHECK(field("\"F32\"", "[]", "[0,8]") == "() of F32 takes 4 bytes, its data_offsets span 8");
  CHECK(field("\"F32\"", "[4294967296,4294967296]", "[0,8]") ==
        "(4294967296, 4294967296) of F32 is more than can be counted");
  CHECK(field("\"F32\"", "[0,4294967296,4294967296]", "[0,0]") ==
        "(0, 4294967296, 4294967296) of F32 is more than can be counted");
  CHECK(field("\"U8\"", "[1152921504606846976]", "[0,8]") ==
        "(1152921504606846976,) of U8 is more than can be counted");
  CHECK(refusal_of(file_of("{\"x\":" + entry("F32", "[2]", std::size_t(-9), std::size_t(-1)) + "}",
                           data)) ==
        "tensor 'x' ends at byte 18446744073709551615 of the data, which has 8 (byte 108)");

  // The layout.
  const auto layout = [&](std::vector<std::pair<std::size_t, std::size_t>> places) {
    std::string header = "{";
    for (std::size_t i = 0; i < places.size(); ++i)
      header += (i ? ",\"" : "\"") + std::string(1, char('a' + i)) + "\":" +
                entry("U8", "[" + std::to_string(places[i].second - places[i].first) + "]",
                      places[i].first, places[i].second);
    std::string text = refusal_of(file_of(header + "}", data));
    const std::size_t byte = text.find(" (byte ");
    if (byte == text.npos) return text;
    return text.substr(0, byte) + " at " +
           std::to_string(std::stoul(text.substr(byte + 7)) - 8 - header.size() - 1);
  };
  CHECK(layout({{0, 4}, {4, 8}}) == "no error");
  CHECK(layout({{4, 8}, {0, 4}}) == "no error");
  CHECK(layout({{0, 4}, {4, 4}, {4, 8}, {0, 0}, {8, 8}}) == "no error");
  CHECK(layout({{0, 4}, {3, 8}}) == "tensor 'b' overlaps the one before it at 3");
  CHECK(layout({{0, 8}, {0, 8}}) == "tensor 'b' overlaps the one before it at 0");
  CHECK(layout({{0, 8}, {4, 4}}) == "tensor 'b' overlaps the one before it at 4");
  CHECK(layout({{0, 4}, {5, 8}}) == "a hole before tensor 'b' at 4");
  CHECK(layout({{1, 8}}) == "a hole before tensor 'a' at 0");
  CHECK(layout({{0, 7}}) == "1 bytes after the last tensor at 7");
  CHECK(layout({{0, 9}}) == "tensor 'a' ends at byte 9 of the data, which has 8 at 8");
  CHECK(refusal_of(file_of("{}", data)) == "8 bytes after the last tensor (byte 10)");
}

TEST_CASE("safetensors: files that are none") {
  const Folder folder;
  CHECK(error_of([&] { io::load_safetensors(folder / "none"); }) ==
        folder / "none: No such file or directory");
  CHECK(error_of([&] { io::load_safetensors(folder.path.string()); }) ==
        folder.path.string() + ": Is a directory");
  CHECK(error_of([&] { io::load_safetensors("/dev/null"); }) == "/dev/null: not a regular file");
  // No control character of a file reaches a message.
  CHECK(refusal_of(file_of("{\"\\u001b[31m\":1}", "")).starts_with("tensor '\\x1b[31m': an entry"));
}
