/*
 * Drawing the progress bar; see progress.h.
 */
#include "pool/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define INTERVAL (MP__SECOND / 10)
#define WIDTH    30

/* "01:23", or "2:03:04" from an hour on. */
static void clock_text(char *buf, size_t size, double seconds)
{
    unsigned long s = seconds < 1e9 ? (unsigned long)seconds : 1000000000ul;

    if (s < 3600)
        (void)snprintf(buf, size, "%02lu:%02lu", s / 60, s % 60);
    else
        (void)snprintf(buf, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60,
                       s % 60);
}

int mp__progress_text(char *buf, int size, uint64_t done, uint64_t total,
                      double seconds)
{
    double part = total > 0 ? (double)done / (double)total : 1;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    char bar[WIDTH + 1], spent[32], left[32] = "?";

    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < (int)(part * WIDTH) ? '#' : '.';
    bar[WIDTH] = '\0';
    clock_text(spent, sizeof spent, seconds);
    if (rate > 0)
        clock_text(left, sizeof left, (double)(total - done) / rate);
    return snprintf(buf, (size_t)size,
                    "%3d%% [%s] %llu/%llu, %s, %s left, %.1f/s",
                    (int)(part * 100), bar, (unsigned long long)done,
                    (unsigned long long)total, spent, left, rate);
}

void mp__progress_draw(struct progress_bar *bar, uint64_t done, uint64_t total,
                       int end)
{
    int64_t now = mp__now();
    char text[160], line[192];
    int n;

    if (isatty(STDERR_FILENO) == 0)
        return;
    if (bar->began == 0)
        bar->began = now;
    if (!end && now - bar->drawn < INTERVAL)
        return;
    bar->drawn = now;
    (void)mp__progress_text(text, sizeof text, done, total,
                            (double)(now - bar->began) / (double)MP__SECOND);
    n = snprintf(line, sizeof line, "\r%s\033[K%s", text, end ? "\n" : "");
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nobody looks */
}
