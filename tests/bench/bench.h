/*
 * What the parts of the benchmark share: jobs, contestants, rows, figures.
 *
 * A row of the table is one job, done by three contestants in turn. Each does
 * it in a program of its own, started afresh for every round: this one, told
 * `--do libmproc` or `--do limit`, or python3 with peers.py. It is given the
 * job as words, times itself, and prints its figures on one line. A contestant
 * that cannot prove that every message arrived prints nothing and exits 1.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * kind        what is done                              figures printed
 * one_way     `pairs` producers put `count` messages    messages a second
 *             in all, as many consumers take them out
 * round_trip  an int goes to a child and comes back     median and p99, us
 * start       a process is started and joined           processes a second
 * thread      a thread is started and joined            threads a second
 * volume      one message goes to a child and back      median, ms
 * hand_over   memory goes to a child and back, who      median, ms
 *             changes a byte of each page
 * lock        `pairs` processes take a lock and         rounds a second
 *             release it, `count` times in all
 * count       `pairs` processes add 1 to one number,    additions a second
 *             `count` times in all
 * wake        a child is woken and wakes us             median and p99, us
 * meet        two processes meet at a barrier           median and p99, us
 * tasks       a pool of `pairs` workers squares `count` tasks a second
 *             ints, a task each, or gives back bytes
 * map         the same, a million ints at a time        ints a second
 * pool        a pool of `pairs` workers is made, has    median, ms
 *             one map of as many ints, and is freed
 */
struct job {
    const char *kind;
    const char *over; /* queue, simple_queue or pipe; lock, apply, ... */
    size_t size;      /* bytes of a message                            */
    int pairs;
    long count;
};

/* The words of a job, in the order of its fields. */
enum { JOB_WORDS = 5 };

/* What a contestant found out: what it is after, and the tail if there is. */
enum { FIGURES = 2 };
struct figures {
    double of[FIGURES];
};

enum contestant { LIBMPROC, CPYTHON, LIMIT, CONTESTANTS };

/* What the design holds a figure to; 0: nothing. */
struct must {
    double value;
    bool of_limit; /* value is a multiple of the limit's figure */
};

struct row {
    const char *name;
    const char *unit;
    bool is_lower_better;
    bool is_on_one_cpu;
    struct job job;
    long counts[CONTESTANTS]; /* of the job: the fast ones do more */
    struct must must;
};

extern const struct row bench_rows[];
extern const size_t bench_nrows;

/* A job done by one contestant in this process: 0, or -1 and the reason on
   stderr. */
typedef int (*job_fn)(const struct job *job, struct figures *out);

int mproc_one_way(const struct job *job, struct figures *out);
int mproc_round_trip(const struct job *job, struct figures *out);
int mproc_start(const struct job *job, struct figures *out);
int mproc_thread(const struct job *job, struct figures *out);
int mproc_volume(const struct job *job, struct figures *out);
int mproc_hand_over(const struct job *job, struct figures *out);
int mproc_lock(const struct job *job, struct figures *out);
int mproc_count(const struct job *job, struct figures *out);
int mproc_wake(const struct job *job, struct figures *out);
int mproc_meet(const struct job *job, struct figures *out);
int mproc_tasks(const struct job *job, struct figures *out);
int mproc_map(const struct job *job, struct figures *out);
int mproc_pool(const struct job *job, struct figures *out);
int limit_one_way(const struct job *job, struct figures *out);
int limit_round_trip(const struct job *job, struct figures *out);
int limit_start(const struct job *job, struct figures *out);
int limit_thread(const struct job *job, struct figures *out);
int limit_volume(const struct job *job, struct figures *out);
int limit_hand_over(const struct job *job, struct figures *out);
int limit_lock(const struct job *job, struct figures *out);
int limit_count(const struct job *job, struct figures *out);
int limit_meet_again(const struct job *job, struct figures *out);
int limit_tasks(const struct job *job, struct figures *out);
int limit_map(const struct job *job, struct figures *out);
int limit_pool(const struct job *job, struct figures *out);

/* Do the job that argv names, "libmproc kind over size pairs count", and print
   its figures; returns an exit code. */
int bench_do(int argc, char **argv);

extern const char *const bench_contestants[CONTESTANTS];

/* Have a contestant do a row's job once, in a program of its own; -1 and the
   reason on stderr if it failed or took too long. */
int bench_contest(const struct row *row, enum contestant who, bool quick,
                  struct figures *out);

#endif
