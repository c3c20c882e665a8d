// SPDX-License-Identifier: Apache-2.0
// pages: large pieces of memory, straight from the system.
//
// In huge pages where the system has them: what is read here and there in gigabytes
// otherwise spends as long on finding its page as on its bytes.
#ifndef PROVISO_ENGINE_BASE_PAGES_H
#define PROVISO_ENGINE_BASE_PAGES_H

#include <stddef.h>

enum { PAGES_HUGE = 2 << 20 }; // bytes of a huge page

// `size` bytes, a multiple of PAGES_HUGE and aligned to it, zeroed, to be given back by
// pages_give; NULL: memory is out.
void *pages_take(size_t size);
// NULL is nothing.
void pages_give(void *memory, size_t size);

#endif
