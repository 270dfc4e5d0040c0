/*
 * Producer and consumer over a Queue; None, put last, tells the consumer to
 * stop.
 *
 * The port of 2.10_queue_blocking_sentinel.py, without the two file functions,
 * which nobody calls.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) /* time.time() */
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int inputQ(mp_queue *queue)
{
    char data[64];
    snprintf(data, sizeof data, "%d -- %.7f", getpid(), now());
    MP_TRY(mp_queue_put(queue, data)); /* queue.put(...) */
    printf("已生产 %d  ,添加到队列\n", getpid());
    return 0;
}

/* 1: an item was consumed; 0: it was the sentinel. */
static int outputQ(mp_queue *queue)
{
    mp_auto_any data = MP_NONE;
    MP_TRY(mp_queue_get(queue, &data));    /* data = queue.get() */
    if (mp_any_kind(data) == MP_KIND_NONE) /* if data is None: */
        return 0;
    printf("%d已消费\n", getpid());
    return 1;
}

static int add_queue(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def add_queue(q): */
    for (int i = 0; i < 10; i++)
        MP_TRY(inputQ(q));
    return mp_queue_put(q, MP_NONE); /* q.put(None) */
}

static int delete_queue(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def delete_queue(q): */
    while (true) {
        int num = outputQ(q);
        MP_TRY(num);
        if (num == 0) /* if num is None: */
            break;
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_queue) q = mp_queue_new(); /* q = Queue() */
    mp_auto(mp_process) p1 = /* p1 = Process(target=add_queue, args=(q,)) */
        mp_process_new(.target = add_queue, .args = MP_ARGS(q));
    mp_auto(mp_process) p2 = /* p2 = Process(target=delete_queue, args=(q,)) */
        mp_process_new(.target = delete_queue, .args = MP_ARGS(q));
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
