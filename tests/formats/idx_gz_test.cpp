// io/formats/idx_gz: packed files, damaged ones, and such as unpack to too much.

#include <zlib.h>

#include <cinta/io/formats/idx_gz.hpp>
#include <cinta/io/idx.hpp>
#include <cinta/ops/creation.hpp>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;

namespace {

std::string packed(const std::string& bytes) {
  const TemporaryFile file(".gz");
  const gzFile out = gzopen(file.path.c_str(), "wb");
  REQUIRE(gzwrite(out, bytes.data(), unsigned(bytes.size())) == int(bytes.size()));
  gzclose(out);
  return file.bytes();
}

std::string idx_bytes(const Tensor& x) {
  const TemporaryFile file(".idx");
  io::save_idx(file.path, x, {.dtype = "uint8"});
  return file.bytes();
}

std::string load_error(const std::string& bytes, const io::UnpackLimits& limits = {}) {
  const TemporaryFile file(".gz", bytes);
  const std::string text = error_of([&] { io::load_idx_gz(file.path, limits); });
  return text.starts_with(file.path) ? text.substr(file.path.size()) : text;
}

}  // namespace

TEST_CASE("idx_gz: packed or not, it is read") {
  const Tensor x = from_data<std::int64_t>({1, 2, 255, 0}, {2, 2});
  for (const std::string& bytes : {idx_bytes(x), packed(idx_bytes(x))}) {
    const TemporaryFile file(".gz", bytes);
    const Tensor y = io::load_idx_gz(file.path);
    CHECK(y.shape() == Shape{2, 2});
    CHECK(y.to_vector<std::int64_t>() == x.to_vector<std::int64_t>());
  }
  // tests/formats/samples/make.py
  const Tensor sample = io::load_idx_gz(CINTA_SOURCE_DIR "/tests/formats/samples/images.idx.gz");
  CHECK(sample.shape() == Shape{2, 3, 4});
  for (int i = 0; i < 24; ++i) CHECK(sample.to_vector<std::int64_t>()[std::size_t(i)] == 10 * i);
}

TEST_CASE("idx_gz: damage is noticed, and too much refused") {
  const std::string good = packed(idx_bytes(ones({100})));
  CHECK(load_error(good) == "no error");
  CHECK_THAT(load_error(good.substr(0, good.size() - 9)), ContainsSubstring(": damaged: "));
  std::string checksum = good;
  checksum[good.size() - 7] ^= 1;
  CHECK_THAT(load_error(checksum), ContainsSubstring(": damaged: incorrect data check"));
  CHECK(load_error(packed("hello, world")) ==
        ": idx: byte 0: not an IDX file, which begins with two zeros");
  CHECK(load_error("") == ": idx: byte 0: truncated: 4 bytes expected, 0 left");
  CHECK(load_error(packed(idx_bytes(ones({3}))) + packed("x")) ==
        ": idx: byte 8: shape (3,) of uint8 does not fit the 4 bytes of data");
  CHECK_THROWS_WITH(io::load_idx_gz("no/such/file"), "no/such/file: No such file or directory");

  const std::string zeros_ = packed(std::string(80 << 20, '\0'));
  CHECK(load_error(zeros_, {.ratio = 2000}) == ": idx: byte 2: unknown type 0");  // after unpacking
  CHECK_THAT(load_error(zeros_), ContainsSubstring("unpacks to more than 67108864 bytes; raise the "
                                                   "limits if you trust it"));
  CHECK_THAT(load_error(zeros_, {.entry_bytes = 1 << 20, .ratio = 2000}),
             ContainsSubstring("unpacks to more than 1048576 bytes"));
}
