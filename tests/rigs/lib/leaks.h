/*
 * What a rig holds, before and after thousands of deaths.
 */
#ifndef RIG_LEAKS_H
#define RIG_LEAKS_H

#include <stdbool.h>

struct rig_leaks {
    int fds;
    int slots;    /* of the context, taken by the living */
    int children; /* zombies as well */
    int mappings; /* of memory by name, or of a memfd */
    long shared;  /* kB of shared memory that this process has touched */
};

struct rig_leaks rig_count(void);

/* Says what there is more of than before. */
bool rig_has_leaked(const struct rig_leaks *before);

/* What a process holds of what it shares: much cheaper to count. */
struct rig_hold {
    int fds;
    int mappings; /* of memory by name, or of a memfd */
};
struct rig_hold rig_hold(void);

#endif
