/*
 * Calls: the arguments that your function was given, and what it answers.
 *
 * Every function that libmproc runs for you (a process's target, a task, a
 * callback) has the one signature `int fn(mp_call *c)`. It asks for its
 * arguments by type, answers with mp_return, and a negative return is a
 * raised exception.
 */
#ifndef MPROC_CALL_H
#define MPROC_CALL_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The positional arguments, all of them, in order.
 *
 * Python   def fn(n, name): / PyArg_ParseTuple
 * Blocks   no
 * Returns  0 · MP_TYPE_ERROR one does not fit, or too many or too few were
 *          given; nothing was stored then
 * Owns     const char * , handles and mp_any are borrowed until fn returns;
 *          char * is the caller's to free()
 * Safe     in the thread that runs fn; not in signal handlers
 */
MP_API MP__CHECK int mp_call_args(mp_call *c, const mp_out *outs, size_t n);

/*
 * One positional argument, and how many there are: for functions that take
 * any number.
 *
 * Python   def fn(*args): args[i], len(args)
 * Blocks   no
 * Returns  0 · MP_TYPE_ERROR it does not fit · MP_INDEX_ERROR there is none
 *          of that index; mp_call_argc: the count
 * Owns     as mp_call_args
 * Safe     in the thread that runs fn; not in signal handlers
 */
MP_API MP__CHECK int mp_call_arg(mp_call *c, size_t i, mp_out out);
MP_API size_t mp_call_argc(mp_call *c);

/*
 * One keyword argument. If it was not given the variable keeps what it has,
 * which is its default. What was given and never asked for is a TypeError
 * when fn returns.
 *
 * Python   def fn(..., name=default):
 * Blocks   no
 * Returns  1 it was given · 0 it was not · MP_TYPE_ERROR it does not fit
 * Owns     as mp_call_args
 * Safe     in the thread that runs fn; not in signal handlers
 */
MP_API MP__CHECK int mp_call_kwarg(mp_call *c, const char *name, mp_out out);

/*
 * What was given as .self: the object whose method this function is.
 *
 * Python   self
 * Blocks   no
 * Returns  the pointer; NULL if none was given
 * Owns     the giver's; in a forked child, the child's copy of it
 * Safe     in the thread that runs fn, in signal handlers
 */
MP_API void *mp_call_self(mp_call *c);

/*
 * Answer with a value. It is taken at once, so it may be built on the stack.
 *
 * Python   return v
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR the value cannot travel · -ENOMEM
 * Owns     borrows v
 * Safe     in the thread that runs fn; not in signal handlers
 */
MP_API int mp_return(mp_call *c, mp_any v);

/*
 * Raise an exception: `return mp_raise(c, MP_VALUE_ERROR, "x=%d", x);`. c may
 * be NULL. Codes at MP_USER and below are your own exceptions; mp_raise_as
 * gives one a type name, which travels with it.
 *
 * Python   raise ValueError(f"x={x}") / raise MyError(...)
 * Blocks   no
 * Returns  code; MP_VALUE_ERROR if code is not negative
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_raise(mp_call *c, int code, const char *fmt, ...)
    MP__PRINTF(3, 4);
MP_API int mp_raise_as(mp_call *c, int code, const char *type, const char *fmt,
                       ...) MP__PRINTF(4, 5);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS

/* Something is left to do after it, so `return mp_raise(...)` is no jump, and
   the function that raises is among the frames of the traceback. */
#ifdef __GNUC__
static inline MP__UNUSED int mp__raised(int code)
{
    __asm__ __volatile__("");
    return code;
}
#define mp_raise(...)    mp__raised((mp_raise)(__VA_ARGS__))
#define mp_raise_as(...) mp__raised((mp_raise_as)(__VA_ARGS__))
#endif

#define mp_call_args(c_, ...)                                               \
    mp_call_args((c_), (const mp_out[]){MP__MAP(MP__TO_VIEW, __VA_ARGS__)}, \
                 MP__N(__VA_ARGS__))
#define mp_call_arg(c_, i_, out_) mp_call_arg((c_), (i_), MP__TO_VIEW(out_))
#define mp_call_kwarg(c_, name_, out_) \
    mp_call_kwarg((c_), (name_), MP__TO_VIEW(out_))
#define mp_return(c_, v_) mp_return((c_), MP(v_))
#endif

#endif
