#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

void check(const char* name, const Tensor& x, std::int64_t factor, const Site& site) {
  detail::check_defined({name, site}, {x});
  if (x.rank() < 3) {
    throw ShapeError(
        std::string(name) + ": x needs (..., channels, height, width), got " + x.shape().str(),
        site);
  }
  constexpr std::int64_t most = 1 << 20;
  if (factor < 1 || factor > most) {
    throw ValueError(std::string(name) + ": factor must lie in [1, " + to_string(most) + "], got " +
                         to_string(factor),
                     site);
  }
}

// x (..., a, b, c, d, e) with its last five axes in another order, of which the last ones are
// joined.
Tensor reorder(const Tensor& x, const std::vector<std::int64_t>& five,
               const std::vector<std::int64_t>& order, const std::vector<std::int64_t>& joined) {
  std::vector<std::int64_t> leading(x.shape().begin(), x.shape().end() - 3);
  const auto then = [&](const std::vector<std::int64_t>& sizes) {
    std::vector<std::int64_t> all = leading;
    all.insert(all.end(), sizes.begin(), sizes.end());
    return all;
  };
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < leading.size(); ++i) axes.push_back(std::int64_t(i));
  for (const std::int64_t axis : order) axes.push_back(std::int64_t(leading.size()) + axis);
  return reshape(clone(permute(reshape(x, then(five)), axes)), then(joined));
}

}  // namespace

Tensor pixel_shuffle(const Tensor& x, std::int64_t factor, Site site) {
  site = SiteScope::resolve(site);
  check("pixel_shuffle", x, factor, site);
  const int rank = x.rank();
  const std::int64_t channels = x.shape()[rank - 3], height = x.shape()[rank - 2],
                     width = x.shape()[rank - 1], f = factor;
  if (channels % (f * f) != 0) {
    throw ShapeError("pixel_shuffle: " + to_string(f) + " squared does not divide the " +
                         to_string(channels) + " channels of x " + x.shape().str(),
                     site);
  }
  const SiteScope scope(site);
  const std::int64_t out = channels / (f * f);
  return reorder(x, {out, f, f, height, width}, {0, 3, 1, 4, 2}, {out, height * f, width * f});
}

Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor, Site site) {
  site = SiteScope::resolve(site);
  check("pixel_unshuffle", x, factor, site);
  const int rank = x.rank();
  const std::int64_t channels = x.shape()[rank - 3], height = x.shape()[rank - 2],
                     width = x.shape()[rank - 1], f = factor;
  if (height % f != 0 || width % f != 0) {
    throw ShapeError("pixel_unshuffle: " + to_string(f) +
                         " does not divide height and width of x " + x.shape().str(),
                     site);
  }
  const SiteScope scope(site);
  return reorder(x, {channels, height / f, f, width / f, f}, {0, 2, 4, 1, 3},
                 {channels * f * f, height / f, width / f});
}

Tensor channel_shuffle(const Tensor& x, std::int64_t groups, Site site) {
  site = SiteScope::resolve(site);
  detail::check_defined({"channel_shuffle", site}, {x});
  if (x.rank() < 2) {
    throw ShapeError("channel_shuffle: x needs (batch, channels, ...), got " + x.shape().str(),
                     site);
  }
  if (groups < 1)
    throw ValueError("channel_shuffle: groups must be at least 1, got " + to_string(groups), site);
  const std::int64_t batch = x.shape()[0], channels = x.shape()[1];
  if (channels % groups != 0) {
    throw ShapeError("channel_shuffle: " + to_string(groups) + " groups do not divide the " +
                         to_string(channels) + " channels of x " + x.shape().str(),
                     site);
  }
  const SiteScope scope(site);
  std::int64_t plane = 1;
  for (int i = 2; i < x.rank(); ++i) plane *= x.shape()[i];
  const Tensor grouped = reshape(x, {batch, groups, channels / groups, plane});
  return reshape(clone(transpose(grouped, 1, 2)), x.shape());
}

}  // namespace cinta
