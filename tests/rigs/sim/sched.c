/*
 * One execution; see sched.h.
 *
 * The scheduler has a stack of its own. A simulated process gives the word to
 * it by an event: it has come to a scheduling point, it wants to wake others,
 * it sleeps, it has ended. So whenever something is decided all processes are
 * suspended, and their stacks are part of the state.
 */
#include "sched.h"
#include "base/clock.h"
#include "coroutine.h"
#include "trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX = SIM_PROCESSES + 1, SLOTS_USED = 8 };

/* Half of what sleep.c calls a slice. Deadlines of scenarios lie within the
   first one; the end of a slice never does. */
#define BEGIN         MP__SECOND
#define LAST_DEADLINE (BEGIN + MP__SECOND / 20)

/* In one execution. */
enum {
    ENOUGH_POINTS = 100000, /* accesses: no scenario comes near       */
    ENOUGH_SLICES = 4 * MAX /* and nothing came of them: nothing will */
};

enum event { AT_POINT, WAKES, SLEEPS, IS_IDLE, HAS_ENDED, HAS_FAILED };
enum status { READY, ASLEEP, IDLE, ENDED, KILLED };

struct process {
    enum status status;
    uint32_t woken; /* the last sleep ended by a wake-up */
    const void *word;
    const void *second;
    int64_t until;
};

/* All of it counts as state; no padding, see sim_hash. */
struct state {
    int32_t preemptions, kills, timeouts, slices; /* what is left */
    int32_t current, event;
    uint32_t unannounced; /* the dead, a bit each */
    int32_t wakes;        /* with WAKES: how many, on what */
    const void *wake_word;
    int64_t now;
    struct process process[MAX];
};

static const struct sim_scenario *scenario;
static sim_chooser *chooser;
static struct state at;
static long points;
static bool cut;
static char failure[200];
static struct sim_coroutine scheduler;
static struct sim_coroutine coroutines[MAX];
static _Alignas(64) char stacks[MAX][SIM_STACK];
static struct mp__identity *identities;
static mp__owner owners[SLOTS_USED];

static bool is_victim(int i)
{
    return (scenario->victims >> i & 1) != 0;
}

static int watcher(void)
{
    return scenario->processes;
}

int sim_current(void)
{
    return at.current;
}

int64_t sim_now(void)
{
    return at.now;
}

bool sim_lives(int i)
{
    return i < watcher() && at.process[i].status != KILLED;
}

mp__owner sim_owner(int i)
{
    return owners[i];
}

void sim_unregister(int i)
{
    atomic_store(&mp__context->slot[i].ident, UINT64_C(1) << 32);
    identities[i].self = 0;
}

bool sim_was_killed(int i)
{
    return at.process[i].status == KILLED;
}

bool sim_is_asleep(int i)
{
    return at.process[i].status == ASLEEP;
}

bool sim_sleeps_on(int i, const volatile void *word)
{
    return sim_is_asleep(i) && at.process[i].word == word;
}

int sim_kills(void)
{
    int n = 0;

    for (int i = 0; i < scenario->processes; i++)
        n += at.process[i].status == KILLED;
    return n;
}

const char *sim_failure(void)
{
    return failure;
}

uint64_t sim_state(void)
{
    uint64_t h = sim_hash(1, &at, sizeof at);

    for (int i = 0; i <= watcher(); i++) {
        enum status status = at.process[i].status;

        if (status == READY || status == ASLEEP || i == at.current)
            h = sim_hash(h, coroutines[i].sp,
                         sim_coroutine_depth(&coroutines[i]));
    }
    return sim_world_hash(h);
}

/* --- on a simulated process's stack --- */

static void tell(enum event event)
{
    at.event = event;
    sim_coroutine_switch(&coroutines[at.current], &scheduler);
}

void sim_point(void)
{
    if (at.current < 0)
        return;
    if (++points > ENOUGH_POINTS)
        sim_fail("process %d goes on and on", at.current);
    if (at.preemptions > 0 || at.timeouts > 0 ||
        (at.kills > 0 && is_victim(at.current)))
        tell(AT_POINT);
}

void sim_fail(const char *fmt, ...)
{
    va_list args;

    if (failure[0] == '\0') {
        va_start(args, fmt);
        (void)vsnprintf(failure, sizeof failure, fmt, args);
        va_end(args);
    }
    if (at.current >= 0)
        tell(HAS_FAILED);
}

bool sim_sleep(const void *word, const void *second, int64_t until)
{
    struct process *p = &at.process[at.current];

    p->status = ASLEEP;
    p->word = word;
    p->second = second;
    p->until = until;
    p->woken = 0;
    tell(SLEEPS);
    return p->woken != 0;
}

static int sleepers_on(const void *word, int *out)
{
    int n = 0;

    for (int i = 0; i <= watcher(); i++) {
        const struct process *p = &at.process[i];

        if (p->status == ASLEEP && (p->word == word || p->second == word))
            out[n++] = i;
    }
    return n;
}

int sim_wake(const void *word, int n)
{
    int sleepers[MAX];
    int there = sleepers_on(word, sleepers);
    int woken = n < there ? n : there;

    if (woken == 0 || at.current < 0)
        return 0;
    at.wakes = woken;
    at.wake_word = word;
    tell(WAKES);
    return woken;
}

static void announce_deaths(void)
{
    for (int i = 0; i < watcher(); i++) {
        if ((at.unannounced >> i & 1) != 0) {
            at.unannounced &= ~(1u << i);
            mp__announce_death(owners[i]);
        }
    }
}

static void live(void)
{
    int me = at.current;

    if (me != watcher()) {
        scenario->body(me);
        tell(HAS_ENDED);
    }
    for (;;) {
        while (at.unannounced != 0)
            announce_deaths();
        tell(IS_IDLE);
    }
}

/* --- on the scheduler's stack --- */

static int decide(int n)
{
    int answer = n > 1 ? chooser(n) : 0;

    if (answer == SIM_NO_CHOICE)
        cut = true;
    return answer;
}

static void resume(int i)
{
    at.current = i;
    mp__identity = &identities[i];
    sim_coroutine_switch(&scheduler, &coroutines[i]);
}

static int ready_ones(int except, int *out)
{
    int n = 0;

    for (int i = 0; i <= watcher(); i++)
        if (i != except && at.process[i].status == READY)
            out[n++] = i;
    return n;
}

/* Whose sleep has an end that can come now. */
static int due_ones(bool slices_too, int *out)
{
    int n = 0;

    for (int i = 0; i <= watcher(); i++) {
        const struct process *p = &at.process[i];

        if (p->status == ASLEEP && p->until != MP__NEVER &&
            (slices_too || p->until <= LAST_DEADLINE))
            out[n++] = i;
    }
    return n;
}

static void rouse(int i, bool woken)
{
    struct process *p = &at.process[i];

    sim_trace(i, woken ? "is woken" : "has slept its time");
    p->status = READY;
    p->woken = woken;
    p->word = p->second = NULL;
    if (!woken && p->until > at.now)
        at.now = p->until;
    p->until = 0;
}

/* Nobody can run: perhaps time helps. */
static void let_time_pass(void)
{
    int due[MAX];
    int n = due_ones(scenario->sliced && at.slices > 0, due);
    int k = n > 0 ? decide(n) : 0;

    if (n == 0 || cut)
        return;
    at.slices--;
    rouse(due[k], false);
    at.current = due[k];
}

/* The one that ran cannot go on: any other may. */
static void give_way(void)
{
    int ready[MAX];
    int n = ready_ones(-1, ready);
    int k = n > 0 ? decide(n) : 0;

    at.current = -1;
    if (cut)
        return;
    if (n > 0)
        at.current = ready[k];
    else
        let_time_pass();
}

static void kill_current(void)
{
    int i = at.current;

    sim_trace(i, "IS KILLED");
    at.process[i].status = KILLED;
    at.kills--;
    if (!scenario->unwatched) {
        at.unannounced |= 1u << i;
        at.process[watcher()].status = READY;
    }
    give_way();
}

/* The answers, in order: go on; be killed; one of the others runs; one of the
   deadlines passes. */
static void at_point(void)
{
    int ready[MAX], due[MAX];
    int kill = at.kills > 0 && is_victim(at.current);
    int others = at.preemptions > 0 ? ready_ones(at.current, ready) : 0;
    int late = at.timeouts > 0 ? due_ones(false, due) : 0;
    int k = decide(1 + kill + others + late);

    if (cut || k == 0)
        return;
    k--;
    if (k < kill) {
        kill_current();
        return;
    }
    k -= kill;
    if (k < others) {
        at.preemptions--;
        at.current = ready[k];
        return;
    }
    at.timeouts--;
    rouse(due[k - others], false);
}

/* The kernel wakes in the order of sleeping, or by priority: any order. */
static void wake_some(void)
{
    while (at.wakes > 0 && !cut) {
        int sleepers[MAX];
        int n = sleepers_on(at.wake_word, sleepers);
        int k = decide(at.wakes < n ? n : 1);

        if (!cut)
            rouse(sleepers[k], true);
        at.wakes--;
    }
    at.wake_word = NULL;
}

static void handle_event(void)
{
    struct process *p = &at.process[at.current];

    switch ((enum event)at.event) {
    case AT_POINT:
        at_point();
        break;
    case WAKES:
        wake_some();
        break;
    case SLEEPS:
        give_way();
        break;
    case IS_IDLE:
        p->status = IDLE;
        give_way();
        break;
    case HAS_ENDED:
        sim_trace(at.current, "ends");
        p->status = ENDED;
        give_way();
        break;
    case HAS_FAILED:
        at.current = -1;
        break;
    }
}

/* Everybody has ended, died or sleeps for good. */
static void look_at_outcome(void)
{
    for (int i = 0; i < watcher(); i++) {
        bool fine = at.process[i].status != ASLEEP ||
                    (scenario->may_sleep != NULL && scenario->may_sleep(i));
        SIM_DEMAND(fine, "process %d sleeps for ever", i);
    }
    if (scenario->check != NULL && failure[0] == '\0')
        scenario->check();
}

static void begin(struct sim_bounds bounds)
{
    memset(&at, 0, sizeof at);
    at.preemptions = bounds.preemptions;
    at.kills = bounds.kills;
    at.timeouts = (int32_t)scenario->timeouts;
    at.slices = ENOUGH_SLICES;
    at.now = BEGIN;
    points = 0;
    cut = false;
    failure[0] = '\0';
    sim_world_restore();
    for (int i = 0; i <= watcher(); i++)
        sim_coroutine_prepare(&coroutines[i], live);
    at.process[watcher()].status = IDLE;
}

enum sim_end sim_run(struct sim_bounds bounds, sim_chooser *choose)
{
    chooser = choose;
    begin(bounds);
    give_way();
    while (at.current >= 0 && !cut) {
        resume(at.current);
        handle_event();
    }
    at.current = -1;
    if (failure[0] == '\0' && !cut)
        look_at_outcome();
    if (failure[0] != '\0')
        return SIM_FAILED;
    return cut ? SIM_CUT : SIM_ENDED;
}

static void register_process(int i)
{
    uint64_t pid = SIM_FIRST_PID + (uint64_t)i;

    atomic_store(&mp__context->slot[i].ident, UINT64_C(1) << 32 | pid);
    owners[i] = 1u << MP__SLOT_BITS | ((uint32_t)i + 1);
}

/* The slot table as it is when every process has registered. */
static void lay_out_context(void)
{
    static const char *const names[] = {"slot 0", "slot 1", "slot 2", "slot 3",
                                        "slot 4", "slot 5", "slot 6", "slot 7"};

    mp__context = sim_shared(sizeof *mp__context, "context");
    sim_untouched(sizeof mp__context->slot[0] * (MP__SLOTS - SLOTS_USED));
    sim_label(&mp__context->death_seq, 4, "death_seq");
    sim_label(&mp__context->next, 4, "next");
    for (int i = 0; i < SLOTS_USED; i++)
        sim_label(&mp__context->slot[i], sizeof mp__context->slot[i], names[i]);
    for (int i = 0; i <= watcher(); i++) {
        register_process(i);
        identities[i].self = owners[i];
    }
    register_process(SIM_GHOST);
    atomic_store(&mp__context->next, SLOTS_USED - 1);
}

void sim_prepare(const struct sim_scenario *s)
{
    scenario = s;
    memset(&at, 0, sizeof at);
    at.current = -1;
    for (int i = 0; i < MAX; i++)
        coroutines[i].stack = stacks[i];
    sim_world_clear();
    sim_unmap();
    identities = sim_private(sizeof *identities * MAX);
    mp__identity = identities;
    lay_out_context();
    s->setup();
    sim_world_keep();
}
