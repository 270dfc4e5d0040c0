/*
 * Every scenario, in the order in which they run.
 */
#include "scenarios.h"

const struct sim_scenario *const sim_scenarios[] = {
    &sim_lock_once,
    &sim_lock_twice,
    &sim_lock_holder_dies,
    &sim_lock_release_is_one_step,
    &sim_lock_next_release_mends,
    &sim_lock_leftover_bit,
    &sim_lock_unannounced,
    &sim_lock_recovery,
    &sim_lock_timed,
    &sim_slot_reborn,
    &sim_slot_announced_twice,
    &sim_slot_wanted_by_two,
    &sim_slot_worn_while_probed,
    &sim_slot_assigned_while_announced,
    &sim_slot_taken_while_probed,
    &sim_queue_one_to_two,
    &sim_queue_full,
    &sim_queue_two_to_two,
    &sim_queue_commit_is_one_step,
    &sim_queue_grows,
    &sim_queue_shrinks,
    &sim_queue_many,
    &sim_queue_timed_producer,
    &sim_queue_timed_consumer,
    &sim_queue_join,
    &sim_queue_shut_down,
    &sim_queue_dropped,
    NULL,
};
