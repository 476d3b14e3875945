#include <cinta/autograd/tape/watch/attributes.hpp>
#include <cstdio>

namespace cinta {

std::span<const std::int64_t> AttributeValue::list() const { return {list_, size_}; }

std::string AttributeValue::str() const {
  switch (kind_) {
    case Kind::none: return "none";
    case Kind::boolean: return boolean() ? "true" : "false";
    case Kind::integer: return std::to_string(integer_);
    case Kind::dtype: return name_of(dtype());
    case Kind::list: return Shape(list()).str();
    case Kind::text: return '"' + std::string(text_) + '"';
    case Kind::real: break;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", real_);
  return text;
}

AttributeValue Attributes::operator[](std::string_view key) const {
  for (const Attribute& item : *this)
    if (key == item.key) return item.value;
  return std::nullopt;
}

std::string Attributes::str() const {
  std::string text;
  for (const Attribute& item : *this) {
    if (!text.empty()) text += ", ";
    text += std::string(item.key) + '=' + item.value.str();
  }
  return text;
}

struct KeptAttributes::Items {
  struct Item {
    Attribute attribute;
    std::vector<std::int64_t> list;
    std::string text;
  };
  std::vector<Item> all;
};

KeptAttributes::KeptAttributes(const Attributes& attributes) {
  if (attributes.empty()) return;
  auto items = std::make_shared<Items>();
  for (const Attribute& attribute : attributes) {
    items->all.push_back({attribute, {}, {}});
    Items::Item& item = items->all.back();
    const AttributeValue& value = attribute.value;
    if (value.kind() == AttributeValue::Kind::list)
      item.list.assign(value.list().begin(), value.list().end());
    if (value.kind() == AttributeValue::Kind::text) item.text = value.text();
  }
  items_ = std::move(items);
}

Attributes KeptAttributes::borrowed() const {
  Attributes result;
  if (!items_) return result;
  for (const Items::Item& item : items_->all) {
    Attribute attribute = item.attribute;
    if (attribute.value.kind() == AttributeValue::Kind::list) attribute.value = item.list;
    if (attribute.value.kind() == AttributeValue::Kind::text) attribute.value = item.text;
    result.push_back(attribute);
  }
  return result;
}

}  // namespace cinta
