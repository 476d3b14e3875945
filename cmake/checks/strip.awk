# Removes the comments of C++ sources, line by line, and the contents of string literals too unless
# keep_strings is set. #include lines stay whole. Prints "file:line:text" for lines that are left.
# Raw strings of one line and those spanning lines are both understood.

FNR == 1 { state = "" }

{
  line = $0
  if (state == "" && line ~ /^[ \t]*#[ \t]*include/) {
    sub(/\/\/.*/, "", line)
    emit(line)
    next
  }
  if (state == "" && line !~ /["'\/]/) {
    emit(line)
    next
  }
  out = ""
  while (line != "") {
    if (state == "comment") {
      at = index(line, "*/")
      if (!at) break
      line = substr(line, at + 2)
      state = ""
      continue
    }
    if (state == "raw") {
      at = index(line, raw_end)
      if (!at) {
        if (keep_strings) out = out line
        break
      }
      if (keep_strings) out = out substr(line, 1, at - 1)
      out = out "\""
      line = substr(line, at + length(raw_end))
      state = ""
      continue
    }
    if (!match(line, /["'\/]/)) {
      out = out line
      break
    }
    before = substr(line, 1, RSTART - 1)
    mark = substr(line, RSTART, 1)
    rest = substr(line, RSTART + 1)
    out = out before
    if (mark == "/") {
      if (substr(rest, 1, 1) == "/") break
      if (substr(rest, 1, 1) == "*") {
        state = "comment"
        line = substr(rest, 2)
      } else {
        out = out "/"
        line = rest
      }
    } else if (mark == "\"" && before ~ /R$/) {
      at = index(rest, "(")
      raw_end = ")" substr(rest, 1, at - 1) "\""
      out = out "\""
      line = substr(rest, at + 1)
      state = "raw"
    } else if (mark == "'" && before ~ /[0-9A-Fa-f]$/ && rest ~ /^[0-9A-Fa-f]/ && before !~ /(^|[^A-Za-z0-9_])u8$/) {
      out = out "'"  # a digit separator
      line = rest
    } else {
      out = out mark
      line = rest
      while (line != "") {
        c = substr(line, 1, 1)
        if (c == "\\") {
          if (keep_strings) out = out substr(line, 1, 2)
          line = substr(line, 3)
          continue
        }
        line = substr(line, 2)
        if (c == mark) break
        if (keep_strings) out = out c
      }
      out = out mark
    }
  }
  emit(out)
}

function emit(text) {
  if (text ~ /[^ \t]/) print FILENAME ":" FNR ":" text
}
