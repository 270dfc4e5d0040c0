/*
 * put_nowait and get_nowait do not wait: a Queue of two that is full or empty
 * is reported and the program goes on. Ten processes put, a hundred get.
 *
 * The port of 2.11_queue_nowait_lottery.py. It wants a data.txt holding a
 * number, the stock, in the current folder. Two errors of the Python end a
 * child here, too: data used though nothing was got, and an int made of a file
 * that another child has just emptied to write it anew.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double now(void) /* time.time() */
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int inputQ(mp_call *c)
{
    mp_queue *queue;
    MP_TRY(mp_call_args(c, &queue)); /* def inputQ(queue): */
    char data[64];
    snprintf(data, sizeof data, "%d -- %.7f", getpid(), now());
    if (mp_queue_put_nowait(queue, data) == 0) /* queue.put_nowait(...) */
        printf("用户 %d 进来要抽奖了 ,添加到队列\n", getpid());
    else /* except Exception as e: str(e) is '' for Full */
        printf("队列已满, %d \n", getpid());
    return 0;
}

static int read_num(mp_call *c, int *num)
{
    FILE *f = fopen("data.txt", "r"); /* with open("data.txt", "r") as f: */
    if (f == NULL)
        return mp_raise(c, -errno, "data.txt");
    int items = fscanf(f, "%d", num); /* num = int(f.read()) */
    fclose(f);
    if (items != 1)
        return mp_raise(c, MP_VALUE_ERROR,
                        "invalid literal for int() with base 10: ''");
    return 0;
}

static int outputQ(mp_call *c)
{
    mp_queue *queue;
    MP_TRY(mp_call_args(c, &queue)); /* def outputQ(queue): */
    mp_auto_any data = MP_NONE;
    if (mp_queue_get_nowait(queue, &data) < 0) /* data = queue.get_nowait() */
        puts("队列已空 ");                     /* except Exception as e: */
    int num;
    MP_TRY(read_num(c, &num));
    if (num > 0) {
        int num_end = num;
        num_end -= 1;
        FILE *f = fopen("data.txt", "w"); /* with open("data.txt", "w") as f: */
        if (f == NULL)
            return mp_raise(c, -errno, "data.txt");
        fprintf(f, "%d", num_end); /* f.write(str(num_end)) */
        fclose(f);
        if (mp_any_kind(data) == MP_KIND_NONE)
            return mp_raise_as(c, MP_USER, "UnboundLocalError",
                               "cannot access local variable 'data' where it "
                               "is not associated with a value");
        const char *text = mp_any_data(data);
        printf("%d用户 '%s' 已抽奖,抽奖前库存:%d,抽奖后库存:%d\n", getpid(),
               text, num, num_end);
    } else {
        printf("%d无库存了\n", getpid());
    }
    return 0;
}

static int run_test(mp_queue *q)
{
    for (int i = 0; i < 10; i++) {
        mp_auto(mp_process) p = /* p = Process(target=inputQ, args=(q,)) */
            mp_process_new(.target = inputQ, .args = MP_ARGS(q));
        MP_TRY(mp_process_start(p)); /* p.start() */
    }
    for (int i = 0; i < 100; i++) {
        mp_auto(mp_process) p = /* p = Process(target=outputQ, args=(q,)) */
            mp_process_new(.target = outputQ, .args = MP_ARGS(q));
        MP_TRY(mp_process_start(p)); /* p.start() */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto(mp_queue) q = mp_queue_new(.maxsize = 2); /* q = Queue(2) */
    return run_test(q);
}

int main(void)
{
    return mp_main(app);
}
