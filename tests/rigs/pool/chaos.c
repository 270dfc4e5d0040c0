/*
 * Threads that submit, one that kills, and what the parent holds meanwhile;
 * see rig.h.
 */
#include "rig.h"

#include "leaks.h"
#include "process.h"

#include "os/crash.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SUBMITTERS = 4,
    WORKERS = 4,
    EPOCHS = 4,   /* pools, one after another, ... */
    FIRST = 1000, /* ... after a small one for what is made once and stays */
    MOST_AT_ONCE = 200,
    SELDOM = 50, /* so many times as far apart, that tasks without end are found
                    to be so */
    CHILDREN_MOST = 32,
    GROWTH_MOST = 16 << 10 /* kB */
};

#define TIME_LIMIT 0.2

static mp_pool *pool;
static _Atomic long next_task;
static long tasks_end; /* of this epoch */
static _Atomic bool is_over;
static _Atomic long kills;
static long memory_early, memory_late; /* kB */
static _Atomic long memory_samples;

/* -- submitters ------------------------------------------------------------ */

/* Up to n numbers of tasks that nobody else has. */
static long take_tasks(long n, long *first)
{
    long from = atomic_fetch_add(&next_task, n);

    *first = from;
    if (from >= tasks_end)
        return 0;
    return tasks_end - from < n ? tasks_end - from : n;
}

static void apply_one(long id)
{
    mp_any value = MP_NONE;
    int rc = mp_pool_apply(pool, do_deed, MP_ARGS(id), &value,
                           .timeout = TIME_LIMIT);

    tell_end(id, rc, &value);
    mp_any_clear(&value);
}

static void apply_each(long first, long n)
{
    for (long i = 0; i < n; i++)
        apply_one(task_id(first + i, WILD));
}

struct call_back {
    _Atomic int results;
    _Atomic int errors;
};

static int on_result(mp_call *c)
{
    struct call_back *b = mp_call_self(c);

    (void)mp_call_argc(c);
    b->results++;
    return 0;
}

static int on_error(mp_call *c)
{
    struct call_back *b = mp_call_self(c);

    (void)mp_call_argc(c);
    b->errors++;
    return 0;
}

static void get_one(long id, mp_result *r, const struct call_back *b)
{
    mp_any value = MP_NONE;
    int rc = mp_result_get(r, &value);

    if (b->results != (rc == 0) || b->errors != (rc < 0))
        complain("task %ld: %d results, %d errors called back, rc %d", id,
                 b->results, b->errors, rc);
    if (rc < 0)
        rc = mp_result_get(r, &value); /* the record is this one's again */
    tell_end(id, rc, &value);
    mp_any_clear(&value);
    mp_result_free(r);
}

/* All are submitted before the first is asked for; some are cancelled. */
static void apply_all_async(long first, long n, struct pool_random *random)
{
    mp_result *rs[MOST_AT_ONCE];
    struct call_back backs[MOST_AT_ONCE] = {{0, 0}};

    for (long i = 0; i < n; i++)
        rs[i] = mp_pool_apply_async(
            pool, do_deed, MP_ARGS(task_id(first + i, WILD)),
            .timeout = TIME_LIMIT, .callback = on_result,
            .error_callback = on_error, .self = &backs[i]);
    for (long i = 0; i < n; i++) {
        if (rs[i] == NULL) {
            complain("apply_async: %s", mp_error_last()->message);
            continue;
        }
        if (pool_pick(random, 50) == 0)
            (void)mp_result_cancel(rs[i]);
        get_one(task_id(first + i, WILD), rs[i], &backs[i]);
    }
}

/* A death fails the whole; what its items would have answered is not seen. */
static void map_all(long first, long n, struct pool_random *random)
{
    long ids[MOST_AT_ONCE];
    mp_any values = MP_NONE;
    int rc;

    for (long i = 0; i < n; i++)
        ids[i] = task_id(first + i, TAME);
    rc = mp_pool_map(pool, do_deed, MP_ARRAY_N(ids, (size_t)n), &values,
                     .chunksize = (long)pool_pick(random, 20));
    if (rc < 0 && rc != MP_WORKER_LOST)
        complain("map: %s", mp_error_last()->message);
    for (long i = 0; i < n; i++) {
        mp_any value = rc < 0 ? MP_NONE : mp_any_item(values, i);

        if (rc < 0)
            tell_end_unseen(ids[i]);
        else
            tell_end(ids[i], 0, &value);
    }
    mp_any_clear(&values);
}

static void imap_all(long first, long n, struct pool_random *random)
{
    long ids[MOST_AT_ONCE];
    mp_iter *it;

    for (long i = 0; i < n; i++)
        ids[i] = task_id(first + i, WILD);
    it = mp_pool_imap(pool, do_deed, MP_ARRAY_N(ids, (size_t)n),
                      .chunksize = 1 + (long)pool_pick(random, 20),
                      .buffersize = 1 + pool_pick(random, 100),
                      .timeout = TIME_LIMIT);
    for (long i = 0; i < n; i++) {
        mp_any value = MP_NONE;
        int rc = mp_iter_next(it, &value);

        tell_end(ids[i], rc, &value);
        mp_any_clear(&value);
    }
    if (mp_iter_next(it, (mp_any *)NULL) != MP_STOP_ITERATION)
        complain("imap has more results than items");
    mp_iter_free(it);
}

struct source {
    long next, end;
};

static int give_task(mp_call *c)
{
    struct source *s = mp_call_self(c);

    return s->next < s->end ? mp_return(c, task_id(s->next++, TAME))
                            : MP_STOP_ITERATION;
}

/* Which it is that was lost is not known, so they are counted as a whole. */
static void imap_unordered(long first, long n, struct pool_random *random)
{
    struct source source = {first, first + n};
    long got = 0, rc;
    mp_iter *it = mp_pool_imap_unordered(
        pool, do_deed, MP_NONE, .next = give_task, .self = &source,
        .chunksize = 1 + (long)pool_pick(random, 10),
        .buffersize = 1 + pool_pick(random, 100));

    for (; (rc = mp_iter_next(it, (mp_any *)NULL)) != MP_STOP_ITERATION; got++)
        if (rc < 0 && rc != MP_WORKER_LOST)
            complain("imap_unordered: %s", mp_error_last()->message);
    if (got != n)
        complain("imap_unordered gave %ld results for %ld items", got, n);
    for (long i = 0; i < n; i++)
        tell_end_unseen(task_id(first + i, TAME));
    mp_iter_free(it);
}

static void *submit(void *arg)
{
    struct pool_random *random = arg;
    long first, n;

    while ((n = take_tasks(1 + (long)pool_pick(random, MOST_AT_ONCE), &first)) >
           0) {
        switch (pool_pick(random, 8)) {
        case 0:
            apply_each(first, n);
            break;
        case 1:
        case 2:
            apply_all_async(first, n, random);
            break;
        case 3:
        case 4:
            map_all(first, n, random);
            break;
        case 5:
        case 6:
            imap_all(first, n, random);
            break;
        default:
            imap_unordered(first, n, random);
        }
    }
    return NULL;
}

/* -- the killer ------------------------------------------------------------ */

static void kill_one(struct pool_random *random)
{
    mp_process *workers[CHILDREN_MOST];
    int n = mp_active_children(workers, CHILDREN_MOST);

    if (n > 0 && mp_process_kill(workers[pool_pick(random, (uint32_t)n)]) == 0)
        kills++;
    for (int i = 0; i < n; i++)
        mp_process_free(workers[i]);
}

static long memory(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    long sum = 0;

    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "RssAnon:", 8) == 0 ||
            strncmp(line, "RssShmem:", 9) == 0)
            sum += atol(strchr(line, ':') + 1);
    (void)fclose(f);
    return sum;
}

/* The most of the first third and of the last. */
static void sample_memory(long tasks)
{
    long now = memory(), at = next_task;
    long *most = at < tasks / 3       ? &memory_early
                 : at > 2 * tasks / 3 ? &memory_late
                                      : NULL;

    memory_samples++;
    if (most != NULL && now > *most)
        *most = now;
}

struct killer {
    struct pool_random random;
    uint32_t every; /* microseconds */
    long tasks;
};

static void *kill_all_the_while(void *arg)
{
    struct killer *k = arg;

    for (int i = 0; !is_over; i++) {
        usleep(k->every / 2 + pool_pick(&k->random, k->every));
        kill_one(&k->random);
        if (i % 16 == 0)
            sample_memory(k->tasks);
    }
    return NULL;
}

/* -- one pool after another ------------------------------------------------ */

static void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
    if (pthread_create(thread, NULL, fn, arg) != 0)
        rig_stop("pool_chaos: no thread");
}

static int be_slow(mp_call *c)
{
    (void)c;
    (void)usleep(100000);
    return 0;
}

/* Half of the pools come to their end in order, the others at work. */
static void end_pool(bool in_order)
{
    if (in_order && (mp_pool_close(pool) < 0 || mp_pool_join(pool, 30.0) < 0))
        complain("close and join: %s", mp_error_last()->message);
    for (int i = 0; i < 20 && !in_order; i++)
        mp_result_free(mp_pool_apply_async(pool, be_slow));
    mp_pool_free(pool);
}

static void run_epoch(int epoch, const struct chaos *chaos)
{
    pthread_t threads[SUBMITTERS], killing;
    struct pool_random randoms[SUBMITTERS];
    uint64_t seed = chaos->seed + 100 * (uint64_t)epoch;
    struct killer killer = {{seed ^ 0xdead},
                            epoch % 2 == 0 ? chaos->every
                                           : SELDOM * chaos->every,
                            chaos->tasks};

    pool = mp_pool_new(WORKERS, .max_pending = 300,
                       .maxtasksperchild = epoch % 2 * 50);
    if (pool == NULL)
        rig_stop("pool_chaos: %s", mp_error_last()->message);
    is_over = false;
    start(&killing, kill_all_the_while, &killer);
    for (int i = 0; i < SUBMITTERS; i++) {
        randoms[i].state = seed + (uint64_t)i;
        start(&threads[i], submit, &randoms[i]);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        (void)pthread_join(threads[i], NULL);
    is_over = true;
    (void)pthread_join(killing, NULL);
    end_pool(epoch % 2 == 0);
}

/* Threads would each have memory of their own, and some more each time. */
static void use_one_arena(void)
{
    if (mallopt(M_ARENA_MAX, 1) != 1)
        rig_stop("pool_chaos: no mallopt");
}

static void tell(double began)
{
    (void)printf("pool_chaos: %ld workers killed from outside, %.0f s, memory "
                 "%ld kB at first, %ld kB at last\n",
                 kills, rig_seconds() - began, memory_early, memory_late);
    if (memory_late > memory_early + GROWTH_MOST)
        complain("the parent grew");
}

/* The memory for crash reports is made once, and comes to be there as slots
   are used: all of it is to be there before the count. */
static void look_at_all_reports(void)
{
    struct mp__crash crash;

    for (mp__owner slot = 1; slot <= MP__SLOTS; slot++)
        (void)mp__crash_of(slot, &crash);
}

bool run_chaos(const struct chaos *chaos)
{
    struct rig_leaks before;
    double began = rig_seconds();
    bool fine;

    use_one_arena();
    open_books(FIRST + chaos->tasks);
    tasks_end = FIRST;
    run_epoch(0, chaos);
    look_at_all_reports();
    before = rig_count();
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        next_task = FIRST + chaos->tasks * epoch / EPOCHS;
        tasks_end = FIRST + chaos->tasks * (epoch + 1) / EPOCHS;
        run_epoch(epoch, chaos);
    }
    tell(began);
    fine = check_books();
    fine &= !rig_has_leaked(&before);
    close_books();
    return fine;
}
