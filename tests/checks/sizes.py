"""Nothing grows past what can be read at once: functions 60 lines, .c files
500, headers 300. Prints the sizes that are usual, to see where they drift."""

import statistics

import checklib

MAX_FUNCTION, MAX_SOURCE, MAX_HEADER = 60, 500, 300
FOLDERS = ["include", "src", "tests", "examples"]


def files(root):
    for folder in FOLDERS:
        yield from sorted((root / folder).rglob("*.[ch]"))


def function_sizes(lines):
    """Yield (line, length) of each function: clang-format puts the braces of a
    function, and of no other thing, alone at the start of their lines."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start + 1
            start = None


def check(root):
    for file in files(root):
        name = file.relative_to(root).as_posix()
        lines = file.read_text(encoding="utf-8").splitlines()
        limit = MAX_HEADER if file.suffix == ".h" else MAX_SOURCE
        if len(lines) > limit:
            yield f"{name}: {len(lines)} lines, at most {limit}"
        for line, size in function_sizes(lines):
            if size > MAX_FUNCTION:
                yield (f"{name}:{line}: function of {size} lines, at most "
                       f"{MAX_FUNCTION}")


def print_usual(root):
    sources = [f for f in files(root) if f.is_relative_to(root / "src")]
    texts = [f.read_text(encoding="utf-8").splitlines() for f in sources]
    functions = sorted(n for t in texts for _, n in function_sizes(t))
    if functions:
        print(f"src: {len(functions)} functions, median "
              f"{statistics.median(functions):g}, 90 % within "
              f"{functions[len(functions) * 9 // 10]}, longest "
              f"{functions[-1]}; {len(texts)} files, median "
              f"{statistics.median(map(len, texts)):g} lines")


def _function(lines):
    return "int f(void)\n{\n" + "    g();\n" * (lines - 2) + "}\n"


SAMPLES = [
    ("as long as allowed", {"src/a/a.c": _function(60),
                            "include/a.h": "\n" * 300,
                            "tests/a/b.c": "\n" * 500}, None),
    ("long function", {"src/a/a.c": _function(61)}, "a.c:2: function of 61"),
    ("long function of a test", {"tests/a/a.c": _function(61)}, "61 lines"),
    ("long source", {"src/a/a.c": "\n" * 501}, "501 lines, at most 500"),
    ("long header", {"include/mproc/a.h": "\n" * 301}, "301 lines"),
]

if __name__ == "__main__":
    print_usual(checklib.ROOT)
    checklib.main(check, SAMPLES)
