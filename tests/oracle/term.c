// SPDX-License-Identifier: Apache-2.0
#include "tests/oracle/term.h"

#define FORMAT(...) arena_format(draft->arena, __VA_ARGS__)
#define TEXT(text) draft_c_text(draft->arena, (text))

// A word of the sort, written so that it is there; empty if there is none.
static Str find_word(Draft *draft, const Words *words, Sort sort)
{
    uint32_t start = dice_roll(&draft->dice, MOST_WORDS);
    for (uint32_t i = 0; i < words->count; i++) {
        const Word *word = &words->at[(start + i) % words->count];
        bool fits =
            word->sort == sort || (sort == SORT_STRING && sort_is_text(word->sort) &&
                                   word->sort != SORT_CUSTOMER);
        if (!fits)
            continue;
        if (!word->is_optional)
            return FORMAT("%s.%s", TEXT(word->root), TEXT(word->name));
        Str other = draft_literal(draft, word->sort);
        return FORMAT("(%s.%s else %s)", TEXT(word->root), TEXT(word->name),
                      TEXT(other));
    }
    return STR("");
}

static Str fixed_text(Draft *draft)
{
    static const char *const FIXED[] = {"agent.id",
                                        "user.id",
                                        "user.tenant",
                                        "user.acr",
                                        "task.id",
                                        "tool.name",
                                        "audience.uri",
                                        "audience.tenant",
                                        "resource.type",
                                        "resource.id",
                                        "credential.iss",
                                        "credential.sub",
                                        "context.environment",
                                        "credential.client_id"};
    return DICE_PICK(&draft->dice, FIXED);
}

static Str term_value(Draft *draft, const Words *words, Sort sort, uint32_t depth);

static Str text_of(Draft *draft, const Words *words, uint32_t depth)
{
    static const char *const FORMS[] = {
        "text.fold(%s)",  "path.name(%s)", "path.extension(%s)", "email.domain(%s)",
        "url.host(%s)",   "url.path(%s)",  "shell.program(%s)",  "sql.verb(%s)",
        "url.scheme(%s)", "url.query(%s)"};
    Str inner;
    switch (dice_roll(&draft->dice, depth == 0 ? 2 : 5)) {
    case 0:
        return fixed_text(draft);
    case 1:
        return draft_literal(draft, SORT_STRING);
    case 2: {
        Str key = find_word(draft, words, SORT_CUSTOMER);
        if (key.len == 0)
            key = term_value(draft, words, SORT_STRING, depth - 1);
        static const char *const COLUMNS[] = {"(customers[%s].tier else \"none\")",
                                              "customers[%s].label",
                                              "customers[%s].region"};
        Str form = DICE_PICK(&draft->dice, COLUMNS);
        Str cut = str_cut(form, '%').head, tail = str_cut(form, ']').tail;
        return FORMAT("%s%s]%s", TEXT(cut), TEXT(key), TEXT(tail));
    }
    case 3:
        inner = term_value(draft, words, SORT_STRING, depth - 1);
        break;
    default:
        return fixed_text(draft);
    }
    Str form = DICE_PICK(&draft->dice, FORMS);
    return FORMAT("%s%s)", TEXT(str_cut(form, '%').head), TEXT(inner));
}

static Str int_of(Draft *draft, const Words *words, uint32_t depth)
{
    static const char *const OPERATORS[] = {"+", "-", "*"};
    switch (dice_roll(&draft->dice, depth == 0 ? 2 : 5)) {
    case 0:
        return STR("chain.depth");
    case 1:
        return draft_literal(draft, SORT_INT);
    case 2: {
        Str list = find_word(draft, words, SORT_TEXTS);
        return list.len > 0 && list.at[0] != '(' ? FORMAT("count(%s)", TEXT(list))
                                                 : STR("count(chain)");
    }
    case 3: {
        Str text = term_value(draft, words, SORT_STRING, depth - 1);
        return FORMAT("length(%s)", TEXT(text));
    }
    default: {
        Str left = term_value(draft, words, SORT_INT, depth - 1);
        Str right = term_value(draft, words, SORT_INT, depth - 1);
        return FORMAT("(%s %s %s)", TEXT(left),
                      TEXT(DICE_PICK(&draft->dice, OPERATORS)), TEXT(right));
    }
    }
}

static Str decimal_of(Draft *draft, const Words *words, uint32_t depth)
{
    static const char *const OPERATORS[] = {"+", "-", "*"};
    if (depth == 0 || dice_chance(&draft->dice, 40))
        return draft_literal(draft, SORT_DECIMAL);
    Str left = term_value(draft, words, SORT_DECIMAL, depth - 1);
    Str right =
        term_value(draft, words,
                   dice_chance(&draft->dice, 50) ? SORT_INT : SORT_DECIMAL, depth - 1);
    return FORMAT("(%s %s %s)", TEXT(left), TEXT(DICE_PICK(&draft->dice, OPERATORS)),
                  TEXT(right));
}

static Str time_of(Draft *draft, const Words *words, uint32_t depth)
{
    static const char *const FIXED[] = {"context.now", "credential.exp",
                                        "user.auth_time", "task.opened",
                                        "credential.iat"};
    if (depth == 0 || dice_chance(&draft->dice, 60))
        return DICE_PICK(&draft->dice, FIXED);
    Str time = term_value(draft, words, SORT_TIME, depth - 1);
    Str span = term_value(draft, words, SORT_DURATION, depth - 1);
    return FORMAT("(%s %s %s)", TEXT(time), dice_chance(&draft->dice, 50) ? "+" : "-",
                  TEXT(span));
}

static Str duration_of(Draft *draft, const Words *words, uint32_t depth)
{
    if (depth == 0 || dice_chance(&draft->dice, 50))
        return draft_literal(draft, SORT_DURATION);
    Str left = term_value(draft, words, SORT_TIME, depth - 1);
    Str right = term_value(draft, words, SORT_TIME, depth - 1);
    return FORMAT("(%s - %s)", TEXT(left), TEXT(right));
}

static Str term_value(Draft *draft, const Words *words, Sort sort, uint32_t depth)
{
    Str word = find_word(draft, words, sort);
    if (word.len > 0 && dice_chance(&draft->dice, 60))
        return word;
    switch (sort) {
    case SORT_INT:
        return int_of(draft, words, depth);
    case SORT_DECIMAL:
        return decimal_of(draft, words, depth);
    case SORT_STRING:
        return text_of(draft, words, depth);
    case SORT_TIME:
        return time_of(draft, words, depth);
    case SORT_DURATION:
        return duration_of(draft, words, depth);
    case SORT_BOOL:
    case SORT_IP:
    case SORT_NET:
    case SORT_ENUM:
    case SORT_EMAIL:
    case SORT_URI:
    case SORT_CUSTOMER:
    case SORT_TEXTS:
    case SORT_INTS:
    case SORT_RECORD:
    case SORT_RECORDS:
        break;
    }
    return word.len > 0 ? word : draft_literal(draft, sort);
}

// ---- bools ----

static Str compare_of(Draft *draft, const Words *words, uint32_t depth)
{
    static const char *const OPERATORS[] = {"==", "!=", "<", "<=", ">", ">="};
    static const Sort SORTS[] = {SORT_INT,    SORT_DECIMAL, SORT_STRING,
                                 SORT_STRING, SORT_TIME,    SORT_DURATION};
    Sort sort = SORTS[dice_roll(&draft->dice, 6)];
    Str left = term_value(draft, words, sort, depth);
    Str right = dice_chance(&draft->dice, 50) && sort != SORT_TIME
                    ? draft_literal(draft, sort)
                    : term_value(draft, words, sort, depth);
    Str op = sort == SORT_STRING && dice_chance(&draft->dice, 80)
                 ? STR("==")
                 : DICE_PICK(&draft->dice, OPERATORS);
    return FORMAT("%s %s %s", TEXT(left), TEXT(op), TEXT(right));
}

// A test of one word, by what it is. Optional ones are tested or given a default.
static Str word_test(Draft *draft, const Word *word)
{
    Str path = FORMAT("%s.%s", TEXT(word->root), TEXT(word->name)), test = path;
    Str literal = draft_literal(draft, word->sort);
    switch (word->sort) {
    case SORT_BOOL:
        test = dice_chance(&draft->dice, 50) ? path : FORMAT("%s == false", TEXT(path));
        break;
    case SORT_TEXTS:
        test = FORMAT("%s in %s", TEXT(draft_literal(draft, SORT_STRING)), TEXT(path));
        break;
    case SORT_INTS:
        test =
            FORMAT("%s i in %s: i %s %s", dice_chance(&draft->dice, 50) ? "all" : "any",
                   TEXT(path), dice_chance(&draft->dice, 50) ? "<=" : "==",
                   TEXT(draft_literal(draft, SORT_INT)));
        break;
    case SORT_RECORD:
        test = FORMAT("%s.name == %s", TEXT(path),
                      TEXT(draft_literal(draft, SORT_STRING)));
        if (dice_chance(&draft->dice, 50))
            test = FORMAT("(%s.size else 1) < 2", TEXT(path));
        break;
    case SORT_RECORDS:
        test = FORMAT("%s r in %s: r.name == %s",
                      dice_chance(&draft->dice, 50) ? "all" : "any", TEXT(path),
                      TEXT(draft_literal(draft, SORT_STRING)));
        if (dice_chance(&draft->dice, 50))
            test = FORMAT("%s r in %s: (has r.size and r.size > 0) or r.name == \"a\"",
                          dice_chance(&draft->dice, 50) ? "all" : "any", TEXT(path));
        break;
    case SORT_IP:
        test = FORMAT("%s in %s", TEXT(path), TEXT(draft_literal(draft, SORT_NET)));
        break;
    case SORT_NET:
        test = FORMAT("context.ip in %s", TEXT(path));
        break;
    case SORT_CUSTOMER:
        test = FORMAT("customers[%s].credit %s %s", TEXT(path),
                      dice_chance(&draft->dice, 50) ? "<" : ">=",
                      TEXT(draft_literal(draft, SORT_DECIMAL)));
        break;
    case SORT_INT:
    case SORT_DECIMAL:
    case SORT_STRING:
    case SORT_DURATION:
    case SORT_TIME:
    case SORT_ENUM:
    case SORT_EMAIL:
    case SORT_URI:
        test = FORMAT("%s == %s", TEXT(path), TEXT(literal));
        break;
    }
    if (!word->is_optional)
        return FORMAT("(%s)", TEXT(test));
    if (dice_chance(&draft->dice, 50))
        return FORMAT("(has %s and %s)", TEXT(path), TEXT(test));
    return FORMAT("(not has %s or (%s))", TEXT(path), TEXT(test));
}

static Str group_test(Draft *draft)
{
    static const char *const GROUPS[] = {"staff", "bosses", "guests"};
    return FORMAT("%s in %s",
                  draft->are_groups_sent || dice_chance(&draft->dice, 60) ? "user"
                                                                          : "agent",
                  TEXT(DICE_PICK(&draft->dice, GROUPS)));
}

static Str special_of(Draft *draft, const Words *words, uint32_t depth)
{
    Str text = term_value(draft, words, SORT_STRING, depth);
    Str other = draft_literal(draft, SORT_STRING);
    switch (dice_roll(&draft->dice, 34)) {
    case 0:
        return FORMAT("%s like \"%s\"", TEXT(text),
                      dice_chance(&draft->dice, 50) ? "*a*" : "/w*");
    case 1:
        return FORMAT("path.under(%s, \"/w\")", TEXT(text));
    case 2:
        return FORMAT("text.contains(%s, %s)", TEXT(text), TEXT(other));
    case 3:
        return FORMAT("text.starts(%s, %s)", TEXT(text), TEXT(other));
    case 4:
        return FORMAT("%s in {%s, %s}", TEXT(text), TEXT(other),
                      TEXT(draft_literal(draft, SORT_STRING)));
    case 5:
        return FORMAT("known(%s)", TEXT(text));
    case 6:
        return FORMAT("%s in customers", TEXT(text));
    case 7:
        return FORMAT("%s in customers.tier", TEXT(text));
    case 8:
        return STR("context.ip in 10.0.0.0/8");
    case 9:
        return FORMAT("%s a in chain: a.id == %s",
                      dice_chance(&draft->dice, 50) ? "all" : "any", TEXT(text));
    case 10:
        return FORMAT("%s in credential.scope", TEXT(other));
    case 11:
        return draft->has_pairs ? FORMAT("(%s, %s) in pairs", TEXT(text), TEXT(other))
                                : STR("has user");
    case 12:
        return draft->has_pairs ? FORMAT("pairs[%s, %s].open", TEXT(text), TEXT(other))
                                : STR("has resource");
    case 13:
        return STR("agent.attested");
    case 14:
        return FORMAT("tool.cost %s %s", dice_chance(&draft->dice, 50) ? "<" : ">",
                      TEXT(draft_literal(draft, SORT_DECIMAL)));
    case 15:
        return STR("has ask.ttl and ask.ttl > 20s");
    case 21:
        return FORMAT("\"%s\" in tool.tags",
                      dice_chance(&draft->dice, 50) ? "payment" : "read");
    case 22:
        return FORMAT("\"%s\" in user.groups",
                      dice_chance(&draft->dice, 50) ? "staff" : "bosses");
    case 23:
        return FORMAT("%s in credential.act", TEXT(text));
    case 24:
        return FORMAT("any a in chain: has a.tenant and a.tenant == %s", TEXT(text));
    case 25:
        return FORMAT("all a in chain: any b in chain: a.id == b.id or b.id == %s",
                      TEXT(text));
    case 26:
        return FORMAT("(%s, %s) == (%s, \"a\")", TEXT(text), TEXT(other), TEXT(other));
    case 27:
        return FORMAT("has tool.cost and tool.cost > %s",
                      TEXT(draft_literal(draft, SORT_DECIMAL)));
    case 28:
        return FORMAT("%s in GOOD", TEXT(text));
    case 29:
        return FORMAT("cheap(%s)", TEXT(term_value(draft, words, SORT_DECIMAL, depth)));
    case 31:
        return FORMAT("has customers[%s].tier", TEXT(text));
    case 32:
        return FORMAT("not has customers[%s].tier or customers[%s].tier == %s",
                      TEXT(text), TEXT(text), TEXT(other));
    case 30:
        return FORMAT("context.now - task.opened %s %s",
                      dice_chance(&draft->dice, 50) ? "<" : ">=",
                      TEXT(draft_literal(draft, SORT_DURATION)));
    case 17:
        return FORMAT("%s in customers.label", TEXT(text));
    case 18:
        return FORMAT("customers[%s].label in {\"A\", \"gold\", %s}", TEXT(text),
                      TEXT(other));
    case 19:
        return FORMAT("both(customers[%s].label, %s)", TEXT(text), TEXT(other));
    case 20:
        return FORMAT("customers[%s].label like \"G*\"", TEXT(text));
    case 16:
        return FORMAT("both(%s, %s)", TEXT(text), TEXT(other));
    default:
        return group_test(draft);
    }
}

Str term_bool(Draft *draft, const Words *words, uint32_t depth)
{
    if (words->count > 0 && dice_chance(&draft->dice, 35))
        return word_test(draft, &words->at[dice_roll(&draft->dice, words->count)]);
    uint32_t way = dice_roll(&draft->dice, depth == 0 ? 2 : 5);
    if (way == 0)
        return FORMAT("(%s)", TEXT(special_of(draft, words, depth)));
    if (way == 1)
        return FORMAT("(%s)", TEXT(compare_of(draft, words, depth)));
    Str left = term_bool(draft, words, depth - 1);
    if (way == 2)
        return FORMAT("(not %s)", TEXT(left));
    Str right = term_bool(draft, words, depth - 1);
    return FORMAT("(%s %s %s)", TEXT(left), way == 3 ? "and" : "or", TEXT(right));
}
