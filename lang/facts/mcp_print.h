// SPDX-License-Identifier: Apache-2.0
// mcp_print: a tool list as policy text: an audience whose tools are declared with
// their types and tags.
//
// The text parses, and compiles to the same types. What types can't say is lost:
// bounds, formats without a type, the pin. `tools from` keeps these; the text is for
// people who want to read, review or trim the tools of a server.
#ifndef PROVISO_LANG_FACTS_MCP_PRINT_H
#define PROVISO_LANG_FACTS_MCP_PRINT_H

#include "lang/facts/mcp.h"

typedef struct McpPrint {
    Str audience; // its name
    Str uri;
    bool with_descriptions; // the server's, as doc comments
} McpPrint;

void mcp_print(Buf *out, const McpPrint *how, const McpTools *tools);
// A type as it is written in a policy.
void mcp_print_type(Buf *out, const Type *type);

#endif
