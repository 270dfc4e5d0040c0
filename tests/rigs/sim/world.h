/*
 * The world: all memory that a simulated process can see beside its stack.
 *
 * It is laid out once by a scenario's setup, kept, and put back before each
 * execution. Shared memory is where an access is a scheduling point; private
 * memory (identities, what a scenario notes down for its check) is not, but
 * is as much a part of the state. Addresses are the same in every run.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory, aligned to 64; the name is for traces. Only in setup. */
void *sim_shared(size_t size, const char *name);
void *sim_private(size_t size);

/* The last bytes of what was just taken stay as they are and need no looking
   after: the unused slots of a large table, a buffer that will not fill up. */
void sim_untouched(size_t size);

/* Name a part of shared memory more closely, for traces. */
void sim_label(const volatile void *at, size_t size, const char *name);

/* For the scheduler: begin anew, keep what setup has made, put it back. */
void sim_world_clear(void);
void sim_world_keep(void);
void sim_world_restore(void);

/* Whether something was written to what was said to stay untouched. */
bool sim_world_is_torn(void);

uint64_t sim_world_hash(uint64_t seed);
uint64_t sim_hash(uint64_t seed, const void *data, size_t size);

/* Writes "lock.word" or "queue+24". */
void sim_world_name(const volatile void *at, char *out, size_t size);

/* The shared part; see sim_is_shared. */
extern char sim_shared_memory[];
extern size_t sim_shared_used;

static inline bool sim_is_shared(const volatile void *at)
{
    return (size_t)((const volatile char *)at - sim_shared_memory) <
           sim_shared_used;
}

#endif
