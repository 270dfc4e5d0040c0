/*
 * An item of a ShareableList under every schedule: who reads it finds what one
 * write has left, whole; a write that has come to its end is not lost, and
 * what was overwritten does not come back; and nobody waits for the dead.
 *
 * A text is one letter as often as it fits: of the one who wrote it, a small
 * one in its first write, a capital one in its second.
 */
#include "scenarios.h"

#include "shared/item.h"

#include <mproc/any.h>

#include <string.h>

enum { CAPACITY = 16, LONG = 8, SHORT = 3, FIRST = '0' };

static struct shared {
    mp__item_word word;
    mp__item_unit units[2 * CAPACITY / MP__ITEM_UNIT];
} * shared;

static struct notes {
    int32_t written[SIM_PROCESSES]; /* letters, or 0; when it was done */
    int32_t read[SIM_PROCESSES];    /* the last one that each has read */
} * notes;

static struct mp__item item(void)
{
    return (struct mp__item){&shared->word, CAPACITY};
}

static void write_letters(int letter, size_t length)
{
    unsigned char text[CAPACITY];

    memset(text, letter, sizeof text);
    mp__item_write(item(), &(struct mp__item_data){MP_KIND_STR, length, text});
}

static void lay_out(void)
{
    shared = sim_shared(sizeof *shared, "item");
    sim_label(&shared->word, 8, "word");
    notes = sim_private(sizeof *notes);
    write_letters(FIRST, LONG);
}

/* The letter, which is the same throughout. */
static int read_letters(void)
{
    unsigned char text[CAPACITY] = "";
    struct mp__item_data data = {.bytes = text};

    SIM_DEMAND(mp__item_read(item(), &data) == 0, "the item is damaged");
    SIM_DEMAND(data.length == LONG || data.length == SHORT, "its length is %zu",
               data.length);
    for (size_t i = 1; i < data.length; i++)
        SIM_DEMAND(text[i] == text[0], "it is torn: %c and %c", text[0],
                   text[i]);
    return text[0];
}

static int small_of(int who)
{
    return 'a' + who;
}

static int capital_of(int who)
{
    return 'A' + who;
}

/* The first text is gone for good when any write is done or was read; and each
   writer's first when its second is. */
static void demand_no_return(int letter)
{
    for (int i = 0; i < SIM_PROCESSES; i++) {
        bool is_old = letter == FIRST || letter == small_of(i);

        SIM_DEMAND(letter != FIRST || notes->written[i] == 0,
                   "the first text is back");
        SIM_DEMAND(!is_old || notes->written[i] != capital_of(i),
                   "%c is back after %c", letter, notes->written[i]);
    }
}

static void read_and_compare(int me)
{
    int last = notes->read[me], letter;

    letter = read_letters();
    SIM_DEMAND(letter != FIRST || last == 0 || last == FIRST,
               "the first text is back after %c", last);
    for (int i = 0; i < SIM_PROCESSES; i++)
        SIM_DEMAND(letter != small_of(i) || last != capital_of(i),
                   "%c is back after %c", letter, last);
    notes->read[me] = letter;
}

static void write_first(int me, size_t length)
{
    write_letters(small_of(me), length);
    notes->written[me] = small_of(me);
}

static void write_second(int me, size_t length)
{
    write_letters(capital_of(me), length);
    notes->written[me] = capital_of(me);
}

static void check(void)
{
    demand_no_return(read_letters());
}

/* --- one who writes and two who read --- */

static void writer_and_readers(int me)
{
    if (me == 0) {
        write_first(me, LONG);
        write_second(me, LONG);
    } else {
        read_and_compare(me);
        read_and_compare(me);
    }
}

const struct sim_scenario sim_item_one_writer = {
    .name = "item_one_writer",
    .what = "one writes twice, two read twice",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = writer_and_readers,
    .check = check,
};

/* --- writers beside each other --- */

static void writers_and_reader(int me)
{
    if (me < 2) {
        write_first(me, LONG);
    } else {
        read_and_compare(me);
        read_and_compare(me);
    }
}

const struct sim_scenario sim_item_two_writers = {
    .name = "item_two_writers",
    .what = "two write, one reads twice",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {4, 2},
    .at_least = 1000,
    .setup = lay_out,
    .body = writers_and_reader,
    .check = check,
};

/* --- one stands still in the middle while both copies are written anew --- */

static void slow_writer(int me)
{
    if (me == 0) {
        write_first(me, LONG);
    } else if (me == 1) {
        write_first(me, LONG);
        write_second(me, LONG);
    } else {
        read_and_compare(me);
    }
}

const struct sim_scenario sim_item_slow_writer = {
    .name = "item_slow_writer",
    .what = "one writes while another writes twice, a third reads",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 1000,
    .setup = lay_out,
    .body = slow_writer,
    .check = check,
};

/* --- a writer died in the middle, before the beginning --- */

static void left_pending(void)
{
    lay_out();
    write_letters('x', LONG);
    /* It has claimed the item, and written one unit. */
    atomic_fetch_add(&shared->word, (UINT64_C(1) << 32) + (1 << 4));
    shared->units[CAPACITY / MP__ITEM_UNIT *
                  (atomic_load(&shared->word) >> 3 & 1 ? 0 : 1)] =
        atomic_load(&shared->word) >> 32 << 32 | 0x2a2a2a2a;
}

static void write_and_read(int me)
{
    write_first(me, LONG);
    demand_no_return(read_letters());
}

const struct sim_scenario sim_item_left_pending = {
    .name = "item_left_pending",
    .what = "two find a dead writer's claim, write and read",
    .processes = 2,
    .victims = 3,
    .ci = {3, 2},
    .more = {5, 2},
    .at_least = 1000,
    .setup = left_pending,
    .body = write_and_read,
    .check = check,
};

/* --- texts of several lengths: what lies behind the end does not count --- */

static void shorter_and_longer(int me)
{
    if (me == 0) {
        write_first(me, SHORT);
        write_second(me, LONG);
    } else if (me == 1) {
        write_first(me, SHORT);
    } else {
        read_and_compare(me);
    }
}

const struct sim_scenario sim_item_shorter = {
    .name = "item_shorter",
    .what = "short and long texts, two who write and one who reads",
    .processes = 3,
    .victims = 7,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 1000,
    .setup = lay_out,
    .body = shorter_and_longer,
    .check = check,
};
