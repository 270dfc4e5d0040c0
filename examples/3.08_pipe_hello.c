/*
 * A Pipe between two children: one says hello, the other shows it.
 *
 * The port of 3.08_pipe_hello.py.
 */
#include <mproc.h>

#include <stdio.h>

static int process1(mp_call *c)
{
    mp_connection *pipe;
    MP_TRY(mp_call_args(c, &pipe)); /* def process1(pipe): */
    const char *s = "Hello,This is process1";
    return mp_connection_send(pipe, s); /* pipe.send(s) */
}

static int process2(mp_call *c)
{
    mp_connection *pipe;
    mp_auto_any s = MP_NONE;
    MP_TRY(mp_call_args(c, &pipe));       /* def process2(pipe): */
    MP_TRY(mp_connection_recv(pipe, &s)); /* pipe.recv() */
    mp_print("process2 recieve:", s);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto(mp_connection) pipe_0 = NULL;
    mp_auto(mp_connection) pipe_1 = NULL;
    MP_TRY(mp_pipe(&pipe_0, &pipe_1)); /* pipe = Pipe() */
    mp_auto(mp_process)
        p1 = /* p1 = Process(target=process1, args=(pipe[0],)) */
        mp_process_new(.target = process1, .args = MP_ARGS(pipe_0));
    mp_auto(mp_process)
        p2 = /* p2 = Process(target=process2, args=(pipe[1],)) */
        mp_process_new(.target = process2, .args = MP_ARGS(pipe_1));
    MP_TRY(mp_process_start(p1)); /* p1.start() */
    MP_TRY(mp_process_start(p2)); /* p2.start() */
    MP_TRY(mp_process_join(p1));  /* p1.join() */
    MP_TRY(mp_process_join(p2));  /* p2.join() */
    puts("\nend all processes.");
    return 0;
}

int main(void)
{
    return mp_main(app);
}
