#include "cases.hpp"

namespace {

using namespace oracle;

const Cases shapes([] {
  WHOLE("torch.flip(x, (1,))", flip(x, 1));
  WHOLE("torch.roll(x, 2, 1)", roll(x, 2, 1));
  WHOLE("torch.rot90(x)", rot90(x));
  WHOLE("torch.tril(x, -1)", tril(x, -1));
  WHOLE("torch.triu(x)", triu(x));
  WHOLE("torch.diagonal(x, 1)", diagonal(x, 1));
  WHOLE("torch.diag(x, 1)", diag(x, 1));
  WHOLE("torch.diag_embed(x)", diag_embed(x));
  WHOLE("x.repeat(2, 3)", repeat(x, {2, 3}));
  WHOLE("torch.tile(x, (2,))", tile(x, {2}));
  WHOLE("torch.repeat_interleave(x, 2, 1)", repeat_interleave(x, 2, 1));
  WHOLE("x.unfold(1, 2, 1)", unfold(x, 1, 2, 1));
  WHOLE("F.pad(x, (1, 2, 0, 1), value=3)", pad(x, {1, 2, 0, 1}, {.value = 3}));
  WHOLE("F.pad(x, (-1, 1))", pad(x, {-1, 1}));
  WHOLE("F.pad(x[None], (1, 2), mode='reflect')[0]", pad(x, {1, 2}, {.mode = PadMode::reflect}));
  WHOLE("F.pad(x[None], (1, 2), mode='replicate')[0]",
        pad(x, {1, 2}, {.mode = PadMode::replicate}));
  WHOLE("F.pad(x[None], (1, 2), mode='circular')[0]", pad(x, {1, 2}, {.mode = PadMode::circular}));
  WHOLE("torch.reshape(x, (-1, 1))", reshape(x, {x.numel(), 1}));
  WHOLE("torch.flatten(x)", flatten(x));
  WHOLE("torch.permute(x, (1, 0))", permute(x, {1, 0}));
  WHOLE("torch.transpose(x, 0, 1)", transpose(x));
  WHOLE("torch.swapaxes(x, 0, 1)", swapaxes(x, 0, 1));
  WHOLE("torch.movedim(x, 0, 1)", movedim(x, 0, 1));
  WHOLE("torch.unsqueeze(x, 1)", unsqueeze(x, 1));
  WHOLE("torch.squeeze(x[None], 0)", squeeze(unsqueeze(x, 0), 0));
  WHOLE("x[None].expand(2, -1, -1)", expand(unsqueeze(x, 0), {2, -1, -1}));
  WHOLE("torch.broadcast_to(x, (2,) + x.shape)",
        broadcast_to(x, Shape{2, x.shape()[0], x.shape()[1]}));
  WHOLE("x[:, 1:]", slice(x, 1, 1));
  WHOLE("torch.narrow(x, 1, 1, 2)", narrow(x, 1, 1, 2));
  WHOLE("torch.select(x, 1, 2)", select(x, 1, 2));
  WHOLE("torch.split(x, (1, 2) if x.shape[1] == 3 else (1, 3), 1)[1]",
        split(x, Shape{1, x.shape()[1] - 1}, 1)[1]);
  WHOLE("torch.chunk(x, 2, 1)[1]", chunk(x, 2, 1)[1]);
  WHOLE("torch.unbind(x, 1)[2]", unbind(x, 1)[2]);
  WHOLE("x.t().contiguous()", contiguous(transpose(x)));
  WHOLE("torch.cat((x, 2 * x), 1)", cat({x, 2 * x}, 1));
  WHOLE("torch.stack((x, 2 * x), 1)", stack({x, 2 * x}, 1));
  WHOLE("torch.hstack((x, 2 * x))", hstack({x, 2 * x}));
  WHOLE("torch.vstack((x, 2 * x))", vstack({x, 2 * x}));
  WHOLE("torch.block_diag(x, x)", block_diag({x, x}));
  RANDOM("torch.as_strided(x, (2, 2), (1, 2), 1)", as_strided(in[0], {2, 2}, {1, 2}, 1),
         {draw({8})});
  RANDOM("torch.meshgrid(x, y, indexing='ij')[0]", meshgrid({in[0], in[1]})[0],
         {draw({3}), draw({2})});
  RANDOM("torch.cartesian_prod(x, y)", cartesian_prod({in[0], in[1]}), {draw({3}), draw({2})});
});

const Cases made([] {
  RANDOM("torch.arange(1, 9, 2) + 0 * x", arange(1, 9, 2) + 0 * in[0], {integers({0}, {1})});
  RANDOM("torch.linspace(1, 3, 5).double() + 0 * x", linspace(1, 3, 5, float64) + 0 * in[0],
         {draw({1})});
  RANDOM("torch.logspace(0, 2, 3).double() + 0 * x", logspace(0, 2, 3, 10, float64) + 0 * in[0],
         {draw({1})});
  RANDOM("torch.eye(2, 3).double() * x", eye(2, 3, float64) * in[0], {draw({1})});
  RANDOM("torch.zeros(2).double() * x", zeros({2}, float64) * in[0], {draw({1})});
  RANDOM("torch.ones(2).double() * x", ones({2}, float64) * in[0], {draw({1})});
  RANDOM("torch.full((2,), 3.).double() * x", full({2}, 3, float64) * in[0], {draw({1})});
  RANDOM("torch.zeros_like(x) * x", zeros_like(in[0]) * in[0], {draw({2})});
  RANDOM("torch.ones_like(x) * x", ones_like(in[0]) * in[0], {draw({2})});
  RANDOM("torch.full_like(x, 3) * x", full_like(in[0], 3) * in[0], {draw({2})});
});

}  // namespace
