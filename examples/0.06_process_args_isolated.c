/*
 * An argument is the child's own: it counts its num up to 10 and returns,
 * while main goes on adding 2 to its own, for ever.
 *
 * The port of 0.06_process_args_isolated.py. On Ctrl-C main leaves its loop as
 * KeyboardInterrupt would make it; a program that ends waits for its children,
 * so a signal to main alone leaves no orphan.
 */
#include <mproc.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int num = 0;
static volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
    interrupted = sig;
}

static int test(mp_call *c)
{
    int own;
    MP_TRY(mp_call_args(c, &own)); /* def test(num): */
    while (true) {
        own += 1;
        puts("--- test ---");
        printf("子进程num = %d\n", own);

        if (own == 10)
            return 0;
        sleep(1); /* time.sleep(1) */
    }
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_process) p = /* p = Process(target=test, args=(num,)) */
        mp_process_new(.target = test, .args = MP_ARGS(num));
    MP_TRY(mp_process_start(p)); /* p.start() */

    signal(SIGINT, interrupt); /* KeyboardInterrupt */
    while (!interrupted) {
        puts("--- main ---");
        num += 2;
        printf("主进程：num = %d\n", num);
        sleep(1); /* time.sleep(1) */
    }
    return 0;
}

int main(void)
{
    return mp_main(app);
}
