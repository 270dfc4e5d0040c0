/*
 * A Semaphore of two: six processes want to run, two at a time do.
 *
 * The port of 1.03_semaphore_two_at_a_time.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime("%H:%M:%S") */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

static int mytest(mp_call *c)
{
    mp_semaphore *se;
    int i;
    MP_TRY(mp_call_args(c, &se, &i)); /* def mytest(se, i): */
    MP_TRY(mp_semaphore_acquire(se)); /* se.acquire() */
    const char *name = mp_process_name(mp_current_process());
    printf("%s %s开始运行\n", now(), name); /* current_process().name */
    sleep((unsigned)i);                     /* time.sleep(i) */
    printf("%s %s结束运行\n", now(), name);
    return mp_semaphore_release(se); /* se.release() */
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_semaphore) se = mp_semaphore_new(2); /* se = Semaphore(2) */
    for (int i = 0; i < 6; i++) {
        mp_auto(mp_process) p = /* p = Process(target=mytest, args=(se, 2)) */
            mp_process_new(.target = mytest, .args = MP_ARGS(se, 2));
        MP_TRY(mp_process_start(p)); /* p.start() */
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}
