/*
 * The limit of one-way messages from several producers to several consumers.
 */
#ifndef BENCH_LIMIT_MANY_H
#define BENCH_LIMIT_MANY_H

#include "bench.h"

/* Messages are of 64 bytes. */
int limit_many(const struct job *job, struct figures *out);

#endif
