/*
 * What has to be said to the kernel around a fork.
 */
#ifndef MP_OS_FORK_H
#define MP_OS_FORK_H

#include <stdbool.h>
#include <sys/types.h>

/* As fork(2), but -errno. */
pid_t mp__fork(void);

/* End a child that nobody has seen yet, and take its status. */
void mp__unfork(pid_t pid);

/* child: stdin reads nothing from now on, and forgets what the parent's copy
   had read ahead. */
void mp__stdin_from_null(void);

/*
 * child: be killed when the parent ends. `lasting`: it was the parent's main
 * thread that forked, and so the kernel can do it (which goes by the thread
 * that forked); otherwise a thread watches the parent's pidfd.
 */
void mp__die_with_parent(pid_t parent, int parent_pidfd, bool lasting);

#endif
