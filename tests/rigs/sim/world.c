/*
 * The world's memory; see world.h.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED = 256 * 1024, PRIVATE = 16 * 1024, LABELS = 256, SPANS = 32 };

struct label {
    const volatile char *at;
    size_t size;
    char name[32];
};

_Alignas(64) char sim_shared_memory[SHARED];
size_t sim_shared_used;
_Alignas(64) static char private_memory[PRIVATE];
static size_t private_used;

/* The parts of the shared memory that are in use; between them is what is
   never touched. */
struct span {
    size_t from;
    size_t to;
};
static struct span spans[SPANS];
static size_t spans_used;

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
    char *taken = take(sim_shared_memory, SHARED, &sim_shared_used, size);

    if (spans_used == SPANS)
        abort();
    spans[spans_used].from = (size_t)(taken - sim_shared_memory);
    spans[spans_used].to = sim_shared_used;
    spans_used++;
    sim_label(taken, size, name);
    return taken;
}

void sim_untouched(size_t size)
{
    struct span *last = &spans[spans_used - 1];

    last->to = (last->to - size + 63) / 64 * 64;
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
    spans_used = 0;
}

static void copy_shared(char *to, const char *from)
{
    for (size_t i = 0; i < spans_used; i++)
        memcpy(to + spans[i].from, from + spans[i].from,
               spans[i].to - spans[i].from);
}

void sim_world_keep(void)
{
    memcpy(kept_shared, sim_shared_memory, sim_shared_used);
    memcpy(kept_private, private_memory, private_used);
}

void sim_world_restore(void)
{
    copy_shared(sim_shared_memory, kept_shared);
    memcpy(private_memory, kept_private, private_used);
}

bool sim_world_is_torn(void)
{
    for (size_t i = 0; i < spans_used; i++) {
        size_t end = i + 1 < spans_used ? spans[i + 1].from : sim_shared_used;

        for (size_t at = spans[i].to; at < end; at++)
            if (sim_shared_memory[at] != kept_shared[at])
                return true;
    }
    return false;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

/* Two at a time, for the sake of the pipeline. All memory hashed here is made
   of whole words. */
uint64_t sim_hash(uint64_t seed, const void *data, size_t size)
{
    const char *at = data;
    uint64_t even = seed, odd = ~seed;
    size_t i = 0;

    for (; i + 16 <= size; i += 16) {
        uint64_t words[2];

        memcpy(words, at + i, 16);
        even = mix(even, words[0]);
        odd = mix(odd, words[1]);
    }
    if (i + 8 <= size) {
        uint64_t word;

        memcpy(&word, at + i, 8);
        even = mix(even, word);
    }
    return mix(even, odd);
}

uint64_t sim_world_hash(uint64_t seed)
{
    uint64_t h = seed;

    for (size_t i = 0; i < spans_used; i++)
        h = sim_hash(h, sim_shared_memory + spans[i].from,
                     spans[i].to - spans[i].from);
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
