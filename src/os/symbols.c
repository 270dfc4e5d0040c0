/*
 * Names of addresses; see symbols.h.
 *
 * By libdw, which knows static functions and lines if the program has symbols;
 * without it by the dynamic linker, which knows what is exported. A session
 * lives no longer than one traceback: nothing of it is open across a fork.
 */
#include "os/symbols.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static void keep(char *buf, size_t size, const char *text)
{
    size_t n = strnlen(text, size - 1);

    memcpy(buf, text, n);
    buf[n] = '\0';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static const void *object_of(const void *address)
{
    Dl_info info;

    return dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

/* As a shared library, all that lies in it is the library's. Linked into the
   program, the library is what it is called or what it was compiled from. */
static const char here;

static bool lies_in_library(const void *address)
{
    const void *own = object_of(&here);
    const void *program = object_of((const void *)getauxval(AT_ENTRY));

    return own != program && object_of(address) == own;
}

static void ask_linker(const char *at, struct mp__symbol *out)
{
    Dl_info info;

    if (dladdr(at, &info) == 0)
        return;
    out->is_system = starts_with(base_name(info.dli_fname), "libc.so");
    if (info.dli_sname != NULL)
        keep(out->function, sizeof out->function, info.dli_sname);
    else
        (void)snprintf(out->function, sizeof out->function, "%#zx",
                       (size_t)(at - (const char *)info.dli_fbase));
    if (out->file[0] == '\0')
        keep(out->file, sizeof out->file, base_name(info.dli_fname));
}

#ifdef MP_HAVE_LIBDW

#include <elfutils/libdwfl.h>

/* Debug files are looked for on this machine only. */
static char *debug_path;
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_build_id_find_debuginfo,
    .debuginfo_path = &debug_path,
};

struct mp__symbols *mp__symbols_begin(void)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);

    if (dwfl != NULL && (dwfl_linux_proc_report(dwfl, getpid()) != 0 ||
                         dwfl_report_end(dwfl, NULL, NULL) != 0)) {
        dwfl_end(dwfl);
        dwfl = NULL;
    }
    return (struct mp__symbols *)dwfl;
}

void mp__symbols_end(struct mp__symbols *s)
{
    dwfl_end((Dwfl *)s);
}

static bool is_library_source(const char *path)
{
    static const char file[] = __FILE__;
    const size_t n = sizeof file - sizeof "os/symbols.c";

    return n > 0 && strncmp(path, file, n) == 0;
}

/* By the unit that has the address: clang leaves out the table by which libdw
   would find it. */
static Dwarf_Line *search_units(Dwfl_Module *module, Dwarf_Addr address)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = NULL;

    while ((unit = dwfl_module_nextcu(module, unit, &bias)) != NULL)
        if (dwarf_haspc(unit, address - bias) > 0)
            return dwarf_getsrc_die(unit, address - bias);
    return NULL;
}

static const char *find_source(Dwfl_Module *module, Dwarf_Addr address,
                               int *line)
{
    Dwfl_Line *known = dwfl_module_getsrc(module, address);
    Dwarf_Line *found;

    if (known != NULL)
        return dwfl_lineinfo(known, NULL, line, NULL, NULL, NULL);
    found = search_units(module, address);
    if (found == NULL || dwarf_lineno(found, line) != 0)
        return NULL;
    return dwarf_linesrc(found, NULL, NULL);
}

static void ask_debug_info(struct mp__symbols *s, const char *at,
                           struct mp__symbol *out)
{
    const Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)at;
    Dwfl_Module *module = dwfl_addrmodule((Dwfl *)s, address);
    const char *name = dwfl_module_addrname(module, address);
    const char *path = find_source(module, address, &out->line);

    /* "f.constprop.0" is a variant of f that the compiler made. */
    if (name != NULL)
        keep(out->function, sizeof out->function, name);
    out->function[strcspn(out->function, ".")] = '\0';
    if (path == NULL)
        return;
    keep(out->file, sizeof out->file, base_name(path));
    out->is_own = is_library_source(path);
}

#else

struct mp__symbols *mp__symbols_begin(void)
{
    return NULL;
}

void mp__symbols_end(struct mp__symbols *s)
{
    (void)s;
}

static void ask_debug_info(struct mp__symbols *s, const char *at,
                           struct mp__symbol *out)
{
    (void)s;
    (void)at;
    (void)out;
}

#endif

void mp__symbol_of(struct mp__symbols *s, void *address, struct mp__symbol *out)
{
    const char *at = (const char *)address - 1;
    struct mp__symbol found = {.line = 0};

    ask_linker(at, &found);
    if (s != NULL)
        ask_debug_info(s, at, &found);
    found.is_own = found.is_own || starts_with(found.function, "mp_") ||
                   lies_in_library(at);
    *out = found;
}
