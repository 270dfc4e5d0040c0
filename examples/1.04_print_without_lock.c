/*
 * Without a Lock: what three processes print comes interleaved.
 *
 * The port of 1.04_print_without_lock.py.
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

static int task1(mp_call *c)
{
    (void)c;
    for (int n = 5; n > 1; n--) {
        printf("%s task1 输出信息\n", now());
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

static int task2(mp_call *c)
{
    (void)c;
    for (int n = 5; n > 1; n--) {
        printf("%s task2 输出信息\n", now());
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

static int task3(mp_call *c)
{
    (void)c;
    for (int n = 5; n > 1; n--) {
        printf("%s task3 输出信息\n", now());
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_process) p1 =
        mp_process_new(task1); /* p1 = Process(target=task1) */
    mp_auto(mp_process) p2 =
        mp_process_new(task2); /* p2 = Process(target=task2) */
    mp_auto(mp_process) p3 =
        mp_process_new(task3);    /* p3 = Process(target=task3) */
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_start(p3)); /* p3.start() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
