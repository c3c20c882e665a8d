// SPDX-License-Identifier: Apache-2.0
#include "engine/vm/arg_email.h"

#include <string.h>

#include "engine/vm/arg_char.h"

// A domain's own limit of 255 bytes lies above what the whole address may have.
enum { ADDRESS_MAX = 254, LOCAL_MAX = 64, LABEL_MAX = 63 };

// RFC 5322 §3.2.3, without "%" and "!".
static bool is_atom_text(char c)
{
    return char_is_letter(c) || char_is_digit(c) ||
           memchr("#$&'*+-/=?^_`{|}~", c, 17) != NULL;
}

static bool atom_is_plain(Str atom)
{
    for (size_t i = 0; i < atom.len; i++) {
        if (!is_atom_text(atom.at[i]))
            return false;
    }
    return atom.len > 0;
}

// RFC 5321 §4.1.2, sub-domain.
static bool label_is_plain(Str label)
{
    if (label.len == 0 || label.len > LABEL_MAX || label.at[0] == '-' ||
        label.at[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!char_is_letter(label.at[i]) && !char_is_digit(label.at[i]) &&
            label.at[i] != '-')
            return false;
    }
    return true;
}

static bool has_letter(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (char_is_letter(text.at[i]))
            return true;
    }
    return false;
}

static bool local_is_plain(Str local)
{
    if (local.len > LOCAL_MAX)
        return false;
    Cut cut = {.tail = local, .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, '.');
        if (!atom_is_plain(cut.head))
            return false;
    }
    return true;
}

static bool domain_is_plain(Str domain)
{
    Cut cut = {.tail = domain, .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, '.');
        if (!label_is_plain(cut.head))
            return false;
    }
    return has_letter(cut.head);
}

bool email_domain(Str address, Buf *memory, Str *out)
{
    Cut at = str_cut(address, '@');
    return address.len <= ADDRESS_MAX && at.found && local_is_plain(at.head) &&
           domain_is_plain(at.tail) && arg_lower(at.tail, memory, out);
}
