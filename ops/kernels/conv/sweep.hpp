#pragma once
// Private to ops/kernels/conv: how a convolution reads its input.
//
// The channels of a band of output rows are copied with their zeros into a buffer in which every
// tap is a constant offset: element q of the band needs, for tap k, buffer[offsets[k] + q]. With a
// stride the buffer holds the input in `stride` slots, each with every stride-th element, so that
// this stays so. Rows of the buffer are `pitch` long, of which the last elements are computed in
// vain: that costs less than arranging each tap's inputs. Zeros behind a row are those before the
// next one as well.

#include <cstdint>

namespace cinta::kernels {

/// One axis of a sweep. Output first + step * i, for i in [0, count), is the sum over the taps of
/// weight[index] * slots[slot][i + shift]. Element j of a slot is input origin[slot] + in_step * j,
/// or 0 outside.
struct SweepAxis {
  struct Tap {
    std::int64_t index, slot, shift;
  };
  const Tap* taps;
  const std::int64_t* origin;
  std::int64_t tap_count, slot_count;
  std::int64_t count, first, step, in_step;
  std::int64_t reach;    // the largest shift
  std::int64_t in, out;  // sizes of the arrays
};

/// The arrangement of a band in its buffer.
struct SweepBuffer {
  std::int64_t rows, columns;  // of the output, at most
  std::int64_t pitch;          // from one row to the next
  std::int64_t shared;         // zeros that belong to two rows
  std::int64_t slot;           // elements of one slot of a slice
  std::int64_t plane;          // elements of a channel
  std::int64_t size;           // elements of all, with room for vectors that reach over the end
};

template <class T>
struct Sweep {
  SweepAxis depth, height, width;
  std::int64_t channels;  // of the input, in a group
  SweepBuffer buffer;
  const std::int64_t* offsets;  // of each (channel, tap) in the buffer
  std::int64_t terms;           // how many these are
  bool direct;                  // the input is read where it lies: the buffer is never filled

  std::int64_t in_plane() const { return depth.in * height.in * width.in; }
  std::int64_t out_plane() const { return depth.out * height.out * width.out; }
};

/// A band of the output at one depth, of one group of one image.
template <class T>
struct Band {
  const T* x;  // the first channel of the group
  std::int64_t depth, row, rows, column, columns;
};

/// Output channels of a group that are computed together, at most SweepLimits::rows. The weight of
/// row r in a term is weights[places[term] + r * step].
template <class T>
struct SweepTile {
  std::int64_t first, rows;
  const T* weights;
  const std::int64_t* places;
  std::int64_t step;
  const T* bias;  // (rows)
};

/// What the vectors of this instruction set are best given: output channels of a tile, at most, and
/// bytes of a vector.
struct SweepLimits {
  int rows, bytes;
};
void sweep_limits(SweepLimits& limits);

/// Writes the band into y, which is that of the group's first output channel.
void sweep_band(const Sweep<float>& s, const Band<float>& band, const SweepTile<float>* tiles,
                std::int64_t tile_count, float* buffer, float* y);
void sweep_band(const Sweep<double>& s, const Band<double>& band, const SweepTile<double>* tiles,
                std::int64_t tile_count, double* buffer, double* y);

/// What a gradient of weights is added up in: (terms, lanes) for `channels` of the output, which
/// are at most as many; or (channels, terms) if lanes is 0, which serves a few channels.
template <class T>
struct WeightSum {
  T* sum;
  std::int64_t lanes, channels;
};

/// Adds the products of a band's inputs and dy (the first of those channels at the band's first
/// element). `turned` has room for rows x columns x lanes.
void sweep_weight(const Sweep<float>& s, const Band<float>& band, const float* dy,
                  const WeightSum<float>& w, float* buffer, float* turned);
void sweep_weight(const Sweep<double>& s, const Band<double>& band, const double* dy,
                  const WeightSum<double>& w, double* buffer, double* turned);

}  // namespace cinta::kernels
