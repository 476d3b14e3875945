// io/formats/pt: what PyTorch writes, what it reads, and each rule of the pickle broken once.

#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/io/formats/npz.hpp>
#include <cinta/io/formats/pt.hpp>
#include <cinta/nn/linear.hpp>
#include <cinta/nn/module/sequential.hpp>
#include <cinta/ops/creation.hpp>
#include <cstring>
#include <iostream>

#include "formats/zip_bytes.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"
#include "support/python.hpp"
#include "support/some_rows.hpp"
#include "support/temporary_file.hpp"

using namespace cinta;
using io::PtContents;

namespace {

std::string sample(const std::string& name) {
  return CINTA_SOURCE_DIR "/tests/formats/samples/" + name + ".pt";
}

Tensor tensor(const PtContents& contents, const std::string& name) {
  for (const auto& [key, value] : contents.tensors)
    if (key == name) return value;
  FAIL("no tensor " << name);
  return {};
}
io::PtValue value(const PtContents& contents, const std::string& name) {
  for (const auto& [key, value] : contents.values)
    if (key == name) return value;
  FAIL("no value " << name);
  return {};
}

void check_same(const NamedTensors& a, const NamedTensors& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].first);
    CHECK(a[i].first == b[i].first);
    REQUIRE(a[i].second.spec() == b[i].second.spec());
    dispatch(a[i].second.dtype(),
             [&]<class T>() { CHECK(a[i].second.to_vector<T>() == b[i].second.to_vector<T>()); });
  }
}

std::string load_error(const std::string& bytes, const io::UnpackLimits& limits = {}) {
  const TemporaryFile file(".pt", bytes);
  const std::string text = error_of([&] { io::load_pt(file.path, limits); });
  return text.starts_with(file.path) ? text.substr(file.path.size()) : text;
}

// ---- a pickle by hand: six floats in the storage '0'

using namespace std::string_literals;

const std::string start = "\x80\x02";
std::string text(const std::string& s) { return "X"s + char(s.size()) + "\0\0\0"s + s; }
std::string small(int n) { return "K"s + char(n); }
std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
std::string storage(const std::string& key, int count, const std::string& type = "FloatStorage") {
  return "(" + text("storage") + global("torch", type) + text(key) + text("cpu") + small(count) +
         "tQ";
}
const std::string dict = global("collections", "OrderedDict") + ")R";
/// A tensor of the arguments that follow its storage: "(K\2t" for sizes (2,).
std::string rebuilt(const std::string& arguments) {
  return global("torch._utils", "_rebuild_tensor_v2") + "(" + arguments + "tR";
}
std::string shaped(int offset, const std::vector<int>& sizes, const std::vector<int>& strides,
                   const std::string& from = storage("0", 6)) {
  std::string out = from + small(offset) + "(";
  for (const int size : sizes) out += small(size);
  out += "t(";
  for (const int stride : strides) out += small(stride);
  return rebuilt(out + "t\x89" + dict);
}
std::string archive(const std::string& pickle, std::vector<ZipEntry> more = {}) {
  std::string elements(24, '\0');
  for (int i = 0; i < 6; ++i) {
    const float x = float(i);
    std::memcpy(&elements[4 * std::size_t(i)], &x, 4);
  }
  std::vector<ZipEntry> entries{{"a/data.pkl", pickle}, {"a/data/0", elements}};
  entries.insert(entries.end(), more.begin(), more.end());
  return zip_bytes(entries);
}
/// The refusal of a pickle, without the entry's name.
std::string refusal(const std::string& pickle) {
  const std::string before = ": pt: 'a/data.pkl': ", error = load_error(archive(pickle));
  return error.starts_with(before) ? error.substr(before.size()) : error;
}

}  // namespace

TEST_CASE("pt: a state_dict of PyTorch's") {
  const PtContents contents = io::load_pt(sample("state_dict"));
  CHECK(contents.values.empty());
  std::string names;
  for (const auto& [name, x] : contents.tensors) names += name + " " + x.spec().str() + "\n";
  CHECK(names ==
        "fc.weight float32 (3, 2)\nfc.bias float32 (3,)\nnorm.weight float32 (3,)\n"
        "norm.bias float32 (3,)\nnorm.running_mean float32 (3,)\nnorm.running_var float32 (3,)\n"
        "norm.num_batches_tracked int64 ()\nout.weight float32 (1, 3)\n");
  CHECK(tensor(contents, "fc.weight").to_vector<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(tensor(contents, "out.weight").to_vector<float>() == std::vector<float>{40, 41, 42});
  CHECK(tensor(contents, "norm.running_var").to_vector<float>() == std::vector<float>{1, 1, 1});

  const nn::Linear fc(2, 3);
  fc.load_state_dict(contents.part("fc"));
  CHECK(fc.state_dict()[0].second.to_vector<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(error_of([&] { contents.part("fx"); }) ==
        "PtContents: no tensor's name begins with 'fx.'; the first one is 'fc.weight'");
}

TEST_CASE("pt: a checkpoint is taken apart into dotted names") {
  const PtContents contents = io::load_pt(sample("checkpoint"));
  check_same(contents.part("model"), io::load_pt(sample("state_dict")).tensors);
  CHECK(std::get<std::int64_t>(value(contents, "epoch")) == 3);
  CHECK(std::get<double>(value(contents, "loss")) == 0.25);
  CHECK(std::get<std::string>(value(contents, "note")) == "h\u00e9llo");
  CHECK(std::holds_alternative<std::monostate>(value(contents, "none")));
  CHECK(std::get<bool>(value(contents, "done")));
  CHECK(std::get<std::int64_t>(value(contents, "steps.1")) == 1'000'000'000'000);
  CHECK(std::get<std::int64_t>(value(contents, "steps.2")) == -1);
  CHECK(std::get<std::int64_t>(value(contents, "shape.1")) == 3);
  CHECK(std::get<std::string>(value(contents, "dtype")) == "torch.float16");
  CHECK(std::get<std::string>(value(contents, "device")) == "cpu");
  CHECK(std::get<double>(value(contents, "optimizer.param_groups.0.lr")) == 0.001);
  CHECK(std::get<std::int64_t>(value(contents, "optimizer.param_groups.0.params.4")) == 4);
}

TEST_CASE("pt: strides, offsets and shared storages are those of the file") {
  const PtContents contents = io::load_pt(sample("strided"));
  const auto values = [&](const std::string& name) {
    return tensor(contents, name).to_vector<float>();
  };
  CHECK(tensor(contents, "transposed").shape() == Shape{4, 3});
  CHECK(values("transposed") == std::vector<float>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(values("row") == std::vector<float>{4, 5, 6, 7});
  CHECK(values("every_second") == std::vector<float>{1, 3, 5, 7, 9, 11});
  CHECK(values("expanded") == std::vector<float>(6, 7));
  CHECK(tensor(contents, "scalar").item() == 2.5);
  CHECK(tensor(contents, "empty").shape() == Shape{0, 3});
  CHECK(values("parameter") == std::vector<float>{1, 1});
  CHECK_FALSE(tensor(contents, "parameter").requires_grad());
  CHECK(tensor(contents, "row").storage().get() == tensor(contents, "transposed").storage().get());
}

TEST_CASE("pt: every dtype, and the other protocols") {
  const PtContents contents = io::load_pt(sample("dtypes"));
  REQUIRE(contents.tensors.size() == 13);
  for (const auto& [name, x] : contents.tensors) {
    INFO(name);
    if (name == "bool") {
      CHECK(x.to_vector<bool>() == std::vector<bool>{false, true, true});
    } else if (name == "float64") {
      CHECK(x.to_vector<double>() == std::vector<double>{0, 1, 100});
    } else if (name.find("float") != name.npos) {
      CHECK(x.to_vector<float>() == std::vector<float>{0, 1, 100});
    } else {
      CHECK(x.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 100});
    }
  }
  const PtContents one = io::load_pt(sample("protocol_4"));
  REQUIRE(one.tensors.size() == 1);
  CHECK(one.tensors[0].first.empty());
  CHECK(one.tensors[0].second.to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("pt: files of PyTorch's that are refused, and what to do") {
  const auto refused = [](const std::string& name) {
    const std::string error = error_of([&] { io::load_pt(sample(name)); });
    return error.substr(std::min(error.size(), sample(name).size()));
  };
  const std::string end =
      " is not on the list of what may be in a file of weights, and is not run; save a state_dict, "
      "numbers and texts, not objects";
  CHECK(refused("refused_legacy") ==
        ": pt: byte 0: the format of before PyTorch 1.6; save it anew in Python: "
        "torch.save(torch.load(f, weights_only=True), g)");
  CHECK(refused("refused_module") ==
        ": pt: 'refused_module/data.pkl': byte 2: "
        "'torch.nn.modules.container.Sequential'" +
            end);
  CHECK(refused("refused_complex") ==
        ": pt: 'refused_complex/data.pkl': byte 64: 'torch.ComplexFloatStorage'" + end);
  CHECK_THAT(refused("refused_numpy"), ContainsSubstring("scalar'" + end));
  CHECK(refused("refused_script") ==
        ": pt: 'refused_script/constants.pkl': this is a program (TorchScript); save the weights: "
        "torch.save(module.state_dict(), file)");
}

TEST_CASE("pt: a pickle by hand is read as it stands") {
  const auto load = [](const std::string& pickle, std::vector<ZipEntry> more = {}) {
    const TemporaryFile file(".pt", archive(start + pickle + ".", std::move(more)));
    return io::load_pt(file.path);
  };
  CHECK(load(shaped(1, {2, 2}, {3, 1})).tensors[0].second.to_vector<float>() ==
        std::vector<float>{1, 2, 4, 5});
  CHECK(load(shaped(6, {0}, {1})).tensors[0].second.numel() == 0);
  CHECK(load("}" + text("a") + small(7) + "s").values[0].first == "a");
  CHECK(load("]").values.empty());
  // Integers of every form.
  const PtContents numbers =
      load("(\x8A\x01\xFFM\x01\x02J\xFE\xFF\xFF\xFF\x8A\0\x8A\x08\0\0\0\0\0\0\0\x80t"s);
  const std::vector<std::int64_t> expected{-1, 513, -2, 0, INT64_MIN};
  REQUIRE(numbers.values.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(std::get<std::int64_t>(numbers.values[i].second) == expected[i]);
  // The other order of bytes.
  const std::string big("\x3F\x80\0\0", 4);
  CHECK(load(shaped(0, {1}, {1}, storage("1", 1)), {{"a/data/1", big}, {"a/byteorder", "big"}})
            .tensors[0]
            .second.item() == 1);
}

TEST_CASE("pt: a device keeps its number") {
  const auto device = [&](const std::string& arguments) {
    const TemporaryFile file(".pt",
                             archive(start + global("torch", "device") + "(" + arguments + "tR."));
    return std::get<std::string>(value(io::load_pt(file.path), ""));
  };
  CHECK(device(text("cuda") + small(1)) == "cuda:1");
  CHECK(device(text("cpu")) == "cpu");
}

TEST_CASE("pt: every rule of the pickle") {
  CHECK(refusal("") == "byte 0: truncated: 1 bytes expected, 0 left");
  CHECK(refusal("hello") == "byte 0: not a pickle of protocols 2 to 5");
  CHECK(refusal("\x80\x01N.") == "byte 0: protocol 1; 2 to 5 are read");
  CHECK(refusal(start + "N") == "byte 3: truncated: 1 bytes expected, 0 left");
  CHECK(refusal(start + "N.N") == "byte 3: bytes after the end");
  CHECK(refusal(start + "NN.") == "byte 4: it ends with another stack than one value");
  CHECK(refusal(start + "N(.") == "byte 4: it ends with another stack than one value");
  CHECK(refusal(start + ".") == "byte 2: it ends with another stack than one value");
  // Instructions that build or run something else.
  const std::string advice =
      " is none that weights need; save a state_dict, numbers and texts, not objects";
  for (const char op : {'i', 'o', '\x81', '\x92', 'P',    'S',    'p',    'g',    'd',    'l',
                        '0', '1', '2',    'B',    '\x82', '\x8B', '\x8F', '\x97', '\xFF', '\0'}) {
    char code[8];
    std::snprintf(code, sizeof code, "0x%02x", unsigned(static_cast<unsigned char>(op)));
    CHECK(refusal(start + op + ".") == "byte 2: instruction " + std::string(code) + advice);
  }
  const std::string not_listed =
      " is not on the list of what may be in a file of weights, and is not run; save a state_dict, "
      "numbers and texts, not objects";
  CHECK(refusal(start + global("os", "system") + text("ls") + "\x85R.") ==
        "byte 2: 'os.system'" + not_listed);
  CHECK(refusal(start + global("torch", "load") + ".") == "byte 2: 'torch.load'" + not_listed);
  CHECK(refusal(start + global("torch._utils", "_rebuild_tensor_v2\r") + ".") ==
        "byte 2: 'torch._utils._rebuild_tensor_v2\\r'" + not_listed);
  CHECK(refusal(start + text("builtins") + text("eval") + "\x93.") ==
        "byte 24: 'builtins.eval'" + not_listed);
  CHECK(refusal(start + "c" + std::string(2000, 'x')) == "byte 2: a name of more than 1000 bytes");
  // The stack and what is kept beside it.
  CHECK(refusal(start + "\x85.") == "byte 2: nothing is on the stack");
  CHECK(refusal(start + "N(\x85.") == "byte 4: nothing is on the stack");
  CHECK(refusal(start + "q\1") == "byte 2: nothing is on the stack");
  CHECK(refusal(start + "Nt.") == "byte 3: no mark is on the stack");
  CHECK(refusal(start + "h\5.") == "byte 2: nothing has been kept as 5");
  CHECK(refusal(start + "j\xFF\xFF\xFF\xFF.") == "byte 2: nothing has been kept as 4294967295");
  CHECK(refusal(start + "\x95\xFF\0\0\0\0\0\0\0N."s) == "byte 2: a frame beyond the end");
  // Values.
  CHECK(refusal(start + "X\xFF\xFF\xFF\xFF.") == "byte 2: a text of 4294967295 bytes, 1 are left");
  CHECK(refusal(start + "\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.") ==
        "byte 2: a text of 18446744073709551615 bytes, 1 are left");
  CHECK(refusal(start + "\x8A\x09.") == "byte 2: an integer of 9 bytes, more than int64 holds");
  CHECK(refusal(start + "NNa.") == "byte 4: another value instead of a list");
  CHECK(refusal(start + ")Na.") == "byte 4: a tuple instead of a list");
  CHECK(refusal(start + "NNNs.") == "byte 5: another value instead of a dictionary");
  CHECK(refusal(start + "}(Nu.") == "byte 5: a key without a value");
  CHECK(refusal(start + "}NNs.") ==
        "byte 2: a dictionary with a key that is neither a text nor an integer");
  CHECK(refusal(start + "}" + text("a") + "Ns" + text("a") + "Ns.") ==
        "byte 17: two values are called 'a' once dictionaries are taken apart");
  CHECK(refusal(start + "}(" + text("a.b") + "N" + text("a") + "}" + text("b") + "Nsu.") ==
        "byte 26: two values are called 'a.b' once dictionaries are taken apart");
  // Calls.
  CHECK(refusal(start + "N)R.") == "byte 4: another value instead of a function");
  CHECK(refusal(start + global("collections", "OrderedDict") + "NR.") ==
        "byte 28: another value instead of a function's arguments");
  CHECK(refusal(start + global("collections", "OrderedDict") + "N\x85R.") ==
        "byte 29: OrderedDict of 1 arguments");
  CHECK(refusal(start + global("torch", "float32") + ")R.") ==
        "byte 18: float32 is not called in a file of weights");
  CHECK(refusal(start + "N}b.") ==
        "byte 4: BUILD, which sets an object's state, is understood of dictionaries only");
  CHECK(refusal(start + "}Nb.") == "byte 4: another value instead of a dictionary of attributes");
  CHECK_THAT(refusal(start + "NQ."), EndsWith("another value instead of the id of a storage"));
  CHECK_THAT(refusal(start + text("x") + "\x85Q."),
             EndsWith("a persistent id that is not one of a storage"));
  CHECK_THAT(refusal(start + storage("0", 6, "float32") + "."),
             EndsWith("another value instead of the type of a storage"));
}

TEST_CASE("pt: every rule of a tensor and its storage") {
  const auto of = [](const std::string& tensor) {
    const std::string error = refusal(start + tensor + ".");
    const auto colon = error.find(": ");
    return colon == error.npos ? error : error.substr(colon + 2);
  };
  CHECK(of(shaped(0, {2, 3}, {3, 1})) == "no error");
  const std::string six = " reaches beyond its storage of 6 elements";
  CHECK(of(shaped(0, {7}, {1})) == "a tensor of shape (7,), strides (1,) and offset 0" + six);
  CHECK(of(shaped(1, {2, 3}, {3, 1})) ==
        "a tensor of shape (2, 3), strides (3, 1) and offset 1" + six);
  CHECK(of(shaped(7, {0}, {1})) == "no error");  // PyTorch writes such
  CHECK(of(shaped(6, {}, {})) == "a tensor of shape (), strides () and offset 6" + six);
  CHECK(of(shaped(0, {2}, {})) ==
        "a tensor of shape (2,), strides () and offset 0, which are not as many");
  CHECK(of(rebuilt(storage("0", 6) + "J\xFF\xFF\xFF\xFF)" + ")\x89" + dict)) ==
        "a tensor of shape (), strides () and offset -1" + six);
  const std::string large = "\x8A\x08\0\0\0\0\0\0\0\x40"s;  // 2^62
  CHECK(of(rebuilt(storage("0", 6) + small(0) + large + small(2) + "\x86" + small(0) + small(0) +
                   "\x86\x89" + dict)) ==
        "a tensor of shape (4611686018427387904, 2), strides (0, 0) and offset 0 is too large to "
        "count");
  CHECK(of(rebuilt(storage("0", 6) + small(0) + small(3) + "\x85" + large + "\x85\x89" + dict)) ==
        "a tensor of shape (3,), strides (4611686018427387904,) and offset 0" + six);
  CHECK(of(rebuilt(storage("0", 6) + small(0) + "J\xFF\xFF\xFF\xFF\x85" + small(1) + "\x85\x89" +
                   dict)) == "a negative number in a tensor's sizes");
  CHECK(of(rebuilt(storage("0", 6) + small(0) + small(2) + "\x85" + "J\xFF\xFF\xFF\xFF\x85\x89" +
                   dict)) == "a negative number in a tensor's strides");
  CHECK(of(rebuilt(storage("0", 6) + small(0) + "N)\x89" + dict)) ==
        "another value instead of a tensor's sizes");
  CHECK(of(rebuilt("N" + small(0) + "))\x89" + dict)) ==
        "another value instead of a tensor's storage");
  CHECK(of(rebuilt(storage("0", 6) + small(0) + "))N" + dict)) ==
        "another value instead of requires_grad");
  CHECK(of(rebuilt(storage("0", 6) + small(0) + "))\x89}NNs")) == "a tensor with hooks");
  CHECK(of(rebuilt(storage("0", 6) + small(0))) == "_rebuild_tensor_v2 of 2 arguments");
  // Storages of bytes, whose tensors say what they are.
  const auto untyped = [](int size, const std::string& dtype = "int64") {
    return global("torch._utils", "_rebuild_tensor_v3") + "((" + text("storage") +
           global("torch.storage", "UntypedStorage") + text("0") + text("cpu") + small(24) + "tQ" +
           small(0) + small(size) + "\x85" + small(1) + "\x85\x89" + dict + global("torch", dtype) +
           "tR";
  };
  CHECK(of(untyped(3)) == "no error");
  CHECK(
      of(untyped(4)) ==
      "a tensor of shape (4,), strides (1,) and offset 0 reaches beyond its storage of 3 elements");
  CHECK(of(untyped(1, "FloatStorage")) == "another value instead of a dtype");
  CHECK(of(global("torch._utils", "_rebuild_tensor_v3") + "(" + storage("0", 6) + small(0) +
           "))\x89" + dict + global("torch", "float32") + "tR") ==
        "a tensor and a storage of different kinds");
  CHECK(of(shaped(0, {1}, {1},
                  "(" + text("storage") + global("torch.storage", "UntypedStorage") + text("0") +
                      text("cpu") + small(24) + "tQ")) ==
        "a tensor and a storage of different kinds");
  std::vector<int> axes(65, 1);
  CHECK(of(shaped(0, axes, axes)) == "more than 64 axes");
  CHECK(of(shaped(0, {1}, {1}, storage("9", 6))) ==
        "the archive has no 'a/data/9', a tensor's storage");
  CHECK(of(shaped(0, {1}, {1}, storage("../../0", 6))) ==
        "the archive has no 'a/data/../../0', a tensor's storage");
  CHECK(of(shaped(0, {1}, {1}, storage("0", 5))) == "'a/data/0' has 24 bytes, not 5 elements of 4");
  CHECK(of(shaped(0, {1}, {1}, storage("0", 6, "DoubleStorage"))) ==
        "'a/data/0' has 24 bytes, not 6 elements of 8");
  CHECK(of(storage("0", 6)) == "'' is a storage without a tensor");
}

TEST_CASE("pt: a tensor that is not what its storage holds is refused") {
  // _rebuild_tensor_v2's last argument, as of z.conj().imag, whose elements are the negatives.
  const auto marked = [&](const std::string& metadata) {
    return start +
           rebuilt(storage("0", 6) + small(0) + "(" + small(6) + "t(" + small(1) + "t\x89" + dict +
                   metadata) +
           ".";
  };
  CHECK_THAT(refusal(marked("}" + text("neg") + "\x88s")),
             EndsWith("a tensor with the mark 'neg', whose elements are not its storage's; save "
                      "x.resolve_neg() or x.clone()"));
  CHECK_THAT(refusal(marked("}" + text("conj") + "\x88s")), ContainsSubstring("the mark 'conj'"));
  CHECK(refusal(marked("}" + text("neg") + "\x89s")) == "no error");
  CHECK(refusal(marked("}")) == "no error");
  CHECK(refusal(marked("N")) == "no error");
}

TEST_CASE("pt: what refers to itself, or to others too often, ends") {
  CHECK(refusal(start + "]q\1h\1a.") == "byte 2: a value within itself, or more than 100 deep");
  // A list of ten times a list of ten times ...
  std::string nested = "]q\1";
  for (int i = 0; i < 50; ++i) {
    nested += "](";
    for (int k = 0; k < 10; ++k) nested += "h\1";
    nested += "eq\1";
  }
  CHECK_THAT(refusal(start + nested.substr(0, 2) + nested.substr(2) + "\x86."),
             ContainsSubstring("another stack"));
  std::string bomb = "]q\1";
  for (int i = 0; i < 50; ++i) {
    bomb += "(";
    for (int k = 0; k < 10; ++k) bomb += "h\1";
    bomb += "tq\1";
  }
  // Only the last one is asked for; the stack holds the others within a tuple.
  CHECK_THAT(refusal(start + "(" + bomb + "t."), ContainsSubstring("too many names"));
  CHECK_THAT(refusal(start + std::string(200, '(') + "N" + std::string(200, 't') + "."),
             ContainsSubstring("more than 100 deep"));
}

TEST_CASE("pt: what is long and used again and again fills no memory") {
  const std::string megabyte = "X\0\0\x10\0"s + std::string(1 << 20, '0');
  const auto again = [](const std::string& code, int times = 300) {
    std::string all;
    for (int i = 0; i < times; ++i) all += code;
    return all;
  };
  CHECK_THAT(refusal(start + "](" + megabyte + "q\1" + again("h\1") + "e."),
             EndsWith("names and texts of more than 256 MB"));
  const std::string used_again = "values that are used again, of more than 256 MB in all";
  CHECK_THAT(refusal(start + "](" + global("torch", "device") + "q\1" + megabyte + "\x85q\2" +
                     again("h\1h\2R") + "e."),
             EndsWith(used_again));
  CHECK_THAT(refusal(start + "](" + global("torch", "Size") + "q\1(" + again("N", 1 << 18) +
                     "t\x85q\2" + again("h\1h\2R") + "e."),
             EndsWith(used_again));
  CHECK_THAT(refusal(start + "]((" + text("storage") + global("torch", "FloatStorage") + megabyte +
                     text("cpu") + small(1) + "tq\1" + again("h\1Q") + "e."),
             EndsWith(used_again));
}

TEST_CASE("pt: rules of the archive around it") {
  const std::string pickle = start + "N.";
  CHECK(load_error(zip_bytes({{"data.pkl", pickle}})) == "no error");
  CHECK(load_error(zip_bytes({{"a/version", "3"}})) ==
        ": pt: an archive without data.pkl, which torch.save writes");
  CHECK(load_error(zip_bytes({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})) ==
        ": pt: 'b/data.pkl': a second pickle beside 'a/data.pkl'");
  CHECK(load_error(zip_bytes({{"a/data.pkl", pickle}, {"a/byteorder", "middle"}})) ==
        ": pt: 'a/byteorder': neither 'little' nor 'big'");
  CHECK(load_error(zip_bytes({{"a/data.pkl", pickle, 0, 0, 7}})) ==
        ": pt: 'a/data.pkl': byte 3: damaged: CRC error");
  CHECK_THAT(load_error("hello"), StartsWith(": pt: not a zip archive, or a damaged one: "));
  CHECK_THROWS_WITH(io::load_pt("no/such/file.pt"), "no/such/file.pt: No such file or directory");
}

TEST_CASE("pt: what is written comes back, and ties stay") {
  const Tensor weight = from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const NamedTensors state{{"weight", weight},
                           {"tied", weight},
                           {"turned", as_strided(weight, {3, 2}, {1, 3})},
                           {"layer.bias", from_data<double>({1e300, -0.5}, {2})},
                           {"ids", from_data<std::int64_t>({-1, INT64_MAX}, {2})},
                           {"mask", from_data<bool>({true, false}, {2})},
                           {"scalar", from_data<float>({300}, {})},
                           {"nothing", empty({0, 3})},
                           {"square", as_strided(weight, {2, 2}, {2, 1})},
                           {"its transpose", as_strided(weight, {2, 2}, {1, 2})},
                           {"many", ones({300})}};
  const TemporaryFile file(".pt");
  io::save_pt(file.path, state);
  const PtContents back = io::load_pt(file.path);
  check_same(back.tensors, state);
  CHECK(tensor(back, "tied").storage().get() == tensor(back, "weight").storage().get());
  CHECK(tensor(back, "turned").storage().get() != tensor(back, "weight").storage().get());
  CHECK(error_of([&] {
          io::save_pt(file.path, {{"a", weight}, {"a", weight}});
        }) == file.path + ": pt: 'a': the name twice");
  // Which torch.load would not read.
  for (const std::string name :
       {"a\xFF", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82", "\xF4\x90\x80\x80"})
    CHECK_THAT(error_of([&] {
                 io::save_pt(file.path, {{name, weight}});
               }),
               EndsWith(": the name is not UTF-8"));
  const TemporaryFile named(".pt");
  io::save_pt(named.path, {{"h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", weight}});
  CHECK(io::load_pt(named.path).tensors[0].first == "h\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(error_of([&] {
          io::save_pt(file.path, {{"a", weight}, {"b", Tensor()}});
        }) == file.path + ": pt: 'b': the tensor is undefined");
  CHECK(error_of([&] {
          io::save_pt(file.path, {{"a", weight}, {"b", some_rows()}});
        }) == file.path + ": pt: 'b': the tensor is row-sparse: save its to_dense()");
  check_same(io::load_pt(file.path).tensors, state);
}

TEST_CASE("pt: thirty thousand tensors") {
  NamedTensors many;
  for (int i = 0; i < 30'000; ++i) many.emplace_back(std::to_string(i), full({1}, i));
  const TemporaryFile file(".pt");
  io::save_pt(file.path, many);
  const io::PtContents back = io::load_pt(file.path);
  CHECK(back.tensors.size() == many.size());
  CHECK(back.tensors.back().second.item() == 29'999);
}

TEST_CASE("pt: PyTorch reads what is written, and 200 random files of its own are read") {
  const std::string python = python::with("torch, numpy");
  if (python.empty()) SKIP_TEST("there is no Python with torch and numpy");
  const python::Folder folder;
  const Tensor weight = from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  const NamedTensors state{{"weight", weight},
                           {"tied", weight},
                           {"turned", as_strided(weight, {3, 2}, {1, 3})},
                           {"bias", from_data<double>({1e300, -0.5}, {2})},
                           {"ids", from_data<std::int64_t>({-1, INT64_MAX}, {2})},
                           {"mask", from_data<bool>({true, false}, {2})},
                           {"scalar", from_data<float>({300}, {})},
                           {"nothing", empty({0, 3})},
                           {"many", ones({300})}};
  io::save_pt(folder / "state.pt", state);
  io::save_npz(folder / "state.npz", state);
  io::save_pt(folder / "nothing.pt", {});
  io::save_pt(folder / "linear.pt", {{"weight", weight}, {"bias", from_data<float>({7, 8}, {2})}});
  std::cout << python::run(python, "tests/formats/pt_torch.py", {"check", folder.path});

  python::run(python, "tests/formats/pt_torch.py", {"write", folder.path, "200", "14"});
  for (int i = 0; i < 200; ++i) {
    const std::string name = folder / std::to_string(i);
    check_same(io::load_pt(name + ".pt").tensors, io::load_npz(name + ".npz"));
  }
}
