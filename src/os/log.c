/*
 * The logger; see log.h.
 *
 * The handler is two words that must be seen together. It is written to the
 * place that is not in use, and one word then says which place is: a child
 * that was forked in the midst of a change finds the old handler or the new.
 */
#include "os/log.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/thread_lock.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A line of this length needs no memory. */
enum { LINE = 1024 };

enum { NAME = 256, LEVEL_NAME = 24 };

struct sink {
    mp_log_handler fn;
    void *self;
};

/* `lock` guards all below it; readers of `level` do without. */
struct mp_logger {
    struct mp__thread_lock lock;
    struct sink sinks[2];
    unsigned current; /* which of the sinks counts */
    _Atomic int level;
};

static struct mp_logger the_logger;
static struct mp__log_hooks hooks;

_Atomic int mp__log_threshold = INT_MAX;

void mp__log_install(const struct mp__log_hooks *given)
{
    hooks = *given;
}

/* -- who is told of what --------------------------------------------------- */

static void lock(void)
{
    (void)mp__thread_lock(&the_logger.lock, MP__NEVER);
}

static void unlock(void)
{
    mp__thread_unlock(&the_logger.lock);
}

static struct sink current_sink(void)
{
    struct sink sink;

    lock();
    sink = the_logger.sinks[the_logger.current];
    unlock();
    return sink;
}

/* With the lock held. */
static void derive_threshold(void)
{
    int level = the_logger.level;

    if (the_logger.sinks[the_logger.current].fn == NULL)
        level = INT_MAX;
    else if (level == MP_NOTSET)
        level = MP_WARNING;
    atomic_store_explicit(&mp__log_threshold, level, memory_order_relaxed);
}

static void set_sink(mp_log_handler fn, void *self)
{
    unsigned other;

    lock();
    other = !the_logger.current;
    the_logger.sinks[other] = (struct sink){.fn = fn, .self = self};
    the_logger.current = other;
    derive_threshold();
    unlock();
}

static void set_level(int level)
{
    lock();
    the_logger.level = level;
    derive_threshold();
    unlock();
}

/* -- telling --------------------------------------------------------------- */

/* What cannot be written is given up: there
   is nobody left to be told of it. */
static void write_all(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, text, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

static int format_line(char *buf, size_t size, const mp_log_record *r)
{
    return snprintf(buf, size, "[%s/%s] %s\n", r->level_name, r->process_name,
                    r->message);
}

/* Without memory for a long line it is cut. */
static void to_stderr(void *unused, const mp_log_record *r)
{
    char line[LINE];
    char *text = line;
    int n = format_line(line, sizeof line, r);

    (void)unused;
    if (n < 0)
        return;
    if ((size_t)n >= sizeof line) {
        text = malloc((size_t)n + 1);
        if (text != NULL) {
            (void)format_line(text, (size_t)n + 1, r);
        } else {
            text = line;
            n = LINE - 1;
            line[LINE - 2] = '\n';
        }
    }
    write_all(text, (size_t)n);
    if (text != line)
        free(text);
}

static const char *name_of_level(int level, char *buf, size_t size)
{
    switch (level) {
    case MP_DEBUG:
        return "DEBUG";
    case MP_INFO:
        return "INFO";
    case MP_WARNING:
        return "WARNING";
    case MP_ERROR:
        return "ERROR";
    case MP_CRITICAL:
        return "CRITICAL";
    default:
        (void)snprintf(buf, size, "Level %d", level);
        return buf;
    }
}

static void tell(int level, const char *message)
{
    struct sink sink = current_sink();
    char level_name[LEVEL_NAME], name[NAME] = "";

    if (sink.fn == NULL)
        return;
    if (hooks.name != NULL)
        hooks.name(name, sizeof name);
    sink.fn(sink.self,
            &(mp_log_record){
                .level = level,
                .level_name = name_of_level(level, level_name, LEVEL_NAME),
                .process_name = name,
                .message = message,
            });
}

static void tell_formatted(int level, const char *fmt, va_list args)
{
    char line[LINE];
    char *text = line;
    int error = errno;
    va_list again;

    va_copy(again, args);
    int n = vsnprintf(line, sizeof line, fmt, args);
    if (n >= LINE && (text = malloc((size_t)n + 1)) != NULL)
        (void)vsnprintf(text, (size_t)n + 1, fmt, again);
    if (n >= 0)
        tell(level, text != NULL ? text : line);
    if (text != line)
        free(text);
    va_end(again);
    errno = error;
}

void mp__log_tell(int level, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tell_formatted(level, fmt, args);
    va_end(args);
}

/* -- the public face ------------------------------------------------------- */

mp_logger *mp_get_logger(void)
{
    if (hooks.begin != NULL)
        hooks.begin();
    return &the_logger;
}

mp_logger *(mp_log_to_stderr)(int level)
{
    if (level > 0)
        set_level(level);
    set_sink(to_stderr, NULL);
    return mp_get_logger();
}

int mp_logger_level(mp_logger *logger)
{
    return logger == NULL ? mp__fail_null("the logger") : logger->level;
}

int mp_logger_set_level(mp_logger *logger, int level)
{
    if (logger == NULL)
        return mp__fail_null("the logger");
    if (level < 0)
        return mp__fail(MP_VALUE_ERROR, "a logger's level is %d", level);
    set_level(level);
    return 0;
}

int mp_logger_is_enabled_for(mp_logger *logger, int level)
{
    return logger != NULL && mp__log_is_on(level);
}

int mp_logger_set_handler(mp_logger *logger, mp_log_handler fn, void *self)
{
    if (logger == NULL)
        return mp__fail_null("the logger");
    set_sink(fn, self);
    return 0;
}

/* The functions below are one, but for the level. */
#define TELL(logger_, level_, fmt_)                      \
    do {                                                 \
        va_list args_;                                   \
                                                         \
        if ((logger_) == NULL || !mp__log_is_on(level_)) \
            return;                                      \
        va_start(args_, fmt_);                           \
        tell_formatted((level_), (fmt_), args_);         \
        va_end(args_);                                   \
    } while (0)

void mp_logger_log(mp_logger *logger, int level, const char *fmt, ...)
{
    TELL(logger, level, fmt);
}

void mp_logger_debug(mp_logger *logger, const char *fmt, ...)
{
    TELL(logger, MP_DEBUG, fmt);
}

void mp_logger_info(mp_logger *logger, const char *fmt, ...)
{
    TELL(logger, MP_INFO, fmt);
}

void mp_logger_warning(mp_logger *logger, const char *fmt, ...)
{
    TELL(logger, MP_WARNING, fmt);
}

void mp_logger_error(mp_logger *logger, const char *fmt, ...)
{
    TELL(logger, MP_ERROR, fmt);
}

void mp_logger_critical(mp_logger *logger, const char *fmt, ...)
{
    TELL(logger, MP_CRITICAL, fmt);
}
