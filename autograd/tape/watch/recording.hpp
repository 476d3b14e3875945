#pragma once
// Recording: the operations that a function runs, forward and backward, as a list that can be read,
// and run again in other memory.

#include <cinta/autograd/tape/watch/attributes.hpp>
#include <cinta/autograd/tensor.hpp>
#include <functional>
#include <memory>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

class Inputs;

/// A list of operations without branches: what capture, batching and exchange formats work on. Made
/// by record_operations.
class Recording {
 public:
  /// A tensor, as the elements of a buffer that it shows. A buffer is a stretch of memory; views
  /// and detached tensors are other places in it, so that writes through them need no special care.
  struct Place {
    std::size_t buffer;
    std::int64_t offset;  // of the first element from the buffer's first
    Shape shape;
    Strides strides;
    Dtype dtype;

    Spec spec() const { return {shape, dtype}; }
    friend bool operator==(const Place&, const Place&) = default;
  };

  struct Step {
    const char* name;
    KeptAttributes attributes;
    Site site;
    std::vector<Place> inputs, outputs;
    bool in_place;  ///< its output was there before
    /// Writes the outputs; empty for a view, whose output shows elements of its input's buffer.
    std::function<void(const Inputs&, const Tensors& outputs)> forward;
  };

  const std::vector<Place>& inputs() const;
  const std::vector<Step>& steps() const;
  const std::vector<Place>& outputs() const;

  /// Runs the operations on `inputs`, which have the specs recorded, and returns what the function
  /// would. Everything in between lies in new memory and goes after its last use. What draws random
  /// numbers draws new ones, the same in an operation and in its rules. Nothing is recorded in a
  /// graph. Throws ValueError for another number of inputs, ShapeError or DtypeError for other
  /// specs, and what an operation throws for ids, labels, offsets or lengths out of range.
  Tensors run(const Tensors& inputs, Site site = {}) const;

  /// A line for every input, constant and step:
  ///
  ///     %0 = input  float32 (3, 4)
  ///     %1 = sum(%0, axes=(0,), keepdims=false)  float32 (4,)  [train.cpp:5]
  std::string str() const;

 private:
  friend class Recorder;
  friend Recording record_operations(const std::function<Tensors(const Tensors&)>& fn,
                                     const Tensors& inputs, Site site);
  struct Buffer;
  struct Contents;
  struct Memory;

  explicit Recording(std::shared_ptr<const Contents> contents) : contents_(std::move(contents)) {}

  std::shared_ptr<const Contents> contents_;  // copies share them
};

/// Runs fn(inputs), which may call backward() or grad(), and returns the operations that it ran.
/// What else they read, parameters say, stays what it is: the tensor itself, with its elements at
/// the time of each run, and writes to it (running statistics) happen in each run; but a tensor
/// that nobody holds after the function begins every run as it was. Numbers that the function takes
/// out of tensors, and what it does with elements other than by operations, are constants. Throws
/// ValueError for inputs that share memory, for row-sparse tensors, and where something that is no
/// operation (an optimizer's step, clip_grad_norm) writes to what the function reads.
Recording record_operations(const std::function<Tensors(const Tensors&)>& fn, const Tensors& inputs,
                            Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
