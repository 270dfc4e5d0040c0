"""The seeded bugs; see mutants.py for what becomes of them."""
from collections import namedtuple

Mutant = namedtuple("Mutant", "name file changes rigs equivalent")


def mutant(name, file, *changes, rigs="sim", equivalent=None):
    return Mutant(name, file, changes, rigs, equivalent)


LOCK = "os/owner_lock.c"
CONTEXT = "os/context.c"
SLEEP = "os/sleep.c"

WAKE_ON_UNLOCK = "mp__futex_bit_wake(&lock->word, 31, 1) == 0"

MUTANTS = [
    mutant("lock taken without comparing", LOCK,
           ("if (atomic_compare_exchange_strong(&lock->word, &free, self))",
            "if (atomic_load(&lock->word) == free && "
            "(atomic_store(&lock->word, self), 1))")),
    mutant("holder is not looked up", LOCK,
           ("if (mp__is_announced_dead(holder_in(word))) {", "if (0) {"),
           rigs="sim kstep"),
    mutant("takeover without comparing", LOCK,
           ("""            if (atomic_compare_exchange_strong(&lock->word, &word,
                                               self | MP__WAITERS))
""", "            atomic_store(&lock->word, self | MP__WAITERS);\n")),
    mutant("takeover is not told", LOCK,
           ("return MP__HOLDER_DIED;", "return 0;"),
           rigs="sim kstep"),
    mutant("takeover forgets the waiters", LOCK,
           ("self | MP__WAITERS))", "self))"),
           equivalent="the announcement of that death wakes them all, and who "
           "still waits sets the bit again"),
    mutant("deaths are looked at after the word", LOCK,
           ("        mp__sleep_look(&sleep);\n", ""),
           ("        if (mp__sleep_on(",
            "        mp__sleep_look(&sleep);\n        if (mp__sleep_on(")),
    mutant("sleeps without asking to be woken", LOCK,
           ("if ((word & MP__WAITERS) == 0) {", "if (0) {"),
           rigs="sim kstep"),
    mutant("asks to be woken without comparing", LOCK,
           ("if (!atomic_compare_exchange_strong(&lock->word, &word,\n"
            "                                                word | "
            "MP__WAITERS))",
            "if (atomic_store(&lock->word, word | MP__WAITERS), 0)")),
    mutant("taking it forgets the waiters", LOCK,
           ("self | word | slept", "self | slept")),
    mutant("who has slept forgets the others", LOCK,
           ("self | word | slept", "self | word")),
    mutant("the late one thinks it has it", LOCK,
           ("return -ETIMEDOUT;", "return 0;")),
    mutant("unlock is a store and a wake", LOCK,
           (WAKE_ON_UNLOCK,
            "(atomic_store(&lock->word, MP__WAITERS), "
            "mp__futex_wake(&lock->word, 1)) == 0"),
           rigs="sim kstep"),
    mutant("unlock wakes nobody", LOCK,
           (WAKE_ON_UNLOCK, "mp__futex_bit_wake(&lock->word, 31, 0) == 0")),
    mutant("unlock forgets the waiters left", LOCK,
           (WAKE_ON_UNLOCK, "mp__futex_bit_wake(&lock->word, 31, 1) >= 0")),
    mutant("unlock clears the word without comparing", LOCK,
           ("atomic_compare_exchange_strong(&lock->word, &waiters, 0);",
            "atomic_store(&lock->word, 0);")),
    mutant("unlock leaves the bit behind", LOCK,
           ("        atomic_compare_exchange_strong(&lock->word, &waiters, 0);",
            "        (void)waiters;")),

    mutant("an announcement wakes nobody", CONTEXT,
           ("    mp__futex_wake(&mp__context->death_seq, INT_MAX);\n", ""),
           rigs="sim kstep"),
    mutant("an announcement is not counted", CONTEXT,
           ("    atomic_fetch_add(&mp__context->death_seq, 1);\n", "")),
    mutant("an announcement comes before the slot is freed", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&",
            "    mp__stir();\n    while (owner_of(index_of(who), old) == who "
            "&& pid_in(old) != 0 &&"),
           ("        ;\n    mp__stir();\n", "        ;\n")),
    mutant("an announcement frees another's slot", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&", "    while (pid_in(old) != 0 &&")),
    mutant("an announcement gives up when the slot changes", CONTEXT,
           ("    while (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&",
            "    if (owner_of(index_of(who), old) == who && "
            "pid_in(old) != 0 &&")),
    mutant("generations are not looked at", CONTEXT,
           ("return pid_in(ident) == 0 || owner_of(index_of(who), ident) != "
            "who;", "return pid_in(ident) == 0;")),
    mutant("generations do not go up", CONTEXT,
           ("ident_of(gen_in(old) + 1, pid)", "ident_of(gen_in(old), pid)")),
    mutant("a slot is taken without comparing", CONTEXT,
           ("if (atomic_compare_exchange_strong(&slot->ident, &old, taken))",
            "if (atomic_store(&slot->ident, taken), 1)")),
    mutant("a probe frees what it has not looked at", CONTEXT,
           ("""    if (!atomic_compare_exchange_strong(&slot->ident, &ident,
                                        ident_of(gen_in(ident), 0)))
        return mp__is_announced_dead(who);
    mp__stir();
""", "    mp__announce_death(who);\n")),
    mutant("a time is taken for the next one's", CONTEXT,
           ("    if (seen >> SEEN_BITS != seen_of(ident, 0) >> SEEN_BITS)\n"
            "        return 0;\n", "")),
    mutant("a probe says dead though the slot has changed hands", CONTEXT,
           ("        return mp__is_announced_dead(who);\n",
            "        return true;\n"),
           equivalent="whoever asks looks at the slot again before it acts"),

    mutant("sleeps through deaths", SLEEP,
           ("&mp__context->death_seq, s->deaths, end)", "(const mp__word *)0, 0, end)")),
    mutant("sleeps on what the word is by now", SLEEP,
           ("mp__futex_wait(word, seen,", "mp__futex_wait(word, *word,")),
    mutant("the end of a slice is taken for the deadline", SLEEP,
           ("return mp__is_past(s->deadline) ? -ETIMEDOUT : 0;",
            "return -ETIMEDOUT;")),
    mutant("nobody is looked up at the end of a slice", SLEEP,
           ("if (owner != 0 && mp__is_dead(owner", "if (0 && mp__is_dead(owner")),
]
