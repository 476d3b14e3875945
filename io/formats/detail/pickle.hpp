#pragma once
// The part of Python's pickle that files of weights are made of, built without running anything.

#include <cinta/autograd/core/shape.hpp>
#include <cinta/io/detail/elements.hpp>
#include <cinta/io/detail/source.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cinta::io::detail {

/// A value of a pickle; others are named by their place in Pickle::values, so that what refers to
/// itself needs no care.
struct PickleValue {
  using Place = std::uint32_t;

  struct None {};
  struct List {  ///< or a tuple
    std::vector<Place> items;
    bool tuple = false;
  };
  struct Dict {
    std::vector<std::pair<Place, Place>> items;
  };
  struct Global {  ///< of the list of those that are known
    int index;
  };
  struct Storage {
    std::string key;
    ElementType type;
    bool untyped = false;  ///< counted in bytes, and its tensors know their type
    std::int64_t count = 0;
  };
  struct Tensor {
    Place storage;
    ElementType type;
    Layout layout;
  };

  std::variant<None, bool, std::int64_t, double, std::string, List, Dict, Global, Storage, Tensor>
      is;
  std::uint64_t position;  ///< of the instruction that made it
};

/// All values, and which of them the pickle is.
struct Pickle {
  std::vector<PickleValue> values;
  PickleValue::Place root = 0;
};

/// Reads a pickle of protocols 2 to 5 to its end. Throws IoError, which names the byte, for an
/// instruction, a global or a call that is not on the list, and for a tensor beyond its storage.
Pickle read_pickle(Source& source);

/// "torch.float16"
std::string name_of_global(const PickleValue::Global& global);

}  // namespace cinta::io::detail
