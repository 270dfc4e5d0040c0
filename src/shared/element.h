/*
 * Elements of shared data: numbers as in any/number.c, and besides them the
 * bytes of a text and structs, which are known by their size alone.
 */
#ifndef MP_SHARED_ELEMENT_H
#define MP_SHARED_ELEMENT_H

#include <mproc/any.h>

#define MP__ELEMENT_TEXT 48

/* 0 if it has none that is always the same, or is none. */
size_t mp__element_size(int elem);

/* "int", "char", "struct of 16 bytes"; and what Python's ctypes say, "c_int". */
void mp__element_text(int elem, size_t size, char text[MP__ELEMENT_TEXT]);
const char *mp__element_ctype(int elem);

/* How many elements a value is the data of: a list or tuple of what fits, an
   array of the type, bytes and text for chars, bytes and a struct for structs.
   MP_TYPE_ERROR if it is not. */
int mp__elements_count(mp_any v, int elem, size_t size, size_t *out);

/* Store what was counted. */
void mp__elements_store(mp_any v, int elem, size_t size, void *to);

/* The same of a single element. */
int mp__element_check(mp_any v, int elem, size_t size);
void mp__element_store(mp_any v, int elem, size_t size, void *to);

#endif
