// SPDX-License-Identifier: Apache-2.0
// bytecode: the contract between the compiler (lang/) and the engine: what a bundle is
// made of, record by record. docs/bundle.md says the same for people, byte by byte.
//
// A bundle is one little-endian file that is mapped and used in place:
//
//   BundleHeader | SectionEntry[section_count]
//   sections, each aligned to 8
//   signatures
//
// The payload is everything up to `payload_len`; its SHA-256 is the bundle's identity
// and is what a signature signs. Each section is an array of fixed-size records (or of
// bytes). A reference is an index into a section; a list is a `List` into LISTS.
// Nothing in a bundle is trusted until verify_bundle has accepted it; after that
// nothing is checked again.
#ifndef PROVISO_ENGINE_BYTECODE_BYTECODE_H
#define PROVISO_ENGINE_BYTECODE_BYTECODE_H

#include <stdint.h>

#define BUNDLE_MAGIC 0x31425650u // "PVB1"
#define BUNDLE_VERSION 2u

// "no such thing" wherever an index may be left out.
#define NONE 0xffffffffu

// Limits that the format fixes (dependencies.md §15).
enum {
    MAX_BUNDLE_BYTES = 256 << 20,
    MAX_RULES = 1 << 18,
    MAX_SLOTS = 0xfff0,          // a slot number is also a cause (vm/value.h)
    MAX_REGISTERS = 250,         // A, A+1, A+2 must fit a byte
    MAX_FUNCTION_WORDS = 4096,   // instructions of one function
    MAX_DECISION_COST = 1000000, // steps, worst case: two or three milliseconds
    MAX_LOOP_DEPTH = 4,
    MAX_MEMO_DEPTH = 8,
    MAX_GROUP_DIMS = 8,
    MAX_CHAIN = 16,
    MAX_USER_GROUPS = 4096,
    MAX_FIELDS = 256,        // of one record
    MAX_LIST_DEFAULT = 1024, // elements of a list whose schema states no maximum
    MAX_COLUMNS = 256,       // of one table
    MAX_TABLE_KEYS = 8,      // columns of a table's key
    MAX_FOLDED_KEY = 65536,  // bytes of a key that is found in any case
    MAX_PROBES = 256,        // slots of a hash table that a lookup passes
    MAX_POLICY_LABELS = 256,
    MAX_PACKED_DEPTH = 32,      // lists and records within each other, of what is kept
    MAX_REMEMBERED_NAME = 4096, // bytes of a name that the state knows something by
    MAX_SIGNATURES = 16,
};

// What a value is at run time. Enums, keys, emails and URIs are strings; sets are
// lists.
typedef enum Kind {
    KIND_NONE,
    KIND_BOOL,
    KIND_INT,
    KIND_DECIMAL,
    KIND_STRING,
    KIND_DURATION, // nanoseconds
    KIND_TIME,     // nanoseconds since 1970-01-01T00:00:00Z
    KIND_IP,
    KIND_NET,
    KIND_LIST,
    KIND_RECORD,
    KIND_ROW,  // a row of a table
    KIND_JSON, // there or not; never looked into
} Kind;
enum { KIND_COUNT = KIND_JSON + 1 };

// The fixed slots; attributes, arguments and parameters follow them.
typedef enum FixedSlot {
#define SLOT(name, text, kind, certain) SLOT_##name,
#include "engine/bytecode/slot.def"
#undef SLOT
} FixedSlot;
#define SLOT(name, text, kind, certain) +1
enum {
    FIXED_SLOT_COUNT = 0
#include "engine/bytecode/slot.def"
};
#undef SLOT

typedef enum Opcode {
#define OP(name, layout, result, effect) OP_##name,
#include "engine/bytecode/opcode.def"
#undef OP
} Opcode;
#define OP(name, layout, result, effect) +1
enum {
    OPCODE_COUNT = 0
#include "engine/bytecode/opcode.def"
};
#undef OP

typedef enum Builtin {
#define BUILTIN(name, text, arity, result, kinds, cost, what) BUILTIN_##name,
#include "engine/bytecode/builtin.def"
#undef BUILTIN
} Builtin;
#define BUILTIN(name, text, arity, result, kinds, cost, what) +1
enum {
    BUILTINS_COUNT = 0
#include "engine/bytecode/builtin.def"
};
#undef BUILTIN

static inline uint32_t ins_abc(Opcode op, uint32_t a, uint32_t b, uint32_t c)
{
    return (uint32_t)op | a << 8 | b << 16 | c << 24;
}
static inline uint32_t ins_abx(Opcode op, uint32_t a, uint32_t bx)
{
    return (uint32_t)op | a << 8 | bx << 16;
}
static inline uint32_t ins_op(uint32_t ins)
{
    return ins & 0xff;
}
static inline uint32_t ins_a(uint32_t ins)
{
    return ins >> 8 & 0xff;
}
static inline uint32_t ins_b(uint32_t ins)
{
    return ins >> 16 & 0xff;
}
static inline uint32_t ins_c(uint32_t ins)
{
    return ins >> 24;
}
static inline uint32_t ins_bx(uint32_t ins)
{
    return ins >> 16;
}

// ---- container ----

typedef struct BundleHeader {
    uint32_t magic;
    uint32_t version;
    uint64_t payload_len;   // bytes from the start of the file that are signed
    uint32_t section_count; // = SECTION_COUNT
    uint32_t reserved;      // 0
} BundleHeader;

typedef struct SectionEntry {
    uint32_t id;    // its own index
    uint32_t count; // records
    uint64_t at;    // offset from the start of the file, a multiple of 8
} SectionEntry;

// After the payload: SignatureHeader, then `count` signatures.
typedef struct SignatureHeader {
    uint32_t count; // at most MAX_SIGNATURES; 0: unsigned
    uint32_t reserved;
} SignatureHeader;

typedef struct BundleSignature {
    uint8_t key_id[8]; // first 8 bytes of SHA-256 of the raw Ed25519 public key
    // Ed25519 over "proviso-bundle-v1\0" and the payload's SHA-256
    uint8_t signature[64];
} BundleSignature;

// The sections, in file order: id, record type, field of Bundle.
#define BUNDLE_SECTIONS(X)                                                             \
    X(META, BundleMeta, meta)                                                          \
    X(STRING_ENDS, uint32_t, string_ends)                                              \
    X(STRING_BYTES, char, string_bytes)                                                \
    X(INTERN, uint32_t, intern)                                                        \
    X(LISTS, uint32_t, lists)                                                          \
    X(TYPES, BundleType, types)                                                        \
    X(CONSTS, BundleConst, consts)                                                     \
    X(CODE, uint32_t, code)                                                            \
    X(FUNCTIONS, BundleFunction, functions)                                            \
    X(MEMOS, BundleMemo, memos)                                                        \
    X(SLOTS, BundleSlot, slots)                                                        \
    X(SCHEMAS, BundleSchema, schemas)                                                  \
    X(FIELDS, BundleField, fields)                                                     \
    X(FILLS, BundleFill, fills)                                                        \
    X(ISSUERS, BundleIssuer, issuers)                                                  \
    X(GATEWAYS, BundleGateway, gateways)                                               \
    X(FAMILIES, BundleFamily, families)                                                \
    X(AUDIENCES, BundleAudience, audiences)                                            \
    X(TOOLS, BundleTool, tools)                                                        \
    X(AGENTS, BundleAgent, agents)                                                     \
    X(GROUPS, BundleGroup, groups)                                                     \
    X(MEMBERS, BundleMember, members)                                                  \
    X(INTENTS, BundleIntent, intents)                                                  \
    X(ENVELOPES, BundleEnvelope, envelopes)                                            \
    X(TABLES, BundleTable, tables)                                                     \
    X(COLUMNS, BundleColumn, columns)                                                  \
    X(CELLS, uint32_t, cells)                                                          \
    X(TABLE_INDEX, uint32_t, table_index)                                              \
    X(RULES, BundleRule, rules)                                                        \
    X(ROWS, uint32_t, rows)                                                            \
    X(SHAPES, BundleShape, shapes)                                                     \
    X(CONDITIONS, BundleCondition, conditions)                                         \
    X(EXTRAS, BundleExtra, extras)                                                     \
    X(TOKENS, BundleToken, tokens)                                                     \
    X(REQUIREMENTS, BundleRequirement, requirements)                                   \
    X(ACRS, uint32_t, acrs)                                                            \
    X(DISPATCH, BundleDispatch, dispatch)                                              \
    X(DISPATCH_WORDS, uint32_t, dispatch_words)                                        \
    X(COMPUTES, BundleCompute, computes)                                               \
    X(LABELS, BundleLabel, labels)                                                     \
    X(YIELDS, BundleYield, yields)                                                     \
    X(KEEPS, BundleKeep, keeps)                                                        \
    X(PATTERNS, BundlePattern, patterns)                                               \
    X(BUDGETS, BundleBudget, budgets)                                                  \
    X(SPENDS, BundleSpend, spends)                                                     \
    X(DELEGATES, BundleDelegate, delegates)

typedef enum Section {
#define X(id, Type, field) SECTION_##id,
    BUNDLE_SECTIONS(X)
#undef X
} Section;
#define X(id, Type, field) +1
enum { SECTION_COUNT = 0 BUNDLE_SECTIONS(X) };
#undef X

// ---- records ----

// `count` words of LISTS, from `first`.
typedef struct List {
    uint32_t first;
    uint32_t count;
} List;

typedef struct BundleMeta { // exactly one
    // SHA-256 over all source and imported files, in name order
    uint8_t source_hash[32];
    uint32_t package;     // string
    uint32_t compiler;    // string: the compiler's version
    uint32_t interned;    // strings 0 .. interned-1 can be met in a request
    uint32_t users_table; // table that `users from` declares, or NONE
    uint32_t sources;     // LISTS: first of the strings that name the source files
    uint32_t source_count;
    uint32_t cost; // worst-case steps of a decision; the verifier computes it too
    uint32_t reserved;
    uint64_t intern_key[2]; // of str_hash_plain, for INTERN
} BundleMeta;

// Strings: string i is bytes [string_ends[i-1], string_ends[i]) of STRING_BYTES; no two
// are equal. The first `interned` of them are found through INTERN: an open-addressing
// table of string numbers (NONE = empty) with a power-of-two size, probed linearly from
// str_hash_plain(text) & (size-1); at least one slot is empty.

// A type, for registers, slots and columns. LIST: `of` is the element's type, `count`
// the most elements it can have. RECORD: `of` is the first of `count` words in LISTS,
// the types of the fields in order. ROW: `of` is the table. Otherwise both are 0.
typedef struct BundleType {
    uint32_t kind;
    uint32_t of;
    uint32_t count;
    uint32_t reserved;
} BundleType;

// Type numbers 0 .. KIND_JSON are the types without parameters, by kind; type numbers
// of LIST, RECORD and ROW among these are KIND_NONE records and not used. Then, fixed,
// so that fixed slots have types:
enum {
    TYPE_STRINGS = KIND_COUNT, // list of at most MAX_LIST_DEFAULT strings
    TYPE_ACTOR,                // record { id: string, tenant: string? }
    TYPE_CHAIN,                // list of at most MAX_CHAIN actors
    TYPE_FIXED_COUNT,
};

// A constant of type `type`:
//   BOOL INT DURATION TIME  low
//   DECIMAL                 high, low: 128-bit two's complement, 18 places
//   STRING                  low: string number
//   IP NET                  high, low: the address; aux: family | prefix << 8
//   LIST                    low: first of `aux` words in LISTS, each a constant of the
//                           element's type; a list of strings is sorted by string
//                           number
typedef struct BundleConst {
    uint32_t type;
    uint32_t aux;
    uint64_t high;
    uint64_t low;
} BundleConst;

// A piece of code that computes one value from the request and a row of constants.
typedef struct BundleFunction {
    uint32_t code;   // first word in CODE
    uint32_t words;  // how many; the last is RET
    uint32_t type;   // of the result
    uint32_t params; // LISTS: first of `param_count` types, those of K[0], K[1] ...
    uint16_t param_count;
    uint16_t registers;
    uint32_t cost; // worst-case steps
} BundleFunction;

// An expression that several conditions share: computed at most once a decision. Its
// function takes no constants but its own row. With `per_tool` (a tool's `let`): LISTS
// triples (tool, function, row), sorted by tool; a tool that is not among them has no
// value (absent).
typedef struct BundleMemo {
    uint32_t function; // NONE with per_tool
    uint32_t row;
    List per_tool; // count = number of words = 3 * entries
    uint32_t type;
    uint32_t pattern; // PATTERNS: the function (of type bool) is run for each earlier
                      // call, whose kept values it reads, until one gives true; NONE
} BundleMemo;

enum {
    SLOT_ROOT_FIXED,
    SLOT_ROOT_ATTRIBUTE, // declared attribute of agent, user, audience, resource,
                         // context
    SLOT_ROOT_ARGUMENT,  // filled from the tool's schema
    SLOT_ROOT_PARAMETER, // filled from the intent's parameters
    SLOT_ROOT_CHILD,     // filled from the parameters of an intent that is being opened
                         // below
    SLOT_ROOT_RESULT,    // filled from what a tool returned; unknown until then
};
enum {
    SLOT_CERTAIN = 1,      // there whenever a rule that reads it is asked
    SLOT_FROM_REQUEST = 2, // an attribute that a request may carry
    // an attribute that a column of the users' or agents' table gives; it wins
    SLOT_FROM_TABLE = 4,
};
// The root of an attribute slot.
enum {
    ATTRIBUTE_AGENT,
    ATTRIBUTE_USER,
    ATTRIBUTE_AUDIENCE,
    ATTRIBUTE_RESOURCE,
    ATTRIBUTE_CONTEXT
};

typedef struct BundleSlot {
    uint32_t name;  // string: "user.department", "args.amount"; for messages
    uint32_t field; // string: "department", the name in the request
    uint32_t type;
    uint8_t root;
    uint8_t flags;
    uint8_t of; // ATTRIBUTE_..., for attributes
    uint8_t reserved;
    uint32_t column; // SLOT_FROM_TABLE: the column, in the table's own numbering
    uint32_t schema; // attributes from the request: what is accepted
} BundleSlot;

enum {
    SCHEMA_NULLABLE = 1,
    SCHEMA_CLOSED = 2,  // RECORD: no other members
    SCHEMA_SORTED = 4,  // RECORD: fields are in ascending order of string number
    SCHEMA_HAS_MIN = 8, // numbers: at least `low`; strings, lists: at least that long
    SCHEMA_HAS_MAX = 16,
    SCHEMA_EXCLUSIVE_MIN = 32, // with HAS_MIN: more than `low`
    SCHEMA_EXCLUSIVE_MAX = 64, // with HAS_MAX: less than `high`
    SCHEMA_UNIQUE = 128,       // LIST: no two equal
};
// How the text of a string is taken.
enum { FORMAT_NONE, FORMAT_EMAIL, FORMAT_URI, FORMAT_UUID };

// What an argument, a parameter, an attribute or a result must look like.
typedef struct BundleSchema {
    uint32_t type; // of the value it makes
    uint32_t flags;
    uint32_t of;    // LIST: schema of the element; RECORD: first of its FIELDS; STRING:
                    // NONE or the table whose key it is
    uint32_t count; // RECORD: number of FIELDS; STRING: format
    List values; // STRING, INT ...: the allowed constants, sorted by number; empty: any
    uint32_t low; // constant: bounds of numbers, or of lengths (an INT constant); NONE
    uint32_t high;
} BundleSchema;

enum {
    FIELD_REQUIRED = 1,
    FIELD_TENANT_ROW = 2 /* key of a table with a tenant column */,
    FIELD_TENANT_SHARED = 4 /* ... but exempt from the one-tenant check */
};

typedef struct BundleField {
    uint32_t name; // string, interned
    uint32_t schema;
    uint32_t flags;
    uint32_t fill; // first of `fill_count` FILLS; only for arguments and parameters
                   // themselves
    uint32_t fill_count;
    uint32_t reserved;
} BundleField;

enum { CONVERT_NONE, CONVERT_TO_DECIMAL };
typedef struct BundleFill {
    uint32_t slot;
    uint32_t convert;
} BundleFill;

enum { ISSUER_BEARER = 1 };
typedef struct BundleIssuer {
    uint32_t name;
    uint32_t uri;
    uint32_t flags;
} BundleIssuer;

typedef struct BundleGateway {
    uint32_t name;
    uint32_t uri;
    List accepts; // issuers, ascending
} BundleGateway;

// What `audience NAME` declares: one audience, or one a row of a table, with the same
// tools.
typedef struct BundleFamily {
    uint32_t name;
    // its tools are [tool, tool + tool_count), ascending by name's number
    uint32_t tool;
    uint32_t tool_count;
} BundleFamily;

enum { AUDIENCE_SHARED = 1 /* tenant shared */, AUDIENCE_CHECKS = 2 };
typedef struct BundleAudience { // ascending by the number of `uri`
    uint32_t name;              // "crm", or "crm.acme" in a family
    uint32_t uri;
    uint32_t tenant; // string or NONE
    uint32_t family;
    uint32_t flags;
    uint32_t reserved;
} BundleAudience;

enum {
    TOOL_PINNED = 1,
    TOOL_KEPT_IN_TASK = 2, // its calls are kept in the tree of tasks
    // the outcome of a call of it decides something: the request is kept for it
    TOOL_AFTER = 4,
};
typedef struct BundleTool {
    uint32_t name; // "refund"
    uint32_t full; // "crm.refund"
    uint32_t family;
    uint32_t schema; // of its arguments, a closed record
    List scope;      // strings
    List tags;       // strings, ascending; a tag is known by its string's number
    List permits; // numbers of the DISPATCH groups that can hold a rule for this tool
    List forbids;
    List limits;
    List results; // forbids that are asked about what the tool returned
    uint32_t flags;
    uint8_t pin[32]; // SHA-256 of the canonical definition (standards.md §3.2)
    // Memory: what a call of it touches, and what is kept of it because some pattern
    // asks.
    uint32_t result; // schema of what it returns, or NONE
    uint32_t yield;  // its YIELDS are [yield, yield + yield_count)
    uint32_t yield_count;
    uint32_t keep; // its KEEPS are [keep, keep + keep_count)
    uint32_t keep_count;
    // string: the tool and what is kept of it, with types; NONE: nothing is
    uint32_t layout;
    uint32_t reserved;
    int64_t user_past;  // ns for which a user's calls are kept; 0: they are not
    int64_t agent_past; // the same of an agent's
} BundleTool;

enum { AGENT_SHARED = 1 };
typedef struct BundleAgent { // ascending by the number of `id`
    uint32_t id;             // string
    uint32_t name;           // string: as the policy calls it, or the id
    uint32_t tenant;         // string or NONE
    uint32_t client;         // string or NONE
    List tags;               // strings, ascending
    List groups;             // ascending
    uint32_t table; // the agents' table and row that attributes come from, or NONE
    uint32_t row;
    uint32_t flags;
    uint32_t reserved;
} BundleAgent;

enum { GROUP_FROM_REQUEST = 1 };
typedef struct BundleGroup { // transitive membership is resolved: see MEMBERS
    uint32_t name;
    uint32_t flags;
} BundleGroup;

// A user who is in some group. Ascending by the number of `id`.
typedef struct BundleMember {
    uint32_t id; // string
    List groups; // ascending
} BundleMember;

// A call that an intent allows: `tool` at any audience of its family, or at one.
typedef struct BundleEnvelope {
    uint32_t tool;
    uint32_t audience; // NONE: any
} BundleEnvelope;

// WHO_NO_USER is a call on nobody's behalf; its number is 0.
enum {
    WHO_AGENT,
    WHO_AGENT_TAG,
    WHO_AGENT_GROUP,
    WHO_USER,
    WHO_USER_GROUP,
    WHO_NO_USER
};

typedef struct BundleIntent {
    uint32_t name;
    uint32_t schema;   // of its parameters, a closed record
    List agents;       // pairs (WHO_..., number); empty: any
    List users;        // pairs; empty: any
    uint32_t envelope; // ENVELOPES [envelope, envelope + envelope_count), ascending by
                       // (tool, audience)
    uint32_t envelope_count;
    int64_t within; // nanoseconds; 0: no limit stated
    uint32_t depth;
    uint32_t delegate; // its DELEGATES are [delegate, delegate + delegate_count)
    List under; // intents of which it can be a sub-task, ascending; empty: it need not
                // be one
    int64_t inherits; // ns for which sticky labels of this user and agent count; 0: the
                      // usual hour
    uint32_t delegate_count;
    uint32_t reserved;
} BundleIntent;

typedef struct BundleTable {
    uint32_t name;
    uint32_t keys;   // the first `keys` columns are the key
    uint32_t column; // its COLUMNS are [column, column + column_count)
    uint32_t column_count;
    uint32_t rows;
    // first of rows * column_count CELLS, row by row: constants, NONE = empty
    uint32_t cell;
    uint32_t index; // first word of TABLE_INDEX: row numbers (NONE = empty), linear
                    // probing from table_hash() & (size-1)
    uint32_t index_size; // a power of two; at least one slot is empty
    uint32_t tenant;     // the column `tenant`, or NONE
    // Of a live table, whose rows are in the state; NONE: of another.
    uint32_t layout; // how they are known there
    uint32_t schema; // of a row that is set: a closed record of the columns
} BundleTable;

enum {
    COLUMN_OPTIONAL = 1,
    COLUMN_NOCASE = 2 /* text is kept and compared in ASCII lower case */
};
typedef struct BundleColumn {
    uint32_t name;
    uint32_t type;
    uint32_t flags;
    uint32_t reserved;
} BundleColumn;

// ---- rules ----

// RULE_RESULT: a forbid that is asked about what the call returned.
enum { RULE_PERMIT, RULE_FORBID, RULE_LIMIT, RULE_RESULT, RULE_KIND_COUNT };
enum {
    RULE_OBSERVE = 1,
    RULE_INTENT_NONE = 2 /* also covers calls outside any task */
};

// One rule: a shape, and the constants in which it differs from others of that shape.
typedef struct BundleRule {
    uint32_t name; // string
    uint32_t shape;
    uint32_t row;    // first of the shape's row_count words in ROWS: constants
    uint32_t extra;  // EXTRAS
    uint32_t source; // which source file (position in meta.sources)
    uint32_t line;   // 1-based
} BundleRule;

// Conditions are a conjunction; they are in the order in which they are evaluated.
typedef struct BundleShape {
    uint8_t kind; // RULE_...
    uint8_t flags;
    uint16_t row_count;
    uint32_t condition; // first of condition_count CONDITIONS
    uint32_t condition_count;
    uint32_t row_types; // LISTS: first of row_count types
} BundleShape;

enum { CONDITION_UNLESS = 1 };
// For LIST and explanations: a condition that is a plain comparison of one argument.
enum {
    BOUND_NONE,
    BOUND_EQ,
    BOUND_NE,
    BOUND_LT,
    BOUND_LE,
    BOUND_GT,
    BOUND_GE,
    BOUND_IN,
    BOUND_LIKE
};

typedef struct BundleCondition {
    uint32_t function; // of type BOOL
    uint16_t row;      // its K[0] is word `row` of the rule's own row
    uint8_t flags;
    uint8_t bound; // BOUND_...
    // string: the condition as written, with {0} {1} ... for K[0] K[1] ...
    uint32_t text;
    uint32_t bound_slot;  // the argument's slot
    uint32_t bound_const; // which K
} BundleCondition;

// What few rules differ in.
typedef struct BundleExtra {
    uint32_t token;       // TOKENS or NONE
    uint32_t requirement; // first of requirement_count REQUIREMENTS
    uint32_t requirement_count;
    uint32_t because; // string or NONE
    uint32_t doc;     // string or NONE
    List controls;    // strings
    // `across`: for a party that is named, a function that gives its tenant; K[0] at
    // row `..._row` of ROWS. NONE: not named.
    uint32_t across_agent, across_agent_row;
    uint32_t across_user, across_user_row;
    uint32_t across_audience, across_audience_row;
    uint32_t is_across; // 1 when any party is named
    uint32_t spend;     // its SPENDS are [spend, spend + spend_count)
    uint32_t spend_count;
} BundleExtra;

// How long a token lives for which no rule says it.
enum { TOKEN_DEFAULT_TTL_SECONDS = 60 };
enum { SENDER_NONE, SENDER_DPOP, SENDER_MTLS }; // in ascending strength
enum {
    TOKEN_TTL = 1,
    TOKEN_USES = 2,
    TOKEN_DEPTH = 4,
    TOKEN_SCOPE = 8,
    TOKEN_AUDIENCE = 16,
    TOKEN_FREE = 32,
    TOKEN_SENDER = 64,
    TOKEN_TENANT = 128,
    TOKEN_ACR = 256,
    TOKEN_REVOCABLE = 512,
};
typedef struct BundleToken {
    uint32_t says; // which of the dimensions are stated
    uint32_t uses;
    int64_t ttl; // nanoseconds
    uint32_t depth;
    uint32_t sender;
    List scope;        // strings, ascending
    List audience;     // strings (uris), ascending
    List free;         // strings: argument names, ascending
    uint32_t tenant;   // string
    uint32_t acr;      // rank: position in ACRS
    int64_t revocable; // nanoseconds
} BundleToken;

enum { REQUIRE_ACR, REQUIRE_ATTESTED, REQUIRE_APPROVAL, REQUIRE_CONSENT };
enum { CONSENT_TO_AUDIENCE, CONSENT_TO_TOOL, CONSENT_TO_INTENT, CONSENT_TO_ARGS };
typedef struct BundleRequirement {
    uint32_t kind;
    // ACR: rank; APPROVAL: group, or NONE: the user; CONSENT: CONSENT_TO_...
    uint32_t of;
    uint32_t count; // APPROVAL: how many different people
    uint32_t reserved;
    int64_t within; // nanoseconds; 0: any time; CONSENT: for this task alone
} BundleRequirement;

// ACRS: the declared acr values (strings), weakest first; a rank is a position here.

// ---- memory ----

// Nothing is remembered for longer: ten years, in nanoseconds.
#define MAX_REMEMBERED (INT64_C(3653) * 86400 * 1000000000)

// A function with its row of constants: K[0] is word `row` of ROWS.
typedef struct BundleCompute {
    uint32_t function;
    uint32_t row;
} BundleCompute;

enum { LABEL_STICKY = 1 };
typedef struct BundleLabel {
    uint32_t name; // string: "untrusted"; a level of an ordered one: "author.guest"
    uint32_t flags;
} BundleLabel;

// A label that a call touches.
enum {
    YIELD_AFTER = 1 /* its condition reads what the call returns: until then it is
                       unknown, which counts as true */
};
typedef struct BundleYield {
    uint32_t label;
    uint32_t when; // COMPUTES, of type bool; NONE: always
    uint32_t flags;
} BundleYield;

// A value that is kept of a call, for functions of patterns (KEPT).
enum { KEEP_FIELDS = 64 };
enum { KEEP_AFTER = 1 /* of what the call returned: unknown until then */ };
typedef struct BundleKeep {
    uint32_t compute; // COMPUTES
    uint32_t type;    // of its value
    uint32_t flags;
    uint32_t reserved;
    uint64_t fields; // of a record, or of the records in a list: bit i: field i is
                     // kept; those from field KEEP_FIELDS on always are
} BundleKeep;

// `task called T(...)`: which earlier calls are looked at. Whether some of them fulfils
// a condition is a memo.
enum { PATTERN_TASK, PATTERN_SUBTASK, PATTERN_USER, PATTERN_AGENT };
typedef struct BundlePattern {
    uint32_t tool;
    uint32_t scope; // PATTERN_...
    int64_t within; // ns; 0: whenever
} BundlePattern;

enum { BUDGET_OF_SUM, BUDGET_OF_DISTINCT };
// What a budget is kept for each of.
enum {
    PER_TASK = 1,
    PER_SUBTASK = 2,
    PER_USER = 4,
    PER_AGENT = 8,
    PER_TENANT = 16,
    PER_AUDIENCE = 32,
    PER_APPROVER = 64,
};
typedef struct BundleBudget {
    uint32_t name;  // string: "deletions", or of a rule's own: "payments.1"
    uint32_t kind;  // BUDGET_OF_...
    uint32_t per;   // PER_...
    uint32_t most;  // COMPUTES, of type decimal
    List keys;      // COMPUTES: further values that it is kept for each of
    int64_t window; // ns, rolling; 0: for ever
    List distinct;  // COMPUTES whose values together count once
} BundleBudget;

// What a rule takes from a budget.
typedef struct BundleSpend {
    uint32_t budget;
    uint32_t amount; // COMPUTES, of type decimal; NONE: 1
    uint32_t settle; // COMPUTES, of type decimal: what it really was, known after the
                     // call; NONE
    uint32_t reserved;
} BundleSpend;

// A sub-task that an intent may have.
typedef struct BundleDelegate {
    uint32_t intent;
    uint32_t when; // COMPUTES, of type bool, which may read the child's parameters;
                   // NONE: always
} BundleDelegate;

// ---- dispatch: tuple-space search ----
//
// Rules of one kind whose heads name the same dimensions form a group. A group is a
// hash table in DISPATCH_WORDS: `size` slots of dim_count + 2 words:
//
//   atom[0] ... atom[dim_count-1]  first  count
//
// `first` and `count` give words of the group's bucket area: rule numbers, ascending.
// Where count is 1, `first` is the rule itself: most slots have one, and it costs no
// word and no further cache line. An empty slot has count 0. A call has, in each
// dimension, one or more atoms; every combination is looked up by linear probing from
// dispatch_hash() & (size-1).
typedef enum Dim {
    DIM_GATEWAY,     // gateway number
    DIM_AGENT,       // agent number
    DIM_AGENT_TAG,   // string number
    DIM_AGENT_GROUP, // group number
    DIM_USER,        // string number of the user's id; ATOM_ABSENT without a user
    DIM_USER_GROUP,  // group number
    DIM_INTENT,      // intent number; ATOM_ABSENT outside any task
    DIM_TOOL,        // tool number
    DIM_TOOL_TAG,    // string number
    DIM_AUDIENCE,    // audience number
    DIM_FAMILY,      // family number
    DIM_TENANT,      // string number of the tenant that the token would carry
    DIM_RESOURCE,    // string number of resource.type
    DIM_EQUAL, // atom_of() the value in `slot`, which a condition demands to be equal
               // to a constant
} Dim;
enum { DIM_COUNT = DIM_EQUAL + 1 };

#define ATOM_ABSENT 0xfffffffeu // the call has no such thing
#define ATOM_UNKNOWN                                                                   \
    0xffffffffu // DIM_EQUAL: the slot is unknown; rules that may apply stand under it
                // too

typedef struct BundleDispatch {
    uint8_t kind; // RULE_...
    uint8_t dim_count;
    uint16_t reserved;
    uint32_t size;    // slots, a power of two; at least one is empty
    uint32_t slots;   // first word in DISPATCH_WORDS
    uint32_t buckets; // first word of its bucket area
    uint32_t bucket_words;
    uint32_t largest; // rules in the largest bucket
    uint64_t seed;
    uint8_t dims[MAX_GROUP_DIMS];
    uint32_t dim_slots[MAX_GROUP_DIMS]; // DIM_EQUAL: which slot
} BundleDispatch;

// The hash of `count` atoms under a group's seed.
static inline uint32_t dispatch_hash(uint64_t seed, const uint32_t *atoms,
                                     uint32_t count)
{
    uint64_t hash = seed;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ atoms[i]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return (uint32_t)hash;
}

// The hash of a table's key, from atoms of its columns (atom_of).
static inline uint32_t table_hash(const uint32_t *atoms, uint32_t count)
{
    return dispatch_hash(0x50726f7669736f31u, atoms, count);
}

// A 32-bit stand-in for a value that is not a string (a string's atom is its number).
// Not injective: whoever finds something by it still compares the value itself.
static inline uint32_t atom_of_number(uint64_t high, uint64_t low)
{
    uint64_t hash = (high * 0x9e3779b97f4a7c15u) ^ low;
    hash ^= hash >> 29;
    hash *= 0xbf58476d1ce4e5b9u;
    hash ^= hash >> 32;
    return (uint32_t)hash & 0x7fffffffu;
}

_Static_assert(sizeof(BundleHeader) == 24, "bundle format");
_Static_assert(sizeof(SectionEntry) == 16, "bundle format");
_Static_assert(sizeof(BundleSignature) == 72, "bundle format");
_Static_assert(sizeof(BundleMeta) == 80, "bundle format");
_Static_assert(sizeof(BundleType) == 16, "bundle format");
_Static_assert(sizeof(BundleConst) == 24, "bundle format");
_Static_assert(sizeof(BundleFunction) == 24, "bundle format");
_Static_assert(sizeof(BundleMemo) == 24, "bundle format");
_Static_assert(sizeof(BundleSlot) == 24, "bundle format");
_Static_assert(sizeof(BundleSchema) == 32, "bundle format");
_Static_assert(sizeof(BundleField) == 24, "bundle format");
_Static_assert(sizeof(BundleTool) == 144, "bundle format");
_Static_assert(sizeof(BundleAgent) == 48, "bundle format");
_Static_assert(sizeof(BundleIntent) == 72, "bundle format");
_Static_assert(sizeof(BundleTable) == 44, "bundle format");
_Static_assert(sizeof(BundleRule) == 24, "bundle format");
_Static_assert(sizeof(BundleShape) == 16, "bundle format");
_Static_assert(sizeof(BundleCondition) == 20, "bundle format");
_Static_assert(sizeof(BundleExtra) == 64, "bundle format");
_Static_assert(sizeof(BundleToken) == 64, "bundle format");
_Static_assert(sizeof(BundleRequirement) == 24, "bundle format");
_Static_assert(sizeof(BundleDispatch) == 72, "bundle format");
_Static_assert(sizeof(BundleYield) == 12, "bundle format");
_Static_assert(sizeof(BundleKeep) == 24, "bundle format");
_Static_assert(sizeof(BundlePattern) == 16, "bundle format");
_Static_assert(sizeof(BundleBudget) == 40, "bundle format");
_Static_assert(sizeof(BundleSpend) == 16, "bundle format");
_Static_assert(sizeof(BundleDelegate) == 8, "bundle format");

#endif
