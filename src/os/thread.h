/*
 * The library's own threads: detached, with a small stack and every signal
 * blocked, so that the host's handlers never run in them.
 */
#ifndef MP_OS_THREAD_H
#define MP_OS_THREAD_H

#include <stdbool.h>

/* 0 or -EAGAIN. fn never returns, or returns NULL. */
int mp__thread_start(void *(*fn)(void *), void *arg);

/* Whether the caller is the thread that the process began with. */
bool mp__is_main_thread(void);

#endif
