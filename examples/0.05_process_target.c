/*
 * A Process runs a function: child and main print every second, for ever.
 *
 * The port of 0.05_process_target.py. Ctrl-C reaches both: the child ends, and
 * main leaves its loop as KeyboardInterrupt would make it. A program that ends
 * waits for its children, so a signal to main alone leaves no orphan.
 */
#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
    interrupted = sig;
}

static int test(mp_call *c)
{
    (void)c;
    while (true) {
        puts("---test---");
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_process) p = /* p = Process(target=test) */
        mp_process_new(.target = test);
    MP_TRY(mp_process_start(p)); /* p.start() */

    signal(SIGINT, interrupt); /* KeyboardInterrupt */
    while (!interrupted) {
        puts("---main---");
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}
