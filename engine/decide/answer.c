// SPDX-License-Identifier: Apache-2.0
#include "engine/decide/answer.h"

#include "engine/base/bug.h"

const char *code_text(Code code)
{
    switch (code) {
#define CODE(name, text, stage, next, what)                                            \
    case CODE_##name:                                                                  \
        return text;
#include "engine/bytecode/code.def"
#undef CODE
    }
    unreachable_bug();
}

const char *code_what(Code code)
{
    switch (code) {
#define CODE(name, text, stage, next, what)                                            \
    case CODE_##name:                                                                  \
        return what;
#include "engine/bytecode/code.def"
#undef CODE
    }
    unreachable_bug();
}

NextAction code_next_action(Code code)
{
    switch (code) {
#define CODE(name, text, stage, next, what)                                            \
    case CODE_##name:                                                                  \
        return NEXT_##next;
#include "engine/bytecode/code.def"
#undef CODE
    }
    unreachable_bug();
}

const char *next_action_text(NextAction action)
{
    switch (action) {
    case NEXT_NONE:
        return "none";
    case NEXT_REQUEST:
        return "request";
    case NEXT_RETRY:
        return "retry";
    }
    unreachable_bug();
}
