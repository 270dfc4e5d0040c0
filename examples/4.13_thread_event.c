/*
 * An Event between threads: main waits for the thread that sets the watchword.
 *
 * The port of 4.13_thread_event.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *s; /* s = None */
static mp_event *e;

static int bar(mp_call *c)
{
    (void)c;
    puts("Bar 拜山头");
    sleep(1); /* sleep(1) */
    s = "天王盖地虎";
    return mp_event_set(e); /* e.set() */
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    e = mp_event_new(); /* e = Event() */

    mp_auto(mp_thread) b =
        mp_thread_new(.target = bar); /* Thread(target=bar) */
    MP_TRY(mp_thread_start(b));       /* b.start() */

    puts("说对口令就是自己人");
    MP_TRY(mp_event_wait(e)); /* e.wait() */
    if (s != NULL && strcmp(s, "天王盖地虎") == 0)
        puts("确认过眼神,你是对的人");
    else
        puts("打死他");

    MP_TRY(mp_thread_join(b)); /* b.join() */
    mp_event_free(e);
    return 0;
}

int main(void)
{
    return mp_main(app);
}
