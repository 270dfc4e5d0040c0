/*
 * A one-way Pipe with five senders: each child sends a list through the same
 * end, the parent receives five of them at the other.
 *
 * The port of 4.07_pipe_simplex_lists.py. The children find fd2 where they
 * find any other global.
 */
#include <mproc.h>

#include <unistd.h>

static mp_connection *fd1;
static mp_connection *fd2;

static int fun(mp_call *c)
{
    int name;
    MP_TRY(mp_call_args(c, &name)); /* def fun(name): */
    sleep(3);                       /* time.sleep(3) */
    return mp_connection_send(fd2,  /* fd2.send([1, 2, 3, 4, 5]) */
                              MP_LIST(1, 2, 3, 4, 5));
}

static int app(mp_call *c)
{
    (void)c;
    MP_TRY(mp_pipe(&fd1, &fd2, false)); /* fd1, fd2 = Pipe(False) */

    mp_process *jobs[5]; /* jobs = [] */
    for (int i = 0; i < 5; i++) {
        mp_process *p = /* p = Process(target=fun, args=(i,)) */
            mp_process_new(.target = fun, .args = MP_ARGS(i));
        jobs[i] = p;                 /* jobs.append(p) */
        MP_TRY(mp_process_start(p)); /* p.start() */
    }
    mp_print(MP_LIST(jobs[0], jobs[1], jobs[2], jobs[3], /* print(jobs) */
                     jobs[4]));
    for (int i = 0; i < 5; i++) {
        mp_auto_any data = MP_NONE;
        MP_TRY(mp_connection_recv(fd1, &data)); /* data = fd1.recv() */
        mp_print(data);                         /* print(data) */
    }

    for (int i = 0; i < 5; i++) {
        MP_TRY(mp_process_join(jobs[i])); /* i.join() */
        mp_process_free(jobs[i]);
    }
    mp_connection_free(fd1);
    mp_connection_free(fd2);
    return 0;
}

int main(void)
{
    return mp_main(app);
}
