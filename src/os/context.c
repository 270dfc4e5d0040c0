/*
 * The slot table and the identity page; see context.h.
 */
#include "os/context.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/family.h"
#include "os/liveness.h"
#include "os/mapping.h"

#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC     0x6d70634eu
#define SEEN_BITS 40

/* How often a child that is not let go looks whether its parent lives. */
#define AWAIT_SLICE (MP__SECOND / 10)

struct mp__context_shared *_Atomic mp__context;
struct mp__identity *_Atomic mp__identity;

static uint64_t ident_of(uint32_t gen, pid_t pid)
{
    return (uint64_t)gen << 32 | (uint32_t)pid;
}

static pid_t pid_in(uint64_t ident)
{
    return (pid_t)(uint32_t)ident;
}

static uint32_t gen_in(uint64_t ident)
{
    return (uint32_t)(ident >> 32);
}

static uint32_t index_of(mp__owner who)
{
    return (who & ((1u << MP__SLOT_BITS) - 1)) - 1;
}

uint32_t mp__slot_index(mp__owner who)
{
    return index_of(who);
}

static mp__owner owner_of(uint32_t index, uint64_t ident)
{
    uint32_t gen = gen_in(ident) & ((1u << MP__GEN_BITS) - 1);

    return gen << MP__SLOT_BITS | (index + 1);
}

/* The time goes with the generation it was written for: a slot taken anew does
   not have that of the process before. */
static uint64_t seen_of(uint64_t ident, uint64_t ticks)
{
    return (uint64_t)gen_in(ident) << SEEN_BITS |
           (ticks & ((UINT64_C(1) << SEEN_BITS) - 1));
}

/* 0: not yet known. */
static uint64_t seen_in(const struct mp__slot *slot, uint64_t ident)
{
    uint64_t seen = atomic_load(&slot->seen);

    if (seen >> SEEN_BITS != seen_of(ident, 0) >> SEEN_BITS)
        return 0;
    return seen & ((UINT64_C(1) << SEEN_BITS) - 1);
}

static int make_identity_page(struct mp__identity **out)
{
    size_t size = mp__page_size();
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return mp__fail_os(-errno, "cannot map the identity page");
    if (madvise(page, size, MADV_WIPEONFORK) < 0) {
        int rc = mp__fail_os(-errno, "cannot protect the identity page");
        munmap(page, size);
        return rc;
    }
    *out = page;
    return 0;
}

/* Two threads may make one at once: the first one's stands. No lock, for a
   child could be forked while another thread of its parent held it. */
static int need_identity_page(void)
{
    struct mp__identity *none = NULL;
    struct mp__identity *page;

    if (mp__identity != NULL)
        return 0;
    MP_TRY(make_identity_page(&page));
    if (!atomic_compare_exchange_strong(&mp__identity, &none, page))
        munmap(page, mp__page_size());
    return 0;
}

/* The segment's fd is closed at once: children inherit the mapping. */
int mp__context_need(void)
{
    struct mp__context_shared *none = NULL;
    struct mp__context_shared *shared;
    struct mp__mapping m;

    if (mp__context != NULL)
        return 0;
    MP_TRY(need_identity_page());
    MP_TRY(
        mp__mapping_new("mproc-context", sizeof *shared, sizeof *shared, &m));
    shared = m.base;
    shared->magic = MAGIC;
    shared->slots = MP__SLOTS;
    shared->family = mp__family();
    if (!atomic_compare_exchange_strong(&mp__context, &none, shared))
        munmap(m.base, m.size);
    close(m.fd);
    return 0;
}

/* Take one free slot for pid; 0 if there is none. */
static mp__owner take_slot(pid_t pid)
{
    uint32_t first = atomic_fetch_add(&mp__context->next, 1);

    for (uint32_t k = 0; k < MP__SLOTS; k++) {
        uint32_t i = (first + k) % MP__SLOTS;
        struct mp__slot *slot = &mp__context->slot[i];
        uint64_t old = atomic_load(&slot->ident);
        uint64_t taken = ident_of(gen_in(old) + 1, pid);

        if (pid_in(old) != 0)
            continue;
        if (atomic_compare_exchange_strong(&slot->ident, &old, taken))
            return owner_of(i, taken);
    }
    return 0;
}

/* Nobody announces the death of a process that only called fork: find them. */
static void sweep(void)
{
    for (uint32_t i = 0; i < MP__SLOTS; i++) {
        uint64_t ident = atomic_load(&mp__context->slot[i].ident);

        if (pid_in(ident) != 0)
            (void)mp__is_dead(owner_of(i, ident), false);
    }
}

static mp__owner take_slot_or_sweep(pid_t pid)
{
    mp__owner who = take_slot(pid);

    if (who == 0) {
        sweep();
        who = take_slot(pid);
    }
    if (who == 0)
        mp__fail(-EAGAIN, "all %u process slots are taken", MP__SLOTS);
    return who;
}

/* Several threads may each take a slot at once: all but one give theirs back
   (mp__slot_wear). No lock, as above. */
mp__owner mp__self_register(void)
{
    mp__owner self;

    while ((self = mp__identity->self) == 0) {
        mp__owner who = take_slot_or_sweep(getpid());

        if (who == 0)
            return 0;
        mp__slot_wear(who);
    }
    return self;
}

/* Until the child is there the slot is its parent's: freed if that one dies. */
mp__owner mp__slot_reserve(void)
{
    return take_slot_or_sweep(getpid());
}

void mp__slot_assign(mp__owner who, pid_t pid)
{
    struct mp__slot *slot = &mp__context->slot[index_of(who)];
    uint64_t old = atomic_load(&slot->ident);

    if (owner_of(index_of(who), old) == who && pid_in(old) != 0)
        atomic_compare_exchange_strong(&slot->ident, &old,
                                       ident_of(gen_in(old), pid));
}

/* If the slot was freed meanwhile, because it looked like a dead parent's, it
   is no longer ours: the first use will register anew. If this process has one
   by now, it gives this one back. */
void mp__slot_wear(mp__owner who)
{
    struct mp__slot *slot = &mp__context->slot[index_of(who)];
    mp__owner nobody = 0;
    uint64_t ident;

    mp__slot_assign(who, getpid());
    ident = atomic_load(&slot->ident);
    if (owner_of(index_of(who), ident) != who || pid_in(ident) != getpid())
        return;
    atomic_store(&slot->seen, seen_of(ident, mp__ticks_now()));
    if (!atomic_compare_exchange_strong(&mp__identity->self, &nobody, who))
        atomic_compare_exchange_strong(&slot->ident, &ident,
                                       ident_of(gen_in(ident), 0));
}

void mp__slot_admit(mp__owner who)
{
    mp__word *admitted = &mp__context->slot[index_of(who)].admitted;

    atomic_store(admitted, who);
    mp__futex_wake(admitted, 1);
}

/* child. Mostly it has long happened: getting here takes the child longer than
   it takes the parent. */
void mp__slot_await(mp__owner who, pid_t parent)
{
    mp__word *admitted = &mp__context->slot[index_of(who)].admitted;
    uint32_t seen;

    while ((seen = atomic_load(admitted)) != who && getppid() == parent)
        (void)mp__futex_wait(admitted, seen, NULL, 0, mp__now() + AWAIT_SLICE);
}

/* The upper half says whose word it is, the lower one that there is one. */
static uint64_t last_word(mp__owner who, uint32_t code)
{
    return (uint64_t)who << 32 | UINT64_C(1) << 31 | code;
}

void mp__slot_record_exit(int code)
{
    mp__owner self = mp__context == NULL ? 0 : mp__identity->self;

    if (self != 0)
        atomic_store(&mp__context->slot[index_of(self)].exit,
                     last_word(self, (uint32_t)code));
}

bool mp__slot_exit_of(mp__owner who, int *out)
{
    uint64_t exit = atomic_load(&mp__context->slot[index_of(who)].exit);

    if (exit >> 31 != last_word(who, 0) >> 31)
        return false;
    *out = (int)(exit & INT32_MAX);
    return true;
}

static void (*_Atomic on_death)(void);

void mp__on_death(void (*fn)(void))
{
    atomic_store(&on_death, fn);
}

void mp__stir(void)
{
    atomic_fetch_add(&mp__context->death_seq, 1);
    mp__futex_wake(&mp__context->death_seq, INT_MAX);
}

static void tell_of_death(void)
{
    void (*fn)(void) = atomic_load(&on_death);

    mp__stir();
    if (fn != NULL)
        fn();
}

/* Whosever pid it says: another thread may be assigning it to the dead. */
void mp__announce_death(mp__owner who)
{
    struct mp__slot *slot = &mp__context->slot[index_of(who)];
    uint64_t old = atomic_load(&slot->ident);

    while (owner_of(index_of(who), old) == who && pid_in(old) != 0 &&
           !atomic_compare_exchange_strong(&slot->ident, &old,
                                           ident_of(gen_in(old), 0)))
        ;
    tell_of_death();
}

bool mp__is_announced_dead(mp__owner who)
{
    uint64_t ident = atomic_load(&mp__context->slot[index_of(who)].ident);

    return pid_in(ident) == 0 || owner_of(index_of(who), ident) != who;
}

pid_t mp__pid_of(mp__owner who)
{
    uint64_t ident = atomic_load(&mp__context->slot[index_of(who)].ident);

    return owner_of(index_of(who), ident) == who ? pid_in(ident) : 0;
}

/* It was the process in `ident` that was found dead. If the slot says another
   by now, it was a parent's and is its child's, who lives. */
bool mp__is_dead(mp__owner who, bool thorough)
{
    struct mp__slot *slot = &mp__context->slot[index_of(who)];
    uint64_t ident = atomic_load(&slot->ident);

    if (owner_of(index_of(who), ident) != who || pid_in(ident) == 0)
        return true;
    if (mp__process_lives(pid_in(ident), seen_in(slot, ident)) &&
        !(thorough && mp__runs_another_program(pid_in(ident))))
        return false;
    if (!atomic_compare_exchange_strong(&slot->ident, &ident,
                                        ident_of(gen_in(ident), 0)))
        return mp__is_announced_dead(who);
    tell_of_death();
    return true;
}
