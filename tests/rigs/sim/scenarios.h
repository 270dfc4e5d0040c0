/*
 * The list of all scenarios.
 */
#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include "sim.h"

extern const struct sim_scenario *const sim_scenarios[]; /* NULL ends it */

extern const struct sim_scenario sim_lock_once;
extern const struct sim_scenario sim_lock_twice;
extern const struct sim_scenario sim_lock_holder_dies;
extern const struct sim_scenario sim_lock_release_is_one_step;
extern const struct sim_scenario sim_lock_next_release_mends;
extern const struct sim_scenario sim_lock_leftover_bit;
extern const struct sim_scenario sim_lock_unannounced;
extern const struct sim_scenario sim_lock_recovery;
extern const struct sim_scenario sim_lock_timed;

extern const struct sim_scenario sim_slot_reborn;
extern const struct sim_scenario sim_slot_announced_twice;
extern const struct sim_scenario sim_slot_wanted_by_two;
extern const struct sim_scenario sim_slot_worn_while_probed;
extern const struct sim_scenario sim_slot_assigned_while_announced;
extern const struct sim_scenario sim_slot_taken_while_probed;

extern const struct sim_scenario sim_queue_one_to_two;
extern const struct sim_scenario sim_queue_full;
extern const struct sim_scenario sim_queue_two_to_two;
extern const struct sim_scenario sim_queue_commit_is_one_step;
extern const struct sim_scenario sim_queue_grows;
extern const struct sim_scenario sim_queue_chunk_reused;
extern const struct sim_scenario sim_queue_shrinks;
extern const struct sim_scenario sim_queue_many;
extern const struct sim_scenario sim_queue_three_at_once;
extern const struct sim_scenario sim_queue_timed_producer;
extern const struct sim_scenario sim_queue_timed_consumer;
extern const struct sim_scenario sim_queue_late_producer;
extern const struct sim_scenario sim_queue_late_consumer;
extern const struct sim_scenario sim_queue_join;
extern const struct sim_scenario sim_queue_two_join;
extern const struct sim_scenario sim_queue_shut_down;
extern const struct sim_scenario sim_queue_shut_down_beside;
extern const struct sim_scenario sim_queue_dropped;

extern const struct sim_scenario sim_queue_handle;
extern const struct sim_scenario sim_queue_handle_full;
extern const struct sim_scenario sim_queue_handle_strays;
extern const struct sim_scenario sim_queue_handle_or_room;
extern const struct sim_scenario sim_queue_handle_many;
extern const struct sim_scenario sim_queue_handle_refused;
extern const struct sim_scenario sim_event_set;
extern const struct sim_scenario sim_event_set_is_one_step;
extern const struct sim_scenario sim_event_set_and_clear;
extern const struct sim_scenario sim_event_contended;
extern const struct sim_scenario sim_event_timed;

extern const struct sim_scenario sim_condition_notify;
extern const struct sim_scenario sim_condition_unannounced;
extern const struct sim_scenario sim_condition_notify_twice;
extern const struct sim_scenario sim_condition_crowd;
extern const struct sim_scenario sim_condition_notify_all;
extern const struct sim_scenario sim_condition_timed;
extern const struct sim_scenario sim_condition_held_twice;

extern const struct sim_scenario sim_barrier_two;
extern const struct sim_scenario sim_barrier_three;
extern const struct sim_scenario sim_barrier_three_twice;
extern const struct sim_scenario sim_barrier_release_is_one_step;
extern const struct sim_scenario sim_barrier_unannounced;
extern const struct sim_scenario sim_barrier_recovery;
extern const struct sim_scenario sim_barrier_timed;
extern const struct sim_scenario sim_barrier_abort;
extern const struct sim_scenario sim_barrier_reset;
extern const struct sim_scenario sim_barrier_slow_to_look;
extern const struct sim_scenario sim_barrier_crowd;

extern const struct sim_scenario sim_sync_lock_once;
extern const struct sim_scenario sim_sync_lock_unannounced;
extern const struct sim_scenario sim_sync_lock_other_releases;
extern const struct sim_scenario sim_sync_lock_released_twice;
extern const struct sim_scenario sim_rlock_nested;
extern const struct sim_scenario sim_rlock_in_between;
extern const struct sim_scenario sim_rlock_thread_ended;

extern const struct sim_scenario sim_semaphore_three;
extern const struct sim_scenario sim_semaphore_two_given;
extern const struct sim_scenario sim_semaphore_woken_is_killed;
extern const struct sim_scenario sim_semaphore_release_is_one_step;
extern const struct sim_scenario sim_semaphore_timed;
extern const struct sim_scenario sim_semaphore_leftover;
extern const struct sim_scenario sim_semaphore_bounded;
extern const struct sim_scenario sim_semaphore_bounded_waits;
extern const struct sim_scenario sim_semaphore_bounded_unannounced;

extern const struct sim_scenario sim_undo_comes_back;
extern const struct sim_scenario sim_undo_recovery;
extern const struct sim_scenario sim_undo_two_units;
extern const struct sim_scenario sim_undo_one_takes_two;
extern const struct sim_scenario sim_undo_timed;
extern const struct sim_scenario sim_undo_unannounced;
extern const struct sim_scenario sim_item_one_writer;
extern const struct sim_scenario sim_item_two_writers;
extern const struct sim_scenario sim_item_slow_writer;
extern const struct sim_scenario sim_item_left_pending;
extern const struct sim_scenario sim_item_shorter;

#endif
