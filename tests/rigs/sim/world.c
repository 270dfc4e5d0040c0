/*
 * The world's memory; see world.h.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED = 256 * 1024, PRIVATE = 16 * 1024, LABELS = 256 };

struct label {
    const volatile char *at;
    size_t size;
    char name[32];
};

_Alignas(64) char sim_shared_memory[SHARED];
size_t sim_shared_used;
_Alignas(64) static char private_memory[PRIVATE];
static size_t private_used;

/* What is never touched, as offsets into the shared memory. */
static size_t hole_from;
static size_t hole_to;

static char kept_shared[SHARED];
static char kept_private[PRIVATE];

static struct label labels[LABELS];
static size_t labels_used;

static void *take(char *memory, size_t limit, size_t *used, size_t size)
{
    void *taken = memory + *used;

    if (size > limit - *used) {
        (void)fprintf(stderr, "sim: the world is too small\n");
        abort();
    }
    *used = (*used + size + 63) / 64 * 64;
    return taken;
}

void *sim_shared(size_t size, const char *name)
{
    void *taken = take(sim_shared_memory, SHARED, &sim_shared_used, size);

    sim_label(taken, size, name);
    return taken;
}

void sim_untouched(size_t size)
{
    hole_to = sim_shared_used;
    hole_from = (hole_to - size + 63) / 64 * 64;
}

void *sim_private(size_t size)
{
    return take(private_memory, PRIVATE, &private_used, size);
}

void sim_label(const volatile void *at, size_t size, const char *name)
{
    struct label *l = &labels[labels_used];

    if (labels_used == LABELS)
        return;
    l->at = at;
    l->size = size;
    (void)snprintf(l->name, sizeof l->name, "%s", name);
    labels_used++;
}

void sim_world_clear(void)
{
    memset(sim_shared_memory, 0, SHARED);
    memset(private_memory, 0, PRIVATE);
    sim_shared_used = private_used = labels_used = 0;
    hole_from = hole_to = 0;
}

static void copy_shared(char *to, const char *from)
{
    memcpy(to, from, hole_from);
    memcpy(to + hole_to, from + hole_to, sim_shared_used - hole_to);
}

void sim_world_keep(void)
{
    copy_shared(kept_shared, sim_shared_memory);
    memcpy(kept_private, private_memory, private_used);
}

void sim_world_restore(void)
{
    copy_shared(sim_shared_memory, kept_shared);
    memcpy(private_memory, kept_private, private_used);
}

/* All memory hashed here is made of whole words. */
uint64_t sim_hash(uint64_t seed, const void *data, size_t size)
{
    const char *at = data;
    uint64_t h = seed;

    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;

        memcpy(&word, at + i, 8);
        h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        h ^= h >> 29;
    }
    return h;
}

uint64_t sim_world_hash(uint64_t seed)
{
    uint64_t h = sim_hash(seed, sim_shared_memory, hole_from);

    h = sim_hash(h, sim_shared_memory + hole_to, sim_shared_used - hole_to);
    return sim_hash(h, private_memory, private_used);
}

/* The label given last is the closest one. */
void sim_world_name(const volatile void *at, char *out, size_t size)
{
    const volatile char *p = at;

    for (size_t i = labels_used; i-- > 0;) {
        const struct label *l = &labels[i];

        if (p < l->at || p >= l->at + l->size)
            continue;
        if (p == l->at)
            (void)snprintf(out, size, "%s", l->name);
        else
            (void)snprintf(out, size, "%s+%zu", l->name, (size_t)(p - l->at));
        return;
    }
    (void)snprintf(out, size, "%p", (const void *)(uintptr_t)at);
}
