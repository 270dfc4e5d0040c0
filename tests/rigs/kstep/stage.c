/*
 * What the operations have in common; see stage.h.
 */
#include "stage.h"

#include "leaks.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { PAUSE = 10000 }; /* microseconds */

struct kstep_objects made;

static struct shared {
    atomic_int enough;
    atomic_uchar accepted[KSTEP_ITEMS];
    atomic_uchar received[KSTEP_ITEMS];
} * shared;

const char *kstep_describe(int verdict)
{
    switch ((enum verdict)verdict) {
    case ODD_ANSWER:
        return "a call of a survivor gave an odd answer";
    case OF_NO_USE:
        return "it is of no use any more";
    case TOLD_TWICE:
        return "one death was told more than once";
    case TORN:
        return "a survivor found torn data and was not told";
    case TWICE:
        return "an item came twice, or was never put";
    case ANOTHERS:
        return "an item came with the descriptor of another one";
    case LEFT_BEHIND:
        return "a survivor has more than before";
    case TAKEN:
        return "what nobody uses has kept its name";
    case GONE:
        return "what somebody uses has lost its name";
    case FINE:
        break;
    }
    return "a survivor ended strangely";
}

void kstep_need(const void *object)
{
    if (object == NULL)
        rig_stop("kstep: %s", mp_error_last()->message);
}

void *kstep_zeroed(void *memory, size_t size)
{
    if (memory == NULL)
        memory = rig_shared(size);
    memset(memory, 0, size);
    return memory;
}

void kstep_tell_enough(void)
{
    atomic_store(&shared->enough, 1);
}

bool kstep_is_enough(void)
{
    return atomic_load(&shared->enough) != 0;
}

int kstep_until_enough(int (*work)(int i), int i, int times_more)
{
    int verdict = FINE;

    while (verdict == FINE && !kstep_is_enough())
        verdict = work(i);
    for (int k = 0; verdict == FINE && k < times_more; k++)
        verdict = work(i);
    return verdict;
}

int kstep_until_enough_slowly(int (*work)(int i), int i)
{
    int verdict;

    do {
        verdict = work(i);
        (void)usleep(PAUSE);
    } while (verdict == FINE && !kstep_is_enough());
    return verdict;
}

void kstep_accept(int number)
{
    atomic_store(&shared->accepted[number], 1);
}

int kstep_receive(int number)
{
    if (number < 0 || number >= KSTEP_ITEMS ||
        atomic_fetch_add(&shared->received[number], 1) != 0)
        return TWICE;
    return FINE;
}

int kstep_missing(void)
{
    int missing = 0;

    for (int k = 0; k < KSTEP_ITEMS; k++)
        missing += atomic_load(&shared->accepted[k]) != 0 &&
                   atomic_load(&shared->received[k]) == 0;
    return missing;
}

int kstep_leave_nothing(int (*work)(int i), int i)
{
    struct rig_hold before = rig_hold(), after;
    int verdict = work(i);

    after = rig_hold();
    if (verdict == FINE &&
        (after.fds > before.fds || after.mappings > before.mappings))
        return LEFT_BEHIND;
    return verdict;
}

void kstep_let_one_die(rig_body *body)
{
    struct rig_process holder = rig_start(body, 0);
    int status;

    if (!rig_await_end(&holder, 10, &status))
        rig_stop("kstep: a process does not end");
    rig_announce(&holder);
}

void kstep_stage_open(void)
{
    shared = kstep_zeroed(shared, sizeof *shared);
}

void kstep_stage_clear(void)
{
    mp_lock_free(made.lock);
    mp_rlock_free(made.rlock);
    mp_semaphore_free(made.semaphore);
    mp_event_free(made.event);
    mp_condition_free(made.condition);
    mp_barrier_free(made.barrier);
    mp_queue_free(made.queue);
    mp_shared_memory_free(made.memory);
    mp_shareable_list_free(made.list);
    mp_value_free(made.variable);
    made = (struct kstep_objects){0};
}
