/*
 * The parts of queue scenarios: items, producers and consumers, and the checks
 * at the end.
 *
 * Items are numbers, each used once: ten times the producer, and a count. What
 * put accepted is received once, in order and whole, or was lost with a
 * consumer that was killed; and nobody sleeps while there is something for him.
 */
#ifndef SIM_QUEUE_PLAY_H
#define SIM_QUEUE_PLAY_H

#include "scenarios.h"

#include "base/clock.h"
#include "queue/chunk.h"

enum { ITEMS = 64, FIRST_ITEM = 50, LARGE = 900, HUGE = 1900, SMALL = 8 };

enum doing { NOTHING, PUTTING, PASSING, GETTING, JOINING };

extern struct play_notes {
    struct ring ring[SIM_PROCESSES + 1]; /* each process's view */
    uint64_t in[SIM_PROCESSES + 1][2];   /* where it receives */
    uint8_t doing[8];                    /* enum doing, by process */
    uint8_t accepted[ITEMS];
    uint8_t received[ITEMS];
    uint8_t newest[SIM_PROCESSES + 1][8]; /* that a process got of another */
} * play_notes;

/* What a consumer can have taken and not noted down when it dies. */
extern int play_lost_by_a_kill;

struct ring *play_ring_of(int i);
struct ring_shared *play_queue(void);
mp_any play_item(int number, int size);

/* Bodies. */
void play_put_one(int me, int number, int size);
void play_put_handle(int me, int number); /* an item with a descriptor */
void play_put_some(int me, int n, int size);
int play_get(int me, size_t most, int64_t deadline);
void play_get_one(int me);
void play_one_to_two(int me); /* the first is the producer  */
void play_two_to_one(int me); /* the last is the consumer   */

/* Before. chunk_used: how much of the first chunk is touched. */
void play_lay_out(uint32_t maxsize, size_t chunk_used);
void play_unbounded(void);
void play_fill(int n);
void play_full_of_two(void);

/* After: whether it is right that a process sleeps for ever; that no item is
   gone; that the queue is of use; that no chunk is gone. */
bool play_may_sleep(int who);
bool play_sleeps_on_a_lock(int who);
void play_check(void);
void play_check_and_use(void);
void play_check_all(void);
void play_check_handles(void); /* and no descriptor, either */

#endif
