// SPDX-License-Identifier: Apache-2.0
#define _DEFAULT_SOURCE // MAP_ANONYMOUS, madvise
#include "engine/base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

// Takes more than is wanted, and gives back what stands before and behind the aligned
// part. Without huge pages it is only slower.
void *pages_take(size_t size)
{
    size_t room = size + PAGES_HUGE;
    char *all =
        mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = -(uintptr_t)all % PAGES_HUGE;
    size_t behind = PAGES_HUGE - before;
    if (before > 0)
        (void)munmap(all, before);
    if (behind > 0)
        (void)munmap(all + before + size, behind);
    (void)madvise(all + before, size, MADV_HUGEPAGE);
    return all + before;
}

void pages_give(void *memory, size_t size)
{
    if (memory)
        (void)munmap(memory, size);
}
