#include <cinta/autograd/core/checked.hpp>
#include <cinta/io/formats/detail/pickle.hpp>
#include <cstdio>
#include <unordered_map>
#include <utility>

namespace cinta::io::detail {
namespace {

using Place = PickleValue::Place;
using Value = decltype(PickleValue::is);

constexpr std::size_t max_values = 4'000'000;

/// Everything that a pickle may name. Nothing else is looked up anywhere.
struct KnownGlobal {
  enum Kind { ordered_dict, tensor_v2, tensor_v3, parameter, size, device, storage, dtype };
  const char* module;
  const char* name;
  Kind kind;
  ElementType type = {};  // of a storage, or for which a dtype stands
};
constexpr ElementType untyped{'u', 1};
constexpr KnownGlobal globals[] = {
    {"collections", "OrderedDict", KnownGlobal::ordered_dict},
    {"torch._utils", "_rebuild_tensor_v2", KnownGlobal::tensor_v2},
    {"torch._utils", "_rebuild_tensor_v3", KnownGlobal::tensor_v3},
    {"torch._utils", "_rebuild_parameter", KnownGlobal::parameter},
    {"torch", "Size", KnownGlobal::size},
    {"torch", "device", KnownGlobal::device},
    {"torch", "DoubleStorage", KnownGlobal::storage, {'f', 8}},
    {"torch", "FloatStorage", KnownGlobal::storage, {'f', 4}},
    {"torch", "HalfStorage", KnownGlobal::storage, {'f', 2}},
    {"torch", "BFloat16Storage", KnownGlobal::storage, {'B', 2}},
    {"torch", "LongStorage", KnownGlobal::storage, {'i', 8}},
    {"torch", "IntStorage", KnownGlobal::storage, {'i', 4}},
    {"torch", "ShortStorage", KnownGlobal::storage, {'i', 2}},
    {"torch", "CharStorage", KnownGlobal::storage, {'i', 1}},
    {"torch", "ByteStorage", KnownGlobal::storage, {'u', 1}},
    {"torch", "BoolStorage", KnownGlobal::storage, {'b', 1}},
    {"torch.storage", "UntypedStorage", KnownGlobal::storage, untyped},
    {"torch", "float64", KnownGlobal::dtype, {'f', 8}},
    {"torch", "float32", KnownGlobal::dtype, {'f', 4}},
    {"torch", "float16", KnownGlobal::dtype, {'f', 2}},
    {"torch", "bfloat16", KnownGlobal::dtype, {'B', 2}},
    {"torch", "int64", KnownGlobal::dtype, {'i', 8}},
    {"torch", "int32", KnownGlobal::dtype, {'i', 4}},
    {"torch", "int16", KnownGlobal::dtype, {'i', 2}},
    {"torch", "int8", KnownGlobal::dtype, {'i', 1}},
    {"torch", "uint64", KnownGlobal::dtype, {'u', 8}},
    {"torch", "uint32", KnownGlobal::dtype, {'u', 4}},
    {"torch", "uint16", KnownGlobal::dtype, {'u', 2}},
    {"torch", "uint8", KnownGlobal::dtype, {'u', 1}},
    {"torch", "bool", KnownGlobal::dtype, {'b', 1}},
};

enum Op : unsigned char {
  mark = '(',
  stop = '.',
  put_1 = 'q',
  put_4 = 'r',
  memoize = 0x94,
  get_1 = 'h',
  get_4 = 'j',
  none = 'N',
  new_true = 0x88,
  new_false = 0x89,
  int_4 = 'J',
  int_1 = 'K',
  int_2 = 'M',
  long_1 = 0x8A,
  float_8 = 'G',
  text_4 = 'X',
  text_1 = 0x8C,
  text_8 = 0x8D,
  bytes_1 = 'U',
  empty_tuple = ')',
  tuple = 't',
  tuple_1 = 0x85,
  tuple_2 = 0x86,
  tuple_3 = 0x87,
  empty_list = ']',
  append = 'a',
  appends = 'e',
  empty_dict = '}',
  set_item = 's',
  set_items = 'u',
  global = 'c',
  stack_global = 0x93,
  persistent = 'Q',
  reduce = 'R',
  build = 'b',
  proto = 0x80,
  frame = 0x95
};

class PickleReader {
 public:
  explicit PickleReader(Source& source) : source_(source) {}

  Pickle read() {
    op_ = source_.position();
    if (source_.little_endian<std::uint8_t>() != Op::proto)
      fail("not a pickle of protocols 2 to 5");
    if (const int version = source_.little_endian<std::uint8_t>(); version < 2 || version > 5)
      fail("protocol " + std::to_string(version) + "; 2 to 5 are read");
    for (;;) {
      op_ = source_.position();
      const auto op = source_.little_endian<std::uint8_t>();
      if (op == Op::stop) break;
      run(op);
    }
    if (stack_.size() != 1 || !marks_.empty()) fail("it ends with another stack than one value");
    if (source_.remaining() != 0) fail("bytes after the end");
    return {std::move(values_), stack_[0]};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { source_.fail_at(op_, what); }

  // ---- the stack

  void push(Value value) {
    if (values_.size() == max_values) fail("more than " + std::to_string(max_values) + " values");
    values_.push_back({std::move(value), op_});
    stack_.push_back(static_cast<Place>(values_.size() - 1));
  }
  /// Since the last mark there have to be values.
  std::size_t bottom() const { return marks_.empty() ? 0 : marks_.back(); }
  Place top() const {
    if (stack_.size() <= bottom()) fail("nothing is on the stack");
    return stack_.back();
  }
  Place pop() {
    const Place place = top();
    stack_.pop_back();
    return place;
  }
  std::vector<Place> pop_mark() {
    if (marks_.empty()) fail("no mark is on the stack");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Place> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  void push_tuple(std::size_t n) {
    std::vector<Place> items(n);
    for (std::size_t i = n; i-- > 0;) items[i] = pop();
    push(PickleValue::List{std::move(items), true});
  }

  template <class T>
  T* as(Place place) {
    return std::get_if<T>(&values_[place].is);
  }
  template <class T>
  T& expect(Place place, const char* what) {
    T* const value = as<T>(place);
    if (!value) fail(std::string("another value instead of ") + what);
    return *value;
  }
  const std::vector<Place>& expect_tuple(Place place, const char* what) {
    const auto& list = expect<PickleValue::List>(place, what);
    if (!list.tuple) fail(std::string("a list instead of ") + what);
    return list.items;
  }

  /// An instruction of two bytes may use again what is as long as the file.
  void will_copy(std::size_t bytes) {
    constexpr std::size_t most = std::size_t{256} << 20;
    copied_ += bytes;
    if (copied_ > most) fail("values that are used again, of more than 256 MB in all");
  }

  // ---- instructions

  void run(unsigned op) {
    switch (op) {
      case Op::mark: marks_.push_back(stack_.size()); return;
      case Op::frame:
        if (source_.little_endian<std::uint64_t>() > source_.remaining())
          fail("a frame beyond the end");
        return;

      case Op::put_1: memo_[source_.little_endian<std::uint8_t>()] = top(); return;
      case Op::put_4: memo_[source_.little_endian<std::uint32_t>()] = top(); return;
      case Op::memoize: memo_.emplace(static_cast<std::uint32_t>(memo_.size()), top()); return;
      case Op::get_1: return get(source_.little_endian<std::uint8_t>());
      case Op::get_4: return get(source_.little_endian<std::uint32_t>());

      case Op::none: return push(PickleValue::None{});
      case Op::new_true: return push(true);
      case Op::new_false: return push(false);
      case Op::int_1: return push(std::int64_t{source_.little_endian<std::uint8_t>()});
      case Op::int_2: return push(std::int64_t{source_.little_endian<std::uint16_t>()});
      case Op::int_4: return push(std::int64_t{source_.little_endian<std::int32_t>()});
      case Op::long_1: return push(long_integer());
      case Op::float_8: return push(std::bit_cast<double>(source_.big_endian<std::uint64_t>()));
      case Op::text_1:
      case Op::bytes_1: return push(text(source_.little_endian<std::uint8_t>()));
      case Op::text_4: return push(text(source_.little_endian<std::uint32_t>()));
      case Op::text_8: return push(text(source_.little_endian<std::uint64_t>()));

      case Op::empty_tuple: return push_tuple(0);
      case Op::tuple_1: return push_tuple(1);
      case Op::tuple_2: return push_tuple(2);
      case Op::tuple_3: return push_tuple(3);
      case Op::tuple: return push(PickleValue::List{pop_mark(), true});
      case Op::empty_list: return push(PickleValue::List{});
      case Op::append: return add_to_list({pop()});
      case Op::appends: return add_to_list(pop_mark());
      case Op::empty_dict: return push(PickleValue::Dict{});
      case Op::set_item: {
        const Place value = pop(), key = pop();
        return add_to_dict({key, value});
      }
      case Op::set_items: return add_to_dict(pop_mark());

      case Op::global: {
        const std::string module = line(), name = line();
        return push_global(module, name);
      }
      case Op::stack_global: {
        const Place name = pop(), module = pop();
        return push_global(expect<std::string>(module, "a module's name"),
                           expect<std::string>(name, "a name"));
      }
      case Op::persistent: return push(storage(pop()));
      case Op::reduce: {
        const Place arguments = pop(), function = pop();
        return call(function, arguments);
      }
      case Op::build: {
        // The attributes of a dictionary, such as the versions of a state_dict's modules.
        const Place state = pop();
        expect<PickleValue::Dict>(state, "a dictionary of attributes");
        if (!as<PickleValue::Dict>(top()))
          fail("BUILD, which sets an object's state, is understood of dictionaries only");
        return;
      }
      default: {
        char code[8];
        std::snprintf(code, sizeof code, "0x%02x", op);
        fail(std::string("instruction ") + code +
             " is none that weights need; save a state_dict, numbers and texts, not objects");
      }
    }
  }

  void get(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("nothing has been kept as " + std::to_string(index));
    stack_.push_back(found->second);
    // As many as there are instructions, and that is bounded by the file.
  }

  std::int64_t long_integer() {
    const auto bytes = source_.little_endian<std::uint8_t>();
    if (bytes > 8) fail("an integer of " + std::to_string(bytes) + " bytes, more than int64 holds");
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i)
      value |= std::uint64_t{source_.little_endian<std::uint8_t>()} << (8 * i);
    if (bytes == 0) return 0;
    const unsigned unused = 64 - 8u * bytes;  // shifted back they repeat the sign
    return static_cast<std::int64_t>(value << unused) >> unused;
  }
  std::string text(std::uint64_t bytes) {
    if (bytes > source_.remaining())
      fail("a text of " + std::to_string(bytes) + " bytes, " + std::to_string(source_.remaining()) +
           " are left");
    std::string out(bytes, '\0');
    source_.read(out.data(), bytes);
    return out;
  }
  std::string line() {
    constexpr std::size_t longest = 1000;
    std::string out;
    for (;;) {
      const char c = source_.little_endian<char>();
      if (c == '\n') return out;
      if (out.size() == longest) fail("a name of more than " + std::to_string(longest) + " bytes");
      out += c;
    }
  }

  void add_to_list(const std::vector<Place>& items) {
    auto& list = expect<PickleValue::List>(top(), "a list");
    if (list.tuple) fail("a tuple instead of a list");
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  void add_to_dict(const std::vector<Place>& items) {
    auto& dict = expect<PickleValue::Dict>(top(), "a dictionary");
    if (items.size() % 2 != 0) fail("a key without a value");
    for (std::size_t i = 0; i < items.size(); i += 2)
      dict.items.emplace_back(items[i], items[i + 1]);
  }

  void push_global(const std::string& module, const std::string& name) {
    int index = 0;
    for (const KnownGlobal& known : globals) {
      if (module == known.module && name == known.name) return push(PickleValue::Global{index});
      ++index;
    }
    fail(io::quoted(module + "." + name) +
         " is not on the list of what may be in a file of weights, and is not run; save a "
         "state_dict, numbers and texts, not objects");
  }
  const KnownGlobal& expect_global(Place place, const char* what) {
    return globals[expect<PickleValue::Global>(place, what).index];
  }

  /// ("storage", type, key, place, number of elements)
  PickleValue::Storage storage(Place place) {
    const auto& id = expect_tuple(place, "the id of a storage");
    if (id.size() != 5 || expect<std::string>(id[0], "the word 'storage'") != "storage")
      fail("a persistent id that is not one of a storage");
    const KnownGlobal& type = expect_global(id[1], "the type of a storage");
    if (type.kind != KnownGlobal::storage) fail("another value instead of the type of a storage");
    const std::int64_t count = expect<std::int64_t>(id[4], "a storage's number of elements");
    if (count < 0 || !bytes_of({count}, type.type.bytes))
      fail("a storage of " + std::to_string(count) + " elements");
    const auto& key = expect<std::string>(id[2], "the key of a storage");
    will_copy(key.size());
    return {key, type.type, std::string_view(type.name) == "UntypedStorage", count};
  }

  void call(Place function, Place tuple) {
    const KnownGlobal& callee = expect_global(function, "a function");
    const std::vector<Place> arguments = expect_tuple(tuple, "a function's arguments");
    const auto count = [&](std::size_t least, std::size_t most) {
      if (arguments.size() < least || arguments.size() > most)
        fail(std::string(callee.name) + " of " + std::to_string(arguments.size()) + " arguments");
    };
    switch (callee.kind) {
      case KnownGlobal::ordered_dict: count(0, 0); return push(PickleValue::Dict{});
      case KnownGlobal::tensor_v2: count(6, 7); return push(tensor(arguments, nullptr));
      case KnownGlobal::tensor_v3: {
        count(7, 8);
        const KnownGlobal& dtype = expect_global(arguments[6], "a dtype");
        if (dtype.kind != KnownGlobal::dtype) fail("another value instead of a dtype");
        return push(tensor(arguments, &dtype.type));
      }
      case KnownGlobal::parameter:
        count(3, 3);
        check_no_hooks(arguments[2]);
        return push(expect<PickleValue::Tensor>(arguments[0], "a parameter's tensor"));
      case KnownGlobal::size: {
        count(1, 1);
        const auto& items = expect_tuple(arguments[0], "sizes");
        will_copy(items.size() * sizeof items[0]);
        return push(PickleValue::List{items, true});
      }
      case KnownGlobal::device: {
        count(1, 2);
        // A copy: what is pushed may move the texts.
        std::string name = expect<std::string>(arguments[0], "a device's name");
        will_copy(name.size());
        if (arguments.size() == 2)
          name += ":" + std::to_string(expect<std::int64_t>(arguments[1], "a device's number"));
        return push(std::move(name));
      }
      default: fail(std::string(callee.name) + " is not called in a file of weights");
    }
  }

  void check_no_hooks(Place place) {
    if (!expect<PickleValue::Dict>(place, "a dictionary of hooks").items.empty())
      fail("a tensor with hooks");
  }

  /// {"neg": true}, of the imaginary part of a conjugate: its elements have the other sign than the
  /// storage's, which others may share.
  void check_no_metadata(Place place) {
    if (as<PickleValue::None>(place)) return;
    for (const auto& [key, value] :
         expect<PickleValue::Dict>(place, "a dictionary of what else a tensor is").items) {
      const auto& name = expect<std::string>(key, "the name of what else a tensor is");
      if (const bool* const flag = as<bool>(value); !flag || *flag)
        fail("a tensor with the mark " + io::quoted(name) +
             ", whose elements are not its storage's; save x.resolve_neg() or x.clone()");
    }
  }

  Shape sizes(Place place, const char* what) {
    constexpr std::size_t max_axes = 64;
    const auto& items = expect_tuple(place, what);
    if (items.size() > max_axes) fail("more than " + std::to_string(max_axes) + " axes");
    std::vector<std::int64_t> out;
    for (const Place item : items) {
      out.push_back(expect<std::int64_t>(item, what));
      if (out.back() < 0) fail(std::string("a negative number in ") + what);
    }
    return Shape(out);
  }

  /// (storage, offset, sizes, strides, requires_grad, hooks, ...); `dtype` of an untyped storage.
  PickleValue::Tensor tensor(const std::vector<Place>& arguments, const ElementType* dtype) {
    const auto& storage = expect<PickleValue::Storage>(arguments[0], "a tensor's storage");
    if (storage.untyped != (dtype != nullptr)) fail("a tensor and a storage of different kinds");
    const ElementType type = dtype ? *dtype : storage.type;
    const std::int64_t offset = expect<std::int64_t>(arguments[1], "a tensor's offset");
    const Layout layout{sizes(arguments[2], "a tensor's sizes"),
                        sizes(arguments[3], "a tensor's strides"), offset};
    expect<bool>(arguments[4], "requires_grad");
    check_no_hooks(arguments[5]);
    if (arguments.size() > (dtype ? 7 : 6)) check_no_metadata(arguments.back());

    const std::int64_t count =
        storage.untyped ? storage.count / std::int64_t(type.bytes) : storage.count;
    const std::string where = "a tensor of shape " + layout.shape.str() + ", strides " +
                              layout.strides.str() + " and offset " + std::to_string(offset);
    if (layout.shape.rank() != layout.strides.rank()) fail(where + ", which are not as many");
    if (!bytes_of(layout.shape, type.bytes)) fail(where + " is too large to count");
    Checked last = offset;
    for (int i = 0; i < layout.shape.rank(); ++i)
      last += Checked(layout.shape[i] - 1) * layout.strides[i];
    const bool any = layout.shape.numel() > 0;
    if (offset < 0 || (any && (!last.fits() || last.value() >= count)))
      fail(where + " reaches beyond its storage of " + std::to_string(count) + " elements");
    return {arguments[0], type, layout};
  }

  Source& source_;
  std::uint64_t op_ = 0;
  std::size_t copied_ = 0;
  std::vector<PickleValue> values_;
  std::vector<Place> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, Place> memo_;
};

}  // namespace

Pickle read_pickle(Source& source) { return PickleReader(source).read(); }

std::string name_of_global(const PickleValue::Global& global) {
  const KnownGlobal& known = globals[global.index];
  return std::string(known.module) + "." + known.name;
}

}  // namespace cinta::io::detail
