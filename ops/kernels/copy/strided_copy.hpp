#pragma once
// Copies that only move elements: rows as they lie or backwards, and transposed matrices.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// to = from, broadcast to the shape of `to`; both have one dtype and do not overlap. Returns
/// false, having done nothing, where no such way fits.
bool copy_strided(const Array& from, const Array& to);

}  // namespace cinta::kernels
