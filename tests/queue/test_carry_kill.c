/* ctest-timeout: 180 */
/*
 * Processes are killed while handles pass between them. Nobody is told of it:
 * those left have to find out by themselves.
 *
 * Each item is a number and the end of a pipe at whose other end the same
 * number was sent: whoever gets a descriptor that belongs to another item sees
 * it.
 */
#include "carry.h"
#include "until.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { ITEMS = 100000, WORKERS = 4, KILLS = 300, PATIENCE = 20 };

enum verdict { FINE, NO_PIPE, ODD_PUT, ODD_GET, WRONG_NUMBER, TWICE };

static struct books {
    mp_queue *q;
    atomic_int next;
    atomic_bool over;
    atomic_uchar accepted[ITEMS];
    atomic_uchar received[ITEMS];
} * books;

static int put_one(int number)
{
    mp_auto(mp_connection) x = NULL;
    mp_auto(mp_connection) y = NULL;
    if (mp_pipe(&x, &y) < 0 || mp_connection_send(x, number) < 0)
        return NO_PIPE;
    int rc = mp_queue_put(books->q, MP_TUPLE(number, y), 0.05);
    if (rc == 0)
        atomic_store(&books->accepted[number], 1);
    return rc == 0 || rc == MP_FULL ? FINE : ODD_PUT;
}

static int get_one(double timeout, int *rc)
{
    mp_auto(mp_connection) c = NULL;
    int number = -1, sent = -2;
    *rc = mp_queue_get(books->q, MP_UNPACK(&number, &c), timeout);
    if (*rc < 0)
        return *rc == MP_EMPTY ? FINE : ODD_GET;
    if (mp_connection_recv(c, &sent, PATIENCE) < 0 || sent != number)
        return WRONG_NUMBER;
    return atomic_fetch_add(&books->received[number], 1) == 0 ? FINE : TWICE;
}

static int produce(void *unused)
{
    int rc = FINE;
    (void)unused;
    while (rc == FINE && !atomic_load(&books->over)) {
        int number = atomic_fetch_add(&books->next, 1);
        if (number >= ITEMS)
            break;
        rc = put_one(number);
    }
    return rc;
}

static int consume(void *unused)
{
    int verdict = FINE, rc;
    (void)unused;
    while (verdict == FINE && !atomic_load(&books->over))
        verdict = get_one(0.05, &rc);
    return verdict;
}

static pid_t start(int i)
{
    return child_start(i % 2 == 0 ? produce : consume, NULL);
}

/* Kill one after the other, each after as many items as chance has it; how many
   of them were consumers. */
static int rage(pid_t pids[WORKERS])
{
    unsigned seed = 11;
    int consumers = 0;
    for (int k = 0; k < KILLS; k++) {
        int i = k % WORKERS;
        seed = seed * 1103515245u + 12345u;
        int until = atomic_load(&books->next) + (int)(seed >> 16) % 60;
        assert_until(atomic_load(&books->next) >= until, PATIENCE);
        kill(pids[i], SIGKILL);
        assert_int_equal(child_wait(pids[i], PATIENCE), -SIGKILL);
        pids[i] = start(i);
        consumers += i % 2;
    }
    return consumers;
}

static int count_lost(void)
{
    int lost = 0, accepted = 0;
    for (int k = 0; k < ITEMS; k++) {
        accepted += atomic_load(&books->accepted[k]);
        lost += atomic_load(&books->accepted[k]) &&
                !atomic_load(&books->received[k]);
    }
    assert_true(accepted > KILLS);
    return lost;
}

static void storm(struct stage *s)
{
    pid_t pids[WORKERS];
    int rc = 0;
    books = mmap(NULL, sizeof *books, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    books->q = s->q;
    for (int i = 0; i < WORKERS; i++)
        pids[i] = start(i);
    int killed = rage(pids);
    atomic_store(&books->over, true);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), FINE);
    while (rc == 0)
        assert_int_equal(get_one(0, &rc), FINE);
    assert_in_range(count_lost(), 0, killed);
    munmap(books, sizeof *books);
}

/* The handle that passes last sweeps the strays out. */
static void assert_still_passes(struct stage *s)
{
    mp_auto(mp_connection) c = NULL;
    assert_ok(mp_queue_put(s->q, s->a, PATIENCE));
    assert_ok(mp_queue_get(s->q, &c, PATIENCE));
    assert_answers_to(s->b, c);
    assert_socket_is_empty(s->q);
}

static void handles_reach_whom_they_are_for_among_kills(void **state)
{
    struct stage *s = *state;
    storm(s);
    assert_still_passes(s);
}

static void and_where_the_socket_is_mostly_full(void **state)
{
    struct stage *s = *state;
    int least = 1;
    setsockopt(s->q->ring.in, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    storm(s);
    assert_still_passes(s);
}

static void and_where_the_queue_is_mostly_full(void **state)
{
    struct stage *s = *state;
    mp_queue_free(s->q);
    s->q = mp_queue_new(2);
    storm(s);
    assert_still_passes(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(handles_reach_whom_they_are_for_among_kills),
        STAGED(and_where_the_socket_is_mostly_full),
        STAGED(and_where_the_queue_is_mostly_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
