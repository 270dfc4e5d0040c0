/*
 * The directory of named shared memory: one for each user, and only his.
 *
 * It lies in $XDG_RUNTIME_DIR, if that is the user's own and in memory, else
 * in /dev/shm, else in /tmp: the first of them where there can be one. A
 * directory or a symbolic link that somebody else put in its place is never
 * used.
 */
#ifndef MP_OS_REGISTRY_DIR_H
#define MP_OS_REGISTRY_DIR_H

/* A descriptor of it, the caller's to close; it is made at need. -EMFILE,
   -ENFILE, -ENOSPC, -ENOMEM · -EACCES there can be none. Sets no record. */
int mp__registry_open(void);

#endif
