/*
 * Pipe(duplex=True) returns two connections: with duplex both ends read and
 * write, without it the first only reads and the second only writes.
 *
 * The port of 3.07_pipe_signature.py, which is but that signature, made a
 * whole program: it shows what each end can do and what goes through.
 */
#include <mproc.h>

#include <stdio.h>

static void can(const char *name, mp_connection *end)
{
    mp_print(name, (bool)mp_connection_readable(end), /* end.readable */
             (bool)mp_connection_writable(end));      /* end.writable */
}

static int pass(mp_connection *from, mp_connection *to, const char *word)
{
    mp_auto_any got = MP_NONE;
    MP_TRY(mp_connection_send(from, word)); /* from.send(word) */
    MP_TRY(mp_connection_recv(to, &got));   /* got = to.recv() */
    mp_print("received:", got);             /* print('received:', got) */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    mp_auto(mp_connection) a = NULL;
    mp_auto(mp_connection) b = NULL;
    MP_TRY(mp_pipe(&a, &b)); /* a, b = Pipe() */
    can("duplex, first:", a);
    can("duplex, second:", b);
    MP_TRY(pass(a, b, "there"));
    MP_TRY(pass(b, a, "and back"));

    mp_auto(mp_connection) r = NULL;
    mp_auto(mp_connection) w = NULL;
    MP_TRY(mp_pipe(&r, &w, false)); /* r, w = Pipe(duplex=False) */
    can("simplex, first:", r);
    can("simplex, second:", w);
    MP_TRY(pass(w, r, "one way"));
    return 0;
}

int main(void)
{
    return mp_main(app);
}
