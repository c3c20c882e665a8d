// SPDX-License-Identifier: Apache-2.0
// parties: who and what a policy knows: issuers, gateways, groups, agents, audiences,
// tools and intents, in the orders that the format asks for.
#ifndef PROVISO_LANG_EMIT_PARTIES_H
#define PROVISO_LANG_EMIT_PARTIES_H

#include "lang/emit/emitter.h"

// Gives agents, audiences and tools their numbers; strings must have theirs.
void parties_number(Emitter *emitter);
// Writes all of them. Which dispatch groups a tool lists is filled in by
// dispatch_write.
void parties_write(Emitter *emitter);

#endif
