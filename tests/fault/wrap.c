/*
 * The linker sends the library's allocations here (--wrap); __real_ ones are
 * the C library's, or the sanitizer's.
 */
#include "wrap.h"

#include <errno.h>
#include <stdatomic.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static atomic_size_t left; /* allocations until one fails; 0: never */
static atomic_bool hit;

void fault_at(size_t n)
{
    atomic_store(&hit, false);
    atomic_store(&left, n);
}

bool fault_hit(void)
{
    atomic_store(&left, 0);
    return atomic_load(&hit);
}

static bool fails_now(void)
{
    size_t n = atomic_load(&left);

    while (n > 0 && !atomic_compare_exchange_weak(&left, &n, n - 1))
        ;
    if (n != 1)
        return false;
    atomic_store(&hit, true);
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails_now() ? NULL : __real_realloc(p, size);
}
