/*
 * The operations, in the order in which they are run: each is the struct
 * kstep_<name> of one of the files here.
 */
#ifndef KSTEP_OP_LIST_H
#define KSTEP_OP_LIST_H

/* clang-format off */
#define KSTEP_OPS(op_) \
    op_(lock_alone) \
    op_(lock_peers_asleep) \
    op_(lock_woken) \
    op_(lock_timed) \
    op_(lock_contended) \
    op_(lock_inherited) \
    op_(register) \
    op_(announce) \
    op_(queue_put) \
    op_(queue_put_text) \
    op_(queue_get_text) \
    op_(queue_get) \
    op_(queue_get_woken) \
    op_(queue_put_woken) \
    op_(queue_grow) \
    op_(queue_put_beside) \
    op_(queue_task_done) \
    op_(queue_shutdown) \
    op_(queue_put_handle) \
    op_(queue_get_handle) \
    op_(queue_get_full) \
    op_(sync_lock) \
    op_(sync_lock_release) \
    op_(sync_lock_woken) \
    op_(sync_lock_beside) \
    op_(sync_lock_foreign) \
    op_(sync_lock_inherited) \
    op_(sync_rlock) \
    op_(sync_rlock_release) \
    op_(sync_rlock_woken) \
    op_(sync_rlock_beside) \
    op_(sync_rlock_inherited) \
    op_(semaphore) \
    op_(semaphore_bounded) \
    op_(semaphore_beside) \
    op_(semaphore_release) \
    op_(semaphore_bounded_release) \
    op_(semaphore_woken) \
    op_(undo) \
    op_(undo_release) \
    op_(undo_beside) \
    op_(undo_woken) \
    op_(undo_inherited) \
    op_(event_set) \
    op_(event_woken) \
    op_(condition_notify) \
    op_(condition_notify_all) \
    op_(condition_woken) \
    op_(condition_timed) \
    op_(condition_inherited) \
    op_(barrier_last) \
    op_(barrier_woken) \
    op_(barrier_reset) \
    op_(barrier_abort) \
    op_(event_beside) \
    op_(condition_beside) \
    op_(barrier_beside) \
    op_(memory_make) \
    op_(memory_make_again) \
    op_(memory_make_to_last) \
    op_(memory_make_any) \
    op_(memory_make_beside) \
    op_(memory_attach) \
    op_(memory_attach_dead) \
    op_(memory_attach_beside) \
    op_(memory_close) \
    op_(memory_unlink) \
    op_(memory_unlink_lasting) \
    op_(memory_unlink_beside) \
    op_(memory_gc) \
    op_(list_make) \
    op_(list_make_beside) \
    op_(list_attach) \
    op_(list_unlink) \
    op_(list_close) \
    op_(list_set_text) \
    op_(list_set_number) \
    op_(list_set_beside) \
    op_(list_look_beside) \
    op_(list_set_inherited) \
    op_(value_make) \
    op_(value_make_beside) \
    op_(value_lock) \
    op_(value_release) \
    op_(value_lock_beside) \
    op_(value_lock_inherited) \
    op_(value_atomic) \
    op_(value_atomic_functions) \
    op_(value_add_beside) \
    op_(array_set) \
    op_(array_set_asleep) \
    op_(array_beside) \
    op_(array_set_text) \
    op_(array_set_text_inherited) \
    op_(buffer_make) \
    op_(buffer_put) \
    op_(buffer_get) \
    op_(buffer_get_large) \
    op_(buffer_put_beside) \
    op_(pool_task) \
    op_(pool_chunk)
/* clang-format on */

#endif
