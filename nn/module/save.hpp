#pragma once
// Modules in files: safetensors, which Python's torch, JAX and others read and write.

#include <cinta/nn/module/module.hpp>

#pragma GCC visibility push(default)
namespace cinta::io {
struct SafetensorsOptions;  // <cinta/io/safetensors.hpp>
}

namespace cinta::nn {

/// Writes parameters and buffers by name, "encoder.hidden.weight": all or nothing. A tensor with
/// two names is written under both. Options, which take <cinta/io/safetensors.hpp>, and errors are
/// those of io::save_safetensors; unless `metadata` has a "format" it becomes "pt", which some
/// readers ask for.
///
///     save(net, "model.safetensors");
void save(const Module& module, const std::string& path);
void save(const Module& module, const std::string& path, const io::SafetensorsOptions& options);

struct LoadOptions {
  /// Every name of the module has to be in the file, and every one of the file in the module.
  bool strict = true;
  /// Names in the file begin with it before the module's begin, "encoder."; others are let be.
  std::string prefix = {};
  /// What names of the file, without the prefix, are called here. `*` is any text, the same on both
  /// sides: {"layers.*.fc.*", "hidden.*.linear.*"}. The first pattern that fits counts; an empty
  /// right side leaves tensors out. With `strict` every pattern has to fit something.
  std::vector<std::pair<std::string, std::string>> rename = {};
};

/// Copies the tensors of a safetensors file, or of shards, into parameters and buffers of the same
/// names. Floating dtypes are converted; a shape has to be the same. What does not fit is reported
/// all at once, and nothing is changed then: ShapeError, or ValueError if there is more than shapes
/// to report or nothing fits. Throws IoError for the file. Without `strict` it returns the names
/// that have no counterpart.
///
///     load(net, "model.safetensors", {.prefix = "encoder."});
IncompatibleKeys load(const Module& module, const std::string& path,
                      const LoadOptions& options = {}, Site site = {});

}  // namespace cinta::nn
#pragma GCC visibility pop
