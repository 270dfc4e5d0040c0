/*
 * The limit of a round trip that sleeps on a descriptor.
 */
#ifndef BENCH_LIMIT_SOCKET_H
#define BENCH_LIMIT_SOCKET_H

#include "bench.h"

/* An int goes to a child and comes back. */
int limit_socket_round_trip(const struct job *job, struct figures *out);

#endif
