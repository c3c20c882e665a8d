// SPDX-License-Identifier: Apache-2.0
// The grammar (lemon). Actions are one builder call each (build.h); there is no conflict and
// no fallback: which keywords are names is decided by the parser, which asks the automaton
// what it would take (machine.h). Lists that may be broken are never empty productions, so
// that `error` can be shifted right after their opening brace.
//
// Options: tables without default reductions (-c), so that an unfit token is seen before
// anything is reduced on it.

%name Grammar
%token_prefix TK_
%token_type {Token}
%default_type {Node *}
%extra_context {Build *build}
%stack_size 512
%stack_overflow { build_overflow(build); }
%start_symbol start

%token COMMENT DOC.

// What binds least stands first. Comparisons don't chain: their builder refuses it (lemon's
// %nonassoc does not).
%left COLON.
%left OR.
%left AND.
%right NOT.
%left EQ NE LT LE GT GE IN LIKE.
%right ELSE.
%left PLUS MINUS.
%left STAR.
%right NEGATIVE.

start ::= BEGIN_FILE. { build_file(build, nodes_none()); }
start ::= BEGIN_FILE declarations(L). { build_file(build, L); }
start ::= BEGIN_EXPRESSION expr(E). { build_root(build, E); }

%type declarations {NodeList}
declarations(A) ::= declaration(D). { A = nodes_one(D); }
declarations(A) ::= declarations(L) declaration(D). { A = nodes_add(L, D); }
declaration(A) ::= error. { A = build_error(build); }

// ---- names, paths, lists ----

%type qname {Token}
qname(A) ::= NAME(T). { A = T; }
qname(A) ::= STRING(T). { A = T; }

path(A) ::= NAME(T). { A = build_leaf(build, NODE_NAME, T); }
path(A) ::= path(P) DOT qname(T). { A = build_field(build, P, T); }

item(A) ::= path(P). { A = P; }
item(A) ::= TAG(T). { A = build_leaf(build, NODE_TAG, T); }
item(A) ::= STRING(T). { A = build_leaf(build, NODE_STRING, T); }
item(A) ::= NONE(T). { A = build_mark(build, NODE_NONE, T); }

%type items {NodeList}
items(A) ::= item(N). { A = nodes_one(N); }
items(A) ::= items(L) COMMA item(N). { A = nodes_add(L, N); }

%type paths {NodeList}
paths(A) ::= path(N). { A = nodes_one(N); }
paths(A) ::= paths(L) COMMA path(N). { A = nodes_add(L, N); }

%type names {NodeList}
names(A) ::= NAME(T). { A = nodes_one(build_leaf(build, NODE_NAME, T)); }
names(A) ::= names(L) COMMA NAME(T). { A = nodes_add(L, build_leaf(build, NODE_NAME, T)); }

%type qnames {NodeList}
qnames(A) ::= qname(T). { A = nodes_one(build_leaf(build, NODE_NAME, T)); }
qnames(A) ::= qnames(L) COMMA qname(T). { A = nodes_add(L, build_leaf(build, NODE_NAME, T)); }

%type strings {NodeList}
strings(A) ::= string(N). { A = nodes_one(N); }
strings(A) ::= strings(L) COMMA string(N). { A = nodes_add(L, N); }
string(A) ::= STRING(T). { A = build_leaf(build, NODE_STRING, T); }

// ---- package, import ----

declaration(A) ::= PACKAGE(K) path(P). { A = build_dotted(build, NODE_PACKAGE, K, P); }
declaration(A) ::= IMPORT(K) path(P). { A = build_dotted(build, NODE_IMPORT, K, P); }

// ---- issuer, gateway, agent ----

declaration(A) ::= ISSUER(K) NAME(T) property_block(L).
    { A = build_declared(build, NODE_ISSUER, K, T, L); }
declaration(A) ::= GATEWAY(K) NAME(T) property_block(L).
    { A = build_declared(build, NODE_GATEWAY, K, T, L); }
declaration(A) ::= AGENT(K) NAME(T) property_block(L).
    { A = build_declared(build, NODE_AGENT, K, T, L); }

%type property_block {NodeList}
property_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
property_block(A) ::= LBRACE properties(L) RBRACE. { A = L; }
%type properties {NodeList}
properties(A) ::= property(C). { A = nodes_one(C); }
properties(A) ::= properties(L) property(C). { A = nodes_add(L, C); }
property(A) ::= error. { A = build_error(build); }
property(A) ::= URI(K) expr(E). { A = build_one(build, NODE_URI, K, E); }
property(A) ::= BEARER(K). { A = build_mark(build, NODE_BEARER, K); }
property(A) ::= ACCEPTS(K) paths(L). { A = build_list(build, NODE_ACCEPTS, K, L); }
property(A) ::= CHECKS(K). { A = build_mark(build, NODE_CHECKS, K); }
property(A) ::= TENANT(K) expr(E). { A = build_one(build, NODE_TENANT, K, E); }
property(A) ::= TENANT(K) SHARED.
    { A = build_flag(build_mark(build, NODE_TENANT, K), NODE_SHARED); }
property(A) ::= ID(K) expr(E). { A = build_one(build, NODE_ID, K, E); }
property(A) ::= CLIENT(K) expr(E). { A = build_one(build, NODE_CLIENT, K, E); }
property(A) ::= TAGS(K) names(L). { A = build_list(build, NODE_TAGS, K, L); }

// ---- label ----

declaration(A) ::= LABEL(K) labels(L). { A = build_declaration(build, NODE_LABELS, K, L); }
%type labels {NodeList}
labels(A) ::= label(N). { A = nodes_one(N); }
labels(A) ::= labels(L) COMMA label(N). { A = nodes_add(L, N); }
label(A) ::= NAME(T) levels(L). { A = build_named(build, NODE_LABEL, T, T, L); }
label(A) ::= NAME(T) STICKY levels(L).
    { A = build_flag(build_named(build, NODE_LABEL, T, T, L), NODE_STICKY); }
%type levels {NodeList}
levels(A) ::= . { A = nodes_none(); }
levels(A) ::= LBRACE level_list(L) RBRACE. { A = L; }
%type level_list {NodeList}
level_list(A) ::= NAME(T). { A = nodes_one(build_leaf(build, NODE_NAME, T)); }
level_list(A) ::= level_list(L) LT NAME(T).
    { A = nodes_add(L, build_leaf(build, NODE_NAME, T)); }

// ---- audience, tool ----

declaration(A) ::= AUDIENCE(K) NAME(T) audience_block(L).
    { A = build_declared(build, NODE_AUDIENCE, K, T, L); }
declaration(A) ::= AUDIENCE(K) NAME(T) from(F) keys(S) audience_block(L).
    { A = build_declared(build, NODE_AUDIENCE, K, T, nodes_join(nodes_join(nodes_one(F), S), L)); }

%type audience_block {NodeList}
audience_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
audience_block(A) ::= LBRACE audience_clauses(L) RBRACE. { A = L; }
%type audience_clauses {NodeList}
audience_clauses(A) ::= audience_clause(C). { A = nodes_one(C); }
audience_clauses(A) ::= audience_clauses(L) audience_clause(C). { A = nodes_add(L, C); }
audience_clause(A) ::= error. { A = build_error(build); }
audience_clause(A) ::= URI(K) expr(E). { A = build_one(build, NODE_URI, K, E); }
audience_clause(A) ::= TENANT(K) expr(E). { A = build_one(build, NODE_TENANT, K, E); }
audience_clause(A) ::= TENANT(K) SHARED.
    { A = build_flag(build_mark(build, NODE_TENANT, K), NODE_SHARED); }
audience_clause(A) ::= CHECKS(K). { A = build_mark(build, NODE_CHECKS, K); }
audience_clause(A) ::= offer(C). { A = C; }

declaration(A) ::= TOOLS(K) NAME(T) tool_set(L).
    { A = build_declared(build, NODE_TOOL_SET, K, T, L); }
%type tool_set {NodeList}
tool_set(A) ::= LBRACE RBRACE. { A = nodes_none(); }
tool_set(A) ::= LBRACE offers(L) RBRACE. { A = L; }
%type offers {NodeList}
offers(A) ::= offer_of_set(C). { A = nodes_one(C); }
offers(A) ::= offers(L) offer_of_set(C). { A = nodes_add(L, C); }
offer_of_set(A) ::= error. { A = build_error(build); }
offer_of_set(A) ::= offer(C). { A = C; }

offer(A) ::= TOOLS(K) FROM STRING(T).
    { A = build_named(build, NODE_TOOLS_FROM, K, T, nodes_none()); }
offer(A) ::= TOOLS(K) FROM path(P).
    { A = build_one(build, NODE_TOOLS_USE, K, P); }
offer(A) ::= TOOL(K) qnames(N) signature(S) tool_body(L).
    { A = build_declaration(build, NODE_TOOL, K, nodes_join(nodes_join(N, S), L)); }

%type signature {NodeList}
signature(A) ::= . { A = nodes_none(); }
signature(A) ::= params(P). { A = nodes_one(P); }
signature(A) ::= params(P) returns(R). { A = nodes_add(nodes_one(P), R); }
returns(A) ::= RETURNS(K) type(T). { A = build_one(build, NODE_RETURNS, K, T); }

%type tool_body {NodeList}
tool_body(A) ::= . { A = nodes_none(); }
tool_body(A) ::= LBRACE RBRACE. { A = nodes_none(); }
tool_body(A) ::= LBRACE tool_clauses(L) RBRACE. { A = L; }
%type tool_clauses {NodeList}
tool_clauses(A) ::= tool_clause(C). { A = nodes_one(C); }
tool_clauses(A) ::= tool_clauses(L) tool_clause(C). { A = nodes_add(L, C); }
tool_clause(A) ::= error. { A = build_error(build); }
tool_clause(A) ::= TAGS(K) names(L). { A = build_list(build, NODE_TAGS, K, L); }
tool_clause(A) ::= TAGS(K) NOT names(L) because(B).
    { A = build_list(build, NODE_TAGS_NOT, K, nodes_add(L, B)); }
tool_clause(A) ::= SCOPE(K) strings(L). { A = build_list(build, NODE_SCOPE, K, L); }
tool_clause(A) ::= ARG(K) qname(T) COLON type(Y).
    { A = build_named(build, NODE_ARG, K, T, nodes_one(Y)); }
tool_clause(A) ::= ARG(K) qname(T) COLON type(Y) TENANT SHARED.
    { A = build_flag(build_named(build, NODE_ARG, K, T, nodes_one(Y)), NODE_SHARED); }
tool_clause(A) ::= ARG(K) qname(T) TENANT SHARED.
    { A = build_flag(build_named(build, NODE_ARG, K, T, nodes_none()), NODE_SHARED); }
tool_clause(A) ::= LET(K) NAME(T) ASSIGN expr(E).
    { A = build_named(build, NODE_LET, K, T, nodes_one(E)); }
tool_clause(A) ::= YIELDS(K) yields(L) condition(C).
    { A = build_list(build, NODE_YIELDS, K, nodes_join(L, C)); }
%type yields {NodeList}
yields(A) ::= yield(N). { A = nodes_one(N); }
yields(A) ::= yields(L) COMMA yield(N). { A = nodes_add(L, N); }
yield(A) ::= path(P). { A = build_pathed(build, NODE_YIELD, P->span, P, nodes_none()); }
yield(A) ::= path(P) NAME(V).
    { A = build_pathed(build, NODE_YIELD, P->span, P, nodes_one(build_leaf(build, NODE_NAME, V))); }

%type condition {NodeList}
condition(A) ::= . { A = nodes_none(); }
condition(A) ::= WHEN(K) expr(E). { A = nodes_one(build_one(build, NODE_WHEN, K, E)); }
because(A) ::= BECAUSE(K) STRING(T).
    { A = build_named(build, NODE_BECAUSE, K, T, nodes_none()); }

// ---- parameters and types ----

params(A) ::= LPAREN(K) RPAREN. { A = build_list(build, NODE_PARAMS, K, nodes_none()); }
params(A) ::= LPAREN(K) param_list(L) RPAREN. { A = build_list(build, NODE_PARAMS, K, L); }
%type param_list {NodeList}
param_list(A) ::= param(N). { A = nodes_one(N); }
param_list(A) ::= param_list(L) COMMA param(N). { A = nodes_add(L, N); }
param(A) ::= qname(T) COLON type(Y).
    { A = build_named(build, NODE_PARAM, T, T, nodes_one(Y)); }

type(A) ::= NAME(T). { A = build_leaf(build, NODE_TYPE_NAME, T); }
type(A) ::= type(T) QUESTION. { A = build_over(build, NODE_TYPE_OPTIONAL, nodes_one(T)); }
type(A) ::= SET(K) LT type(T) GT. { A = build_one(build, NODE_TYPE_SET, K, T); }
type(A) ::= LIST(K) LT type(T) GT. { A = build_one(build, NODE_TYPE_LIST, K, T); }
type(A) ::= ENUM(K) LBRACE strings(L) RBRACE. { A = build_list(build, NODE_TYPE_ENUM, K, L); }
type(A) ::= KEY(K) OF path(P). { A = build_one(build, NODE_TYPE_KEY, K, P); }
type(A) ::= LBRACE(K) RBRACE. { A = build_list(build, NODE_TYPE_RECORD, K, nodes_none()); }
type(A) ::= LBRACE(K) columns(L) RBRACE. { A = build_list(build, NODE_TYPE_RECORD, K, L); }

%type columns {NodeList}
columns(A) ::= column(N). { A = nodes_one(N); }
columns(A) ::= columns(L) COMMA column(N). { A = nodes_add(L, N); }
column(A) ::= qname(T) COLON type(Y).
    { A = build_declared(build, NODE_COLUMN, T, T, nodes_one(Y)); }
column(A) ::= qname(T) COLON type(Y) NOCASE.
    { A = build_flag(build_declared(build, NODE_COLUMN, T, T, nodes_one(Y)), NODE_NOCASE); }

// ---- facts ----

declaration(A) ::= AGENTS(K) facts(L). { A = build_declaration(build, NODE_AGENTS, K, L); }
declaration(A) ::= USERS(K) facts(L). { A = build_declaration(build, NODE_USERS, K, L); }
declaration(A) ::= GROUPS(K) from(F). { A = build_declaration(build, NODE_GROUPS, K, nodes_one(F)); }
declaration(A) ::= GROUP(K) NAME(T) from(F).
    { A = build_declared(build, NODE_GROUP, K, T, nodes_one(F)); }
declaration(A) ::= GROUP(K) NAME(T) members(M).
    { A = build_declared(build, NODE_GROUP, K, T, nodes_one(M)); }
declaration(A) ::= TABLE(K) NAME(T) facts(L).
    { A = build_declared(build, NODE_TABLE, K, T, L); }
declaration(A) ::= TABLE(K) NAME(T) LIVE keys(S) column_block(C).
    { A = build_flag(build_declared(build, NODE_TABLE, K, T, nodes_join(S, C)), NODE_LIVE); }

%type facts {NodeList}
facts(A) ::= from(F). { A = nodes_one(F); }
facts(A) ::= from(F) LBRACE(K) columns(L) RBRACE.
    { A = nodes_join(nodes_one(F), nodes_one(build_list(build, NODE_COLUMNS, K, L))); }
facts(A) ::= from(F) keys(S) column_block(C). { A = nodes_join(nodes_one(F), nodes_join(S, C)); }
from(A) ::= FROM(K) STRING(T). { A = build_named(build, NODE_FROM, K, T, nodes_none()); }
%type keys {NodeList}
keys(A) ::= KEY(K) qnames(L). { A = nodes_one(build_list(build, NODE_KEYS, K, L)); }
%type column_block {NodeList}
column_block(A) ::= . { A = nodes_none(); }
column_block(A) ::= LBRACE(K) columns(L) RBRACE.
    { A = nodes_one(build_list(build, NODE_COLUMNS, K, L)); }

members(A) ::= LBRACE(K) RBRACE. { A = build_list(build, NODE_MEMBERS, K, nodes_none()); }
members(A) ::= LBRACE(K) member_list(L) RBRACE. { A = build_list(build, NODE_MEMBERS, K, L); }
%type member_list {NodeList}
member_list(A) ::= member(N). { A = nodes_one(N); }
member_list(A) ::= member_list(L) COMMA member(N). { A = nodes_add(L, N); }
member(A) ::= string(N). { A = N; }
member(A) ::= path(N). { A = N; }

declaration(A) ::= ACR(K) acr_list(L). { A = build_declaration(build, NODE_ACR, K, L); }
%type acr_list {NodeList}
acr_list(A) ::= string(N). { A = nodes_one(N); }
acr_list(A) ::= acr_list(L) LT string(N). { A = nodes_add(L, N); }

declaration(A) ::= ATTRIBUTE(K) NAME(R) DOT qname(T) COLON type(Y).
    { A = build_declared(build, NODE_ATTRIBUTE, K, T,
                         nodes_add(nodes_one(build_leaf(build, NODE_NAME, R)), Y)); }
declaration(A) ::= ATTRIBUTE(K) NAME(R) DOT qname(T) COLON type(Y) FROM REQUEST.
    { A = build_flag(build_declared(build, NODE_ATTRIBUTE, K, T,
                         nodes_add(nodes_one(build_leaf(build, NODE_NAME, R)), Y)),
                     NODE_FROM_REQUEST); }

// ---- intent ----

declaration(A) ::= INTENT(K) NAME(T) intent_block(L).
    { A = build_declared(build, NODE_INTENT, K, T, L); }
declaration(A) ::= INTENT(K) NAME(T) params(P) intent_block(L).
    { A = build_declared(build, NODE_INTENT, K, T, nodes_join(nodes_one(P), L)); }
%type intent_block {NodeList}
intent_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
intent_block(A) ::= LBRACE intent_clauses(L) RBRACE. { A = L; }
%type intent_clauses {NodeList}
intent_clauses(A) ::= intent_clause(C). { A = nodes_one(C); }
intent_clauses(A) ::= intent_clauses(L) intent_clause(C). { A = nodes_add(L, C); }
intent_clause(A) ::= error. { A = build_error(build); }
intent_clause(A) ::= AGENT(K) items(L). { A = build_list(build, NODE_HEAD_AGENT, K, L); }
intent_clause(A) ::= USER(K) items(L). { A = build_list(build, NODE_HEAD_USER, K, L); }
intent_clause(A) ::= TOOLS(K) items(L). { A = build_list(build, NODE_TOOLS, K, L); }
intent_clause(A) ::= WITHIN(K) expr(E). { A = build_one(build, NODE_WITHIN, K, E); }
intent_clause(A) ::= DEPTH(K) expr(E). { A = build_one(build, NODE_DEPTH, K, E); }
intent_clause(A) ::= DELEGATES(K) path(P) condition(C).
    { A = build_pathed(build, NODE_DELEGATES, K.span, P, C); }
intent_clause(A) ::= UNDER(K) paths(L). { A = build_list(build, NODE_UNDER, K, L); }
intent_clause(A) ::= INHERITS(K) LABELS FOR expr(E).
    { A = build_one(build, NODE_INHERITS, K, E); }

// ---- const, def, budget, token shape ----

declaration(A) ::= CONST(K) NAME(T) ASSIGN expr(E).
    { A = build_declared(build, NODE_CONST, K, T, nodes_one(E)); }
declaration(A) ::= CONST(K) NAME(T) result_type(Y) ASSIGN expr(E).
    { A = build_declared(build, NODE_CONST, K, T, nodes_add(nodes_one(E), Y)); }
declaration(A) ::= DEF(K) NAME(T) params(P) result_type(Y) ASSIGN expr(E).
    { A = build_declared(build, NODE_DEF, K, T, nodes_add(nodes_add(nodes_one(P), Y), E)); }
result_type(A) ::= COLON(K) type(T). { A = build_one(build, NODE_RETURNS, K, T); }

declaration(A) ::= BUDGET(K) NAME(T) budget_block(L).
    { A = build_declared(build, NODE_BUDGET, K, T, L); }
%type budget_block {NodeList}
budget_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
budget_block(A) ::= LBRACE budget_clauses(L) RBRACE. { A = L; }
%type budget_clauses {NodeList}
budget_clauses(A) ::= budget_clause(C). { A = nodes_one(C); }
budget_clauses(A) ::= budget_clauses(L) budget_clause(C). { A = nodes_add(L, C); }
budget_clause(A) ::= error. { A = build_error(build); }
budget_clause(A) ::= at_most(C). { A = C; }

declaration(A) ::= TOKEN(K) NAME(T) ASSIGN token_block(L).
    { A = build_declared(build, NODE_TOKEN_SHAPE, K, T, L); }
%type token_block {NodeList}
token_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
token_block(A) ::= LBRACE token_items(L) RBRACE. { A = L; }
%type token_items {NodeList}
token_items(A) ::= token_item(N). { A = nodes_one(N); }
token_items(A) ::= token_items(L) COMMA token_item(N). { A = nodes_add(L, N); }
token_item(A) ::= TTL(K) expr(E). { A = build_one(build, NODE_TOKEN_TTL, K, E); }
token_item(A) ::= USES(K) expr(E). { A = build_one(build, NODE_TOKEN_USES, K, E); }
token_item(A) ::= DEPTH(K) expr(E). { A = build_one(build, NODE_TOKEN_DEPTH, K, E); }
token_item(A) ::= SCOPE(K) expr(E). { A = build_one(build, NODE_TOKEN_SCOPE, K, E); }
token_item(A) ::= AUDIENCE(K) expr(E). { A = build_one(build, NODE_TOKEN_AUDIENCE, K, E); }
token_item(A) ::= TENANT(K) expr(E). { A = build_one(build, NODE_TOKEN_TENANT, K, E); }
token_item(A) ::= ACR(K) expr(E). { A = build_one(build, NODE_TOKEN_ACR, K, E); }
token_item(A) ::= SENDER(K) NAME(T).
    { A = build_named(build, NODE_TOKEN_SENDER, K, T, nodes_none()); }
token_item(A) ::= FREE(K) LBRACE RBRACE. { A = build_list(build, NODE_TOKEN_FREE, K, nodes_none()); }
token_item(A) ::= FREE(K) LBRACE qnames(L) RBRACE. { A = build_list(build, NODE_TOKEN_FREE, K, L); }
token_item(A) ::= path(P). { A = build_over(build, NODE_TOKEN_USE, nodes_one(P)); }

// ---- rules ----

declaration(A) ::= rule(R). { A = R; }
declaration(A) ::= OBSERVE(K) rule(R). { A = build_observed(K, R); }
rule(A) ::= rule_head(H) rule_block(L). { A = build_rule(build, H, L); }

rule_head(A) ::= rule_kind(N). { A = N; }
rule_head(A) ::= rule_kind(N) ON RESULT. { A = build_flag(N, NODE_ON_RESULT); }
rule_kind(A) ::= PERMIT(K) NAME(T). { A = build_declared(build, NODE_PERMIT, K, T, nodes_none()); }
rule_kind(A) ::= FORBID(K) NAME(T). { A = build_declared(build, NODE_FORBID, K, T, nodes_none()); }
rule_kind(A) ::= LIMIT(K) NAME(T). { A = build_declared(build, NODE_LIMIT, K, T, nodes_none()); }

%type rule_block {NodeList}
rule_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
rule_block(A) ::= LBRACE clauses(L) RBRACE. { A = L; }
%type clauses {NodeList}
clauses(A) ::= clause(C). { A = nodes_one(C); }
clauses(A) ::= clauses(L) clause(C). { A = nodes_add(L, C); }
clause(A) ::= error. { A = build_error(build); }
clause(A) ::= GATEWAY(K) items(L). { A = build_list(build, NODE_HEAD_GATEWAY, K, L); }
clause(A) ::= AGENT(K) items(L). { A = build_list(build, NODE_HEAD_AGENT, K, L); }
clause(A) ::= USER(K) items(L). { A = build_list(build, NODE_HEAD_USER, K, L); }
clause(A) ::= INTENT(K) items(L). { A = build_list(build, NODE_HEAD_INTENT, K, L); }
clause(A) ::= TOOL(K) items(L). { A = build_list(build, NODE_HEAD_TOOL, K, L); }
clause(A) ::= AUDIENCE(K) items(L). { A = build_list(build, NODE_HEAD_AUDIENCE, K, L); }
clause(A) ::= TENANT(K) items(L). { A = build_list(build, NODE_HEAD_TENANT, K, L); }
clause(A) ::= RESOURCE(K) items(L). { A = build_list(build, NODE_HEAD_RESOURCE, K, L); }
clause(A) ::= WHEN(K) expr(E). { A = build_one(build, NODE_WHEN, K, E); }
clause(A) ::= UNLESS(K) expr(E). { A = build_one(build, NODE_UNLESS, K, E); }
clause(A) ::= TOKEN(K) token_block(L). { A = build_list(build, NODE_TOKEN, K, L); }
clause(A) ::= TOKEN(K) path(P).
    { A = build_one(build, NODE_TOKEN, K, build_over(build, NODE_TOKEN_USE, nodes_one(P))); }
clause(A) ::= REQUIRE(K) APPROVAL FROM approver(P) within(W).
    { A = build_list(build, NODE_REQUIRE_APPROVAL, K, nodes_join(nodes_one(P), W)); }
clause(A) ::= REQUIRE(K) count(N) APPROVAL FROM approver(P) within(W).
    { A = build_list(build, NODE_REQUIRE_APPROVAL, K, nodes_join(nodes_add(nodes_one(N), P), W)); }
clause(A) ::= REQUIRE(K) CONSENT TO NAME(T) within(W).
    { A = build_named(build, NODE_REQUIRE_CONSENT, K, T, W); }
clause(A) ::= REQUIRE(K) ACR expr(E) within(W).
    { A = build_list(build, NODE_REQUIRE_ACR, K, nodes_join(nodes_one(E), W)); }
clause(A) ::= REQUIRE(K) ATTESTED. { A = build_mark(build, NODE_REQUIRE_ATTESTED, K); }
clause(A) ::= at_most(C). { A = C; }
clause(A) ::= SPEND(K) expr(E) OF path(P) settle(S).
    { A = build_list(build, NODE_SPEND, K, nodes_join(nodes_add(nodes_one(E), P), S)); }
clause(A) ::= REVOCABLE(K) WITHIN expr(E). { A = build_one(build, NODE_REVOCABLE, K, E); }
clause(A) ::= because(B). { A = B; }
clause(A) ::= CONTROL(K) strings(L). { A = build_list(build, NODE_CONTROL, K, L); }
clause(A) ::= ACROSS(K) parties(L). { A = build_list(build, NODE_ACROSS, K, L); }

approver(A) ::= path(P). { A = P; }
approver(A) ::= USER(K). { A = build_mark(build, NODE_FROM_USER, K); }
count(A) ::= INT(T). { A = build_leaf(build, NODE_INT, T); }
%type within {NodeList}
within(A) ::= . { A = nodes_none(); }
within(A) ::= WITHIN(K) expr(E). { A = nodes_one(build_one(build, NODE_WITHIN, K, E)); }
%type settle {NodeList}
settle(A) ::= . { A = nodes_none(); }
settle(A) ::= SETTLE(K) expr(E). { A = nodes_one(build_one(build, NODE_SETTLE, K, E)); }
%type parties {NodeList}
parties(A) ::= party(N). { A = nodes_one(N); }
parties(A) ::= parties(L) COMMA party(N). { A = nodes_add(L, N); }
party(A) ::= NAME(T) expr(E). { A = build_named(build, NODE_PARTY, T, T, nodes_one(E)); }

at_most(A) ::= AT(K) MOST expr(E) measure(M) PER(P) keys_of(L) rolling(R).
    { A = build_list(build, NODE_AT_MOST, K,
                     nodes_join(nodes_add(nodes_join(nodes_one(E), M),
                                        build_list(build, NODE_PER, P, L)), R)); }
%type measure {NodeList}
measure(A) ::= . { A = nodes_none(); }
measure(A) ::= OF(K) expr(E). { A = nodes_one(build_one(build, NODE_OF, K, E)); }
measure(A) ::= DISTINCT(K) expr(E). { A = nodes_one(build_one(build, NODE_DISTINCT, K, E)); }
%type keys_of {NodeList}
keys_of(A) ::= postfix(E). { A = nodes_one(E); }
keys_of(A) ::= keys_of(L) AND postfix(E). { A = nodes_add(L, E); }
%type rolling {NodeList}
rolling(A) ::= . { A = nodes_none(); }
rolling(A) ::= PER(K) postfix(E). { A = nodes_one(build_one(build, NODE_ROLLING, K, E)); }

// ---- tests ----

declaration(A) ::= TEST(K) STRING(T) step_block(L).
    { A = build_declared(build, NODE_TEST, K, T, L); }
%type step_block {NodeList}
step_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
step_block(A) ::= LBRACE steps(L) RBRACE. { A = L; }
%type steps {NodeList}
steps(A) ::= step(S). { A = nodes_one(S); }
steps(A) ::= steps(L) step(S). { A = nodes_add(L, S); }
step(A) ::= error. { A = build_error(build); }
step(A) ::= AGENT(K) item(N) expect(X).
    { A = build_list(build, NODE_STEP_AGENT, K, nodes_join(nodes_one(N), X)); }
step(A) ::= USER(K) item(N) expect(X).
    { A = build_list(build, NODE_STEP_USER, K, nodes_join(nodes_one(N), X)); }
step(A) ::= GATEWAY(K) item(N) expect(X).
    { A = build_list(build, NODE_STEP_GATEWAY, K, nodes_join(nodes_one(N), X)); }
step(A) ::= NOW(K) expr(E) expect(X).
    { A = build_list(build, NODE_STEP_NOW, K, nodes_join(nodes_one(E), X)); }
step(A) ::= CONTEXT(K) record(R) expect(X).
    { A = build_list(build, NODE_STEP_CONTEXT, K, nodes_join(nodes_one(R), X)); }
step(A) ::= TASK(K) invocation(L) named(N) parent(P) withs(W) expect(X).
    { A = build_list(build, NODE_STEP_TASK, K,
                     nodes_join(nodes_join(nodes_join(nodes_join(L, N), P), W), X)); }
step(A) ::= CALL(K) invocation(L) named(N) in_task(T) withs(W) result(R) expect(X).
    { A = build_list(build, NODE_STEP_CALL, K,
                     nodes_join(nodes_join(nodes_join(nodes_join(nodes_join(L, N), T), W), R), X)); }
step(A) ::= OUTCOME(K) NAME(T) outcome(O) expect(X).
    { A = build_named(build, NODE_STEP_OUTCOME, K, T, nodes_join(nodes_one(O), X)); }
step(A) ::= RETRY(K) NAME(T) expect(X). { A = build_named(build, NODE_STEP_RETRY, K, T, X); }
step(A) ::= APPROVE(K) NAME(T) BY item(N) expect(X).
    { A = build_named(build, NODE_STEP_APPROVE, K, T, nodes_join(nodes_one(N), X)); }
step(A) ::= CONSENT(K) NAME(T) BY item(N) expect(X).
    { A = build_named(build, NODE_STEP_CONSENT, K, T, nodes_join(nodes_one(N), X)); }
step(A) ::= REVOKE(K) NAME(T) item(N) expect(X).
    { A = build_named(build, NODE_STEP_REVOKE, K, T, nodes_join(nodes_one(N), X)); }
step(A) ::= ADVANCE(K) expr(E) expect(X).
    { A = build_list(build, NODE_STEP_ADVANCE, K, nodes_join(nodes_one(E), X)); }
step(A) ::= CHECK(K) NAME(T) expect(X). { A = build_named(build, NODE_STEP_CHECK, K, T, X); }
step(A) ::= CLOSE(K) NAME(T) expect(X). { A = build_named(build, NODE_STEP_CLOSE, K, T, X); }
step(A) ::= REPEAT(K) count(N) step_block(L).
    { A = build_list(build, NODE_STEP_REPEAT, K, nodes_join(nodes_one(N), L)); }

%type invocation {NodeList}
invocation(A) ::= path(P) arguments(R). { A = nodes_add(nodes_one(P), R); }
arguments(A) ::= LPAREN(K) RPAREN. { A = build_list(build, NODE_ARGUMENTS, K, nodes_none()); }
arguments(A) ::= LPAREN(K) entries(L) RPAREN. { A = build_list(build, NODE_ARGUMENTS, K, L); }
%type named {NodeList}
named(A) ::= . { A = nodes_none(); }
named(A) ::= AS(K) NAME(T). { A = nodes_one(build_named(build, NODE_AS, K, T, nodes_none())); }
%type parent {NodeList}
parent(A) ::= . { A = nodes_none(); }
parent(A) ::= UNDER(K) NAME(T).
    { A = nodes_one(build_named(build, NODE_STEP_UNDER, K, T, nodes_none())); }
%type in_task {NodeList}
in_task(A) ::= . { A = nodes_none(); }
in_task(A) ::= IN(K) NAME(T).
    { A = nodes_one(build_named(build, NODE_IN_TASK, K, T, nodes_none())); }
%type withs {NodeList}
withs(A) ::= . { A = nodes_none(); }
withs(A) ::= withs(L) WITH(K) NAME(T) presented(N).
    { A = nodes_add(L, build_named(build, NODE_WITH, K, T, nodes_one(N))); }
presented(A) ::= record(R). { A = R; }
presented(A) ::= item(N). { A = N; }
%type result {NodeList}
result(A) ::= . { A = nodes_none(); }
result(A) ::= RESULT(K) record(R). { A = nodes_one(build_one(build, NODE_RESULT, K, R)); }
outcome(A) ::= FAILED(K). { A = build_mark(build, NODE_FAILED, K); }
outcome(A) ::= RESULT(K) record(R). { A = build_one(build, NODE_RESULT, K, R); }

%type expect {NodeList}
expect(A) ::= . { A = nodes_none(); }
expect(A) ::= EXPECT(K) verdict(V) expectations(L).
    { A = nodes_one(build_named(build, NODE_EXPECT, K, V, L)); }
%type verdict {Token}
verdict(A) ::= ALLOW(T). { A = T; }
verdict(A) ::= DENY(T). { A = T; }
verdict(A) ::= DELIVER(T). { A = T; }
verdict(A) ::= WITHHOLD(T). { A = T; }
verdict(A) ::= GOOD(T). { A = T; }
verdict(A) ::= DEAD(T). { A = T; }
%type expectations {NodeList}
expectations(A) ::= . { A = nodes_none(); }
expectations(A) ::= expectations(L) expectation(N). { A = nodes_add(L, N); }
expectation(A) ::= LPAREN(K) names(L) RPAREN. { A = build_list(build, NODE_CODE, K, L); }
expectation(A) ::= BY(K) paths(L). { A = build_list(build, NODE_BY, K, L); }
expectation(A) ::= REMEDY(K) names(L). { A = build_list(build, NODE_REMEDY, K, L); }
expectation(A) ::= TOKEN(K) LBRACE RBRACE.
    { A = build_list(build, NODE_EXPECT_TOKEN, K, nodes_none()); }
expectation(A) ::= TOKEN(K) LBRACE token_tests(L) RBRACE.
    { A = build_list(build, NODE_EXPECT_TOKEN, K, L); }
%type token_tests {NodeList}
token_tests(A) ::= token_test(N). { A = nodes_one(N); }
token_tests(A) ::= token_tests(L) COMMA token_test(N). { A = nodes_add(L, N); }
token_test(A) ::= dimension(D) expr(E). { A = build_token_test(build, NODE_EQ, D, E); }
token_test(A) ::= dimension(D) EQ expr(E). { A = build_token_test(build, NODE_EQ, D, E); }
token_test(A) ::= dimension(D) NE expr(E). { A = build_token_test(build, NODE_NE, D, E); }
token_test(A) ::= dimension(D) LT expr(E). { A = build_token_test(build, NODE_LT, D, E); }
token_test(A) ::= dimension(D) LE expr(E). { A = build_token_test(build, NODE_LE, D, E); }
token_test(A) ::= dimension(D) GT expr(E). { A = build_token_test(build, NODE_GT, D, E); }
token_test(A) ::= dimension(D) GE expr(E). { A = build_token_test(build, NODE_GE, D, E); }
%type dimension {Token}
dimension(A) ::= TTL(T). { A = T; }
dimension(A) ::= USES(T). { A = T; }
dimension(A) ::= DEPTH(T). { A = T; }
dimension(A) ::= SCOPE(T). { A = T; }
dimension(A) ::= AUDIENCE(T). { A = T; }
dimension(A) ::= FREE(T). { A = T; }
dimension(A) ::= SENDER(T). { A = T; }
dimension(A) ::= TENANT(T). { A = T; }
dimension(A) ::= ACR(T). { A = T; }

// ---- proofs ----

declaration(A) ::= PROVE(K) NAME(T) claim_block(L).
    { A = build_declared(build, NODE_PROVE, K, T, L); }
%type claim_block {NodeList}
claim_block(A) ::= LBRACE RBRACE. { A = nodes_none(); }
claim_block(A) ::= LBRACE claims(L) RBRACE. { A = L; }
%type claims {NodeList}
claims(A) ::= claim(C). { A = nodes_one(C); }
claims(A) ::= claims(L) claim(C). { A = nodes_add(L, C); }
claim(A) ::= error. { A = build_error(build); }
claim(A) ::= ALLOW(K) subject(S) condition(C) IMPLIES(I) expr(E).
    { A = build_list(build, NODE_PROVE_ALLOW, K,
                     nodes_add(nodes_join(S, C), build_one(build, NODE_IMPLIES, I, E))); }
claim(A) ::= NEVER(K) subject(S) condition(C) after(F).
    { A = build_list(build, NODE_PROVE_NEVER, K, nodes_join(nodes_join(S, C), F)); }
%type subject {NodeList}
subject(A) ::= claim_tools(T) claim_intents(I). { A = nodes_join(T, I); }
%type claim_tools {NodeList}
claim_tools(A) ::= . { A = nodes_none(); }
claim_tools(A) ::= items(L). { A = nodes_one(build_over(build, NODE_CLAIM_TOOLS, L)); }
%type claim_intents {NodeList}
claim_intents(A) ::= . { A = nodes_none(); }
claim_intents(A) ::= IN(K) paths(L). { A = nodes_one(build_list(build, NODE_CLAIM_INTENTS, K, L)); }
%type after {NodeList}
after(A) ::= . { A = nodes_none(); }
after(A) ::= AFTER(K) label_chain(L). { A = nodes_one(build_list(build, NODE_AFTER, K, L)); }
%type label_chain {NodeList}
label_chain(A) ::= path(P). { A = nodes_one(P); }
label_chain(A) ::= label_chain(L) AND path(P). { A = nodes_add(L, P); }

// ---- expressions ----

%type exprs {NodeList}
exprs(A) ::= expr(E). { A = nodes_one(E); }
exprs(A) ::= exprs(L) COMMA expr(E). { A = nodes_add(L, E); }
%type expr_list {NodeList}
expr_list(A) ::= . { A = nodes_none(); }
expr_list(A) ::= exprs(L). { A = L; }

expr(A) ::= postfix(E). { A = E; }
expr(A) ::= expr(L) OR expr(R). { A = build_chain(build, NODE_OR, L, R); }
expr(A) ::= expr(L) AND expr(R). { A = build_chain(build, NODE_AND, L, R); }
expr(A) ::= NOT(K) expr(E). { A = build_one(build, NODE_NOT, K, E); }
expr(A) ::= expr(L) EQ expr(R). { A = build_comparison(build, NODE_EQ, L, R); }
expr(A) ::= expr(L) NE expr(R). { A = build_comparison(build, NODE_NE, L, R); }
expr(A) ::= expr(L) LT expr(R). { A = build_comparison(build, NODE_LT, L, R); }
expr(A) ::= expr(L) LE expr(R). { A = build_comparison(build, NODE_LE, L, R); }
expr(A) ::= expr(L) GT expr(R). { A = build_comparison(build, NODE_GT, L, R); }
expr(A) ::= expr(L) GE expr(R). { A = build_comparison(build, NODE_GE, L, R); }
expr(A) ::= expr(L) IN expr(R). { A = build_comparison(build, NODE_IN, L, R); }
expr(A) ::= expr(L) LIKE expr(R). { A = build_comparison(build, NODE_LIKE, L, R); }
expr(A) ::= expr(L) ELSE expr(R). { A = build_over2(build, NODE_ELSE, L, R); }
expr(A) ::= expr(L) PLUS expr(R). { A = build_over2(build, NODE_ADD, L, R); }
expr(A) ::= expr(L) MINUS expr(R). { A = build_over2(build, NODE_SUB, L, R); }
expr(A) ::= expr(L) STAR expr(R). { A = build_over2(build, NODE_MUL, L, R); }
expr(A) ::= MINUS(K) expr(E). [NEGATIVE] { A = build_one(build, NODE_NEG, K, E); }
expr(A) ::= HAS(K) postfix(E). { A = build_one(build, NODE_HAS, K, E); }
expr(A) ::= postfix(E) HAS path(P). { A = build_has_label(build, E, P); }
expr(A) ::= postfix(E) CALLED path(P) conditions(C) last(T).
    { A = build_over(build, NODE_CALLED, nodes_join(nodes_add(nodes_add(nodes_one(E), P), C), T)); }
expr(A) ::= APPROVED(K) BY approver(P). { A = build_one(build, NODE_APPROVED, K, P); }
expr(A) ::= ALL(K) NAME(T) IN expr(S) COLON expr(E). [COLON]
    { A = build_quantifier(build, NODE_ALL, K, T, S, E); }
expr(A) ::= ANY(K) NAME(T) IN expr(S) COLON expr(E). [COLON]
    { A = build_quantifier(build, NODE_ANY, K, T, S, E); }

conditions(A) ::= LPAREN(K) expr_list(L) RPAREN. { A = build_list(build, NODE_CONDITIONS, K, L); }
%type last {NodeList}
last(A) ::= . { A = nodes_none(); }
last(A) ::= LAST(K) postfix(E). { A = nodes_one(build_one(build, NODE_LAST, K, E)); }

postfix(A) ::= primary(E). { A = E; }
postfix(A) ::= postfix(E) DOT qname(T). { A = build_field(build, E, T); }
postfix(A) ::= postfix(E) LBRACKET exprs(L) RBRACKET.
    { A = build_over(build, NODE_INDEX, nodes_join(nodes_one(E), L)); }
postfix(A) ::= postfix(E) LPAREN expr_list(L) RPAREN.
    { A = build_over(build, NODE_CALL, nodes_join(nodes_one(E), L)); }

primary(A) ::= NAME(T). { A = build_leaf(build, NODE_NAME, T); }
primary(A) ::= STRING(T). { A = build_leaf(build, NODE_STRING, T); }
primary(A) ::= INT(T). { A = build_leaf(build, NODE_INT, T); }
primary(A) ::= DECIMAL(T). { A = build_leaf(build, NODE_DECIMAL, T); }
primary(A) ::= DURATION(T). { A = build_leaf(build, NODE_DURATION, T); }
primary(A) ::= ADDRESS(T). { A = build_leaf(build, NODE_ADDRESS, T); }
primary(A) ::= NETWORK(T). { A = build_leaf(build, NODE_NETWORK, T); }
primary(A) ::= TRUE(T). { A = build_mark(build, NODE_TRUE, T); }
primary(A) ::= FALSE(T). { A = build_mark(build, NODE_FALSE, T); }
primary(A) ::= DOT(K) NAME(T). { A = build_named(build, NODE_FIELD, K, T, nodes_none()); }
primary(A) ::= LPAREN(K) expr(E) RPAREN. { A = build_parenthesized(build, K, E); }
primary(A) ::= LPAREN(K) expr(E) COMMA exprs(L) RPAREN.
    { A = build_list(build, NODE_TUPLE, K, nodes_join(nodes_one(E), L)); }
primary(A) ::= LBRACKET(K) expr_list(L) RBRACKET. { A = build_list(build, NODE_LIST, K, L); }
primary(A) ::= LBRACE(K) exprs(L) RBRACE. { A = build_list(build, NODE_SET, K, L); }
primary(A) ::= LBRACE(K) RBRACE. { A = build_list(build, NODE_SET, K, nodes_none()); }
primary(A) ::= LBRACE(K) entries(L) RBRACE. { A = build_list(build, NODE_RECORD, K, L); }

record(A) ::= LBRACE(K) RBRACE. { A = build_list(build, NODE_RECORD, K, nodes_none()); }
record(A) ::= LBRACE(K) entries(L) RBRACE. { A = build_list(build, NODE_RECORD, K, L); }
%type entries {NodeList}
entries(A) ::= entry(N). { A = nodes_one(N); }
entries(A) ::= entries(L) COMMA entry(N). { A = nodes_add(L, N); }
entry(A) ::= qname(T) COLON expr(E). { A = build_named(build, NODE_ENTRY, T, T, nodes_one(E)); }
