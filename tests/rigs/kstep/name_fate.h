/*
 * What has become of the one name that an operation on named memory is about,
 * and what a survivor may do with it: find it whole, or make it anew.
 */
#ifndef KSTEP_NAME_FATE_H
#define KSTEP_NAME_FATE_H

#include <stdbool.h>

#define KSTEP_NAME "kstep"

enum kstep_fate {
    KSTEP_GONE,   /* nobody uses it: it is not to be found */
    KSTEP_THERE,  /* somebody does, or it is to last */
    KSTEP_EITHER, /* it depends on how far the victim came */
};

/* Tell it, of a victim that was killed and of one that has finished; the
   registry is empty then. Closing it is for tear_down. */
void kstep_open_registry(enum kstep_fate killed, enum kstep_fate finished);
const char *kstep_close_registry(void);

/* SharedMemory and ShareableList by that name. `attach` and `make` answer NULL
   with the record set, `look` whether it is whole. */
struct kstep_named {
    void *(*attach)(void);
    void *(*make)(void);
    bool (*look)(void *object);
    void (*free)(void *object);
};

/* A verdict: it is found or not, as it has to be; and what is not there can be
   made, found, and is gone with its last user. */
int kstep_use_name(const struct kstep_named *sort);

/* NULL, or what is wrong: once the name is taken away from what still has it,
   the registry is empty. */
const char *kstep_check_name(void);

/* The same, if nobody is to have it any more. */
const char *kstep_check_no_name(void);

#endif
