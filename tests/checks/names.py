"""Every public function is named mp_<class>_<method>, but for a short list of
one-word names; and no mp_ word of our headers is one of libtommath's."""

import pathlib

import checklib
import headers

# The seven of error and value handling, and Python's own module functions and
# classes that are called by their name alone.
ONE_WORD = {"mp_raise", "mp_return", "mp_repr", "mp_print", "mp_main",
            "mp_perror", "mp_strerror"}
PYTHONS_OWN = {"mp_pipe", "mp_client", "mp_atexit", "mp_version",
               "mp_wait"}

TAKEN_LIST = pathlib.Path(__file__).with_name("libtommath.txt")
TAKEN = {line for line in TAKEN_LIST.read_text(encoding="utf-8").split("\n")
         if line.startswith("mp_")}


def check(root):
    for file in headers.public_headers(root):
        name = file.relative_to(root).as_posix()
        text = file.read_text(encoding="utf-8")
        for function in headers.functions(text):
            words = function.name.split("_")[1:]
            if len(words) < 2 and function.name not in ONE_WORD | PYTHONS_OWN:
                yield (f"{name}:{function.line}: {function.name} is not "
                       "mp_<class>_<method>")
        for word in headers.identifiers(text):
            if word in TAKEN:
                yield f"{name}: {word} is libtommath's"


SAMPLES = [
    ("good names", {"include/mproc/x.h": "int mp_queue_put(int x);\n"
                    "int mp_raise(int x);\nint mp_pipe(int x);\n"
                    "/* not mp_int */\n"}, None),
    ("one word", {"include/mproc/x.h": "int mp_put(int x);\n"}, "mp_put"),
    ("taken function", {"include/mproc/x.h": "int mp_get_int(int x);\n"},
     "mp_get_int is libtommath's"),
    ("taken type", {"include/mproc.h": "typedef struct mp_int mp_int;\n"},
     "mp_int is libtommath's"),
    ("taken macro", {"include/mproc/x.h": "#define mp_isodd(x) (x)\n"},
     "mp_isodd is libtommath's"),
]

if __name__ == "__main__":
    checklib.main(check, SAMPLES)
