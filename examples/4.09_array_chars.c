/*
 * An Array of chars: what the child writes into it the parent reads.
 *
 * The port of 4.09_array_chars.py.
 */
#include <mproc.h>

static char *shm;

static int fun(mp_call *c)
{
    (void)c;
    for (size_t i = 0; i < mp_array_len(shm); i++) /* for i in shm: */
        mp_print(MP_BYTES(&shm[i], 1), "fun");     /* print(i, 'fun') */
    shm[0] = 'h';                                  /* shm[0] = b'h' */
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    /* shm = Array('i', [1, 2, 3, 4]) is mp_array_new(int, MP_LIST(1, 2, 3, 4)),
       shm = Array('i', 5) is mp_array_new(int, 5) */
    shm = mp_array_new(char, "Hello"); /* shm = Array('c', b'Hello') */

    mp_auto(mp_process) p = /* p = Process(target=fun) */
        mp_process_new(.target = fun);
    MP_TRY(mp_process_start(p)); /* p.start() */
    MP_TRY(mp_process_join(p));  /* p.join() */

    for (size_t i = 0; i < mp_array_len(shm); i++) /* for i in shm: */
        mp_print(MP_BYTES(&shm[i], 1), "shm");     /* print(i, 'shm') */

    mp_print(mp_array_value(shm), "value"); /* print(shm.value, 'value') */
    mp_array_free(shm);
    return 0;
}

int main(void)
{
    return mp_main(app);
}
