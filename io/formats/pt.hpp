#pragma once
// PyTorch's .pt and .pth files of weights. Needs the library cinta::formats.

#include <cinta/autograd/tensor.hpp>
#include <cinta/io/formats/limits.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::io {

/// What a file of PyTorch's may hold beside tensors: None, a bool, an integer, a float or a text.
using PtValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// What torch.save wrote, its dictionaries and lists taken apart into dotted names, in their order:
/// {"model": {"fc.weight": w}, "epochs": [3, 5]} has a tensor "model.fc.weight" and the values
/// "epochs.0" and "epochs.1". A file that is one tensor or one value has the empty name.
struct PtContents {
  NamedTensors tensors;
  std::vector<std::pair<std::string, PtValue>> values;

  /// The tensors whose names begin with `prefix` and a dot, without both: part("model") is what a
  /// module loads. Throws ValueError if there are none.
  NamedTensors part(const std::string& prefix) const;
};

/// Reads a file of torch.save (of PyTorch 1.6 and later), without running anything of it: what it
/// holds is built by a fixed list of instructions from dictionaries, lists, tuples, numbers, texts,
/// tensors and parameters, as torch.load(weights_only=True) does. float16, bfloat16 and float32
/// become float32, integers int64; float64 and bool stay. Strides and offsets are those of the
/// file, and tensors that share a storage there share it here. What lay on a GPU lies on the CPU.
///
/// Throws IoError, which names file, entry and byte, for everything else: other classes and
/// functions by their name, complex, quantized and sparse tensors, modules saved whole,
/// TorchScript, the format before 1.6, tensors that reach beyond their storage, damaged archives
/// (checksums are verified), and more than the limits.
///
///     net.load_state_dict(load_pt("net.pt").tensors);
///     net.load_state_dict(load_pt("checkpoint.pt").part("model"));
PtContents load_pt(const std::string& path, const UnpackLimits& limits = {});

/// Writes tensors as torch.save does a state_dict: an OrderedDict, which torch.load reads, with
/// weights_only=True too. Each is written in its own dtype and in row-major order; two names of one
/// tensor share a storage. All or nothing. Throws IoError; ValueError for a name that is there
/// twice or not UTF-8.
///
///     save_pt("net.pt", net.state_dict());   // Python: net.load_state_dict(torch.load("net.pt"))
void save_pt(const std::string& path, const NamedTensors& tensors);

}  // namespace cinta::io
#pragma GCC visibility pop
