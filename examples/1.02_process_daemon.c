/*
 * A daemon Process is stopped when the program ends: of what the child prints,
 * its first lines may be seen, its last never is.
 *
 * The port of 1.02_process_daemon.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime("%Y-%m-%d %H:%M:%S") */
{
    static char text[32];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime(&t));
    return text;
}

static int task_func(mp_call *c)
{
    unsigned d;
    MP_TRY(mp_call_args(c, &d)); /* def task_func(d): */
    printf("%s子进程开始执行\n", now());
    printf("sleep %u s\n", d);
    sleep(d); /* time.sleep(d) */
    printf("%s子进程结束执行\n", now());
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    printf("%s父进程开始执行\n", now());
    mp_auto(mp_process) p = /* p = Process(target=task_func, args=(3,)) */
        mp_process_new(.target = task_func, .args = MP_ARGS(3));
    MP_TRY(mp_process_set_daemon(p, true)); /* p.daemon = True */
    MP_TRY(mp_process_start(p));            /* p.start() */
    printf("%s父进程结束执行\n", now());
    return 0;
}

int main(void)
{
    return mp_main(app);
}
