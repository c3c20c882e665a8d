// SPDX-License-Identifier: Apache-2.0
// arg_shell: command lines for which a shell does nothing but split words and remove
// quotes.
//
// Read as by the POSIX shell (XCU §2.2, §2.3) run with -c, and unknown wherever it,
// bash, dash or zsh would do more:
// - unquoted: ; & | < > ( ) $ ` * ? [ ] { } ! or a newline; "#" or "=" at the start of
// a word;
//   "~" at the start of a word or after "=" or ":"; anything but ASCII;
// - in double quotes: $ and `, unless a backslash stands before;
// - a backslash before a newline or at the end; a quote that isn't closed;
// - a first word that is a reserved word (if, while, time, …) or sets a variable (A=b
// cmd);
// - control characters other than tab, and newline in quotes; bad UTF-8.
// Aliases and functions of the shell's user stay unseen. A program that runs another
// (env, sudo, sh, xargs, eval, find) is a program like any other here.
#ifndef PROVISO_ENGINE_VM_ARG_SHELL_H
#define PROVISO_ENGINE_VM_ARG_SHELL_H

#include "engine/vm/arg_list.h"

// The first word, as written but for its quotes: "/bin/ls" stays so. Unknown when there
// is none or it is empty.
bool shell_program(Str command, Buf *memory, Str *out);

// All words, without their quotes, appended to *out; none for a blank text. Unknown,
// too, when *out has no room left, and then it may have got some of them.
bool shell_words(Str command, Buf *memory, ArgList *out);

#endif
