#pragma once
// A line that shows how training goes.

#include <cinta/train/callback.hpp>
#include <iosfwd>

#pragma GCC visibility push(default)
namespace cinta::train {

/// A callback of fit that redraws one line of a terminal: the share done, time passed and left,
/// epoch, running loss, last validation, rows a second. Where `terminal` is false it does nothing:
///
///     .callbacks = {train::fit_progress(std::cerr, isatty(STDERR_FILENO))}
///
/// The stream must outlive the run.
Callback fit_progress(std::ostream& out, bool terminal);

}  // namespace cinta::train
#pragma GCC visibility pop
