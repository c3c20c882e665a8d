// SPDX-License-Identifier: Apache-2.0
// mcp: an MCP server's answer to tools/list, as tools with types, tags and a pin.
//
// Accepted are the bare result {"tools": [...]}, the JSON-RPC answer around it, a plain
// list of tools, and `tools` as a map from name to tool. The input schema of a tool
// becomes a closed record, the output schema a record; what has no type here becomes
// `json` and leaves a note (json_schema.h). Annotations become tags; where a server
// says nothing, MCP's own defaults hold: a tool is destructive and reaches an open
// world until it says otherwise. A read_only tool is not destructive unless it says so:
// the other hints are about tools that write.
//
// The pin of a tool is the SHA-256 of the canonical JSON (RFC 8785) of an object with
// those of its members name, description, inputSchema, outputSchema and annotations
// that are there.
#ifndef PROVISO_LANG_FACTS_MCP_H
#define PROVISO_LANG_FACTS_MCP_H

#include "engine/base/crypto.h"
#include "lang/facts/json_schema.h"
#include "lang/source/source.h"

typedef struct Diags Diags;

enum {
    MCP_MAX_BYTES = 8 << 20,
    MCP_MAX_TOOLS = 4096,
    MCP_MAX_TAGS = 4,
};

typedef struct McpTool {
    Str name;
    Str description;        // empty if there is none
    Span span;              // of the name
    Str tags[MCP_MAX_TAGS]; // ascending
    uint32_t tag_count;
    Schema *args;         // a closed record
    const Schema *result; // NULL: nothing is declared, or it has no type
    Digest pin;
} McpTool;

typedef struct McpTools {
    McpTool *items; // in the order of the file
    uint32_t count;
    SchemaNotes notes;
    bool is_cut; // the server has more tools: `nextCursor` is set
} McpTools;

// Reads a source. False if it can't be used at all; true with what is good of it after
// mistakes in single tools. Both are reported at their place.
bool mcp_read(Arena *arena, Types *types, Diags *diags, const Source *source,
              McpTools *out);
// Loads the file first; `span` is where the policy names it.
bool mcp_load(Arena *arena, Types *types, Diags *diags, Sources *sources, Str path,
              Span span, McpTools *out);

#endif
