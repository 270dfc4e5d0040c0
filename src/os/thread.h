/*
 * The library's own threads: detached, with a small stack and every signal
 * blocked, so that the host's handlers never run in them. And what is to be
 * known of any thread.
 */
#ifndef MP_OS_THREAD_H
#define MP_OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

/* 0 or -EAGAIN. fn returns NULL. */
int mp__thread_start(void *(*fn)(void *), void *arg);

/* The same with the usual stack, for one that runs the user's code. */
int mp__thread_start_roomy(void *(*fn)(void *), void *arg);

/* One that was started by these, says so as the last thing that it does. */
void mp__thread_ends(void);

/* As pthread_join(3), but never cancelled: 0 or -EDEADLK. */
int mp__thread_reap(pthread_t thread);

/* How many threads the calling process has beside the calling one and those
   that were started here and have not said that they end. 0 if it cannot be
   told. */
int mp__threads_of_others(void);

/* The kernel's number of the calling thread. Costs no system call but the
   first time in a thread. */
pid_t mp__thread_id(void);

/* Whether there is such a thread in a process; true if it cannot be told. */
bool mp__thread_lives(pid_t pid, pid_t tid);

/* Whether the caller is the thread that the process began with. */
bool mp__is_main_thread(void);

#endif
