/*
 * What a process or a thread is given to run: checking it, and running it in
 * the calling thread.
 */
#ifndef MP_PROCESS_WORK_H
#define MP_PROCESS_WORK_H

#include <mproc/process.h>

/* As the options of either say it. */
struct mp__work {
    mp_fn target;
    mp_fn run;
    mp_any args;
    mp_any kwargs;
    int daemon;
};

/* 0, or what is wrong with it; `what` has the options, "Process". */
int mp__work_check(const struct mp__work *w, const char *what);

/* Call fn. 0, or the negative code that left it, which has a record. */
int mp__work_run(mp_fn fn, void *self, mp_any args, mp_any kwargs);

#endif
