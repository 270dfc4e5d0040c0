/*
 * A Semaphore of three: five processes want to run, three do, and the others
 * when these are done. In the end three units are there again.
 *
 * The port of 4.10_semaphore_three.py.
 */
#include <mproc.h>

#include <stdio.h>
#include <unistd.h>

static mp_semaphore *sem;

static int fun(mp_call *c)
{
    (void)c;
    printf("%d 想执行事件\n", getpid()); /* os.getpid() */
    MP_TRY(mp_semaphore_acquire(sem));   /* sem.acquire() */
    printf("%d 执行事件......\n", getpid());
    sleep(3); /* sleep(3) */
    printf("%d 执行完毕\n", getpid());
    return mp_semaphore_release(sem); /* sem.release() */
}

static int app(mp_call *c)
{
    (void)c;
    setvbuf(stdout, NULL, _IOLBF, 0);

    sem = mp_semaphore_new(3); /* sem = Semaphore(3) */
    mp_process *jobs[5];       /* jobs = [] */
    for (int i = 0; i < 5; i++) {
        mp_process *p = mp_process_new(.target = fun); /* Process(target=fun) */
        jobs[i] = p;                                   /* jobs.append(p) */
        MP_TRY(mp_process_start(p));                   /* p.start() */
    }
    for (int i = 0; i < 5; i++) {
        MP_TRY(mp_process_join(jobs[i])); /* i.join() */
        mp_process_free(jobs[i]);
    }
    mp_print("Sem:",
             mp_semaphore_get_value(sem)); /* print("Sem:", sem.get_value()) */
    mp_semaphore_free(sem);
    return 0;
}

int main(void)
{
    return mp_main(app);
}
