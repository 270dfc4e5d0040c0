/*
 * The tasks, and the books about them; see rig.h.
 */
#include "rig.h"

#include "process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MOST = 3000, ALLOCATED = 1 << 20, COMPLAINTS_MOST = 20 };

/* Of one task. Shared with the workers. */
struct entry {
    _Atomic unsigned char begun; /* how often */
    _Atomic unsigned char ended; /* how often somebody was told */
};

static struct entry *entries;
static long entries_size;
static _Atomic long complaints;

/* In the parent only. */
static _Atomic long ends[DEEDS]; /* as they should */
static _Atomic long lost, late, cancelled, unseen;

void complain(const char *fmt, ...)
{
    va_list args;

    if (complaints++ >= COMPLAINTS_MOST)
        return;
    va_start(args, fmt);
    (void)fprintf(stderr, "pool_chaos: ");
    (void)vfprintf(stderr, fmt, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
}

/* -- tasks ----------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint32_t pool_pick(struct pool_random *r, uint32_t n)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mix(r->state) % n);
}

/* Of 2000 wild tasks; the tame ones have those of the first three only. */
static const struct {
    enum deed deed;
    uint32_t share;
} shares[] = {
    {LOOP, 2},  {EXIT, 8},   {EXIT_AT_ONCE, 8}, {ABORT, 6},
    {CRASH, 6}, {RAISE, 90}, {ALLOCATE, 80},    {RETURN_TEXT, 300},
};

long task_id(long n, enum mood mood)
{
    return n * 2 + (mood == WILD);
}

enum deed deed_of(long id)
{
    uint32_t at = (uint32_t)(mix((uint64_t)id) % 2000);

    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        if (at < shares[i].share)
            return id % 2 != 0 || shares[i].deed <= ALLOCATE ? shares[i].deed
                                                             : RETURN_NUMBER;
        at -= shares[i].share;
    }
    return RETURN_NUMBER;
}

static size_t text_size(long id)
{
    return (size_t)(mix((uint64_t)id + 7) % TEXT_MOST);
}

static void fill_text(long id, char *text)
{
    size_t n = text_size(id);

    memset(text, 'a' + (int)(id % 26), n);
    text[n] = '\0';
}

static int allocate(mp_call *c, long id)
{
    char *data = malloc(ALLOCATED);

    if (data == NULL)
        return mp_raise(c, -ENOMEM, "no memory");
    memset(data, 1, ALLOCATED);
    free(data);
    return mp_return(c, id);
}

static int die_of(int signal_number)
{
    (void)signal(signal_number, SIG_DFL);
    return raise(signal_number);
}

int do_deed(mp_call *c)
{
    char text[TEXT_MOST + 1];
    long id;

    MP_TRY(mp_call_args(c, &id));
    entries[id / 2].begun++;
    switch (deed_of(id)) {
    case RETURN_TEXT:
        fill_text(id, text);
        return mp_return(c, text);
    case ALLOCATE:
        return allocate(c, id);
    case RAISE:
        return mp_raise(c, MP_KEY_ERROR, "%ld", id);
    case EXIT:
        exit(3);
    case EXIT_AT_ONCE:
        _exit(0);
    case ABORT:
        return die_of(SIGABRT);
    case CRASH:
        return die_of(SIGSEGV);
    case LOOP:
        for (;;)
            usleep(1000);
    default:
        return mp_return(c, id);
    }
}

/* -- their ends ------------------------------------------------------------ */

static bool is_its_value(long id, const mp_any *value)
{
    char expected[TEXT_MOST + 1], *text = NULL;
    long number;
    bool is;

    if (deed_of(id) != RETURN_TEXT)
        return mp_any_into(*value, &number) == 0 && number == id;
    fill_text(id, expected);
    is = mp_any_into(*value, &text) == 0 && strcmp(text, expected) == 0;
    free(text);
    return is;
}

static bool fits(long id, int rc, const mp_any *value)
{
    switch (deed_of(id)) {
    case RAISE:
        return rc == MP_KEY_ERROR &&
               strtol(mp_error_last()->message, NULL, 10) == id;
    case EXIT:
    case EXIT_AT_ONCE:
    case ABORT:
    case CRASH:
        return false; /* lost, and so counted there */
    case LOOP:
        return rc == MP_TIMEOUT;
    default:
        return rc == 0 && is_its_value(id, value) && entries[id / 2].begun == 1;
    }
}

void tell_end(long id, int rc, const mp_any *value)
{
    entries[id / 2].ended++;
    if (fits(id, rc, value))
        ends[deed_of(id)]++;
    else if (rc == MP_WORKER_LOST)
        lost++;
    else if (rc == MP_CANCELLED)
        cancelled++;
    else if (rc == MP_TIMEOUT)
        late++;
    else
        complain("task %ld, deed %d, ended with %d: %s", id, (int)deed_of(id),
                 rc, rc < 0 ? mp_error_last()->message : "another value");
}

void tell_end_unseen(long id)
{
    entries[id / 2].ended++;
    unseen++;
}

/* -- the books ------------------------------------------------------------- */

void open_books(long tasks)
{
    entries_size = tasks;
    entries = rig_shared((size_t)tasks * sizeof *entries);
    /* All is touched now, so that it is no growth later. */
    memset((void *)entries, 0, (size_t)tasks * sizeof *entries);
}

void close_books(void)
{
    rig_free_shared(entries, (size_t)entries_size * sizeof *entries);
}

bool check_books(void)
{
    long begun = 0, fine = 0;

    for (long i = 0; i < entries_size; i++) {
        begun += entries[i].begun;
        if (entries[i].ended != 1)
            complain("task %ld ended %d times", i, entries[i].ended);
        if (entries[i].begun > 1)
            complain("task %ld began %d times", i, entries[i].begun);
    }
    for (int i = 0; i < DEEDS; i++)
        fine += ends[i];
    /* Only a worker that got no CPU for so long could make one of these. */
    if (late > entries_size / 1000 + 5)
        complain("%ld tasks ran out of time without a loop", late);
    (void)printf("pool_chaos: %ld tasks, %ld begun; %ld as expected (%ld "
                 "raised, %ld out of time), %ld lost, %ld late, %ld "
                 "cancelled, %ld parts of a failed map\n",
                 entries_size, begun, fine, ends[RAISE], ends[LOOP], lost, late,
                 cancelled, unseen);
    return complaints == 0;
}
