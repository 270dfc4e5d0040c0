/*
 * Twenty objects of a subclass of Process, each terminated as soon as it runs:
 * half a second later it is no longer alive. How much of run() is still seen
 * is up to who is faster.
 *
 * The port of 2.04_process_subclass_terminate.py.
 */
#define _XOPEN_SOURCE 700
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int run(mp_call *c)
{
    (void)c;
    puts("必须重写进程类的run方法");
    puts("调用start方法时,会执行这个重写的run方法");
    mp_process *me = mp_current_process(); /* current_process() */
    mp_print(mp_process_pid(me), me);      /* print(....pid, ...) */
    sleep(1);                              /* time.sleep(1) */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    const struct timespec half = {0, 500000000};
    mp_process *p_list[20]; /* p_list = [] */
    for (int i = 0; i < 20; i++) {
        mp_process *p = /* p = MyProceee() */
            mp_process_new(.run = run, .type = "MyProceee");
        MP_TRY(mp_process_start(p));                /* p.start() */
        p_list[i] = p;                              /* p_list.append(p) */
        if (mp_process_is_alive(p) == 1) {          /* if p.is_alive(): */
            MP_TRY(mp_process_terminate(p));        /* p.terminate() */
            nanosleep(&half, NULL);                 /* time.sleep(0.5) */
            mp_print((bool)mp_process_is_alive(p)); /* print(p.is_alive()) */
        }
    }
    for (int i = 0; i < 20; i++) {
        MP_TRY(mp_process_join(p_list[i])); /* p.join() */
        mp_process_free(p_list[i]);
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}
