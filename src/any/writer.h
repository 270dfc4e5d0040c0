/*
 * A writer: text into a buffer of fixed size, which either is cut off when it
 * is full, or is emptied into a stdio stream.
 */
#ifndef MP_ANY_WRITER_H
#define MP_ANY_WRITER_H

#include <mproc/any.h>

#include <stdio.h>

struct mp__writer {
    char *buf;
    size_t size;  /* of buf                                         */
    size_t used;  /* of buf                                         */
    size_t total; /* of the text, also of what was cut off          */
    FILE *stream; /* locked by the caller; NULL: cut off            */
    bool failed;  /* the stream did; errno says why                 */
};

void mp__write(struct mp__writer *w, const char *text, size_t n);
void mp__write_text(struct mp__writer *w, const char *text);
void mp__flush(struct mp__writer *w);

/* Python's repr() of a value, which has nothing BAD in it. */
void mp__write_repr(struct mp__writer *w, mp_any v);

/* float.__repr__: the shortest digits that give the same double. */
#define MP__FLOAT_MAX 32
size_t mp__float_repr(double f, char out[MP__FLOAT_MAX]);

/* The code of the first BAD value in it, or 0. */
int mp__check_good(mp_any v);

#endif
