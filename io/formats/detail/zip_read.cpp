#include <zip.h>

#include <cinta/io/formats/detail/zip.hpp>
#include <unordered_set>

namespace cinta::io::detail {

void CloseZip::operator()(zip* archive) const { zip_discard(archive); }
void CloseZip::operator()(zip_file* entry) const { zip_fclose(entry); }

namespace {

std::string text_of(zip_error_t* error) { return zip_error_strerror(error); }

class EntrySource : public Source {
 public:
  EntrySource(const ZipReader& archive, const ZipReader::Entry& entry, zip_file* file)
      : Source(archive.path(), archive.format() + (": " + io::quoted(entry.name)), entry.size),
        file_(file) {}

 private:
  void get(void* data, std::size_t bytes) override {
    const bool last = bytes == remaining();
    for (auto* to = static_cast<char*>(data); bytes > 0;) {
      const zip_int64_t n = zip_fread(file_.get(), to, bytes);
      if (n < 0) fail("damaged: " + text_of(zip_file_get_error(file_.get())));
      if (n == 0) fail("damaged: shorter than its size says");
      to += n;
      bytes -= static_cast<std::size_t>(n);
    }
    // Only where it ends does libzip look at the checksum.
    char more;
    if (!last) return;
    if (const zip_int64_t n = zip_fread(file_.get(), &more, 1); n < 0)
      fail("damaged: " + text_of(zip_file_get_error(file_.get())));
    else if (n > 0)
      fail("damaged: longer than its size says");
  }

  std::unique_ptr<zip_file, CloseZip> file_;
};

}  // namespace

const char* fault_of_name(const std::string& name) {
  if (name.empty()) return "an empty name";
  if (name.find('\0') != name.npos) return "a NUL byte in a name";
  if (name[0] == '/' || name[0] == '\\' || (name.size() > 1 && name[1] == ':'))
    return "an absolute path";
  if (name.find('\\') != name.npos) return "a backslash in a name";
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.compare(begin, end - begin, "..") == 0) return "a path that leads out of the archive";
    begin = end + 1;
  }
  return nullptr;
}

ZipReader::ZipReader(const std::string& path, const char* format, const UnpackLimits& limits)
    : path_(path), format_(format) {
  const std::uint64_t bytes = InputFile(path).size();
  int code = 0;
  archive_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive_) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = text_of(&error);
    zip_error_fini(&error);
    refuse(path, format, "not a zip archive, or a damaged one: " + text);
  }
  check(limits, bytes);
}

void ZipReader::check(const UnpackLimits& limits, std::uint64_t file_bytes) {
  constexpr std::uint64_t free_bytes = std::uint64_t{64} << 20;
  std::unordered_set<std::string> names;
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  double total = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t status;
    if (zip_stat_index(archive_.get(), static_cast<zip_uint64_t>(i), 0, &status) != 0)
      refuse(path_, format_, "entry " + std::to_string(i) + ": " + zip_strerror(archive_.get()));
    constexpr zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((status.valid & needed) != needed)
      refuse(path_, format_, "entry " + std::to_string(i) + ": without name, size or method");
    const std::string name = status.name;
    if (const char* const fault = fault_of_name(name)) fail(name, fault);
    if (!names.insert(name).second) fail(name, "the name stands there twice");
    if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) && status.encryption_method != ZIP_EM_NONE)
      fail(name, "encrypted; unpack and pack it again without a password");
    if (status.comp_method != ZIP_CM_STORE && status.comp_method != ZIP_CM_DEFLATE)
      fail(name, "compressed by method " + std::to_string(status.comp_method) +
                     "; store (0) and deflate (8) are read");
    const bool stored = status.comp_method == ZIP_CM_STORE;
    if (stored && status.size != status.comp_size)
      fail(name, "stored, but of two sizes: " + std::to_string(status.size) + " and " +
                     std::to_string(status.comp_size) + " bytes");
    if (status.comp_size > file_bytes)
      fail(name, "larger than the file: " + std::to_string(status.comp_size) + " bytes");
    if (!stored && status.size > limits.entry_bytes)
      fail(name, "unpacks to " + std::to_string(status.size) + " bytes; the limit is " +
                     std::to_string(limits.entry_bytes));
    total += static_cast<double>(status.size);
    if (total > double(free_bytes) && total > limits.ratio * static_cast<double>(file_bytes))
      fail(name, "with it the file of " + std::to_string(file_bytes) + " bytes unpacks to " +
                     std::to_string(static_cast<std::uint64_t>(total)) + ", more than " +
                     std::to_string(static_cast<std::uint64_t>(limits.ratio)) +
                     " times as much; raise the limit if you trust it");
    if (name.ends_with('/')) continue;
    places_.emplace(name, entries_.size());
    entries_.push_back({name, status.size, static_cast<std::uint64_t>(i)});
  }
}

const ZipReader::Entry* ZipReader::find(const std::string& name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

std::unique_ptr<Source> ZipReader::open(const Entry& entry) const {
  zip_file* const file = zip_fopen_index(archive_.get(), entry.index, 0);
  if (!file) fail(entry.name, std::string("damaged: ") + zip_strerror(archive_.get()));
  return std::make_unique<EntrySource>(*this, entry, file);
}

std::string ZipReader::read(const Entry& entry) const {
  const std::unique_ptr<Source> source = open(entry);
  // As much at a time as has come, for a size may be a lie.
  constexpr std::uint64_t at_a_time = 1 << 20;
  std::string bytes;
  while (source->remaining() > 0) {
    const std::size_t before = bytes.size();
    bytes.resize(before + std::min(source->remaining(), at_a_time));
    source->read(bytes.data() + before, bytes.size() - before);
  }
  return bytes;
}

void ZipReader::fail(const std::string& entry, const std::string& what) const {
  refuse(path_, format_, io::quoted(entry) + ": " + what);
}

}  // namespace cinta::io::detail
