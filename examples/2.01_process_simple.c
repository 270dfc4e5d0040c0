/*
 * The first step: make a Process, start it, and go on. The program's own last
 * line comes early; its child is waited for.
 *
 * The port of 2.01_process_simple.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int demo_one(mp_call *c)
{
    (void)c;
    puts("start");
    sleep(10);                     /* time.sleep(10) */
    mp_print(getpid(), getppid()); /* print(os.getpid(), os.getppid()) */
    puts("end");
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_process) p = /* p = Process(target=demo_one) */
        mp_process_new(.target = demo_one);
    MP_TRY(mp_process_start(p)); /* p.start() */
    puts("mian");
    return 0;
}

int main(void)
{
    return mp_main(app);
}
