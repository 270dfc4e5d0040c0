/*
 * Others' share of the machine: what the CPUs did, less what we did.
 */
#include "quiet.h"

#include "stats.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* The fields of the first line of /proc/stat, see proc(5). */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

static double busy_seconds(void)
{
    double ticks[FIELDS] = {0};
    FILE *f = fopen("/proc/stat", "re");
    int n;

    if (f == NULL)
        return 0;
    n = fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &ticks[USER],
               &ticks[NICE], &ticks[SYSTEM], &ticks[IDLE], &ticks[IOWAIT],
               &ticks[IRQ], &ticks[SOFTIRQ], &ticks[STEAL]);
    fclose(f);
    if (n != FIELDS)
        return 0;
    return (ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] +
            ticks[SOFTIRQ] + ticks[STEAL]) /
           (double)sysconf(_SC_CLK_TCK);
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double our_seconds(void)
{
    struct rusage self, children;

    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return seconds_of(self.ru_utime) + seconds_of(self.ru_stime) +
           seconds_of(children.ru_utime) + seconds_of(children.ru_stime);
}

struct quiet quiet_begin(void)
{
    return (struct quiet){seconds_now(), busy_seconds(), our_seconds()};
}

double quiet_end(const struct quiet *begin)
{
    double others =
        busy_seconds() - begin->busy - (our_seconds() - begin->ours);
    double passed = seconds_now() - begin->since;

    return others > 0 && passed > 0 ? others / passed : 0;
}
