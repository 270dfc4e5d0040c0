/*
 * The progress bar of a map: on stderr, if that is a terminal.
 */
#ifndef MP_POOL_PROGRESS_H
#define MP_POOL_PROGRESS_H

#include <stdint.h>

struct progress_bar {
    int64_t began; /* 0: not yet   */
    int64_t drawn; /* the last time */
};

/* Draw how many of `total` items are done, but not more often than can be
   seen; the last time all the same, and the line is ended. */
void mp__progress_draw(struct progress_bar *bar, uint64_t done, uint64_t total,
                       int end);

/* One line of it, without the terminal's control characters; as snprintf. */
int mp__progress_text(char *buf, int size, uint64_t done, uint64_t total,
                      double seconds);

#endif
