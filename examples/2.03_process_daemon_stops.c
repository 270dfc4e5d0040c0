/*
 * A daemon Process ends with the program, done or not: of its two lines the
 * first may be seen, the second never is.
 *
 * The port of 2.03_process_daemon_stops.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int demo_one(mp_call *c)
{
    (void)c;
    puts("start");
    sleep(3); /* time.sleep(3) */
    puts("end");
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_process) p = /* p = Process(target=demo_one) */
        mp_process_new(.target = demo_one);
    MP_TRY(mp_process_set_daemon(p, true)); /* p.daemon = True */
    MP_TRY(mp_process_start(p));            /* p.start() */
    puts("main");
    return 0;
}

int main(void)
{
    return mp_main(app);
}
