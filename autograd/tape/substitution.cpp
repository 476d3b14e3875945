#include <algorithm>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/autograd/tape/substitution.hpp>
#include <utility>

namespace cinta::detail {
namespace {

/// Another object with the same elements and the same position in the graph.
Tensor twin(const Tensor& x) {
  Tensor result = x.detach();
  x.impl()->refresh();
  TensorImpl& to = *result.impl();
  const TensorImpl& from = *x.impl();
  to.requires_grad = from.requires_grad;
  to.unrecorded_view = from.unrecorded_view;
  to.replaced = from.replaced;
  to.node = from.node;
  to.output_index = from.output_index;
  to.base = from.base;
  to.base_replaced = from.base_replaced;
  to.rewritten = from.rewritten;
  to.seen = from.seen.load();
  to.replacement = from.replacement;
  return result;
}

}  // namespace

thread_local constinit Substitution* Substitution::innermost_ = nullptr;

Substitution::Substitution(Pairs pairs) : pairs_(std::move(pairs)), outer_(innermost_) {
  for (const Pair& pair : pairs_) contents_.push_back(twin(pair.given));
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    contents_[i].impl()->substituted = true;
    pairs_[i].place.impl()->swap(*contents_[i].impl());
  }
  innermost_ = this;
}

Substitution::~Substitution() {
  innermost_ = outer_;
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    TensorImpl& shown = *contents_[i].impl();
    pairs_[i].place.impl()->swap(shown);
    // A recorded write to the place is one to what was given, which has to have that history. A
    // view's comes from its base.
    TensorImpl& given = *pairs_[i].given.impl();
    if (given.base || given.node == shown.node) continue;
    given.node = shown.node;
    given.output_index = shown.output_index;
    given.requires_grad = shown.requires_grad;
    given.rewritten = shown.rewritten;
  }
}

const Tensor& Substitution::given_for(const Tensor& x) {
  const Tensor* found = &x;
  // A given tensor may itself be the place of a substitution further out.
  for (const Substitution* at = innermost_; at; at = at->outer_)
    for (const Pair& pair : at->pairs_)
      if (pair.place.impl() == found->impl()) {
        found = &pair.given;
        break;
      }
  return *found;
}

Substitution::Pairs Substitution::active() {
  Pairs found;
  for (const Substitution* at = innermost_; at; at = at->outer_)
    for (const Pair& pair : at->pairs_) {
      const bool known = std::any_of(found.begin(), found.end(), [&](const Pair& inner) {
        return inner.place.impl() == pair.place.impl();
      });
      if (!known) found.push_back({pair.place, lasting(pair.place)});
    }
  return found;
}

}  // namespace cinta::detail
