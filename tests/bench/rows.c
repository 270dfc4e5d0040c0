/*
 * The rows of the table: what is measured, and what must be reached.
 *
 * The counts are for some tenths of a second each, by contestant: libmproc,
 * CPython, the limit.
 */
#include "bench.h"

enum { KIB = 1024, MIB = 1024 * 1024, HUNDRED_MB = 100 * 1000 * 1000 };

const struct row bench_rows[] = {
    {
        .name = "Queue, int of 8 B",
        .unit = "msg/s",
        .job = {"one_way", "queue", 8, 1, 0},
        .counts = {5000000, 60000, 15000000},
        .must = {8e6, false},
    },
    {
        .name = "Queue, 64 B",
        .unit = "msg/s",
        .job = {"one_way", "queue", 64, 1, 0},
        .counts = {4000000, 50000, 10000000},
        .must = {6e6, false},
    },
    {
        .name = "Queue, 1 KiB",
        .unit = "msg/s",
        .job = {"one_way", "queue", KIB, 1, 0},
        .counts = {2000000, 40000, 4000000},
        .must = {3e6, false},
    },
    {
        .name = "Queue, 64 KiB",
        .unit = "MB/s",
        .job = {"one_way", "queue", 64 * KIB, 1, 0},
        .counts = {60000, 6000, 80000},
        .must = {10e3, false},
    },
    {
        .name = "Queue, 1 MiB",
        .unit = "MB/s",
        .job = {"one_way", "queue", MIB, 1, 0},
        .counts = {4000, 200, 5000},
        .must = {10e3, false},
    },
    {
        .name = "Queue, 64 B, 2 to 2",
        .unit = "msg/s",
        .job = {"one_way", "queue", 64, 2, 0},
        .counts = {2000000, 50000, 4000000},
        .must = {3.5e6, false},
    },
    {
        .name = "SimpleQueue, int of 8 B",
        .unit = "msg/s",
        .job = {"one_way", "simple_queue", 8, 1, 0},
        .counts = {5000000, 60000, 15000000},
        .must = {8e6, false},
    },
    {
        .name = "Pipe, int of 8 B",
        .unit = "msg/s",
        .job = {"one_way", "pipe", 8, 1, 0},
        .counts = {500000, 100000, 15000000},
    },
    {
        .name = "round trip, two Queues",
        .unit = "us",
        .is_lower_better = true,
        .job = {"round_trip", "queue", 8, 1, 0},
        .counts = {100000, 3000, 200000},
        .must = {2, false},
    },
    {
        .name = "round trip, Pipe",
        .unit = "us",
        .is_lower_better = true,
        .job = {"round_trip", "pipe", 8, 1, 0},
        .counts = {50000, 5000, 200000},
        .must = {5, false},
    },
    {
        .name = "one CPU, two Queues",
        .unit = "us",
        .is_lower_better = true,
        .is_on_one_cpu = true,
        .job = {"round_trip", "queue", 8, 1, 0},
        .counts = {20000, 3000, 20000},
        .must = {1.2, true},
    },
    {
        .name = "one CPU, Pipe",
        .unit = "us",
        .is_lower_better = true,
        .is_on_one_cpu = true,
        .job = {"round_trip", "pipe", 8, 1, 0},
        .counts = {20000, 3000, 20000},
        .must = {1.2, true},
    },
    {
        .name = "Event, set to wake",
        .unit = "us",
        .is_lower_better = true,
        .job = {"wake", "event", 0, 1, 0},
        .counts = {100000, 3000, 200000},
        .must = {1.2, true},
    },
    {
        .name = "one CPU, Event",
        .unit = "us",
        .is_lower_better = true,
        .is_on_one_cpu = true,
        .job = {"wake", "event", 0, 1, 0},
        .counts = {20000, 3000, 20000},
        .must = {1.2, true},
    },
    {
        .name = "Condition, ping-pong",
        .unit = "us",
        .is_lower_better = true,
        .job = {"wake", "condition", 0, 1, 0},
        .counts = {50000, 3000, 200000},
    },
    {
        .name = "Barrier, 2 parties",
        .unit = "us",
        .is_lower_better = true,
        .job = {"meet", "barrier", 0, 1, 0},
        .counts = {100000, 3000, 200000},
    },
    {
        .name = "Process, start and join",
        .unit = "per s",
        .job = {"start", "process", 0, 1, 0},
        .counts = {2000, 200, 3000},
        .must = {4000, false},
    },
    {
        .name = "100 MB and back, Queue",
        .unit = "ms",
        .is_lower_better = true,
        .job = {"volume", "queue", HUNDRED_MB, 1, 0},
        .counts = {5, 1, 5},
        .must = {100, false},
    },
    {
        .name = "100 MB and back, Pipe",
        .unit = "ms",
        .is_lower_better = true,
        .job = {"volume", "pipe", HUNDRED_MB, 1, 0},
        .counts = {5, 1, 5},
    },
};

const size_t bench_nrows = sizeof bench_rows / sizeof *bench_rows;
