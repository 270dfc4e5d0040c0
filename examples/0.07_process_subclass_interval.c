/*
 * A subclass of Process: run() is a function, the object a struct of ours.
 *
 * The port of 0.07_process_subclass_interval.py. It keeps the Python's slip:
 * where the seconds should stand, it prints its parent's pid as a float; the
 * real time follows in the next line.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct Process_class {
    unsigned interval;
};

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int run(mp_call *c)
{
    const struct Process_class *self = mp_call_self(c); /* def run(self): */
    char took[32];

    printf("子进程(%d)开始执行，父进程为(%d)\n", getpid(), getppid());
    double t_start = now(); /* time.time() */
    sleep(self->interval);  /* time.sleep(self.interval) */
    double t_stop = now();  /* time.time() */
    printf("(%d)执行结束，耗时%0.2f秒\n", getpid(), (double)getppid());
    mp_repr(t_stop - t_start, took, sizeof took); /* str(t_stop - t_start) */
    printf("用时：%s\n", took);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    printf("当前程序进程(%d)\n", getpid());
    struct Process_class self = {.interval = 2};
    mp_auto(mp_process) p1 = /* p1 = Process_class(2) */
        mp_process_new(.run = run, .self = &self);
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    puts("子进程结束");
    return 0;
}

int main(void)
{
    return mp_main(app);
}
