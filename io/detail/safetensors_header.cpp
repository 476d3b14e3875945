#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/detail/safetensors_header.hpp>
#include <cinta/io/text.hpp>
#include <cstring>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace cinta::io::detail {

namespace {

using nlohmann::json;

constexpr StoredDtype stored_dtypes[] = {
    {"BOOL", {'b', 1}}, {"U8", {'u', 1}},  {"I8", {'i', 1}},  {"U16", {'u', 2}}, {"I16", {'i', 2}},
    {"U32", {'u', 4}},  {"I32", {'i', 4}}, {"U64", {'u', 8}}, {"I64", {'i', 8}}, {"F16", {'f', 2}},
    {"BF16", {'B', 2}}, {"F32", {'f', 4}}, {"F64", {'f', 8}}};

/// The text of a JSON file, which tells how far it has been read.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *read_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    const Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** read_;
};

/// Events of JSON, for readers that know what may come: all else is refused by this base, with the
/// byte at which it ends. Nothing is kept of it, so neither depth nor size costs memory.
class Events : public json::json_sax_t {
 public:
  Events(const MappedFile& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), begin_(file.data() + begin), end_(file.data() + end), read_(begin_) {}

  void read() {
    json::sax_parse(Cursor(begin_, &read_), Cursor(end_, &read_),
                    static_cast<json::json_sax_t*>(this));
    if (read_ != end_) refuse_here("text after the JSON object");  // a zero byte ends it for JSON
  }

 protected:
  [[noreturn]] void refuse_here(const std::string& rule) const {
    refuse(file_.path(), rule, place());
  }
  std::uint64_t place() const { return std::uint64_t(read_ - file_.data()); }

  /// What else a value may be is for the class below to say.
  virtual bool unexpected(const char* what) = 0;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a flag"); }
  bool number_integer(std::int64_t) override { return unexpected("a negative number"); }
  bool number_unsigned(std::uint64_t) override { return unexpected("a number"); }
  bool number_float(double, const std::string&) override {
    return unexpected("a number that is not whole or beyond 64 bits");
  }
  bool string(std::string&) override { return unexpected("a text"); }
  bool binary(json::binary_t&) override { return unexpected("binary data"); }
  bool start_array(std::size_t) override { return unexpected("a list"); }
  bool end_array() override { return true; }
  bool start_object(std::size_t) override { return unexpected("an object"); }
  bool end_object() override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: WHAT; last read: 'TEXT'",
    // where the text may be as long as the file.
    std::string text = error.what();
    text.erase(0, text.find("] ") + 2);
    if (text.starts_with("parse error at")) text.erase(0, text.find(": ") + 2);
    refuse_here("not JSON: " +
                escaped(text.substr(0, std::min<std::size_t>(text.find("; last read: "), 200))));
  }

 private:
  const MappedFile& file_;
  const char* begin_;
  const char* end_;
  const char* read_;
};

// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"a": "b"}}
class HeaderEvents final : public Events {
 public:
  HeaderEvents(const MappedFile& file, std::uint64_t size, Header& header)
      : Events(file, 8, 8 + size), header_(header) {}

 private:
  enum class In { nothing, header, entry, metadata, shape, offsets, end };
  enum Field { dtype = 1, shape = 2, offsets = 4 };

  std::string about() const { return "tensor " + io::quoted(entry_.name) + ": "; }

  bool unexpected(const char* what) override {
    switch (in_) {
      case In::nothing:
      case In::end: refuse_here("the header is not one object");
      case In::header: refuse_here(about() + "an entry is an object, not " + what);
      case In::metadata:
        refuse_here("__metadata__ holds texts only, " + io::quoted(key_) + " is " + what);
      case In::shape: refuse_here(about() + "shape holds whole numbers, not " + what);
      case In::offsets: refuse_here(about() + "data_offsets holds two whole numbers, not " + what);
      case In::entry: break;
    }
    const char* wanted = key_ == "dtype" ? "a text" : key_ == "shape" ? "a list" : "two numbers";
    refuse_here(about() + key_ + " is " + wanted + ", not " + what);
  }

  bool start_object(std::size_t size) override {
    if (in_ == In::nothing) {
      in_ = In::header;
    } else if (in_ == In::header) {
      in_ = is_metadata_ ? In::metadata : In::entry;
    } else {
      return Events::start_object(size);
    }
    return true;
  }

  bool key(std::string& name) override {
    if (in_ == In::header) {
      if (!names_.insert(name).second)
        refuse_here("the key " + io::quoted(name) + " is given twice");
      is_metadata_ = name == "__metadata__";
      entry_ = HeaderEntry();
      entry_.name = name;
      fields_ = 0;
      return true;
    }
    key_ = name;
    if (in_ == In::metadata) {
      if (header_.metadata.contains(name))
        refuse_here("__metadata__: the key " + io::quoted(name) + " is given twice");
      return true;
    }
    const int field = name == "dtype"          ? dtype
                      : name == "shape"        ? shape
                      : name == "data_offsets" ? offsets
                                               : 0;
    if (field == 0) refuse_here(about() + "unknown field " + io::quoted(name));
    if (fields_ & field) refuse_here(about() + "the field " + name + " is given twice");
    fields_ |= field;
    return true;
  }

  bool string(std::string& text) override {
    if (in_ == In::metadata) {
      header_.metadata[key_] = text;
    } else if (in_ == In::entry && key_ == "dtype") {
      entry_.stored = stored_dtype(text);
      if (!entry_.stored) refuse_here(about() + "dtype " + io::quoted(text) + " is not supported");
    } else {
      return Events::string(text);
    }
    return true;
  }

  bool start_array(std::size_t size) override {
    if (in_ != In::entry || key_ == "dtype") return Events::start_array(size);
    in_ = key_ == "shape" ? In::shape : In::offsets;
    numbers_.clear();
    return true;
  }

  bool number_unsigned(std::uint64_t number) override {
    if (in_ != In::shape && in_ != In::offsets) return Events::number_unsigned(number);
    if (in_ == In::shape && number > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
      refuse_here(about() + "a size of " + std::to_string(number) + " is too large");
    numbers_.push_back(number);
    const std::size_t most = in_ == In::shape ? 64 : 2;
    if (numbers_.size() > most)
      refuse_here(about() + key_ + " has more than " + std::to_string(most) + " numbers");
    return true;
  }

  bool end_array() override {
    if (in_ == In::shape) {
      entry_.shape = Shape(numbers_);
    } else {
      if (numbers_.size() != 2) refuse_here(about() + "data_offsets are not two numbers");
      entry_.begin = numbers_[0];
      entry_.end = numbers_[1];
      if (entry_.begin > entry_.end) refuse_here(about() + "its data ends before it begins");
    }
    in_ = In::entry;
    return true;
  }

  bool end_object() override {
    if (in_ == In::entry) {
      if (fields_ != (dtype | shape | offsets))
        refuse_here(about() + "it lacks dtype, shape or data_offsets");
      entry_.place = place();
      header_.entries.push_back(entry_);
    }
    in_ = in_ == In::header ? In::end : In::header;
    return true;
  }

  Header& header_;
  In in_ = In::nothing;
  bool is_metadata_ = false;
  int fields_ = 0;
  HeaderEntry entry_;
  std::string key_;
  std::vector<std::uint64_t> numbers_;
  std::unordered_set<std::string> names_;
};

// {"metadata": {...}, "weight_map": {"name": "file", ...}}
class IndexEvents final : public Events {
 public:
  IndexEvents(const MappedFile& file, std::map<std::string, std::string>& files)
      : Events(file, 0, file.size()), files_(files) {}

  bool found() const { return found_; }

 private:
  bool unexpected(const char* what) override {
    if (depth_ == 0) refuse_here("the index is not one object");
    if (in_map()) refuse_here("weight_map names a file for " + io::quoted(key_) + ", not " + what);
    if (depth_ == 1 && key_ == "weight_map")
      refuse_here("weight_map is an object, not " + std::string(what));
    return true;  // "metadata" is for others to read
  }
  bool in_map() const { return depth_ == 2 && top_key_ == "weight_map"; }
  void deeper() {
    if (++depth_ > 32) refuse_here("objects within objects, more than 32");
  }

  bool start_object(std::size_t size) override {
    if (in_map()) return Events::start_object(size);
    deeper();
    return true;
  }
  bool start_array(std::size_t size) override {
    if (depth_ == 0 || in_map() || (depth_ == 1 && key_ == "weight_map"))
      return Events::start_array(size);
    deeper();
    return true;
  }
  bool end_object() override { return --depth_, true; }
  bool end_array() override { return --depth_, true; }
  bool key(std::string& name) override {
    key_ = name;
    if (depth_ == 1) {
      if (!top_keys_.insert(name).second)
        refuse_here("the key " + io::quoted(name) + " is given twice");
      top_key_ = name;
      found_ = found_ || name == "weight_map";
    }
    if (in_map() && files_.contains(name))
      refuse_here("the key " + io::quoted(name) + " is given twice");
    return true;
  }
  bool string(std::string& text) override {
    if (!in_map()) return Events::string(text);
    if (text.empty() || text == "." || text == ".." || text.find('/') != text.npos ||
        text.find('\0') != text.npos)
      refuse_here(io::quoted(text) + " is no name of a file beside the index");
    files_[key_] = text;
    return true;
  }

  std::map<std::string, std::string>& files_;
  int depth_ = 0;
  bool found_ = false;
  std::string key_, top_key_;
  std::unordered_set<std::string> top_keys_;
};

void check_layout(const MappedFile& file, const Header& header) {
  std::vector<const HeaderEntry*> by_place;
  for (const HeaderEntry& entry : header.entries) {
    by_place.push_back(&entry);
    const auto bytes = bytes_of(entry.shape, entry.stored->type.bytes);
    const std::string what = "tensor " + io::quoted(entry.name) + ": " + entry.shape.str() +
                             " of " + std::string(entry.stored->name);
    if (!bytes) refuse(file.path(), what + " is more than can be counted", entry.place);
    if (*bytes != entry.end - entry.begin)
      refuse(file.path(),
             what + " takes " + std::to_string(*bytes) + " bytes, its data_offsets span " +
                 std::to_string(entry.end - entry.begin),
             entry.place);
  }
  std::sort(by_place.begin(), by_place.end(), [](const HeaderEntry* a, const HeaderEntry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  const std::uint64_t available = file.size() - header.data;
  std::uint64_t reached = 0;
  for (const HeaderEntry* entry : by_place) {
    const std::string name = "tensor " + io::quoted(entry->name);
    if (entry->end > available)
      refuse(file.path(),
             name + " ends at byte " + std::to_string(entry->end) + " of the data, which has " +
                 std::to_string(available),
             file.size());
    if (entry->begin < reached)
      refuse(file.path(), name + " overlaps the one before it", header.data + entry->begin);
    if (entry->begin > reached) refuse(file.path(), "a hole before " + name, header.data + reached);
    reached = entry->end;
  }
  if (reached != available)
    refuse(file.path(), std::to_string(available - reached) + " bytes after the last tensor",
           header.data + reached);
}

/// `about` says in a message what the text is of.
std::string dumped(const std::string& text, const std::string& about = "") {
  try {
    return json(text).dump();
  } catch (const json::exception&) {
    throw ValueError("safetensors: " + about + io::quoted(text) + " is not UTF-8");
  }
}

}  // namespace

void refuse(const std::string& path, const std::string& rule, std::uint64_t byte) {
  throw IoError(escaped(path) + ": safetensors: " + rule + " (byte " + std::to_string(byte) + ")");
}

const StoredDtype* stored_dtype(std::string_view name) {
  const auto found = std::find_if(std::begin(stored_dtypes), std::end(stored_dtypes),
                                  [&](const StoredDtype& known) { return known.name == name; });
  return found == std::end(stored_dtypes) ? nullptr : found;
}

const StoredDtype& stored_dtype(Dtype dtype, FloatsAs floats) {
  constexpr const char* names[] = {"BOOL", "I64", "F32", "F64"};
  const bool as_is = !is_floating(dtype) || floats == FloatsAs::they_are;
  return *stored_dtype(as_is ? names[int(dtype)] : floats == FloatsAs::float16 ? "F16" : "BF16");
}

Header read_header(const MappedFile& file) {
  std::uint64_t size = 0;
  if (file.size() < sizeof size)
    refuse(file.path(), "no length of a header, which takes 8 bytes", file.size());
  std::memcpy(&size, file.data(), sizeof size);
  if (size > header_limit)
    refuse(file.path(),
           "a header of " + std::to_string(size) + " bytes; the format allows " +
               std::to_string(header_limit),
           0);
  if (size > file.size() - sizeof size)
    refuse(file.path(), "a header of " + std::to_string(size) + " bytes; the file ends before",
           file.size());
  if (size == 0 || file.data()[8] != '{')
    refuse(file.path(), "the header does not begin with {", 8);

  Header header;
  header.data = 8 + size;
  while (file.data()[8 + size - 1] == ' ') --size;
  if (file.data()[8 + size - 1] != '}')
    refuse(file.path(), "the header does not end in } and spaces", 8 + size - 1);
  HeaderEvents(file, size, header).read();
  check_layout(file, header);
  return header;
}

std::string header_text(const std::vector<HeaderEntry>& entries,
                        const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  const auto next = [&] {
    if (text.size() > 1) text += ',';
  };
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    bool first = true;
    for (const auto& [key, value] : metadata) {
      text += (first ? "" : ",") + dumped(key) + ":" + dumped(value, io::quoted(key) + ": ");
      first = false;
    }
    text += "}";
  }
  for (const HeaderEntry& entry : entries) {
    next();
    text +=
        dumped(entry.name) + ":{\"dtype\":\"" + std::string(entry.stored->name) + "\",\"shape\":[";
    for (int i = 0; i < entry.shape.rank(); ++i)
      text += (i ? "," : "") + std::to_string(entry.shape[i]);
    text += "],\"data_offsets\":[" + std::to_string(entry.begin) + "," + std::to_string(entry.end) +
            "]}";
  }
  text += "}";
  text.resize((8 + text.size() + 63) / 64 * 64 - 8, ' ');
  if (text.size() > header_limit)
    throw ValueError("safetensors: the header would have " + std::to_string(text.size()) +
                     " bytes; the format allows " + std::to_string(header_limit));
  const std::uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text;
}

std::map<std::string, std::string> read_index(const MappedFile& file) {
  if (file.size() == 0 || file.size() > header_limit)
    refuse(file.path(), "an index of " + std::to_string(file.size()) + " bytes", 0);
  std::map<std::string, std::string> files;
  IndexEvents events(file, files);
  events.read();
  if (!events.found()) refuse(file.path(), "the index has no weight_map", file.size());
  return files;
}

std::string index_text(const std::map<std::string, std::string>& files, std::uint64_t total_bytes) {
  std::string text = "{\n  \"metadata\": {\n    \"total_size\": " + std::to_string(total_bytes) +
                     "\n  },\n  \"weight_map\": {";
  bool first = true;
  for (const auto& [name, file] : files) {
    text += (first ? "\n    " : ",\n    ") + dumped(name) + ": " + dumped(file);
    first = false;
  }
  return text + "\n  }\n}\n";
}

}  // namespace cinta::io::detail
