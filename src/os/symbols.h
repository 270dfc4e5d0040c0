/*
 * What an address of this process is called.
 */
#ifndef MP_OS_SYMBOLS_H
#define MP_OS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

struct mp__symbol {
    char function[128]; /* "" if not known                               */
    char file[256];     /* base name of the source, or of the program    */
    int line;           /* 0 if not known                                */
    bool is_own;        /* the library's, not the user's                 */
    bool is_system;     /* the C library's                               */
};

/* A session is begun, asked about some addresses, and ended. */
struct mp__symbols;
struct mp__symbols *mp__symbols_begin(void); /* NULL: know less */
void mp__symbols_end(struct mp__symbols *s);

/* Of the code just before a return address. */
void mp__symbol_of(struct mp__symbols *s, void *address,
                   struct mp__symbol *out);

#endif
