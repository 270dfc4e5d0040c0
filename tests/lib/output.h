/*
 * What a forked child writes: as child_run() of child.h, with stdout and
 * stderr of the child and all its descendants going to one place.
 *
 *     char text[256];
 *     assert_int_equal(output_of(fails, NULL, 5.0, text, sizeof text), 1);
 *     assert_string_equal(text, "ValueError: no\n");
 */
#ifndef TESTS_OUTPUT_H
#define TESTS_OUTPUT_H

#include "child.h"

#include <stddef.h>

/* As child_run; out gets what was written up to the child's end, cut to its
 * size, and always ends in NUL. */
int output_of(child_fn fn, void *arg, double seconds, char *out, size_t size);

/* Memory, all zero, that this process and those it forks share. */
void *shared_memory(size_t size);
void shared_memory_free(void *p, size_t size);

#endif
