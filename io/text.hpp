#pragma once
// Text of files in messages: nothing that a file holds may steer a terminal.

#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta::io {

/// The text with control characters as "\n", "\t" or "\x1b"; those of C1 (U+0080 to U+009F in
/// UTF-8) are escaped as well.
std::string escaped(std::string_view text);

/// Whether the bytes are UTF-8, as others want names in their files.
bool is_utf8(std::string_view text);

/// The text with bytes that are not UTF-8 as "\xe9".
std::string to_utf8(std::string_view text);

/// What may stand before a text in UTF-8 and is none of it.
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// The beginning of a text, of at most so many bytes: no character of UTF-8 is cut in two.
std::string_view beginning(std::string_view text, std::size_t bytes);

/// Text in single quotes for a one-line message: control characters escaped, cut at 40 bytes. Call
/// it io::quoted: of a std::string the name alone may be that of the standard library.
std::string quoted(std::string_view text);

}  // namespace cinta::io
#pragma GCC visibility pop
