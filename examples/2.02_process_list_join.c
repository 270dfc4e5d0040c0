/*
 * Five processes with an argument each; all run at once, then each is joined.
 *
 * The port of 2.02_process_list_join.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static int demo_one(mp_call *c)
{
    int num;
    MP_TRY(mp_call_args(c, &num)); /* def demo_one(num): */
    printf("start%d\n", num);
    sleep(1); /* time.sleep(1) */
    mp_print(getpid(), getppid(),
             num); /* print(os.getpid(), os.getppid(), num) */
    printf("end%d\n", num);
    return 0;
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    mp_process *p_list[5]; /* p_list = [] */
    for (int i = 0; i < 5; i++) {
        mp_process *p = /* p = Process(target=demo_one, args=(i,)) */
            mp_process_new(.target = demo_one, .args = MP_ARGS(i));
        MP_TRY(mp_process_start(p)); /* p.start() */
        p_list[i] = p;               /* p_list.append(p) */
    }
    for (int i = 0; i < 5; i++) {
        MP_TRY(mp_process_join(p_list[i])); /* p.join() */
        mp_process_free(p_list[i]);
    }
    puts("mian");
    return 0;
}

int main(void)
{
    return mp_main(app);
}
