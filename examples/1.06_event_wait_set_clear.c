/*
 * An Event: two children wait for it, clear it, and wait for the next set.
 *
 * The port of 1.06_event_wait_set_clear.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *now(void) /* time.strftime('%H:%M:%S') */
{
    static char text[16];
    time_t t = time(NULL);

    strftime(text, sizeof text, "%H:%M:%S", localtime(&t));
    return text;
}

static int mytest1(mp_call *c)
{
    mp_event *e;
    MP_TRY(mp_call_args(c, &e)); /* def mytest1(e): */
    MP_TRY(mp_event_wait(e));    /* e.wait() */
    sleep(1);                    /* time.sleep(1) */
    printf("flag的值是: %s\n",   /* e.is_set() */
           mp_event_is_set(e) == 1 ? "True" : "False");
    mp_event_clear(e); /* e.clear() */
    printf("%s 子进程1:我们是兄弟,我等你\n", now());
    MP_TRY(mp_event_wait(e)); /* e.wait() */
    printf("%s 子进程1:好,我们一起走吧\n", now());
    return 0;
}

static int mytest2(mp_call *c)
{
    mp_event *e;
    MP_TRY(mp_call_args(c, &e)); /* def mytest2(e): */
    MP_TRY(mp_event_wait(e));    /* e.wait() */
    sleep(1);                    /* time.sleep(1) */
    printf("flag的值是: %s\n",   /* e.is_set() */
           mp_event_is_set(e) == 1 ? "True" : "False");
    mp_event_clear(e); /* e.clear() */
    printf("%s 子进程2:好吧,但我只等你5秒\n", now());
    (void)!mp_event_wait(e, 5); /* e.wait(5): false, the time is over */
    printf("%s 子进程2:时间到了,我继续走了\n", now());
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_event) e = mp_event_new(); /* e = Event() */
    mp_auto(mp_process) p1 = /* p1 = Process(target=mytest1, args=(e,)) */
        mp_process_new(.target = mytest1, .args = MP_ARGS(e));
    mp_auto(mp_process) p2 = /* p2 = Process(target=mytest2, args=(e,)) */
        mp_process_new(.target = mytest2, .args = MP_ARGS(e));
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */

    printf("%s 主进程:谁等我一下,我需要8秒时间\n", now());
    mp_event_set(e); /* e.set() */
    sleep(8);        /* time.sleep(8) */
    printf("%s 主进程:好,感谢兄弟,我赶上\n", now());
    mp_event_set(e);             /* e.set() */
    MP_TRY(mp_process_join(p1)); /* p1.join() */
    MP_TRY(mp_process_join(p2)); /* p2.join() */
    printf("%s 主进程:好,大家都登顶了\n", now());
    return 0;
}

int main(void)
{
    return mp_main(app);
}
