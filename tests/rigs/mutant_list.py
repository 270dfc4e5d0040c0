"""The seeded bugs; see mutants.py for what becomes of them."""
from collections import namedtuple

Mutant = namedtuple("Mutant", "name file changes rigs equivalent")


def mutant(name, file, *changes, sim=None, kstep=None, equivalent=None):
    rigs = {"sim": sim} if sim or equivalent else {}
    if kstep:
        rigs["kstep"] = kstep
    return Mutant(name, file, changes, rigs, equivalent)


LOCK = "os/owner_lock.c"
CONTEXT = "os/context.c"
SLEEP = "os/sleep.c"
SIDE = "queue/side.c"
RING = "queue/ring.c"
TASK = "queue/task.c"
CHUNK = "queue/chunk.c"
PASSING = "queue/passing.c"
LIFE = "queue/life.c"
SYNC_LOCK = "sync/lock_state.c"
RLOCK = "sync/rlock_state.c"
SEMAPHORE = "sync/semaphore_state.c"
UNDO = "sync/undo_state.c"
ITEM = "shared/item.c"
EVENT = "sync/event_state.c"
CONDITION = "sync/condition_state.c"
BARRIER = "sync/barrier_state.c"
NAMED = "os/named.c"
NAMED_LIFE = "os/named_life.c"
MEMORY = "shared/shared_memory.c"
VARIABLE = "shared/variable.c"
ARRAY = "shared/array_item.c"
REGION = "shared/region.c"
BUFFER = "shared/buffer.c"
SETTLE = "pool/settle.c"
WORKER = "pool/worker.c"

WAKE_ON_UNLOCK = "mp__futex_bit_wake(&lock->word, 31, 1) == 0"

MUTANTS = [
    mutant("lock taken without comparing", LOCK,
           ("if (atomic_compare_exchange_strong(&lock->word, &free, self))",
            "if (atomic_load(&lock->word) == free && "
            "(atomic_store(&lock->word, self), 1))"),
           sim="lock_once"),
    mutant("holder is not looked up", LOCK,
           ("if (mp__is_announced_dead(holder_in(word))) {", "if (0) {"),
           sim="lock_once", kstep="lock,"),
    mutant("takeover without comparing", LOCK,
           ("""            if (atomic_compare_exchange_strong(&lock->word, &word,
                                               self | MP__WAITERS))
""", "            atomic_store(&lock->word, self | MP__WAITERS);\n"),
           sim="lock_once"),
    mutant("takeover is not told", LOCK,
           ("return MP__HOLDER_DIED;", "return 0;"),
           sim="lock_once", kstep="lock,"),
    mutant("takeover forgets the waiters", LOCK,
           ("self | MP__WAITERS))", "self))"),
           equivalent="the announcement of that death wakes them all, and who "
           "still waits sets the bit again"),
    mutant("deaths are looked at after the word", LOCK,
           ("        mp__sleep_look(&sleep);\n", ""),
           ("        if (mp__sleep_on(",
            "        mp__sleep_look(&sleep);\n        if (mp__sleep_on("),
           sim="lock_once"),
    mutant("sleeps without asking to be woken", LOCK,
           ("if ((word & MP__WAITERS) == 0) {", "if (0) {"),
           sim="lock_once", kstep="unlock"),
    mutant("asks to be woken without comparing", LOCK,
           ("if (!atomic_compare_exchange_strong(&lock->word, &word,\n"
            "                                                word | "
            "MP__WAITERS))",
            "if (atomic_store(&lock->word, word | MP__WAITERS), 0)"),
           sim="lock_once"),
    mutant("taking it forgets the waiters", LOCK,
           ("self | word | slept", "self | slept"),
           sim="lock_next_release_mends"),
    mutant("who has slept forgets the others", LOCK,
           ("self | word | slept", "self | word"),
           sim="lock_leftover_bit"),
    mutant("the late one thinks it has it", LOCK,
           ("holder_in(word)) < 0)\n            return -ETIMEDOUT;",
            "holder_in(word)) < 0)\n            return 0;"),
           sim="lock_timed"),
    mutant("unlock is a store and a wake", LOCK,
           (WAKE_ON_UNLOCK,
            "(atomic_store(&lock->word, MP__WAITERS), "
            "mp__futex_wake(&lock->word, 1)) == 0"),
           sim="lock_release_is_one_step", kstep="unlock"),
    mutant("unlock wakes nobody", LOCK,
           (WAKE_ON_UNLOCK, "mp__futex_bit_wake(&lock->word, 31, 0) == 0"),
           sim="lock_once"),
    mutant("unlock forgets the waiters left", LOCK,
           (WAKE_ON_UNLOCK, "mp__futex_bit_wake(&lock->word, 31, 1) >= 0"),
           sim="lock_next_release_mends"),
    mutant("unlock clears the word without comparing", LOCK,
           ("atomic_compare_exchange_strong(&lock->word, &waiters, 0);",
            "atomic_store(&lock->word, 0);"),
           sim="lock_once"),
    mutant("unlock leaves the bit behind", LOCK,
           ("        atomic_compare_exchange_strong(&lock->word, &waiters, 0);",
            "        (void)waiters;"),
           sim="lock_once"),

    mutant("an announcement wakes nobody", CONTEXT,
           ("    mp__futex_wake(&mp__context->death_seq, INT_MAX);\n", ""),
           sim="lock_once", kstep="lock,"),
    mutant("an announcement is not counted", CONTEXT,
           ("    atomic_fetch_add(&mp__context->death_seq, 1);\n", ""),
           sim="lock_once"),
    mutant("an announcement comes before the slot is freed", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&",
            "    tell_of_death();\n    while (owner_of(index_of(who), old) == who "
            "&& pid_in(old) != 0 &&"),
           ("        ;\n    tell_of_death();\n", "        ;\n"),
           sim="lock_once"),
    mutant("an announcement frees another's slot", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&", "    while (pid_in(old) != 0 &&"),
           sim="slot_announced_twice"),
    mutant("an announcement gives up when the slot changes", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&",
            "    if (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&"),
           sim="slot_assigned_while_announced"),
    mutant("generations are not looked at", CONTEXT,
           ("return pid_in(ident) == 0 || owner_of(index_of(who), ident) != "
            "who;", "return pid_in(ident) == 0;"),
           sim="slot_reborn"),
    mutant("generations do not go up", CONTEXT,
           ("ident_of(gen_in(old) + 1, pid)", "ident_of(gen_in(old), pid)"),
           sim="slot_reborn"),
    mutant("a slot is taken without comparing", CONTEXT,
           ("if (atomic_compare_exchange_strong(&slot->ident, &old, taken))",
            "if (atomic_store(&slot->ident, taken), 1)"),
           sim="slot_wanted_by_two"),
    mutant("a probe frees what it has not looked at", CONTEXT,
           ("""    if (!atomic_compare_exchange_strong(&slot->ident, &ident,
                                        ident_of(gen_in(ident), 0)))
        return mp__is_announced_dead(who);
    tell_of_death();
""", "    mp__announce_death(who);\n"),
           sim="slot_worn_while_probed"),
    mutant("a time is taken for the next one's", CONTEXT,
           ("    if (seen >> SEEN_BITS != seen_of(ident, 0) >> SEEN_BITS)\n"
            "        return 0;\n", ""),
           sim="slot_taken_while_probed"),
    mutant("a probe says dead though the slot has changed hands", CONTEXT,
           ("        return mp__is_announced_dead(who);\n",
            "        return true;\n"),
           equivalent="whoever asks looks at the slot again before it acts"),

    mutant("sleeps through deaths", SLEEP,
           ("&mp__context->death_seq, s->deaths, end)", "(const mp__word *)0, 0, end)"),
           sim="lock_once"),
    mutant("sleeps on what the word is by now", SLEEP,
           ("mp__futex_wait(word, seen,", "mp__futex_wait(word, *word,"),
           sim="lock_once"),
    mutant("the end of a slice is taken for the deadline", SLEEP,
           ("return mp__is_past(s->deadline) ? -ETIMEDOUT : 0;",
            "return -ETIMEDOUT;"),
           sim="lock_unannounced"),
    mutant("nobody is looked up at the end of a slice", SLEEP,
           ("if (owner != 0 && mp__is_dead(owner", "if (0 && mp__is_dead(owner"),
           sim="lock_unannounced"),

    mutant("the commit comes before its cursor", SIDE,
           ("""    atomic_store_explicit(&c->chunk, to.chunk, memory_order_release);
    atomic_store_explicit(&c->at, to.at, memory_order_release);
""", ""),
           ("        atomic_compare_exchange_strong(&side->wanted, &wanted, 0);"
            "\n}",
            """        atomic_compare_exchange_strong(&side->wanted, &wanted, 0);
    atomic_store(&c->chunk, to.chunk);
    atomic_store(&c->at, to.at);
}"""),
           sim="queue_one_to_two"),
    mutant("the cursor in use is overwritten", SIDE,
           ("&side->cursor[(now + n) & 1];", "&side->cursor[now & 1];"),
           sim="queue_one_to_two"),
    mutant("a commit is a store and a wake", SIDE,
           ("else if (mp__futex_add_wake(&side->commit, n, (int)n) == 0)",
            "else if (atomic_store(&side->commit, now + n), "
            "mp__futex_wake(&side->commit, (int)n) == 0)"),
           sim="queue_commit_is_one_step", kstep="consumer"),
    mutant("a commit wakes nobody", SIDE,
           ("    if (wanted == 0)\n", "    if (1)\n"),
           sim="queue_one_to_two", kstep="consumer"),
    mutant("whoever is left asleep is forgotten", SIDE,
           ("(int)n) == 0)", "(int)n) >= 0)"),
           sim="queue_one_to_two"),
    mutant("one is woken for several items", SIDE,
           ("mp__futex_add_wake(&side->commit, n, (int)n)",
            "mp__futex_add_wake(&side->commit, n, 1)"),
           sim="queue_three_at_once"),
    mutant("an even number is committed at once", SIDE,
           ("    if (n % 2 == 0) {", "    if (0) {"),
           ("    assert(n % 2 == 1);\n", ""),
           sim="queue_many"),
    mutant("asks to be woken without the lock", SIDE,
           ("""    int rc = lock_unless_moved(r, side, seen, sleep->deadline);

    if (rc == -ETIMEDOUT && has_moved(side, seen))
        return 0;
    if (rc < 0)
        return rc;
    atomic_store(&side->wanted, 1);""", "    atomic_store(&side->wanted, 1);"),
           ("    mp__owner_unlock(&side->lock);\n    return moved",
            "    return moved"),
           sim="queue_one_to_two"),
    mutant("sleeps without asking to be woken at all", SIDE,
           ("    atomic_store(&side->wanted, 1);\n", ""),
           sim="queue_one_to_two"),
    mutant("joins the sleepers without changing their number", SIDE,
           ("wanted % UINT32_MAX + 1))", "wanted))"),
           sim="queue_one_to_two"),
    mutant("joins sleepers where nobody said he sleeps", SIDE,
           ("    return wanted != 0;\n", "    return true;\n"),
           sim="queue_one_to_two"),
    mutant("what a dead producer left is not mended", SIDE,
           ("        mp__chunks_mend(r);\n", "        ;\n"),
           sim="queue_grows"),

    mutant("the record is written behind the commit", RING,
           ("        mp__encode(v, m, payload, NULL);\n", "        (void)payload;\n"),
           ("    mp__side_commit(put, done, last, to);\n",
            "    mp__side_commit(put, done, last, to);\n"
            "    if (done > 0)\n"
            "        mp__encode(giver->item(giver->from, rest->done), "
            "&rest->next, (char *)r->mapping.base + last.at + 8, NULL);\n"),
           sim="queue_one_to_two", kstep="consumer"),
    mutant("one more than maxsize", RING,
           ("    return max - (tail - put->other);",
            "    return max + 1 - (tail - put->other);"),
           sim="queue_full"),
    mutant("an item is committed twice over", RING,
           ("    mp__side_commit(get, done, last, from);\n",
            "    if (done > 1)\n"
            "        mp__side_commit(get, done, last, from);\n"),
           sim="queue_one_to_two"),
    mutant("who is late to put keeps the wake-up", RING,
           ("        (void)mp__futex_wake(&r->shared->get.commit, 1);",
            "        (void)0;"),
           sim="queue_late_producer"),
    mutant("who is late to get keeps the wake-up", RING,
           ("        (void)mp__futex_wake(&r->shared->put.commit, 1);",
            "        (void)0;"),
           sim="queue_late_consumer"),
    mutant("deaths and stirs are looked at late", RING,
           ("""    mp__sleep_look(sleep);
    rc = mp__side_lock(r, get, sleep->deadline);
""", "    rc = mp__side_lock(r, get, sleep->deadline);\n"),
           ("    return mp__side_wait(r, &r->shared->put, head, sleep);",
            "    mp__sleep_look(sleep);\n"
            "    return mp__side_wait(r, &r->shared->put, head, sleep);"),
           sim="queue_shut_down"),
    mutant("a shutdown stirs nobody", LIFE,
           ("        ;\n    mp__stir();\n", "        ;\n"),
           sim="queue_shut_down"),
    mutant("the end is told while a put is at work", RING,
           ("    return more ? 0 : fail_shut_down();",
            "    return more ? fail_shut_down() : fail_shut_down();"),
           sim="queue_shut_down_beside"),
    mutant("memory is given back without the lock", RING,
           ("""    if (mp__side_lock(r, put, 1) == 0) {
        mp__chunks_trim(r, keep);
        mp__owner_unlock(&put->lock);
    }
""", "    mp__chunks_trim(r, keep);\n"),
           sim="queue_shrinks"),

    mutant("the last task wakes one join only", TASK,
           ("mp__futex_add_wake(&task->commit, 1, INT_MAX)",
            "mp__futex_add_wake(&task->commit, 1, 1)"),
           sim="queue_two_join"),
    mutant("the last task wakes no join", TASK,
           ("    if (left == 1 && task->wanted != 0) {", "    if (0) {"),
           sim="queue_join"),
    mutant("a task is counted without comparing", TASK,
           ("    int rc = mp__side_lock(r, task, MP__NEVER);",
            "    int rc = 0;"),
           ("    mp__owner_unlock(&task->lock);\n    return left > 0",
            "    return left > 0"),
           sim="queue_join"),

    mutant("the head's chunk is read once", CHUNK,
           ("        if (atomic_load(&get->commit) == head)\n"
            "            return chunk;", "        return chunk;"),
           sim="queue_chunk_reused"),
    mutant("a chunk is used that the head is in", CHUNK,
           ("    while (next != head) {", "    while (next != tail) {"),
           sim="queue_grows"),
    mutant("the cycle is cut before it is joined", CHUNK,
           ("    set_next(r, made, next);\n    set_next(r, tail, made);\n",
            "    set_next(r, tail, made);\n    set_next(r, made, next);\n"),
           sim="queue_grows"),
    mutant("a chunk has no memory", CHUNK,
           ("    rc = mp__mapping_commit(&r->mapping, offset, limit);",
            "    rc = 0;"),
           sim="queue_grows"),
    mutant("the end of a chunk is not marked", CHUNK,
           ("    if (is_room(r, chunk, at, sizeof(uint64_t)))\n",
            "    if (0)\n"),
           sim="queue_grows"),
    mutant("memory is given back under the consumers", CHUNK,
           ("""    if (atomic_load(&r->shared->get.commit) !=
        atomic_load(&r->shared->put.commit))
        return;
""", ""),
           sim="queue_shrinks"),
    mutant("the spare chunks are not found again", CHUNK,
           ("        if (chunk_at(r, offset)->in_cycle == 0)\n",
            "        if (0)\n"),
           sim="queue_grows"),

    mutant("the message is taken out before the commit", RING,
           ("""    mp__side_commit(get, done, last, from);
    if (rc > 0)
        mp__passing_take_out(r);
""", """    if (rc > 0)
        mp__passing_take_out(r);
    mp__side_commit(get, done, last, from);
"""),
           sim="queue_handle", kstep="handle"),
    mutant("the message is not taken out", RING,
           ("    if (rc > 0)\n        mp__passing_take_out(r);\n", ""),
           sim="queue_handle_full"),
    mutant("a commit has two records with descriptors", RING,
           ("    while (rc == 0 && done < most && done < there) {",
            "    while (done < most && done < there) {"),
           sim="queue_handle_many"),
    mutant("who has no room for descriptors does not ask to be woken", PASSING,
           ("    p->wanted = 1;\n", ""),
           sim="queue_handle_full"),
    mutant("who has no room for descriptors keeps the room", PASSING,
           ("    (void)mp__futex_wake(&get->commit, 1);\n", ""),
           sim="queue_handle_or_room"),
    mutant("the socket is looked at before its count", PASSING,
           ("    *seen = atomic_load(&r->shared->passing.taken); "
            "/* before it is tried */\n", ""),
           ("    n = mp__socket_send(r->in, &cargo);\n",
            "    n = mp__socket_send(r->in, &cargo);\n"
            "    *seen = atomic_load(&r->shared->passing.taken);\n"),
           sim="queue_handle_full"),
    mutant("a ticket is taken behind the message", PASSING,
           ("    r->shared->passing.ticket = ticket;\n", ""),
           ("    n = mp__socket_send(r->in, &cargo);\n",
            "    n = mp__socket_send(r->in, &cargo);\n"
            "    r->shared->passing.ticket = ticket;\n"),
           sim="queue_handle_strays", kstep="handle"),
    mutant("a stray is taken for the message", PASSING,
           ("    drop_below(r, ticket);\n", ""),
           ("found == ticket ?", "found > 0 ?"),
           sim="queue_handle", kstep="handle"),
    mutant("strays are not dropped", PASSING,
           ("    drop_strays(r);\n", ""),
           sim="queue_handle_strays"),
    mutant("strays are dropped without the put lock", PASSING,
           ("    if (mp__side_lock(r, put, 0) < 0)\n        return;\n", ""),
           ("    mp__owner_unlock(&put->lock);\n", ""),
           sim="queue_handle_strays"),
    mutant("more than the strays is dropped", PASSING,
           ("found < ticket)", "found <= ticket)"),
           sim="queue_handle"),
    mutant("a message taken out is not counted", PASSING,
           ("        atomic_fetch_add(&p->taken, 1);\n", ""),
           sim="queue_handle_full"),
    mutant("a message taken out wakes nobody", PASSING,
           ("mp__futex_add_wake(&p->taken, 1, INT_MAX)",
            "mp__futex_add_wake(&p->taken, 1, 0)"),
           sim="queue_handle_full"),
    mutant("a message taken out wakes one of several", PASSING,
           ("mp__futex_add_wake(&p->taken, 1, INT_MAX)",
            "mp__futex_add_wake(&p->taken, 1, 1)"),
           sim="queue_handle_full"),
    mutant("descriptors that were refused stay open", PASSING,
           ("        mp__fd_list_close(&fds);\n", "        ;\n"),
           sim="queue_handle_refused"),
    mutant("descriptors that were refused are gone", PASSING,
           ("        mp__fd_list_close(&fds);\n",
            "        mp__fd_list_close(&fds), mp__passing_take_out(r);\n"),
           sim="queue_handle_refused"),
    # --- Lock, RLock ---
    mutant("Lock released without comparing", SYNC_LOCK,
           ("while (!atomic_compare_exchange_weak(at, &word, "
            "word & MP__WAITERS));",
            "while (atomic_store(at, word & MP__WAITERS), 0);"),
           sim="sync_lock"),
    mutant("Lock released whoever has it not", SYNC_LOCK,
           ("if ((word & ~MP__WAITERS) == 0)", "if (0)"),
           sim="sync_lock_released_twice"),
    mutant("Lock's release wakes nobody", SYNC_LOCK,
           ("mp__futex_wake(at, 1) == 0", "1"),
           sim="sync_lock"),
    mutant("Lock's release forgets the waiters", SYNC_LOCK,
           ("&word, word & MP__WAITERS))", "&word, 0))"),
           equivalent="who still sleeps was there before the one who is "
           "woken, and that one sets the bit again"),
    mutant("Lock's release clears the word without comparing", SYNC_LOCK,
           ("(void)atomic_compare_exchange_strong(at, &word, 0);",
            "atomic_store(at, 0);"),
           sim="sync_lock"),
    mutant("RLock's process and thread are taken one by one", RLOCK,
           ("return atomic_compare_exchange_strong(&l->both, &from.both, "
            "to.both);",
            "return atomic_compare_exchange_strong(&l->lock.word, "
            "&from.of.word, to.of.word) && "
            "(atomic_store(&l->thread, to.of.thread), 1);"),
           sim="rlock"),
    mutant("RLock of another thread of the process is ours", RLOCK,
           ("now.of.thread == self.of.thread", "1"),
           sim="rlock_thread_ended"),
    mutant("RLock's thread is not looked up", RLOCK,
           ("sleep->slices > 0 && h.of.thread", "0 && h.of.thread"),
           sim="rlock_thread_ended"),
    mutant("RLock is free when released once", RLOCK,
           ("if (count > 1)", "if (0)"),
           sim="rlock_nested", kstep="RLock"),
    mutant("RLock's takeover is not told", RLOCK,
           ("return MP__HOLDER_DIED;", "return 0;"),
           sim="rlock"),
    mutant("RLock keeps its thread when it is free", RLOCK,
           ("    atomic_store(&l->thread, 0);\n", ""),
           sim="rlock"),
    mutant("RLock let go of as if nobody could begin to wait", RLOCK,
           ("    if (change(l, self, nobody))\n        return;\n",
            "    if (load(l).both == self.both) {\n"
            "        atomic_store(&l->both, nobody.both);\n"
            "        return;\n    }\n"),
           sim="rlock"),
    mutant("RLock taken forgets the waiters", RLOCK,
           ("now.of.word | slept", "0"),
           sim="rlock"),

    # --- semaphores ---
    mutant("unit taken without comparing", SEMAPHORE,
           ("        if (change(s, now, now->of.value - 1, now->of.wanted))",
            "        if (atomic_store(&s->value, now->of.value - 1), 1)"),
           sim="semaphore_three"),
    mutant("who is to sleep does not prove that there is none", SEMAPHORE,
           ("        if (change(s, &now, 0, 1))",
            "        if (atomic_store(&s->wanted, 1), 1)"),
           sim="semaphore"),
    mutant("what was left by sleepers is cleared without waking", SEMAPHORE,
           ("        (void)mp__futex_wake(&s->wanted, INT_MAX);", "        ;"),
           sim="semaphore"),
    mutant("unit given wakes nobody", SEMAPHORE,
           ("&s->value, 1, &s->wanted, 1)", "&s->value, 1, &s->wanted, 0)"),
           sim="semaphore"),
    mutant("unit given and sleeper woken in two steps", SEMAPHORE,
           ("mp__futex_add_wake_on(&s->value, 1, &s->wanted, 1)",
            "(atomic_fetch_add(&s->value, 1), mp__futex_wake(&s->wanted, 1))"),
           sim="semaphore_release_is_one_step"),
    mutant("who comes too late does not look once more", SEMAPHORE,
           ("            rc = mp__sleep_on(&sleep, &s->wanted, 1, 0);",
            "            if (mp__sleep_on(&sleep, &s->wanted, 1, 0) < 0)\n"
            "                return -ETIMEDOUT;"),
           equivalent="a sleep that ends by its deadline has not been woken, "
           "and one that was woken ends in a look"),
    mutant("bound looked at, then gone beyond", SEMAPHORE,
           ("max - now.of.value > MANY_THREADS", "1"),
           ("} while (!change(s, &now, now.of.value + 1, now.of.wanted));",
            "} while (atomic_fetch_add(&s->value, 1), 0);"),
           sim="semaphore_bounded"),
    mutant("bounded one's release wakes nobody", SEMAPHORE,
           ("were_woken(s, mp__futex_wake(&s->wanted, 1));", ";"),
           sim="semaphore_bounded_waits"),

    # --- semaphores with undo ---
    mutant("units of the dead count", UNDO,
           ("held_in(holder) > 0 && !mp__is_announced_dead(who_in(holder))",
            "held_in(holder) > 0"),
           sim="undo", kstep="undo"),
    mutant("places of the dead are not used again", UNDO,
           ("if (free == NULL && !is_in_use(holder))",
            "if (free == NULL && held_in(holder) == 0)"),
           sim="undo", kstep="undo"),
    mutant("unit of another one is given back", UNDO,
           ("who_in(holder) == self && held_in(holder) > 0",
            "held_in(holder) > 0"),
           sim="undo"),
    mutant("nobody is told to wake the sleeper", UNDO,
           ("if (rc == 0 && !late)", "if (0)"),
           sim="undo"),
    mutant("waits for what has been given since", UNDO,
           ("    *seen = atomic_load(&u->given);\n", ""),
           ("    mp__owner_unlock(&u->lock);\n    return rc == 0 && late",
            "    mp__owner_unlock(&u->lock);\n"
            "    *seen = atomic_load(&u->given);\n    return rc == 0 && late"),
           sim="undo"),
    mutant("holders are not looked up", UNDO,
           ("    if (sleep->slices > slices)\n", "    if (0)\n"),
           sim="undo_unannounced"),
    mutant("the item is read once", ITEM,
           ("        if (atomic_load(item.word) == word) {", "        if (1) {"),
           sim="item_one_writer"),
    mutant("the copy that counts is written to", ITEM,
           ("    mp__item_unit *spare = spare_copy(item, mine);",
            "    mp__item_unit *spare = current_copy(item, mine);"),
           sim="item_one_writer"),
    mutant("a writer does not see that its claim is lost", ITEM,
           ("        if (atomic_load(item.word) != mine)\n"
            "            return false;\n", "        ;\n"),
           sim="item_slow_writer"),
    mutant("a unit is written without comparing", ITEM,
           ("    while (!atomic_compare_exchange_strong(unit, &old, new));",
            "    while (atomic_store(unit, new), (void)old, 0);"),
           sim="item_slow_writer"),
    mutant("a unit does not tell for whom it was written", ITEM,
           ("(uint64_t)claim_of(mine) << 32 | data;", "data;"),
           sim="item_slow_writer"),
    mutant("the word is looked at before the unit", ITEM,
           ("""    uint64_t old = atomic_load(unit);

    do
        if (atomic_load(item.word) != mine)
            return false;
""", """    uint64_t old;

    if (atomic_load(item.word) != mine)
        return false;
    old = atomic_load(unit);
    do
        ;
"""),
           sim="item_slow_writer"),
    mutant("a claim is made without comparing", ITEM,
           ("        if (atomic_compare_exchange_strong(item.word, &word, mine))\n"
            "            return mine;",
            "        atomic_store(item.word, mine);\n        return mine;"),
           sim="item_two_writers"),
    mutant("a write is committed without comparing", ITEM,
           ("    return atomic_compare_exchange_strong(item.word, &mine, new);",
            "    return atomic_store(item.word, new), 1;"),
           sim="item_two_writers"),
    mutant("a lost claim is taken for a write", ITEM,
           ("        if (fill(item, mine, data) && commit(item, mine, data))",
            "        if (!fill(item, mine, data) || commit(item, mine, data))"),
           sim="item_two_writers"),
    mutant("a claim does not get a number", ITEM,
           ("(word | PENDING) + CLAIM_ONE;", "(word | PENDING);"),
           sim="item_slow_writer"),
    mutant("set does not wake", EVENT,
           ("SET, INT_MAX", "SET, 0"),
           sim="event_set", kstep="event"),
    mutant("set wakes one", EVENT,
           ("SET, INT_MAX", "SET, 1"),
           sim="event_set"),
    mutant("set is a change and a wake", EVENT,
           ("(void)mp__futex_or_wake(&e->word, SET, INT_MAX);",
            "atomic_fetch_or(&e->word, SET);\n"
            "            (void)mp__futex_wake(&e->word, INT_MAX);"),
           sim="event_set_is_one_step", kstep="event"),
    mutant("set without comparing", EVENT,
           ("if (atomic_compare_exchange_weak(&e->word, &word, word | SET))",
            "if (atomic_store(&e->word, word | SET), 1)"),
           sim="event_set"),
    mutant("clear goes back to the old count", EVENT,
           ("count_in(word + SET)", "count_in(word - SET)"),
           sim="event_set_and_clear"),
    mutant("who waits looks only whether it is set", EVENT,
           ("        if (count_in(word) != clear)",
            "        if (is_set(word))"),
           sim="event_set_and_clear"),
    mutant("sleeps on an event without asking to be woken", EVENT,
           ("    if (!atomic_compare_exchange_strong(&e->word, word, "
            "*word | WAITERS))\n        return false;\n"
            "    *word |= WAITERS;\n", ""),
           sim="event_set"),

    mutant("a permit is for who came later as well", CONDITION,
           ("if (t->since == get(&s->clock) || get(&s->permits) == 0)",
            "if (get(&s->permits) == 0)"),
           sim="condition_timed"),
    mutant("a permit is not used up", CONDITION,
           ("    put(&s->permits, get(&s->permits) - 1);\n", ""),
           sim="condition_notify"),
    mutant("who was late is still counted", CONDITION,
           ("            withdraw(&turn);\n", ""),
           sim="condition_timed"),
    mutant("who was released is still counted", CONDITION,
           ("    withdraw(t);\n    return true;", "    return true;"),
           sim="condition_notify"),
    mutant("the late one does not look for a permit", CONDITION,
           ("if (rc < 0 || is_released(s, &turn))",
            "if (rc < 0 || (late == 0 && is_released(s, &turn)))"),
           sim="condition_timed"),
    mutant("notify forgets the permits handed out", CONDITION,
           ("? handed_out + n : there", "? n : there"),
           sim="condition_crowd"),
    mutant("the dead are counted among the waiters", CONDITION,
           ("(owner != 0 && mp__is_announced_dead(owner))", "owner == MP__SLOTS"),
           sim="condition_notify_twice"),
    mutant("permits of the dead keep a newcomer waiting", CONDITION,
           ("if (waiting_at(s, &s->place[i]) > 0 && "
            "get(&s->place[i].since) == now)", "if (0)"),
           sim="condition_notify_twice"),
    mutant("notify_all goes without its wake-up", CONDITION,
           ("    wake(s, INT_MAX);\n", "    wake(s, 0);\n"),
           sim="condition_notify_all"),
    mutant("notify_all is for who comes later as well", CONDITION,
           ("put(&s->all_until, get(&s->clock));",
            "put(&s->all_until, get(&s->clock) + 1);"),
           sim="condition_notify_all"),
    mutant("seq is looked at after the lock is free", CONDITION,
           ("        uint32_t seen = atomic_load(&s->seq);\n"
            "        uint32_t count = let_go(c);\n",
            "        uint32_t count = let_go(c);\n"
            "        uint32_t seen = atomic_load(&s->seq);\n"),
           sim="condition_notify"),

    mutant("the release wakes nobody", BARRIER,
           ("(void)mp__futex_add_wake(&s->word, step - SLEPT_ON, INT_MAX);",
            "atomic_fetch_add(&s->word, step - SLEPT_ON);"),
           sim="barrier_two", kstep="barrier"),
    mutant("the release wakes one", BARRIER,
           ("step - SLEPT_ON, INT_MAX", "step - SLEPT_ON, 1"),
           sim="barrier_three"),
    mutant("the release is a step and a wake", BARRIER,
           ("(void)mp__futex_add_wake(&s->word, step - SLEPT_ON, INT_MAX);",
            "{ atomic_fetch_add(&s->word, step - SLEPT_ON);\n"
            "        (void)mp__futex_wake(&s->word, INT_MAX); }"),
           sim="barrier_release_is_one_step"),
    mutant("the dead are let through", BARRIER,
           ("bool well = !has_lost_one(b, place->round);",
            "bool well = true;"),
           equivalent="it is no lie to say that all have come, if one dies "
           "before the others go on; a death that is known in time is found "
           "by those who sleep"),
    mutant("who sleeps does not look for the dead", BARRIER,
           ("        if (has_lost_one(b, place->round)) {", "        if (0) {"),
           sim="barrier_two", kstep="barrier"),
    mutant("a stamp that is not counted is forgotten", BARRIER,
           ("atomic_store(&s->arrived, count_arrived(b, round_now(s)));", ";"),
           sim="barrier_recovery"),
    mutant("a round begins with the last one's count", BARRIER,
           ("    atomic_store(&s->arrived, 0);\n", ""),
           sim="barrier_two"),
    mutant("the stamp names no round", BARRIER,
           ("return (uint32_t)(stamp >> 32) == round ? (mp__owner)stamp : 0;",
            "(void)round;\n    return (mp__owner)stamp;"),
           sim="barrier_two"),
    mutant("the outcome is that of any round", BARRIER,
           ("UINT64_C(1) << round_now(s) / ROUND % OUTCOMES",
            "UINT64_C(1) << round_now(s) / ROUND % 1"),
           ("outcomes >> round / ROUND % OUTCOMES & 1",
            "outcomes >> round / ROUND % 1 & 1"),
           sim="barrier_slow_to_look"),
    mutant("the outcome is told after the wake-up", BARRIER,
           ("    atomic_store(&s->outcomes, well ? outcomes & ~bit : "
            "outcomes | bit);\n    atomic_store(&s->arrived, 0);\n"
            "    move_on(s, step);\n",
            "    atomic_store(&s->arrived, 0);\n    move_on(s, step);\n"
            "    atomic_store(&s->outcomes, well ? outcomes & ~bit : "
            "outcomes | bit);\n"),
           sim="barrier_abort"),
    mutant("a late break breaks the next round", BARRIER,
           ("    if (round_now(b->shared) == place->round)\n"
            "        end_round(b, false, BROKEN);",
            "    if (!is_broken(round_now(b->shared)))\n"
            "        end_round(b, false, BROKEN);"),
           sim="barrier_timed"),
    mutant("a late release ends the next round", BARRIER,
           ("    if (round_now(b->shared) == place->round) {\n        bool",
            "    {\n        bool"),
           sim="barrier_reset"),
    mutant("one too many joins a full round", BARRIER,
           ("full = atomic_load(&b->shared->arrived) == b->parties;",
            "full = atomic_load(&b->shared->arrived) > b->parties;"),
           sim="barrier_crowd"),

    # --- memory by name ---
    mutant("what is to persist does so before it has its name", NAMED_LIFE,
           ("file[0] != MP__NAMED_MAKING && ", ""),
           kstep="made to persist"),
    mutant("a file is used and does not say so", NAMED_LIFE,
           ("    int rc = lock(fd, F_RDLCK, USE, 1);", "    int rc = 0;\n"),
           kstep="attached to and freed"),
    mutant("what is used is swept", NAMED_LIFE,
           ("    if (!mp__named_is_used(fd) && is_file_of_mine(fd)",
            "    if (is_file_of_mine(fd)"),
           ("lock(fd, F_WRLCK, USE, 2) == 0)", "fd >= 0)"),
           kstep="attached to and freed"),
    mutant("what nobody uses can be attached to", NAMED,
           ("mp__named_is_used(fd) ? 0 : -ENOENT;",
            "mp__named_is_used(fd) ? 0 : 0;"),
           kstep="not attached to"),
    mutant("the last user leaves the name behind", NAMED,
           ("    file_of(n, file);\n"
            "    (void)mp__named_remove_unused(dir, file);\n",
            "    file_of(n, file);\n"),
           kstep="closed and freed"),
    mutant("what the dead had is not swept at the next making", NAMED,
           ("    sweep_some(dir);\n", "    (void)sweep_some;\n"),
           kstep="made without a name"),
    mutant("a dead one's name is taken for good", NAMED,
           ("    sweep_some(dir);\n", "    (void)sweep_some;\n"),
           ("    (void)mp__named_remove_unused(dir, file);\n"
            "    return faccessat", "    return faccessat"),
           kstep="made where a dead one's"),
    mutant("memory has its name before it is filled", MEMORY,
           ("""    if (plan->fill != NULL)
        plan->fill(out->base, plan->arg);
    rc =""", "    rc ="),
           ("""    if (rc < 0)
        mp__named_release(out);
    return rc;
""", """    if (rc < 0)
        mp__named_release(out);
    else if (plan->fill != NULL)
        plan->fill(out->base, plan->arg);
    return rc;
"""),
           kstep="ShareableList, made,"),
    mutant("a claim is waited for without an end", ITEM,
           ("    while (is_pending(word) && !mp__is_past(deadline)) {",
            "    while (is_pending(word)) {"),
           kstep="from a dead one"),

    # --- Value, Array, buffers ---
    mutant("a Value's lock does not tell of a death", VARIABLE,
           ("    return mp__acquired(rc, \"lock of a shared object\");",
            "    return mp__acquired(rc > 0 ? 0 : rc, "
            "\"lock of a shared object\");"),
           kstep="Value, its lock from"),
    mutant("an array is set before its lock is taken", ARRAY,
           ("    int acquired = mp__variable_acquire(v, MP_FOREVER);\n\n"
            "    if (acquired < 0)\n        return acquired;\n"
            "    mp__elements_store(data, v->shape.elem, v->shape.size, at);\n",
            "    int acquired;\n\n"
            "    mp__elements_store(data, v->shape.elem, v->shape.size, at);\n"
            "    acquired = mp__variable_acquire(v, MP_FOREVER);\n"
            "    if (acquired < 0)\n        return acquired;\n"),
           kstep="Array, all of it set"),
    mutant("who sent a buffer keeps it mapped for good", REGION,
           ("    return r->mapping.base == NULL || "
            "!mp__is_claimed(r->mapping.fd);",
            "    return r->mapping.base == NULL;"),
           kstep="its sender keeps"),
    mutant("a buffer that was handed over is still its sender's", BUFFER,
           ("        b->region = NULL;\n        mp__region_leave(region);\n",
            ""),
           kstep="a consumer asleep"),
    mutant("what a dead worker was at is begun again", SETTLE,
           ("(begun > next ||", "(begun > next + 1 ||"),
           kstep="pool"),
    mutant("an old log of a dead worker counts", SETTLE,
           ("first != task->answered ||", ""),
           kstep="chunk"),
    mutant("the log of a dead worker is lost", SETTLE,
           ("    read_log(seat, task);\n", ""),
           kstep="chunk"),
    mutant("a function is called before it is said to be", WORKER,
           ("        begin_item(s, i);\n"
            "        failed = call_item(&c, fn, form, &item) < 0;\n",
            "        failed = call_item(&c, fn, form, &item) < 0;\n"
            "        begin_item(s, i);\n"),
           kstep="chunk"),
    mutant("an entry of the log counts before it is there", WORKER,
           # The pauses are for the rig, which tries some instructions only.
           ("    memcpy(lane->log + end, &v.u.i, sizeof(int32_t));\n",
            "    atomic_store_explicit(&s->log_end, end + size, "
            "memory_order_release);\n"
            "    for (int i = 0; i < 40; i++)\n        mp__pause();\n"
            "    memcpy(lane->log + end, &v.u.i, sizeof(int32_t));\n"),
           kstep="chunk"),
]
