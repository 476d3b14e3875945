#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cinta/io/detail/npy_format.hpp>
#include <cinta/io/formats/detail/zip.hpp>
#include <cstring>
#include <exception>

namespace cinta::io::detail {
namespace {

/// The error that libzip is told of; ours waits beside it.
zip_int64_t tell(zip_error_t& error, void* data, zip_uint64_t bytes) {
  return zip_error_to_data(&error, data, bytes);
}

/// What libzip reads when it writes an entry.
struct EntryData {
  std::string head;
  Tensor tensor, dense;  // the second while it is being read
  std::uint64_t position = 0;

  std::uint64_t tensor_bytes() const {
    return tensor.defined() ? static_cast<std::uint64_t>(tensor.numel()) * size_of(tensor.dtype())
                            : 0;
  }

  std::uint64_t read(char* to, std::uint64_t bytes) {
    std::uint64_t done = 0;
    const auto copy_from = [&](const char* from, std::uint64_t begin, std::uint64_t size) {
      if (position < begin || position >= begin + size || done == bytes) return;
      const std::uint64_t n = std::min(bytes - done, begin + size - position);
      std::memcpy(to + done, from + (position - begin), n);
      done += n;
      position += n;
    };
    copy_from(head.data(), 0, head.size());
    if (dense.defined())
      copy_from(static_cast<const char*>(Array(dense).memory), head.size(), tensor_bytes());
    return done;
  }

  static zip_int64_t call(void* self, void* data, zip_uint64_t bytes, zip_source_cmd_t command) {
    auto& entry = *static_cast<EntryData*>(self);
    switch (command) {
      case ZIP_SOURCE_OPEN:
        entry.position = 0;
        try {
          if (entry.tensor.defined()) entry.dense = in_order(entry.tensor);
        } catch (const std::exception&) {  // out of memory
          return -1;
        }
        return 0;
      case ZIP_SOURCE_READ:
        return static_cast<zip_int64_t>(entry.read(static_cast<char*>(data), bytes));
      case ZIP_SOURCE_CLOSE: entry.dense = Tensor(); return 0;
      case ZIP_SOURCE_STAT: {
        auto& status = *static_cast<zip_stat_t*>(data);
        zip_stat_init(&status);
        status.size = entry.head.size() + entry.tensor_bytes();
        status.valid = ZIP_STAT_SIZE;
        return sizeof status;
      }
      case ZIP_SOURCE_ERROR: {
        zip_error_t error;
        zip_error_init_with_code(&error, ZIP_ER_MEMORY);
        return tell(error, data, bytes);
      }
      case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                              ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              ZIP_SOURCE_SUPPORTS, -1);
      case ZIP_SOURCE_FREE: delete &entry; return 0;
      default: return -1;
    }
  }
};

}  // namespace

/// An OutputFile as libzip writes archives: it goes back to the head of each entry.
struct ZipWriter::Output {
  explicit Output(const std::string& path) : file(path) {}

  OutputFile file;
  std::uint64_t position = 0;
  zip_error_t error = {};
  std::exception_ptr thrown;

  zip_int64_t fail(int code, int system_code) {
    zip_error_set(&error, code, system_code);
    return -1;
  }

  static zip_int64_t call(void* self, void* data, zip_uint64_t bytes, zip_source_cmd_t command) {
    auto& out = *static_cast<Output*>(self);
    try {
      switch (command) {
        case ZIP_SOURCE_STAT: return out.fail(ZIP_ER_READ, ENOENT);  // nothing there yet
        case ZIP_SOURCE_WRITE:
          out.file.write(data, bytes);
          out.position += bytes;
          return static_cast<zip_int64_t>(bytes);
        case ZIP_SOURCE_TELL_WRITE: return static_cast<zip_int64_t>(out.position);
        case ZIP_SOURCE_SEEK_WRITE: {
          const auto* const to =
              ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, bytes, &out.error);
          // Where it ends only libzip's own reading asks.
          if (!to || to->whence == SEEK_END) return out.fail(ZIP_ER_INVAL, 0);
          out.position = static_cast<std::uint64_t>(
              to->offset + (to->whence == SEEK_CUR ? static_cast<zip_int64_t>(out.position) : 0));
          out.file.seek(out.position);
          return 0;
        }
        case ZIP_SOURCE_BEGIN_WRITE:
        case ZIP_SOURCE_COMMIT_WRITE:
        case ZIP_SOURCE_ROLLBACK_WRITE:
        case ZIP_SOURCE_FREE: return 0;
        case ZIP_SOURCE_ERROR: return tell(out.error, data, bytes);
        case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_WRITABLE;
        default: return out.fail(ZIP_ER_OPNOTSUPP, 0);
      }
    } catch (...) {
      out.thrown = std::current_exception();
      return out.fail(ZIP_ER_WRITE, EIO);
    }
  }
};

ZipWriter::ZipWriter(const std::string& path, const char* format, bool compress)
    : path_(path), format_(format), compress_(compress), output_(new Output(path)) {
  zip_source_t* const source = zip_source_function_create(Output::call, output_.get(), nullptr);
  if (source) archive_.reset(zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, nullptr));
  if (archive_) return;
  if (source) zip_source_free(source);
  fail("libzip cannot begin");
}

ZipWriter::~ZipWriter() = default;

void ZipWriter::add(const std::string& name, std::string head, const Tensor& tensor) {
  auto* const data = new EntryData{std::move(head), tensor, {}, 0};
  zip_source_t* const source = zip_source_function(archive_.get(), EntryData::call, data);
  if (!source) delete data;
  const zip_int64_t index =
      source ? zip_file_add(archive_.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) {
    if (source) zip_source_free(source);
    fail(io::quoted(name) + ": " + zip_strerror(archive_.get()));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t first_of_january_1980 = 0x21;
  if (zip_set_file_compression(archive_.get(), at, compress_ ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) ||
      zip_file_set_dostime(archive_.get(), at, 0, first_of_january_1980, 0))
    fail(io::quoted(name) + ": " + zip_strerror(archive_.get()));
  ++count_;
}

void ZipWriter::commit() {
  if (count_ == 0) {  // libzip would leave nothing; this is how such an archive looks
    output_->file.write(std::string("PK\5\6") + std::string(18, '\0'));
  } else if (zip_close(archive_.get()) != 0) {
    if (output_->thrown) std::rethrow_exception(output_->thrown);
    fail(zip_strerror(archive_.get()));
  } else {
    static_cast<void>(archive_.release());  // zip_close has freed it
  }
  output_->file.commit();
}

void ZipWriter::fail(const std::string& what) const { refuse(path_, format_, what); }

}  // namespace cinta::io::detail
