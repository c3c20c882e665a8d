// SPDX-License-Identifier: Apache-2.0
// Grants that are delegated: what a call that presents one gets, and what kills it.
#include "tests/decisions/memory_unit.h"

static const char POLICY[] =
    "package test\n"
    "issuer okta { uri \"https://okta.example\" }\n"
    "gateway edge { uri \"https://edge.example/mcp\" accepts okta }\n"
    "agent lead { id \"lead\" tenant \"acme\" }\n"
    "agent help { id \"help\" tenant \"acme\" }\n"
    "audience files {\n"
    "  uri \"https://files.example/mcp\"  tenant \"acme\"\n"
    "  tool read(path: string, note: string?) { scope \"a\", \"b\", \"c\" }\n"
    "  tool list(path: string)\n"
    "}\n"
    "audience other { uri \"https://other.example/mcp\"  tenant \"acme\"  tool "
    "read(path: string) }\n"
    "intent top()    { tools files.read, files.list, other.read  within 1h  depth 3\n"
    "                  delegates middle }\n"
    "intent middle() { under top  tools files.read, files.list, other.read  within 1h  "
    "depth 2\n"
    "                  delegates low }\n"
    "intent low()    { under middle  tools files.read, files.list, other.read  within "
    "1h }\n"
    "permit read { tool files.read\n"
    "  token { ttl 5m, uses 4, depth 3, free {note}, scope {\"a\", \"b\", \"c\"} } }\n"
    "permit list { tool files.list }\n"
    "permit away { tool other.read  token { depth 3 } }\n"
    "forbid deep { tool files.read  when has grant and grant.depth == 1 and args.path "
    "== \"deep\" }\n"
    "forbid wide { tool files.read  when \"c\" in grant.scope and args.path == "
    "\"wide\" }\n";

static const char FILES[] = "https://files.example/mcp",
                  OTHER[] = "https://other.example/mcp";

static const char *open_task(Point *point, const char *agent, const char *id,
                             const char *intent, const char *under)
{
    Str below = STR("");
    if (under)
        below = arena_format(&point->arena, ",\"under\":\"%s\"", under);
    Str rest =
        arena_format(&point->arena, "\"task\":{\"id\":\"%s\",\"intent\":\"%s\"%.*s}%s",
                     id, intent, STR_ARG(below), "");
    return point_do(point, PROVISO_DO_TASK_OPEN, point_request(point, agent, rest.at));
}

// Calls a tool in a task; with a grant, unless it is NULL; `more` are further members.
static const char *use(Point *point, const char *agent, const char *task,
                       const char *audience, const char *tool, const char *path,
                       const char *grant, const char *more)
{
    Buf rest = buf_on(&point->arena);
    buf_printf(&rest,
               "\"task\":\"%s\",\"audience\":\"%s\",\"tool\":\"%s\",\"args\":{\"path\":"
               "\"%s\"}%s",
               task, audience, tool, path, more);
    if (grant)
        buf_printf(&rest, ",\"grant\":\"%s\"", grant);
    buf_char(&rest, '\0');
    return point_ask(point, point_request(point, agent, rest.at));
}

static const char *read_file(Point *point, const char *agent, const char *task,
                             const char *path, const char *grant)
{
    return use(point, agent, task, FILES, "read", path, grant, "");
}

static const char *keep(Point *point)
{
    return arena_str(&point->arena, (Str){point->grant, sizeof point->grant}).at;
}

static const char *check(Point *point, const char *grant)
{
    return point_do(point, PROVISO_DO_CHECK,
                    arena_format(&point->arena, "{\"grant\":\"%s\"}", grant));
}

static void start(Point *point)
{
    point_start(point, POLICY);
    ck_assert_str_eq(open_task(point, "lead", "t1", "top", NULL), "allow");
    ck_assert_str_eq(open_task(point, "help", "t2", "middle", "t1"), "allow");
    ck_assert_str_eq(open_task(point, "help", "t3", "low", "t2"), "allow");
    ck_assert_str_eq(open_task(point, "lead", "t9", "top", NULL), "allow");
}

// It gets what the grant has left, one level less deep, for one use, which is spent of
// it.
START_TEST(no_more_than_the_grant)
{
    Point point;
    start(&point);
    ck_assert_str_eq(
        use(&point, "lead", "t1", FILES, "read", "/a", NULL,
            ",\"ask\":{\"ttl\":60,\"uses\":2,\"depth\":1,\"scope\":[\"a\",\"b\"]}"),
        "allow");
    const char *grant = keep(&point);
    point.passed += 20 * MEMORY_SECOND;
    ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant), "allow");
    const char *child = keep(&point);
    ck_assert(point_says(&point, "\"token_lifetime\":40"));
    ck_assert(point_says(&point, "\"granted_scope\":\"a b\""));
    ck_assert(point_says(&point, "\"delegation_depth\":0"));
    ck_assert(point_says(&point, "\"uses\":1"));
    ck_assert_str_eq(read_file(&point, "help", "t3", "/a", child),
                     "delegation"); // depth 0
    ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant), "allow");
    ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant),
                     "delegation"); // used up
    ck_assert_str_eq(check(&point, child), "allow");
    point.passed += 40 * MEMORY_SECOND;
    ck_assert_str_ne(check(&point, child), "allow");
    point_stop(&point);
}
END_TEST

START_TEST(not_for_this_call)
{
    Point point;
    start(&point);
    ck_assert_str_eq(read_file(&point, "lead", "t1", "/a", NULL), "allow");
    const char *grant = keep(&point);
    ck_assert_str_eq(read_file(&point, "help", "t2", "/b", grant), "delegation");
    ck_assert(point_says(&point, "bound to other arguments"));
    ck_assert_str_eq(use(&point, "help", "t2", FILES, "list", "/a", grant, ""),
                     "delegation");
    ck_assert_str_eq(use(&point, "help", "t2", OTHER, "read", "/a", grant, ""),
                     "delegation");
    ck_assert(point_says(&point, "another tool or audience"));
    ck_assert_str_eq(read_file(&point, "lead", "t9", "/a", grant), "delegation");
    ck_assert(point_says(&point, "of no task above"));
    ck_assert_str_eq(
        read_file(&point, "help", "t2", "/a", "00000000000000000000000000000000"),
        "delegation");
    ck_assert_str_eq(read_file(&point, "help", "t2", "/a", "00"), "malformed");
    ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant), "allow");
    // One of below is not for above.
    const char *below = keep(&point);
    ck_assert_str_eq(read_file(&point, "lead", "t1", "/a", below), "delegation");
    // What is not delegable.
    ck_assert_str_eq(use(&point, "lead", "t1", FILES, "list", "/a", NULL, ""), "allow");
    const char *list = keep(&point);
    ck_assert_str_eq(use(&point, "help", "t2", FILES, "list", "/a", list, ""),
                     "delegation");
    ck_assert(point_says(&point, "can't be delegated"));
    point_stop(&point);
}
END_TEST

// A free argument may be another; it stays free.
START_TEST(free_arguments_stay_free)
{
    Point point;
    start(&point);
    ck_assert_str_eq(read_file(&point, "lead", "t1", "/a", NULL), "allow");
    const char *grant = keep(&point);
    Str rest = arena_format(
        &point.arena,
        "\"task\":\"t2\",\"audience\":\"%s\",\"tool\":\"read\",\"grant\":\"%s\","
        "\"args\":{\"path\":\"/a\",\"note\":\"why\"}",
        FILES, grant);
    ck_assert_str_eq(point_ask(&point, point_request(&point, "help", rest.at)),
                     "allow");
    ck_assert(point_says(&point, "\"note\":{\"constraint_type\":\"wildcard\"}"));
    point_stop(&point);
}
END_TEST

START_TEST(rules_read_the_grant)
{
    Point point;
    start(&point);
    // Without a grant `has grant` is false, and what it holds is not known.
    ck_assert_str_eq(read_file(&point, "lead", "t1", "deep", NULL), "allow");
    const char *grant = keep(&point);
    ck_assert_str_eq(read_file(&point, "help", "t2", "deep", grant),
                     "allow"); // of depth 3
    const char *second = keep(&point);
    ck_assert_str_eq(read_file(&point, "help", "t3", "deep", second), "allow");
    const char *third = keep(&point);
    ck_assert_str_eq(read_file(&point, "help", "t3", "deep", third), "forbidden");
    ck_assert_str_eq(read_file(&point, "lead", "t1", "wide", NULL), "missing");
    ck_assert(point_says(&point, "grant.scope"));
    point_stop(&point);
}
END_TEST

// A grant or who held it is revoked: what was made of it is dead, too.
START_TEST(what_is_above_counts)
{
    static const char *const SAYS[] = {
        "{\"kind\":\"before\",\"before\":1772442005}",
        "{\"kind\":\"agent\",\"name\":\"lead\",\"tenant\":\"acme\"}",
        "{\"kind\":\"key\",\"name\":\"key-lead\",\"tenant\":\"acme\"}",
        NULL, // the grant itself
    };
    for (size_t i = 0; i < sizeof SAYS / sizeof SAYS[0]; i++) {
        Point point;
        start(&point);
        ck_assert_str_eq(read_file(&point, "lead", "t1", "/a", NULL), "allow");
        const char *grant = keep(&point);
        ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant), "allow");
        const char *child = keep(&point);
        ck_assert_str_eq(check(&point, child), "allow");
        Str says = SAYS[i]
                       ? str_from_c(SAYS[i])
                       : arena_format(&point.arena,
                                      "{\"kind\":\"grant\",\"name\":\"%s\"}", grant);
        ck_assert_str_eq(point_do(&point, PROVISO_DO_REVOKE, says), "allow");
        ck_assert_str_eq(check(&point, child), "revoked");
        ck_assert_str_eq(read_file(&point, "help", "t2", "/a", grant), "revoked");
        point_stop(&point);
    }
}
END_TEST

// ---- random trees ----

enum { MOST_GRANTS = 96, MOST_TASKS = 24, STEPS = 160, SEEDS = 12 };

typedef struct Made {
    const char *id;
    uint32_t above; // MOST_GRANTS: none
    uint32_t task;
    int64_t expires; // ns
    int64_t uses, depth;
    unsigned scope; // bit 0: a ...
    bool is_free;   // note
} Made;

typedef struct Tree {
    Point *point;
    uint64_t chance;
    uint32_t task_count, grant_count;
    uint32_t above[MOST_TASKS], level[MOST_TASKS];
    Made grants[MOST_GRANTS];
} Tree;

static uint32_t pick(Tree *tree, uint32_t below)
{
    tree->chance = tree->chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(tree->chance >> 33) % below;
}

static const char *agent_of(const Tree *tree, uint32_t task)
{
    return tree->level[task] == 0 ? "lead" : "help";
}

static void grow_task(Tree *tree)
{
    static const char *const INTENTS[] = {"top", "middle", "low"};
    Point *point = tree->point;
    uint32_t task = tree->task_count;
    if (task == MOST_TASKS)
        return;
    uint32_t above = pick(tree, task + 1); // task: none
    uint32_t level = above == task ? 0 : tree->level[above] + 1;
    if (level > 2)
        return;
    const char *id = arena_format(&point->arena, "w%u", task).at;
    const char *under =
        level == 0 ? NULL : arena_format(&point->arena, "w%u", above).at;
    tree->above[task] = level == 0 ? MOST_TASKS : above;
    tree->level[task] = level;
    ck_assert_str_eq(
        open_task(point, level == 0 ? "lead" : "help", id, INTENTS[level], under),
        "allow");
    tree->task_count++;
}

static int64_t number_of(const Point *point, const char *name)
{
    const char *at = strstr(point->answer, name);
    ck_assert_msg(at != NULL, "%s in %s", name, point->answer);
    return strtoll(at + strlen(name), NULL, 10);
}

static Made read_made(Tree *tree, uint32_t task, uint32_t above)
{
    const Point *point = tree->point;
    const char *scope = strstr(point->answer, "\"granted_scope\":\"");
    ck_assert_ptr_nonnull(scope);
    Str scopes = str_cut(str_from_c(scope + strlen("\"granted_scope\":\"")), '"').head;
    Made made = {.id = keep(tree->point),
                 .above = above,
                 .task = task,
                 .expires = point->passed +
                            number_of(point, "\"token_lifetime\":") * MEMORY_SECOND,
                 .uses = number_of(point, "\"uses\":"),
                 .depth = number_of(point, "\"delegation_depth\":"),
                 .is_free = strstr(point->answer, "wildcard") != NULL};
    for (size_t i = 0; i < scopes.len; i++)
        made.scope |= scopes.at[i] == ' ' ? 0 : 1u << (scopes.at[i] - 'a');
    return made;
}

static bool is_task_above(const Tree *tree, uint32_t above, uint32_t task)
{
    for (; task != MOST_TASKS; task = tree->above[task])
        if (task == above)
            return true;
    return false;
}

// By the model: whether the call may present it.
static bool may_present(const Tree *tree, const Made *made, uint32_t task)
{
    for (const Made *at = made;; at = &tree->grants[at->above]) {
        if (tree->point->passed >= at->expires)
            return false;
        if (at->above == MOST_GRANTS)
            break;
    }
    return made->depth > 0 && made->uses > 0 && is_task_above(tree, made->task, task);
}

static void grow_grant(Tree *tree)
{
    static const char *const SCOPES[] = {"[\"a\"]", "[\"a\",\"b\"]", "[\"b\",\"c\"]",
                                         "[\"a\",\"b\",\"c\"]"};
    Point *point = tree->point;
    if (tree->grant_count == MOST_GRANTS || tree->task_count == 0)
        return;
    uint32_t task = pick(tree, tree->task_count),
             above = pick(tree, tree->grant_count + 1);
    bool presents = above < tree->grant_count;
    Made *from = presents ? &tree->grants[above] : NULL;
    Str ask =
        arena_format(&point->arena, ",\"ask\":{\"ttl\":%u,\"uses\":%u,\"depth\":%u}",
                     30 + pick(tree, 300), 1 + pick(tree, 6), pick(tree, 5));
    if (pick(tree, 2))
        ask = arena_format(&point->arena,
                           ",\"ask\":{\"ttl\":%u,\"depth\":%u,\"scope\":%s}",
                           30 + pick(tree, 300), pick(tree, 5), SCOPES[pick(tree, 4)]);
    const char *name = arena_format(&point->arena, "w%u", task).at;
    const char *verdict = use(point, agent_of(tree, task), name, FILES, "read", "/a",
                              presents ? from->id : NULL, ask.at);
    if (presents && !may_present(tree, from, task)) {
        ck_assert_str_eq(verdict, "delegation");
        return;
    }
    if (strcmp(verdict, "allow") !=
        0) { // the scope that is asked for is not the grant's
        ck_assert_str_eq(verdict, "limited");
        return;
    }
    Made made = read_made(tree, task, presents ? above : MOST_GRANTS);
    if (presents) {
        ck_assert_int_le(made.expires, from->expires);
        ck_assert_int_le(made.uses, from->uses);
        ck_assert_int_lt(made.depth, from->depth);
        ck_assert_uint_eq(made.scope & ~from->scope, 0);
        ck_assert(!made.is_free || from->is_free);
        from->uses -= made.uses; // never more of it together than it had
    }
    tree->grants[tree->grant_count++] = made;
}

static bool is_below(const Tree *tree, uint32_t grant, uint32_t above)
{
    for (; grant != MOST_GRANTS; grant = tree->grants[grant].above)
        if (grant == above)
            return true;
    return false;
}

// Revoking any kills it and what was made of it, and nothing else.
static void revoke_one(Tree *tree)
{
    Point *point = tree->point;
    bool was_good[MOST_GRANTS];
    if (tree->grant_count == 0)
        return;
    for (uint32_t i = 0; i < tree->grant_count; i++)
        was_good[i] = strcmp(check(point, tree->grants[i].id), "allow") == 0;
    uint32_t revoked = pick(tree, tree->grant_count);
    ck_assert_str_eq(
        point_do(point, PROVISO_DO_REVOKE,
                 arena_format(&point->arena, "{\"kind\":\"grant\",\"name\":\"%s\"}",
                              tree->grants[revoked].id)),
        "allow");
    for (uint32_t i = 0; i < tree->grant_count; i++) {
        const char *verdict = check(point, tree->grants[i].id);
        if (is_below(tree, i, revoked))
            ck_assert_str_ne(verdict, "allow");
        else
            ck_assert_int_eq(strcmp(verdict, "allow") == 0, was_good[i]);
    }
}

START_TEST(a_grant_is_never_more_than_the_one_above)
{
    uint32_t delegated = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        Point point;
        Tree tree = {.point = &point, .chance = seed * UINT64_C(0x9e3779b97f4a7c15)};
        point_start(&point, POLICY);
        for (uint32_t i = 0; i < STEPS; i++) {
            if (pick(&tree, 8) == 0)
                grow_task(&tree);
            else
                grow_grant(&tree);
            point.passed += pick(&tree, 3) * MEMORY_SECOND;
        }
        for (uint32_t i = 0; i < tree.grant_count; i++)
            delegated += tree.grants[i].above != MOST_GRANTS;
        for (uint32_t i = 0; i < 4; i++)
            revoke_one(&tree);
        point_stop(&point);
    }
    ck_assert_uint_gt(delegated, SEEDS);
}
END_TEST

UNIT_MAIN("grants", no_more_than_the_grant, not_for_this_call, free_arguments_stay_free,
          rules_read_the_grant, what_is_above_counts,
          a_grant_is_never_more_than_the_one_above)
