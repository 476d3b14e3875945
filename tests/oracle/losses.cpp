#include "cases.hpp"

namespace {

using namespace oracle;

const Cases of_classes([] {
  const Tensor labels = integers({0, 2, 1, 2}, {4});
  const Tensor weight = from_data(Values{0.5, 2, 1.5}, {3});
  RANDOM("F.cross_entropy(x, y)", cross_entropy(in[0], in[1]), {draw({4, 3}), labels});
  random("F.cross_entropy(x, y, ignore_index=1, label_smoothing=0.1)",
         [](const Tensors& in) {
           return cross_entropy(in[0], in[1], {.ignore_index = 1, .label_smoothing = 0.1});
         },
         {draw({4, 3}), labels});
  random("F.cross_entropy(x, y, weight=torch.tensor([0.5, 2, 1.5]).double())",
         [=](const Tensors& in) { return cross_entropy(in[0], in[1], {.weight = weight}); },
         {draw({4, 3}), labels});
  RANDOM("F.cross_entropy(x, y)", cross_entropy(in[0], in[1], ClassLossOptions{}),
         {draw({4, 3}), draw({4, 3}, 0, 1)});
  random("F.nll_loss(x, y, weight=torch.tensor([0.5, 2, 1.5]).double())",
         [=](const Tensors& in) { return nll_loss(in[0], in[1], {.weight = weight}); },
         {draw({4, 3}), labels});
  RANDOM("F.multi_margin_loss(x, y)", multi_margin_loss(in[0], in[1]), {draw({4, 3}), labels});
  // The right classes as flags here, as a list that ends in -1 there.
  random("F.multilabel_margin_loss(x, torch.tensor([[2, 0, -1], [1, -1, -1]]))",
         [](const Tensors& in) {
           return multilabel_margin_loss(in[0], flags({1, 0, 1, 0, 1, 0}, {2, 3}));
         },
         {draw({2, 3})});
  RANDOM("F.multilabel_soft_margin_loss(x, y)", multilabel_soft_margin_loss(in[0], in[1]),
         {draw({4, 3}), draw({4, 3}, 0, 1)});
  RANDOM("F.binary_cross_entropy(x, y)", binary_cross_entropy(in[0], in[1]),
         {draw({4, 3}, 0.1, 0.9), draw({4, 3}, 0, 1)});
  random(
      "F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.tensor([0.5, 2, 1.5]).double())",
      [=](const Tensors& in) {
        return binary_cross_entropy_with_logits(in[0], in[1],
                                                BinaryLossOptions{.pos_weight = weight});
      },
      {draw({4, 3}), draw({4, 3}, 0, 1)});
  random(
      "F.ctc_loss(x.log_softmax(2), y, torch.tensor([6, 5]), torch.tensor([2, 3]))",
      [](const Tensors& in) {
        return ctc_loss(log_softmax(in[0], 2), in[1], integers({6, 5}, {2}), integers({2, 3}, {2}));
      },
      {draw({6, 2, 4}), integers({1, 1, 0, 2, 3, 1}, {2, 3})});
});

#define LOSS(name, ...) RANDOM("F." #name "(x, y)", name(in[0], in[1]), __VA_ARGS__)

const Cases of_numbers([] {
  LOSS(mse_loss, {draw({4, 3}), draw({4, 3})});
  LOSS(l1_loss, {draw({4, 3}), draw({4, 3})});
  LOSS(huber_loss, {draw({4, 3}), draw({4, 3})});
  LOSS(smooth_l1_loss, {draw({4, 3}), draw({4, 3})});
  RANDOM("F.soft_margin_loss(x, y.double())", soft_margin_loss(in[0], to(in[1], float64)),
         {draw({2, 3}), integers({1, -1, 1, 1, -1, -1}, {2, 3})});
  LOSS(kl_div, {draw({4, 3}), draw({4, 3}, 0.1, 1)});
  LOSS(poisson_nll_loss, {draw({4, 3}), draw({4, 3}, 0, 3)});
  LOSS(hinge_embedding_loss, {draw({4, 3}), sign(draw({4, 3}))});
  RANDOM("F.gaussian_nll_loss(x, y, z)", gaussian_nll_loss(in[0], in[1], in[2]),
         {draw({4, 3}), draw({4, 3}), draw({4, 3}, 0.5, 2)});
  RANDOM("F.margin_ranking_loss(x, y, z)", margin_ranking_loss(in[0], in[1], in[2]),
         {draw({4}), draw({4}), sign(draw({4}))});
  RANDOM("F.triplet_margin_loss(x, y, z)", triplet_margin_loss(in[0], in[1], in[2]),
         {draw({4, 3}), draw({4, 3}), draw({4, 3})});
  RANDOM("F.cosine_embedding_loss(x, y, z)", cosine_embedding_loss(in[0], in[1], in[2]),
         {draw({4, 3}), draw({4, 3}), sign(draw({4}))});
});

}  // namespace
