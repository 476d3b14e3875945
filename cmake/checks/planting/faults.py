"""What could be planted in a text, and how a fault is written so that it can be switched on and off."""

import re
from typing import NamedTuple


class Fault(NamedTuple):
    path: str
    line: int
    offset: int
    old: str
    new: str
    switch: str  # what stands in the place of `old` where both are compiled; @ is its number

    def span(self):
        return range(self.offset, self.offset + len(self.old))

    def shown(self, text):
        """In the words of a report; `text` is its file's."""
        old, new = (" ".join(part.split()) for part in (self.old, self.new))
        place = f"{self.path}:{self.line}"
        if self.new == ";":
            return f"{place}  left out: {old}"
        return f"{place}  {old} -> {new or 'nothing'}  in: {text.split(chr(10))[self.line - 1].strip()}"


def masked(text):
    """The text with comments as spaces and strings as quotes, in the same places."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL,
    )

    def blank(match):
        with_ = " " if match[0][0] == "/" else '"'
        return re.sub(r"[^\n]", with_, match[0])

    return pattern.sub(blank, text)


# What this machine's build does not compile, or tests cannot see.
ELSEWHERE = re.compile(r"#\s*(?:if|elif|ifdef)\s+(?:defined\()?(?:__AVX512F__|CINTA_SIMD_AVX512|__aarch64__|CINTA_SANITIZED)|#\s*ifndef\s+_OPENMP")


def without_preprocessor(text):
    lines, branches, continued = text.split("\n"), [], False
    for i, line in enumerate(lines):
        directive = line.lstrip().startswith("#")
        if directive:
            word = re.match(r"\s*#\s*(\w+)", line)
            word = word[1] if word else ""
            if word in ("if", "ifdef", "ifndef"):
                branches.append(line.lstrip())
            elif word in ("elif", "else") and branches:
                branches[-1] = line.lstrip()
            elif word == "endif" and branches:
                branches.pop()
        if directive or continued or any(ELSEWHERE.match(branch) for branch in branches):
            lines[i] = " " * len(line)
        continued = (directive or continued) and line.endswith("\\")
    return "\n".join(lines)


def closing(text, at):
    """Where the parenthesis that opens at `at` closes."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def without_throws(text):
    return re.sub(r"\bthrow\b[^;]*;", lambda match: re.sub(r"[^\n]", " ", match[0]), text)


BINARY = {
    "+": ["-"], "-": ["+"], "*": ["/", "+"], "/": ["*"], "%": ["/"], "<<": [">>"], ">>": ["<<"],
    "&": ["|"], "|": ["&"], "^": ["&"], "+=": ["-="], "-=": ["+="], "*=": ["+="], "/=": ["*="],
    "|=": ["&="], "&=": ["|="], "<<=": [">>="], ">>=": ["<<="],
}  # fmt: skip
COMPARISON = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="],
    "&&": ["||"], "||": ["&&"],
}  # fmt: skip
NAMES = {
    "+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide", "%": "Modulo", "<<": "ShiftLeft",
    ">>": "ShiftRight", "&": "BitAnd", "|": "BitOr", "^": "BitXor", "<": "Less", "<=": "LessEqual",
    ">": "Greater", ">=": "GreaterEqual", "==": "Equal", "!=": "NotEqual", "+=": "AddTo",
    "-=": "SubtractFrom", "*=": "MultiplyBy", "/=": "DivideBy", "&=": "AndWith", "|=": "OrWith",
    "<<=": "ShiftLeftBy", ">>=": "ShiftRightBy",
}  # fmt: skip
ON = "::cinta_mutant::on(@)"
WORDS = {
    "true": "false", "false": "true", "std::min": "std::max", "std::max": "std::min",
    "std::any_of": "std::all_of", "std::all_of": "std::any_of", "break": "continue", "continue": "break",
}  # fmt: skip
DECLARES = re.compile(
    r"\s*(?:static_assert|template|using|typedef|friend|requires|struct|class|enum|namespace|case|default)\b"
)
STATEMENT = re.compile(
    r"\s*(?!(?:return|throw|using|delete|else|if|for|while|switch|do|assert|new|co_\w+|static_assert|operator)\b)"
    r"(?:[^\s=(]+\(.*\)|[^\s=]+ (?:[-+*/%&|^]|<<|>>)?= .*|(?:\+\+|--)[^\s]+|break|continue);\s*"
)


def other_number(text):
    """Texts of other numbers than this one."""
    body = re.match(r"0[xX][0-9a-fA-F]+$|0[xX][0-9a-fA-F.]+(?:[pP][-+]?\d+)?|[^fFuUlL]+", text)[0]
    suffix = text[len(body):]
    if re.fullmatch(r"\d+", body):
        value = int(body)
        return [str(value + 1) + suffix] + ([str(value - 1) + suffix] if value > 0 else [])
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", body):
        return [hex(int(body, 16) ^ 1) + suffix]
    value = float(body) if not body.lower().startswith("0x") else float.fromhex(body)
    return ["1.0" + suffix] if value == 0 else [repr(value * 2) + suffix]


def switched_operator(old, new):
    if old in ("&&", "||"):
        is_and = "true" if old == "&&" else "false"
        return f"&& ::cinta_mutant::before<@>({is_and}) || ::cinta_mutant::after<@>({is_and}) &&"
    return f"{old} ::cinta_mutant::{NAMES[old]}_{NAMES[new]}<@>{{}} {old}"


def switched_word(old, new):
    if old in ("true", "false"):
        return f"({ON} != {old})"
    if old in ("break", "continue"):
        return f"if ({ON}) {new}; else {old}"
    return old.replace("std::", "::cinta_mutant::") + "<@>"


def faults_of(path, text):
    """Every fault that fits into a text."""
    plain = without_throws(without_preprocessor(masked(text)))
    faults = []
    starts = [0] + [match.end() for match in re.finditer("\n", plain)]
    lines = plain.split("\n")
    originals = text.split("\n")

    def add(line, offset, old, new, switch):
        assert text[offset : offset + len(old)] == old, (path, line, old)
        faults.append(Fault(path, line + 1, offset, old, new, switch))

    before = ""
    for number, line in enumerate(lines):
        start = starts[number]
        if not line.strip() or DECLARES.match(line):
            before = line if line.strip() else before
            continue
        words = '"' in line  # it may be part of a message: its values do not count
        for match in re.finditer(r"(?<=[\w)\]}\" ]) ([-+*/%&|^<>=!]{1,3})(?= |$)", line):
            operator = match[1]
            at = start + match.start(1)
            if line[: match.start(1)].strip() == "":  # operators stand at the ends of lines
                continue
            for new in COMPARISON.get(operator, []) + ([] if words else BINARY.get(operator, [])):
                add(number, at, operator, new, switched_operator(operator, new))
        for match in re.finditer(r"!(?=[\w(])", line):
            add(number, start + match.start(), "!", "", "::cinta_mutant::Not<@>{}->*")
        for match in re.finditer(r"(?:^|[^\w:])((?:std::)?\w+)(?=\W)", line):
            if match[1] in WORDS:
                old, new, at = match[1], WORDS[match[1]], start + match.start(1)
                if text[at + len(old)] == "<":  # std::min<T>(a, b)
                    add(number, at, old + "<", new + "<", switched_word(old, new)[:-1] + ", ")
                else:
                    add(number, at, old, new, switched_word(old, new))
        if not words:
            for match in re.finditer(r"(?<=[(,=?:&|<>{] )-(?=[\w(])|(?<=[(\[{])-(?=[\w(])|(?<=return )-(?=[\w(])", line):
                add(number, start + match.start(), "-", "", "::cinta_mutant::Negate<@>{}->*")
            for match in re.finditer(r"(?<![\w.])(0[xX][0-9a-fA-F.]+(?:[pP][-+]?\d+)?|\d+\.?\d*(?:[eE][-+]?\d+)?)[fFuUlL]*(?![\w.'])", line):
                if re.search(r"\bline\b", line):
                    continue
                for new in other_number(match[0]):
                    add(number, start + match.start(), match[0], new, f"({ON} ? {new} : {match[0]})")
            if not re.match(r"\s*for\b", line):
                for old, new, name in (("++", "--", "increment"), ("--", "++", "decrement")):
                    # Not of what is dereferenced: *p++ moves p.
                    for match in re.finditer(r"(?<![\w.*&>])([A-Za-z_][\w.]*)" + re.escape(old), line):
                        operand = match[1]
                        switch = f"::cinta_mutant::{name}_after<@>({operand})"
                        add(number, start + match.start(1), operand + old, operand + new, switch)
                    for match in re.finditer(re.escape(old) + r"(?=[\w*(])", line):
                        add(number, start + match.start(), old, new, f"::cinta_mutant::{name.title()}<@>{{}}->*")
        for match in re.finditer(r"\b(if|while) \(", line):
            open_ = start + match.end() - 1
            close = closing(plain, open_)
            condition = plain[open_ + 1 : close]
            if close < 0 or ";" in condition or re.search(r"[^=!<>]=[^=]", condition):
                continue
            old = text[open_ : close + 1]
            add(number, open_, old, f"(false && {old})", f"(!{ON} && {old})")
            if match[1] == "if":
                add(number, open_, old, f"(!{old})", f"({ON} != bool{old})")
                add(number, open_, old, f"(true || {old})", f"({ON} || {old})")
        if STATEMENT.fullmatch(line) and (not before.strip() or before.rstrip()[-1] in ";{}:)"):
            if line.count("(") == line.count(")"):
                content = originals[number].rstrip()
                indent = len(content) - len(content.lstrip())
                end = len(line.rstrip())
                old = originals[number][indent:end]
                add(number, start + indent, old, ";", f"if ({ON}) ; else {old}")
        before = line
    return faults


def planted(text, fault):
    """The text with this fault alone."""
    return text[: fault.offset] + fault.new + text[fault.offset + len(fault.old) :]


def switchable(text, numbered, header):
    """The text with all of these faults, (number, fault), each behind its switch."""
    for number, fault in sorted(numbered, key=lambda pair: -pair[1].offset):
        switch = fault.switch.replace("@", str(number))
        text = text[: fault.offset] + switch + text[fault.offset + len(fault.old) :]
    # Not by an option of the compiler: one that comes before a precompiled header makes it useless.
    return f'#include "{header}"\n#line 1\n{text}'


def self_test():
    text = """#include <a + b>
#if defined(__AVX512F__)
int other = 1 + 1;
#endif
// a + b
int f(int a, const char* s) {
  if (a < 3 && !g(s)) throw ValueError("f: a + b " + to_string(a + 1), site);
  const std::string t = "a - b" + to_string(a);
  x[a] = 0x10U;
  h(a);
  for (int i = 0; i < a; ++i) y += a * 2.5F;
  p[n++] = std::min<T>(u, v);
  ++n;
  break;
  return -a;
}
"""
    m = "::cinta_mutant::"
    condition = "(a < 3 && !g(s))"
    wanted = {
        (7, "<", "<=", f"< {m}Less_LessEqual<@>{{}} <"),
        (7, "<", ">=", f"< {m}Less_GreaterEqual<@>{{}} <"),
        (7, "&&", "||", f"&& {m}before<@>(true) || {m}after<@>(true) &&"),
        (7, "!", "", f"{m}Not<@>{{}}->*"),
        (7, condition, f"(!{condition})", f"({m}on(@) != bool{condition})"),
        (7, condition, f"(true || {condition})", f"({m}on(@) || {condition})"),
        (7, condition, f"(false && {condition})", f"(!{m}on(@) && {condition})"),
        (7, "3", "4", f"({m}on(@) ? 4 : 3)"),
        (7, "3", "2", f"({m}on(@) ? 2 : 3)"),
        (9, "0x10U", "0x11U", f"({m}on(@) ? 0x11U : 0x10U)"),
        (9, "x[a] = 0x10U;", ";", f"if ({m}on(@)) ; else x[a] = 0x10U;"),
        (10, "h(a);", ";", f"if ({m}on(@)) ; else h(a);"),
        (11, "0", "1", f"({m}on(@) ? 1 : 0)"),
        (11, "<", "<=", f"< {m}Less_LessEqual<@>{{}} <"),
        (11, "<", ">=", f"< {m}Less_GreaterEqual<@>{{}} <"),
        (11, "+=", "-=", f"+= {m}AddTo_SubtractFrom<@>{{}} +="),
        (11, "*", "/", f"* {m}Multiply_Divide<@>{{}} *"),
        (11, "*", "+", f"* {m}Multiply_Add<@>{{}} *"),
        (11, "2.5F", "5.0F", f"({m}on(@) ? 5.0F : 2.5F)"),
        (12, "n++", "n--", f"{m}increment_after<@>(n)"),
        (12, "std::min<", "std::max<", f"{m}min<@, "),
        (12, "p[n++] = std::min<T>(u, v);", ";", f"if ({m}on(@)) ; else p[n++] = std::min<T>(u, v);"),
        (13, "++", "--", f"{m}Increment<@>{{}}->*"),
        (13, "++n;", ";", f"if ({m}on(@)) ; else ++n;"),
        (14, "break", "continue", f"if ({m}on(@)) continue; else break"),
        (14, "break;", ";", f"if ({m}on(@)) ; else break;"),
        (15, "-", "", f"{m}Negate<@>{{}}->*"),
    }
    faults = faults_of("f", text)
    got = {(fault.line, *fault[3:]) for fault in faults}
    for fault in sorted(wanted - got):
        print("not offered:", *fault)
    for fault in sorted(got - wanted):
        print("should not be offered:", *fault)

    # Two of a line, from behind, and the number of lines as it was.
    both = [(5, next(f for f in faults if f.old == "3")), (6, next(f for f in faults if f.old == "&&"))]
    line = switchable(text, both, "/s.hpp").split("\n")[8]
    right = f"  if (a < ({m}on(5) ? 4 : 3) && {m}before<6>(true) || {m}after<6>(true) && !g(s)) throw"
    if not line.startswith(right):
        print("switched on and off:", line)
        return False
    return got == wanted
