"""Every public function stands under a comment with the five fields Python,
Blocks, Returns, Owns, Safe, each at the start of a line, in that order."""

import re

import checklib
import headers

FIELDS = ["Python", "Blocks", "Returns", "Owns", "Safe"]
FIELD_LINE = re.compile(r"^ \* (%s)\b" % "|".join(FIELDS), re.M)


def _fault(function):
    if function.comment is None:
        return "has no comment directly above"
    found = FIELD_LINE.findall(function.comment.text)
    missing = [field for field in FIELDS if field not in found]
    if missing:
        return "its comment lacks " + ", ".join(missing)
    if found != FIELDS:
        return "its fields are out of order: " + ", ".join(found)
    return None


def check(root):
    for file in headers.public_headers(root):
        for function in headers.functions(file.read_text(encoding="utf-8")):
            fault = _fault(function)
            if fault is not None:
                name = file.relative_to(root)
                yield f"{name}:{function.line}: {function.name}: {fault}"


def _header(*lines):
    return {"include/mproc/x.h": "\n".join(lines) + "\n"}


GOOD = ["/*", " * Do it.", " *", " * Python   q.do()", " * Blocks   never",
        " * Returns  0", " * Owns     nothing", " * Safe     everywhere", " */"]
SWAPPED = GOOD[:4] + [GOOD[5], GOOD[4]] + GOOD[6:]

SAMPLES = [
    ("whole comment", _header(*GOOD, "MP_API int mp_x_do(mp_x *x);"), None),
    ("run of neighbours",
     _header('extern "C" {', *GOOD, "MP_API int mp_x_do(mp_x *x);",
             "MP_API MP__MUST_USE int mp_x_redo(mp_x *x,",
             "                                  double timeout);", "}"), None),
    ("run across conditionals",
     _header(*GOOD, "#if X", "int mp_x_do(void);", "#else",
             "int mp_x_redo(void);", "#endif", "int mp_x_undo(void);"), None),
    ("run broken by a macro",
     _header(*GOOD, "int mp_x_do(void);", "#define X 1",
             "int mp_x_redo(void);"), "mp_x_redo"),
    ("no function", _header("typedef int (*mp_fn)(mp_call *c);",
                            "struct mp_s { int (*mp_f)(int); };",
                            "#define mp_x_do(x_) mp_x_do((x_), 1)",
                            "MP_API int mp__hidden(void);"), None),
    ("no comment", _header("MP_API int mp_x_do(mp_x *x);"), "no comment"),
    ("pointer result", _header("mp_x *mp_x_new(void);"), "mp_x_new"),
    ("name in parentheses", _header("int (mp_x_do)(void);"), "mp_x_do"),
    ("inline function", _header("static inline int mp_x_do(void)", "{",
                                "    return 1;", "}"), "mp_x_do"),
    ("blank line between", _header(*GOOD, "", "int mp_x_do(mp_x *x);"),
     "no comment"),
    ("second after a blank line",
     _header(*GOOD, "int mp_x_do(mp_x *x);", "", "int mp_x_redo(mp_x *x);"),
     "mp_x_redo"),
    ("field missing", _header(*GOOD[:6], *GOOD[7:], "int mp_x_do(mp_x *x);"),
     "lacks Owns"),
    ("wrong order", _header(*SWAPPED, "int mp_x_do(mp_x *x);"), "order"),
    ("function after extern C", _header("#ifdef __cplusplus", 'extern "C" {',
                                        "#endif", "int mp_x_do(mp_x *x);"),
     "mp_x_do"),
]

if __name__ == "__main__":
    checklib.main(check, SAMPLES)
