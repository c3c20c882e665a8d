// SPDX-License-Identifier: Apache-2.0
// document: a YAML file as a tree, in a subset without surprises.
//
// Accepted: one UTF-8 document of maps, lists and texts. Refused, with the line:
// anchors, aliases and tags; `<<` and keys that aren't plain text; the same key twice
// in a map; a second document; NUL inside a text; nesting deeper than DOCUMENT_DEPTH.
// Nothing is typed by its look: `no`, `010` and `~` are texts, and the schema
// (config.h) decides.
#ifndef PROVISO_ENGINE_DAEMON_DOCUMENT_H
#define PROVISO_ENGINE_DAEMON_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/bug.h"
#include "engine/base/status.h"
#include "engine/base/str.h"

typedef struct Arena Arena;
typedef struct Buf Buf;

enum { DOCUMENT_DEPTH = 8 };

typedef enum NodeKind { NODE_TEXT, NODE_LIST, NODE_MAP } NodeKind;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    bool is_quoted; // NODE_TEXT: written in quotes
    uint32_t line;  // 1-based; of the key, in a map
    Str key;        // in a map
    Str text;       // NODE_TEXT
    Node *first;    // NODE_LIST, NODE_MAP: what it holds, in the order of the file
    Node *next;     // beside it
};

// Reads the text of a file into a tree on the arena. On failure `why` has "LINE: what
// is wrong"; STATUS_MALFORMED or STATUS_LIMIT.
MUST_USE Status document_read(Arena *arena, Str text, Node **out, Buf *why);

#endif
