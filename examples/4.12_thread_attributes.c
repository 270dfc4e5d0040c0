/*
 * A thread's name, its daemon flag, and whether it is alive. The program ends
 * before its daemon has slept, which thus never comes to its last line; which
 * name the first one shows is up to who is faster.
 *
 * The port of 4.12_thread_attributes.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int fun(mp_call *c)
{
    (void)c;
    mp_print("当前线程:", /* print(..., currentThread().getName()) */
             mp_thread_name(mp_current_thread()));
    sleep(3); /* sleep(3) */
    puts("线程属性示例");
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_auto(mp_thread) t = /* t = Thread(target=fun, name="Tedu") */
        mp_thread_new(.target = fun, .name = "Tedu");

    MP_TRY(mp_thread_set_daemon(t, true));          /* t.setDaemon(True) */
    mp_print("Daemon:", (bool)mp_thread_daemon(t)); /* t.isDaemon() */

    MP_TRY(mp_thread_start(t)); /* t.start() */

    MP_TRY(mp_thread_set_name(t, "tarena")); /* t.setName("tarena") */
    mp_print("name:", mp_thread_name(t));    /* t.getName() */

    mp_print("Is alive:", (bool)mp_thread_is_alive(t)); /* t.is_alive() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
