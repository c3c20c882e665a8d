// SPDX-License-Identifier: Apache-2.0
// type: the types of the language. A Type is immutable and made once for each shape
// within a compilation, so that equal types are equal pointers.
//
// At run time there are fewer kinds (engine/bytecode/bytecode.h): enums, keys, emails
// and URIs are strings, sets and lists are lists. type_kind says which.
#ifndef PROVISO_LANG_CHECK_TYPE_H
#define PROVISO_LANG_CHECK_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "engine/bytecode/bytecode.h"

typedef struct Arena Arena;

typedef enum TypeForm {
    TYPE_POISON, // the type of what has already been reported; fits everything
    TYPE_BOOL,
    TYPE_INT,
    TYPE_DECIMAL,
    TYPE_STRING,
    TYPE_DURATION,
    TYPE_TIME,
    TYPE_IP,
    TYPE_NET,
    TYPE_EMAIL,
    TYPE_URI,
    TYPE_ENUM,   // of strings: values
    TYPE_KEY,    // a string (or tuple) that is a key of `table`
    TYPE_SET,    // of `element`
    TYPE_LIST,   // of `element`, at most `most`
    TYPE_RECORD, // fields
    TYPE_TUPLE,  // fields without names; only where it is compared or looked up
    TYPE_JSON,
    TYPE_ROW,    // a row of `table`
    TYPE_ENTITY, // agent or user itself, in `in GROUP`
} TypeForm;

typedef struct Type Type;

typedef struct TypeField {
    Str name;
    const Type *type; // optional where the member may be left out
} TypeField;

struct Type {
    TypeForm form;
    bool is_optional;        // T?
    const Type *element;     // SET, LIST
    uint32_t most;           // SET, LIST: the most elements
    uint32_t table;          // KEY, ROW: number of the table in the Program
    Str table_name;          // for messages; empty if types_name_table wasn't told
    const Str *values;       // ENUM: ascending
    uint32_t value_count;    // ENUM
    const TypeField *fields; // RECORD: ascending by name; TUPLE: in order
    uint32_t field_count;
    const Type *bare; // the same without `?`
};

typedef struct Types Types; // the types made so far

Types *types_new(Arena *arena);
// Gives a table the name that its types show in messages; before these are made.
void types_name_table(Types *types, uint32_t table, Str name);
// One of the forms without parameters.
const Type *type_plain(Types *types, TypeForm form);
const Type *type_optional(Types *types, const Type *type);
// The values are copied and sorted.
const Type *type_enum(Types *types, const Str *values, uint32_t count);
const Type *type_key(Types *types, uint32_t table);
const Type *type_row(Types *types, uint32_t table);
// `most` is MAX_LIST_DEFAULT where nothing is said.
const Type *type_set(Types *types, const Type *element, uint32_t most);
const Type *type_list(Types *types, const Type *element, uint32_t most);
// The fields are copied and sorted by name.
const Type *type_record(Types *types, const TypeField *fields, uint32_t count);
const Type *type_tuple(Types *types, const Type *const *elements, uint32_t count);

// What a value of the type is at run time.
Kind type_kind(const Type *type);
// The position of a field, or NONE.
uint32_t type_field(const Type *record, Str name);
// The narrowest type that holds both (int and decimal: decimal; two string-like types:
// string; optional if either is), or NULL.
const Type *type_join(Types *types, const Type *a, const Type *b);
// As an author would write it: `list<record>`, `key of customers`, `decimal?`.
void type_format(Buf *buf, const Type *type);

#endif
