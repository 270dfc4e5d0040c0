"""Read the public headers: which functions they declare, and under what comment.

This is no C parser. It relies on what our headers look like: clang-format's
layout, function names that begin with mp_, and macros only in lines that begin
with #.
"""

import re

FUNCTION = re.compile(r"\b(mp_[a-z0-9_]+)\s*\)?\s*\(")
CONDITIONAL = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif|endif)\b")


class Comment:
    def __init__(self, first, last, text):
        self.first, self.last, self.text = first, last, text


class Function:
    """A declaration; comment is the one it stands under, or None; inline says
    that the header holds the body."""

    def __init__(self, name, line, comment, inline):
        self.name, self.line, self.comment = name, line, comment
        self.inline = inline


def public_headers(root):
    include = root / "include"
    files = sorted(include.glob("*.h")) + sorted(include.glob("mproc/*.h"))
    return [f for f in files if f.is_file()]


def _blank(text):
    """The same number of lines with nothing on them."""
    return re.sub(r"[^\n]", " ", text)


def _take_comments(text):
    comments = []

    def take(match):
        first = text.count("\n", 0, match.start()) + 1
        last = text.count("\n", 0, match.end() - 1) + 1
        if match.group().startswith("/*"):
            comments.append(Comment(first, last, match.group()))
        return _blank(match.group())

    code = re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", take, text,
                  flags=re.S)
    return code, comments


def _statements(code):
    """Yield (first line, last line, text) of each statement at file level."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                  lambda m: _blank(m.group()), code, flags=re.M)
    # The braces of extern "C" open no body; the string itself is gone by now.
    code = re.sub(r"\bextern\s*\{", lambda m: _blank(m.group()), code)
    depth, start = 0, 0
    for i, char in enumerate(code):
        if char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth < 0:  # the end of extern "C"
                depth, start = 0, i + 1
                continue
        ends = char == ";" or (char == "}" and ")" in code[start:i].split("{")[0])
        if depth == 0 and ends:
            text = code[start:i + 1]
            first = code.count("\n", 0, start + len(text) - len(text.lstrip()))
            yield first + 1, code.count("\n", 0, i) + 1, text.strip()
            start = i + 1


def _declared_name(statement):
    head = statement.split("{")[0]
    if head.startswith("typedef") or not re.search(r"\w\s+\S*\(|\w\s*\*", head):
        return None
    match = FUNCTION.search(head)
    if match is None or match.group(1).startswith("mp__"):
        return None
    return match.group(1)


def _skip_conditionals(lines, number):
    """The first line at or after this one that is no #if, #else or #endif: they
    do not part a declaration from what stands above it."""
    while number <= len(lines) and CONDITIONAL.match(lines[number - 1]):
        number += 1
    return number


def functions(text):
    """The public functions of a header, in their order."""
    code, comments = _take_comments(text)
    lines = code.split("\n")
    comment_above = {_skip_conditionals(lines, comment.last + 1): comment
                     for comment in comments}
    found, run_end, run_comment = [], 0, None
    for first, last, statement in _statements(code):
        name = _declared_name(statement)
        if name is None:
            run_end = 0
            continue
        comment = comment_above.get(first)
        if comment is None and _skip_conditionals(lines, run_end + 1) == first:
            comment = run_comment  # one comment serves a run of neighbours
        run_end, run_comment = last, comment
        found.append(Function(name, first, comment, "{" in statement))
    return found


def identifiers(text):
    """Every mp_ word of a header outside comments: functions, types, macros."""
    code, _ = _take_comments(text)
    return sorted(set(re.findall(r"\bmp_[a-z0-9_]+\b", code)))
