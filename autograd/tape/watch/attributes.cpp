#include <cinta/autograd/tape/watch/attributes.hpp>
#include <cstdio>

namespace cinta {

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

KeptAttributes::KeptAttributes(const Attributes& attributes) {
  for (const Attribute& item : attributes) {
    items_.push_back({item, {}, {}});
    if (item.value.kind() == AttributeValue::Kind::list)
      items_.back().list.assign(item.value.list().begin(), item.value.list().end());
    if (item.value.kind() == AttributeValue::Kind::text) items_.back().text = item.value.text();
  }
}

Attributes KeptAttributes::borrowed() const {
  Attributes result;
  for (const Item& item : items_) {
    Attribute attribute = item.attribute;
    if (attribute.value.kind() == AttributeValue::Kind::list) attribute.value = item.list;
    if (attribute.value.kind() == AttributeValue::Kind::text) attribute.value = item.text;
    result.push_back(attribute);
  }
  return result;
}

}  // namespace cinta
