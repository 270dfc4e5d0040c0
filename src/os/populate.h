/*
 * Mapping memory that is about to be written in one go: the page faults that
 * this spares cost more than the copy of a large message. Called by mapping.c
 * for shared memory and by any/store.c for what a receiver is given.
 */
#ifndef MP_OS_POPULATE_H
#define MP_OS_POPULATE_H

#include <stddef.h>

/* Private memory of this size no heap has had before, mostly: less of it is
   left to the faults, for it would be mapped already. */
#define MP__POPULATE_PRIVATE ((size_t)1 << 25)

/* Shared memory that was taken just now. */
#define MP__POPULATE_SHARED ((size_t)1 << 18)

/* Whole pages only. It may do nothing, and then the faults do it. */
void mp__populate(void *p, size_t size);

#endif
