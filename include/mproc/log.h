/*
 * Logging: what the library does, told by lines as Python's.
 *
 * Nothing is printed until mp_log_to_stderr is called; after that, a line for
 * each event of the level that was set and above:
 *
 *     [INFO/Process-1] child process calling self.run()
 *
 * There is one logger for the library and for the program's own lines. Its
 * level and handler are inherited by the processes that are started later.
 */
#ifndef MPROC_LOG_H
#define MPROC_LOG_H

#include <mproc/detail/args.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers and names are those of Python's logging and multiprocessing.util;
   any number between them is a level, too. */
enum mp_log_level {
    MP_NOTSET = 0, /* as MP_WARNING */
    MP_SUBDEBUG = 5,
    MP_DEBUG = 10,
    MP_INFO = 20,
    MP_SUBWARNING = 25,
    MP_WARNING = 30,
    MP_ERROR = 40,
    MP_CRITICAL = 50
};

typedef struct mp_logger mp_logger;

/* What a handler is told; the texts are good until it returns. */
typedef struct mp_log_record {
    int level;
    const char *level_name;   /* "INFO"; "Level 25" for one without a name   */
    const char *process_name; /* of the process that says it                 */
    const char *message;      /* without a newline at its end; a crash report
                                 has some within                             */
} mp_log_record;

typedef void (*mp_log_handler)(void *self, const mp_log_record *record);

/*
 * Write what is logged to stderr: each record by one write(2), so that lines
 * of several processes do not mix. The level stays as it is for 0, and if the
 * argument is left out. A handler of the program's own is replaced; a second
 * call adds nothing.
 *
 * Python   log_to_stderr(level=None)
 * Blocks   no
 * Returns  the logger, never NULL
 * Owns     the library's, for ever
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_logger *mp_log_to_stderr(int level);

/*
 * The logger. By itself it prints nothing.
 *
 * Python   get_logger()
 * Blocks   no
 * Returns  the logger, never NULL
 * Owns     the library's, for ever
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_logger *mp_get_logger(void);

/*
 * From which level on records are told. Lower ones cost nothing.
 *
 * Python   logger.level, logger.setLevel(level)
 * Blocks   no
 * Returns  the level that was set, MP_NOTSET at first; set: 0
 *          · MP_VALUE_ERROR negative
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_logger_level(mp_logger *logger);
MP_API int mp_logger_set_level(mp_logger *logger, int level);

/*
 * Whether a record of this level would be told to anybody.
 *
 * Python   logger.isEnabledFor(level)
 * Blocks   no
 * Returns  1 or 0
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_logger_is_enabled_for(mp_logger *logger, int level);

/*
 * Have fn called with each record in place of what was called before; NULL:
 * nobody is told. It is called by the thread that logs, and by several at
 * once; by a child with the child's copy of self. A call that is under way in
 * another thread may still end after this one.
 *
 * Python   logger.addHandler(handler), logger.removeHandler(handler)
 * Blocks   no
 * Returns  0
 * Owns     self stays the caller's
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_logger_set_handler(mp_logger *logger, mp_log_handler fn,
                                 void *self);

/*
 * Log a line of the program's own. errno and the thread's error record stay
 * as they are.
 *
 * Python   logger.log(level, fmt, ...), logger.debug(fmt, ...), ...
 * Blocks   as the handler does
 * Returns  nothing
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_logger_log(mp_logger *logger, int level, const char *fmt, ...)
    MP__PRINTF(3, 4);
MP_API void mp_logger_debug(mp_logger *logger, const char *fmt, ...)
    MP__PRINTF(2, 3);
MP_API void mp_logger_info(mp_logger *logger, const char *fmt, ...)
    MP__PRINTF(2, 3);
MP_API void mp_logger_warning(mp_logger *logger, const char *fmt, ...)
    MP__PRINTF(2, 3);
MP_API void mp_logger_error(mp_logger *logger, const char *fmt, ...)
    MP__PRINTF(2, 3);
MP_API void mp_logger_critical(mp_logger *logger, const char *fmt, ...)
    MP__PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS
/* Nothing, or a level. */
#define mp_log_to_stderr(...) mp_log_to_stderr(__VA_ARGS__ + 0)
#endif

#endif
