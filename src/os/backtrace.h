/*
 * Where an error was made: return addresses now, names when somebody asks.
 *
 * Taking the addresses costs a microsecond or two and takes no lock, so it is
 * safe in a forked child too. Naming them is slow and left to the reader.
 */
#ifndef MP_OS_BACKTRACE_H
#define MP_OS_BACKTRACE_H

#include <stdbool.h>
#include <stddef.h>

/* A function so marked is where user code begins: neither it nor what called
   it is part of a traceback. */
#define MP__STACK_EDGE __attribute__((section("mp__edge"), noinline))

/* Have errors tell where they were made. Once, before any fork. */
void mp__backtrace_install(void);

/* The innermost first, as backtrace(3). */
size_t mp__backtrace(void **addresses, size_t n);

bool mp__is_stack_edge(const void *address);

/* Name addresses as Python writes a traceback, the innermost last:
   `  File "x.c", line 12, in worker`. The library's own frames are left out.
   Always ends in NUL; whole lines only. */
void mp__name_frames(void *const *addresses, size_t n, char *text, size_t size);

/* The same of addresses that a signal's handler took: they begin with the
   instruction that failed, and with nothing that would be left out. */
void mp__name_crash(void *const *addresses, size_t n, char *text, size_t size);

/* Such addresses as mp__name_frames takes them: one of the library's own comes
   first, as if it had taken them. How many they are then, up to most. */
size_t mp__frames_of_crash(void *const *crash, size_t n, void **out,
                           size_t most);

/* "f (x.c:12)" of a function's first instruction; as snprintf. */
int mp__name_function(const void *function, char *text, size_t size);

#endif
