/*
 * Crash reports, the dying process's side; see crash.h.
 *
 * All that is called in the handler is safe there: it takes no lock and no
 * memory. The unwinder is loaded before the fork (backtrace.c), the shared
 * memory is there from the start of the program, and the handler has a stack
 * of its own, so a stack that is full can be reported too. (A thread other than
 * the first has none: what it dies of is reported unless its stack is full.)
 */
#include "os/crash.h"

#include "os/backtrace.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The report of the process of one slot. All its words tell whose they are, so
   nobody wipes them. */
struct report {
    /* {mp__owner:32, frames:32}. Written by that process alone: first with one
       frame, when all but the others are there, then with all of them. If the
       stack is not fit to be walked, the first is what is known. Its parent
       reads it after its death. */
    _Atomic uint64_t word;
    struct mp__crash crash;
};

/* The handler's stack. Only a crash ever touches it. */
enum { STACK = 64 * 1024 };

/* How long a second thread that crashes lets the first one finish. */
enum { PATIENCE = 1 };

/* More than lie between the walk and the instruction that failed. */
enum { HANDLER_FRAMES = 8 };

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#define SIGNALS (sizeof signals / sizeof *signals)

/* One for each slot; NULL: there are no reports. Untouched pages take no
   memory. Shared by the tree that this program begins. */
static struct report *reports;

/* Whose crash is to be reported. Written by the child while it has one thread;
   a process that it forks in turn has another pid. */
static struct {
    pid_t pid;
    mp__owner self;
} watched;

static const char *_Atomic doing_words;
static const void *_Atomic doing_function;

static _Atomic bool is_dying;
static _Alignas(64) char stack[STACK];

__attribute__((constructor)) static void make_reports(void)
{
    void *p = mmap(NULL, sizeof *reports * MP__SLOTS, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    reports = p == MAP_FAILED ? NULL : p;
}

static struct report *report_of(mp__owner who)
{
    return &reports[mp__slot_index(who)];
}

static uint64_t word_of(mp__owner who, size_t frames)
{
    return (uint64_t)who << 32 | (uint32_t)frames;
}

/* -- in the handler -------------------------------------------------------- */

static void *faulting_instruction(const void *context)
{
    const ucontext_t *c = context;

#if defined __x86_64__
    return (void *)c->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    return (void *)c->uc_mcontext.pc;
#else
    (void)c;
    return NULL;
#endif
}

/* Where a call of no function at all (through NULL, say) was to return to. */
static void *return_address(const void *context)
{
    const ucontext_t *c = context;

#if defined __x86_64__
    return *(void **)c->uc_mcontext.gregs[REG_RSP];
#elif defined __aarch64__
    return (void *)c->uc_mcontext.regs[30];
#else
    (void)c;
    return NULL;
#endif
}

/* As much as fits, always with its end; from may be NULL. */
static void copy_words(char *to, size_t size, const char *from)
{
    size_t i = 0;

    while (from != NULL && i + 1 < size && from[i] != '\0') {
        to[i] = from[i];
        i++;
    }
    to[i] = '\0';
}

static void describe(struct mp__crash *out, const siginfo_t *info, void *at)
{
    *out = (struct mp__crash){
        .signal = info->si_signo,
        .code = info->si_code,
        .pid = getpid(),
        .thread = (pid_t)syscall(SYS_gettid),
        .function = doing_function,
        .n = 1,
    };
    if (info->si_code > 0)
        out->address = info->si_addr;
    else
        out->sender = info->si_pid;
    copy_words(out->doing, sizeof out->doing, doing_words);
    /* Names are looked up just before a return address; this one is none. */
    out->frames[0] = (char *)at + 1;
}

/* What called the instruction that failed: what lies below it on the stack. If
   it is not found, the stack could not be walked so far; if it was a fault it
   may be that there is no such instruction. */
static size_t walk(void **frames, const siginfo_t *info, const void *context)
{
    void *at = faulting_instruction(context);
    void *all[MP__CRASH_FRAMES + HANDLER_FRAMES];
    size_t n = mp__backtrace(all, MP__CRASH_FRAMES + HANDLER_FRAMES);
    size_t first = 0, count = 1;

    while (first < n && all[first] != at)
        first++;
    for (size_t i = first + 1; i < n && count < MP__CRASH_FRAMES; i++)
        frames[count++] = all[i];
    if (first == n && info->si_signo == SIGSEGV && info->si_code > 0)
        frames[count++] = return_address(context);
    return count;
}

static void report(const siginfo_t *info, const void *context)
{
    struct report *r = report_of(watched.self);
    size_t n;

    /* What another process left there is no longer whole. */
    atomic_store(&r->word, 0);
    describe(&r->crash, info, faulting_instruction(context));
    atomic_store(&r->word, word_of(watched.self, 1));
    n = walk(r->crash.frames, info, context);
    atomic_store(&r->word, word_of(watched.self, n));
}

/* A fault comes again when the handler returns, from the instruction that has
   it: the core file shows that one. What was sent does not, and is sent again;
   it comes when the handler has returned. */
static void die(const siginfo_t *info)
{
    struct sigaction fatal = {.sa_handler = SIG_DFL};

    (void)sigaction(info->si_signo, &fatal, NULL);
    if (info->si_code <= 0)
        (void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid),
                      info->si_signo);
}

static void on_crash(int signal, siginfo_t *info, void *context);

/* Who has put this handler back by signal(2) has taken from it what it is told
   beside the number: then that is known and no more. */
static bool is_informed(int signal)
{
    struct sigaction there;

    return sigaction(signal, NULL, &there) < 0 ||
           there.sa_sigaction != on_crash || (there.sa_flags & SA_SIGINFO) != 0;
}

static void on_crash(int signal, siginfo_t *info, void *context)
{
    struct timespec patience = {.tv_sec = PATIENCE};
    siginfo_t bare = {.si_signo = signal, .si_pid = getpid()};

    if (!is_informed(signal))
        info = &bare;
    if (getpid() == watched.pid) {
        if (!atomic_exchange(&is_dying, true))
            report(info, context);
        else
            (void)nanosleep(&patience, NULL);
    }
    die(info);
}

/* -- before it ------------------------------------------------------------- */

/* Each of the two takes first and gives back what it should not have taken,
   which is half the system calls of asking first. Nobody knows this process
   yet, who could send it a signal in between. */

/* A thread that has a stack for its handlers keeps it. */
static void give_stack(void)
{
    stack_t given = {.ss_sp = stack, .ss_size = sizeof stack};
    stack_t there;

    if (sigaltstack(&given, &there) == 0 && (there.ss_flags & SS_DISABLE) == 0)
        (void)sigaltstack(&there, NULL);
}

static bool is_free(const struct sigaction *there)
{
    if ((there->sa_flags & SA_SIGINFO) != 0)
        return there->sa_sigaction == on_crash;
    return there->sa_handler == SIG_DFL;
}

/* No other of these signals is taken meanwhile: a fault within the handler ends
   the process at once. */
static void install(void)
{
    struct sigaction ours = {.sa_sigaction = on_crash,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct sigaction there;

    (void)sigemptyset(&ours.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaddset(&ours.sa_mask, signals[i]);
    for (size_t i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], &ours, &there) == 0 && !is_free(&there))
            (void)sigaction(signals[i], &there, NULL);
}

/* child */
void mp__crash_watch(mp__owner self)
{
    if (reports == NULL || self == 0)
        return;
    watched.pid = getpid();
    watched.self = self;
    mp__crash_doing(NULL, NULL);
    give_stack();
    install();
}

void mp__crash_doing(const char *words, const void *function)
{
    atomic_store_explicit(&doing_words, words, memory_order_relaxed);
    atomic_store_explicit(&doing_function, function, memory_order_relaxed);
}

/* -- after it -------------------------------------------------------------- */

bool mp__crash_is_of(int signal)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i] == signal)
            return true;
    return false;
}

/* The slot may have a new process by now, which may crash while this is read:
   then the word is no longer the same. */
bool mp__crash_of(mp__owner who, struct mp__crash *out)
{
    const struct report *r;
    struct mp__crash crash;
    uint64_t word;

    if (reports == NULL || who == 0)
        return false;
    r = report_of(who);
    word = atomic_load(&r->word);
    if (word >> 32 != who || (uint32_t)word == 0)
        return false;
    memcpy(&crash, &r->crash, sizeof crash);
    if (atomic_load(&r->word) != word)
        return false;
    crash.n = (uint32_t)word;
    *out = crash;
    return true;
}
