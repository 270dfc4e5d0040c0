/*
 * Who am I, who is my parent: asked in the main process and in a child.
 *
 * The port of 3.01_process_info.py. A C program has no module names; it says
 * what Python says of the program that was run.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static void info(const char *title)
{
    puts(title);
    mp_print("module name:", "__main__");   /* __name__ */
    mp_print("parent process:", getppid()); /* os.getppid() */
    mp_print("process id:", getpid());      /* os.getpid() */
}

static int f(mp_call *c)
{
    const char *name;
    MP_TRY(mp_call_args(c, &name)); /* def f(name): */
    info("function f");
    mp_print("hello", name); /* print('hello', name) */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    info("main line");
    mp_auto(mp_process) p = /* p = Process(target=f, args=('bob',)) */
        mp_process_new(.target = f, .args = MP_ARGS("bob"));
    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */
    return 0;
}

int main(void)
{
    return mp_main(app);
}
