#include "cases.hpp"

namespace {

using namespace oracle;

const Cases indexing([] {
  const Tensor ids = integers({2, 0, 2, 1}, {4}), places = integers({2, 0, 2, 1, 1, 1}, {2, 3});
  const Tensor mask = flags({1, 0, 1, 0, 1, 1}, {2, 3});
  RANDOM("torch.index_select(x, 0, y)", index_select(in[0], 0, in[1]), {draw({3, 2}), ids});
  RANDOM("F.embedding(y, x)", embedding(in[0], in[1]), {draw({3, 2}), ids});
  RANDOM("torch.gather(x, 0, y)", gather(in[0], 0, in[1]), {draw({3, 3}), places});
  RANDOM("torch.take(x, y)", take(in[0], in[1]), {draw({3, 3}), places});
  RANDOM("torch.take_along_dim(x, y, 0)", take_along_axis(in[0], in[1], 0), {draw({3, 3}), places});
  RANDOM("torch.scatter_add(x, 0, y, z)", scatter_add(in[0], 0, in[1], in[2]),
         {draw({3, 3}), places, draw({2, 3})});
  RANDOM("torch.scatter(x, 0, y, z)", scatter(in[0], 0, in[1], in[2]),
         {draw({3, 3}), integers({2, 0, 2, 1, 1, 0}, {2, 3}), draw({2, 3})});
  RANDOM("torch.index_add(x, 0, y, z, alpha=0.5)", index_add(in[0], 0, in[1], in[2], 0.5),
         {draw({3, 2}), ids, draw({4, 2})});
  RANDOM("torch.index_put(x, (y,), z)", index_put(in[0], {in[1]}, in[2]),
         {draw({3, 2}), integers({2, 0}, {2}), draw({2, 2})});
  RANDOM("torch.index_put(x, (y,), z, accumulate=True)", index_put(in[0], {in[1]}, in[2], true),
         {draw({3, 2}), ids, draw({4, 2})});
  RANDOM("x.put(y, z)", put(in[0], in[1], in[2]), {draw({3, 2}), integers({5, 0}, {2}), draw({2})});
  RANDOM("x.put(y, z, accumulate=True)", put(in[0], in[1], in[2], true),
         {draw({3, 2}), integers({5, 0, 5}, {3}), draw({3})});
  RANDOM("torch.masked_select(x, y)", masked_select(in[0], in[1]), {draw({2, 3}), mask});
  RANDOM("torch.masked_scatter(x, y, z)", masked_scatter(in[0], in[1], in[2]),
         {draw({2, 3}), mask, draw({5})});
  const Tensor rows = integers({2, 0}, {2, 1}), columns = integers({1, 0, 1}, {3});
  RANDOM("x[:, y]", in[0](All, in[1]), {draw({2, 3}), places});
  RANDOM("x[y, z]", in[0](in[1], in[2]), {draw({3, 2, 2}), rows, columns});
  RANDOM("x.transpose(0, 1)[y]", transpose(in[0])(in[1]), {draw({2, 3}), ids});
  RANDOM("torch.index_put(x.transpose(0, 1), (y, z), w, accumulate=True)",
         index_put(transpose(in[0], 0, 1), {in[1], in[2]}, in[3], true),
         {draw({2, 3, 2}), rows, columns, draw({3, 2})});
  RANDOM("torch.index_put(x.transpose(0, 1), (y,), z)", index_put(transpose(in[0]), {in[1]}, in[2]),
         {draw({2, 3}), integers({2, 0}, {2}), draw({2})});
  RANDOM("torch.scatter_add(x.transpose(0, 1), -1, y, z)",
         scatter_add(transpose(in[0]), -1, in[1], in[2]), {draw({3, 2}), places, draw({2, 3})});
  RANDOM("F.one_hot(x, 4)", one_hot(in[0], 4, int64), {ids});
  RANDOM("F.embedding_bag(y, x, torch.tensor([0, 2, 2]), mode='sum')",
         embedding_bag(in[0], in[1], integers({0, 2, 2}, {3}), {.mode = BagMode::sum}),
         {draw({3, 2}), ids});
  RANDOM("F.embedding_bag(y, x, torch.tensor([0, 2, 2]), mode='mean')",
         embedding_bag(in[0], in[1], integers({0, 2, 2}, {3}), {.mode = BagMode::mean}),
         {draw({3, 2}), ids});
  RANDOM("F.embedding_bag(y, x, torch.tensor([0, 2, 2]), mode='max')",
         embedding_bag(in[0], in[1], integers({0, 2, 2}, {3}), {.mode = BagMode::max}),
         {draw({3, 2}), ids});
});

}  // namespace
