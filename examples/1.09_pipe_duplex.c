/*
 * A Pipe goes both ways: two children run the same function, each at its own
 * end, and each sends five texts, sleeps, and receives the other's five.
 *
 * The port of 1.09_pipe_duplex.py, without mytest02, which nobody calls.
 */
#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime('%H:%M:%S') */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

static int mytest(mp_call *c)
{
    mp_connection *pp;
    MP_TRY(mp_call_args(c, &pp)); /* def mytest(pp): */
    for (int i = 0; i < 5; i++) {
        char mystr[32];
        snprintf(mystr, sizeof mystr, "mytest-%d", i);
        printf("%s mytest 发送%s\n", now(), mystr);
        MP_TRY(mp_connection_send(pp, mystr)); /* pp.send(mystr) */
    }

    sleep(2); /* time.sleep(2) */
    for (int i = 0; i < 5; i++) {
        const char *asked = now();
        char *mystr;
        MP_TRY(mp_connection_recv(pp, &mystr)); /* pp.recv() */
        printf("%s mytest 接收:%s\n", asked, mystr);
        free(mystr);
    }
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_connection) pi_0 = NULL;
    mp_auto(mp_connection) pi_1 = NULL;
    MP_TRY(mp_pipe(&pi_0, &pi_1)); /* pi = Pipe() */
    mp_auto(mp_process) p1 = /* p1 = Process(target=mytest, args=(pi[0],)) */
        mp_process_new(.target = mytest, .args = MP_ARGS(pi_0));
    mp_auto(mp_process) p2 = /* p2 = Process(target=mytest, args=(pi[1],)) */
        mp_process_new(.target = mytest, .args = MP_ARGS(pi_1));

    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    MP_TRY(mp_process_join(p2));  /* p2.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
