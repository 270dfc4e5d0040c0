/*
 * A global list is not shared: what the child appends, the parent never sees.
 *
 * The port of 3.04_globals_not_shared.py. The list is an array of values.
 */
#include <mproc.h>

#include <unistd.h>

static mp_any data_list[4];
static size_t length;

static void append(mp_any v)
{
    data_list[length++] = v;
}

static int add_data(mp_call *c)
{
    (void)c;
    append(MP(1));               /* data_list.append(1) */
    append(MP(2));               /* data_list.append(2) */
    append(MP(3));               /* data_list.append(3) */
    mp_print("子进程", getpid(), /* print(..., os.getpid(), data_list) */
             mp_any_list(data_list, length));
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    append(MP("+++"));      /* data_list = ['+++'] */
    mp_auto(mp_process) p = /* p = Process(target=add_data, args=()) */
        mp_process_new(.target = add_data);
    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */
    append(MP("a"));             /* data_list.append("a") */
    append(MP("b"));             /* data_list.append("b") */
    append(MP("c"));             /* data_list.append("c") */
    mp_print("主进程", getpid(), /* print(..., os.getpid(), data_list) */
             mp_any_list(data_list, length));
    return 0;
}

int main(void)
{
    return mp_main(app);
}
