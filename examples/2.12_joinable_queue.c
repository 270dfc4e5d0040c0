/*
 * A JoinableQueue knows when its tasks are done: three producers wait in join
 * until two daemon consumers have said task_done for every item.
 *
 * The port of 2.12_joinable_queue.py.
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

static int inputQ(mp_queue *queue, const char *name)
{
    char data[64];
    snprintf(data, sizeof data, "%s%d -- %.7f", name, getpid(), now());
    MP_TRY(mp_queue_put(queue, data)); /* queue.put(...) */
    printf("%s已生产 %d  ,添加到队列, \n", name, getpid());
    return 0;
}

static int outputQ(mp_queue *queue)
{
    mp_auto_any data = MP_NONE;
    MP_TRY(mp_queue_get(queue, &data)); /* data = queue.get() */
    return mp_queue_task_done(queue);   /* queue.task_done() */
}

static int add_queue(mp_call *c)
{
    mp_queue *q;
    const char *name;
    MP_TRY(mp_call_args(c, &q, &name)); /* def add_queue(q, name): */
    for (int i = 0; i < 10; i++)
        MP_TRY(inputQ(q, name));
    MP_TRY(mp_queue_join(q)); /* q.join() */
    printf("已全部消费完了---------%d\n", getpid());
    return 0;
}

static int delete_queue(mp_call *c)
{
    mp_queue *q;
    MP_TRY(mp_call_args(c, &q)); /* def delete_queue(q): */
    while (true) {
        MP_TRY(outputQ(q));
        printf("%d已消费\n", getpid());
    }
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_queue) q = mp_joinable_queue_new(); /* q = JoinableQueue() */
    mp_auto(mp_process) p1 = /* p1 = Process(..., args=(q, '猪蹄子')) */
        mp_process_new(.target = add_queue, .args = MP_ARGS(q, "猪蹄子"));
    mp_auto(mp_process) p2 = /* p2 = Process(..., args=(q, '涮羊肉')) */
        mp_process_new(.target = add_queue, .args = MP_ARGS(q, "涮羊肉"));
    mp_auto(mp_process) p3 = /* p3 = Process(..., args=(q, '羊蝎子')) */
        mp_process_new(.target = add_queue, .args = MP_ARGS(q, "羊蝎子"));
    mp_auto(mp_process) c1 = /* c1 = Process(target=delete_queue, args=(q,)) */
        mp_process_new(.target = delete_queue, .args = MP_ARGS(q));
    mp_auto(mp_process) c2 = /* c2 = Process(target=delete_queue, args=(q,)) */
        mp_process_new(.target = delete_queue, .args = MP_ARGS(q));
    MP_TRY(mp_process_set_daemon(c1, true)); /* c1.daemon = True */
    MP_TRY(mp_process_set_daemon(c2, true)); /* c2.daemon = True */
    MP_TRY(mp_process_start(p1));            /* p1.start() */
    MP_TRY(mp_process_start(p2));            /* p2.start() */
    MP_TRY(mp_process_start(p3));            /* p3.start() */
    MP_TRY(mp_process_start(c1));            /* c1.start() */
    MP_TRY(mp_process_start(c2));            /* c2.start() */
    MP_TRY(mp_process_join(p1));             /* p1.join() */
    MP_TRY(mp_process_join(p2));             /* p2.join() */
    MP_TRY(mp_process_join(p3));             /* p3.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
