/*
 * How long a name lives: as long as somebody uses what it names, or for ever
 * if it was made to last.
 *
 * Whoever uses a file of the registry holds a read lock on its first byte. The
 * lock belongs to the open file description (F_OFD_SETLK), and so to the
 * mappings and the copies of the descriptor, a forked child's and those under
 * way in a message too; the kernel gives it up with the last of them, however
 * its process ends. Who gets a write lock there knows that nobody is left.
 *
 * A name is taken away only under a write lock on the second byte, got on a
 * description of one's own: so it still means the same file at that moment.
 * Nobody ever waits for one of these locks.
 */
#ifndef MP_OS_NAMED_LIFE_H
#define MP_OS_NAMED_LIFE_H

#include <stdbool.h>
#include <stddef.h>

/* What a file's name begins with: one that is being made, or a user's. */
#define MP__NAMED_MAKING 'm'
#define MP__NAMED_USERS  'u'

/* Use the file from now on. 0 · -EAGAIN it is being removed · -errno. */
int mp__named_hold(int fd);

/* Whether any description but this one uses it. */
bool mp__named_is_used(int fd);

/* Whether it has no name any more. */
bool mp__named_is_nameless(int fd);

/* Take the name of `fd`, a description that nobody else has, away from it.
   0 · -ENOENT it has none, or another process is just taking it. */
int mp__named_remove(int dir, const char *file, int fd);

/* The same, if nobody uses it and it was not made to last. Whether it was. */
bool mp__named_remove_unused(int dir, const char *file);

/* Do so with at most so many files of the directory, from the *next-th on,
   which is moved on, and is 0 behind the last; how many went, or -errno. */
int mp__named_sweep(int dir, size_t most, size_t *next);

#endif
