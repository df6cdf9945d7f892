/* Counters for one process: CPython's allocations, and valgrind's instructions.
 *
 * Loaded with ctypes.PyDLL. Allocations are counted by wrapping the allocators of
 * the "mem" and "object" domains (PyMem_SetAllocator, a documented hook); what comes
 * from a free list is not an allocation. Instructions are counted by callgrind
 * between instructions_start() and instructions_stop(); elsewhere both do nothing.
 */
#include <Python.h>
#include <valgrind/callgrind.h>

static PyMemAllocatorEx wrapped[2];
static size_t allocated;

static void *count_malloc(void *context, size_t size)
{
    PyMemAllocatorEx *real = context;
    allocated++;
    return real->malloc(real->ctx, size);
}

static void *count_calloc(void *context, size_t many, size_t size)
{
    PyMemAllocatorEx *real = context;
    allocated++;
    return real->calloc(real->ctx, many, size);
}

static void *count_realloc(void *context, void *block, size_t size)
{
    PyMemAllocatorEx *real = context;
    allocated++;
    return real->realloc(real->ctx, block, size);
}

static void pass_free(void *context, void *block)
{
    PyMemAllocatorEx *real = context;
    real->free(real->ctx, block);
}

void allocations_start(void)
{
    static const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};
    for (int i = 0; i < 2; i++) {
        if (!wrapped[i].malloc)
            PyMem_GetAllocator(domains[i], &wrapped[i]);
        PyMemAllocatorEx counting = {&wrapped[i], count_malloc, count_calloc, count_realloc,
                                     pass_free};
        PyMem_SetAllocator(domains[i], &counting);
    }
    allocated = 0;
}

size_t allocations_stop(void)
{
    size_t total = allocated;
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &wrapped[0]);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &wrapped[1]);
    return total;
}

void instructions_start(void)
{
    CALLGRIND_START_INSTRUMENTATION;
}

/* Ends counting and writes one profile, which names its workload. */
void instructions_stop(const char *name)
{
    CALLGRIND_DUMP_STATS_AT(name);
    CALLGRIND_STOP_INSTRUMENTATION;
}

/* Writes a profile of what came since the last one, and goes on counting. */
void instructions_mark(const char *name)
{
    CALLGRIND_DUMP_STATS_AT(name);
}
