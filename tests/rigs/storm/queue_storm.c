/*
 * A bounded queue in a storm: half of the workers put, half of them get.
 *
 * An item is a number used once, followed by as many bytes made of it as
 * chance has it. Received twice, torn, or gone without a consumer's death: bad.
 */
#include "storm.h"

#include "process.h"

#include <mproc.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 1 << 23, LONGEST = 3000, MAXSIZE = 64, PRODUCERS = 3 };

static mp_queue *queue;
static struct notes {
    _Atomic uint64_t next;
    _Atomic uint64_t received_in_all;
    atomic_uchar accepted[ITEMS];
    atomic_uchar received[ITEMS];
} * notes;

static void setup(void)
{
    queue = mp_queue_new(.maxsize = MAXSIZE);
    if (queue == NULL)
        rig_stop("storm: no queue: %s", mp_error_last()->message);
    notes = rig_shared(sizeof *notes);
}

static void teardown(void)
{
    mp_queue_free(queue);
    rig_free_shared(notes, sizeof *notes);
}

static uint64_t progress(void)
{
    return atomic_load(&notes->received_in_all);
}

static const char *put_one(struct storm_random *r)
{
    unsigned char bytes[LONGEST];
    size_t size = sizeof(uint64_t) + storm_pick(r, 8) * storm_pick(r, 370);
    uint64_t number = atomic_fetch_add(&notes->next, 1);
    int rc;

    if (number >= ITEMS)
        return "there are not enough numbers for so long a storm";
    memset(bytes, (int)(number & 0xff), size);
    memcpy(bytes, &number, sizeof number);
    rc = mp_queue_put(queue, mp_any_bytes(bytes, size), 0.05);
    if (rc == 0)
        atomic_store(&notes->accepted[number], 1);
    return rc == 0 || rc == MP_FULL ? NULL : "put gave an odd answer";
}

static const char *note_received(const mp_bytes *b)
{
    const unsigned char *bytes = b->data;
    uint64_t number;

    if (b->size < sizeof number)
        return "an item is too short";
    memcpy(&number, bytes, sizeof number);
    if (number >= ITEMS)
        return "an item that nobody put";
    for (size_t i = sizeof number; i < b->size; i++)
        if (bytes[i] != (number & 0xff))
            return "an item is torn";
    atomic_fetch_add(&notes->received_in_all, 1);
    return atomic_fetch_add(&notes->received[number], 1) == 0
               ? NULL
               : "an item came twice";
}

static const char *get_one(double timeout, int *rc)
{
    mp_bytes b = {0};
    const char *wrong;

    *rc = mp_queue_get(queue, &b, timeout);
    if (*rc == MP_EMPTY)
        return NULL;
    if (*rc < 0)
        return "get gave an odd answer";
    wrong = note_received(&b);
    free(b.data);
    return wrong;
}

static const char *work(int i, struct storm_random *r)
{
    int rc;

    return i < PRODUCERS ? put_one(r) : get_one(0.05, &rc);
}

static const char *check(const long kills[STORM_WORKERS])
{
    uint64_t accepted = 0, lost = 0, deaths = 0;
    const char *wrong = NULL;
    int rc = 0;

    while (wrong == NULL && rc == 0)
        wrong = get_one(0, &rc);
    if (wrong != NULL)
        return wrong;
    for (int k = 0; k < ITEMS; k++) {
        accepted += atomic_load(&notes->accepted[k]) != 0;
        lost += atomic_load(&notes->accepted[k]) != 0 &&
                atomic_load(&notes->received[k]) == 0;
    }
    for (int i = PRODUCERS; i < STORM_WORKERS; i++)
        deaths += (uint64_t)kills[i];
    (void)printf("    items accepted %llu, received %llu, lost %llu with %llu "
                 "consumers killed\n",
                 (unsigned long long)accepted, (unsigned long long)progress(),
                 (unsigned long long)lost, (unsigned long long)deaths);
    return lost > deaths ? "more items are lost than consumers died" : NULL;
}

const struct storm storm_queue = {
    .name = "queue",
    .setup = setup,
    .work = work,
    .progress = progress,
    .check = check,
    .teardown = teardown,
};
