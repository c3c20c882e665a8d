# Proviso: build, check, run, install. One non-recursive file; objects under build/<kind>/.
#
#   make            the programs and libraries (build/release/)
#   make run        installs what is missing, builds, serves an example policy, asks it
#   make test       everything that must hold before a commit lands
#   make unit       the unit tests of one build (KIND=, CC=, SAN=1)
#   make bench      what a decision costs, and how that grows with the rules
#   make install    programs, libraries, headers, man pages (DESTDIR=, PREFIX=)
#   make fuzz       the fuzzers, an hour each (FUZZ_SECONDS=)
#   make soak       random decisions against the oracle, 10^8 (SOAK_DECISIONS=), histories (SOAK_SECONDS=), a thousand kills,
#                   power cuts, ten years of work (SOAK_WEEKS=)
#   make help       this list

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PYTHON := /usr/bin/python3
PREFIX ?= /usr/local

# KIND names a set of objects: the compiler, and whether sanitizers are in.
KIND ?= release
B := build/$(KIND)
GEN := build/gen

WARN := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wcast-qual -Wcast-align -Wpointer-arith \
  -Wwrite-strings -Wvla -Wundef -Wformat=2 -Wimplicit-fallthrough -Wnull-dereference
ifdef WERROR
WARN += -Werror
endif
override CPPFLAGS += -I. -I$(GEN) -D_POSIX_C_SOURCE=200809L
ifdef SAN
override CFLAGS += -std=c17 -Wpedantic $(WARN) -g -O1 -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -fvisibility=hidden
override LDFLAGS += -fsanitize=address,undefined
else
CPPFLAGS += -D_FORTIFY_SOURCE=2
override CFLAGS += -std=c17 -Wpedantic $(WARN) -g -O2 -fPIC -fstack-protector-strong -fvisibility=hidden
override LDFLAGS += -pie -Wl,-z,relro,-z,now
endif

BASE_SRC   := $(filter-out %_test.c,$(wildcard engine/base/*.c))
ENGINE_SRC := $(filter-out %_test.c engine/daemon/%,$(wildcard engine/*.c engine/*/*.c))
DAEMON_SRC := $(filter-out %_test.c,$(wildcard engine/daemon/*.c))
LANG_SRC   := $(filter-out %_test.c lang/cli/%,$(wildcard lang/*.c lang/*/*.c))
CLI_SRC    := $(filter-out %_test.c,$(wildcard lang/cli/*.c))
UNIT_SRC   := $(wildcard engine/*/*_test.c lang/*/*_test.c engine/*_test.c lang/*_test.c)

obj = $(patsubst %.c,$(B)/%.o,$(1))

.PHONY: all
all: $(B)/proviso $(B)/provisod libraries

# ---- generated: the lexers (re2c) and the grammar (lemon) ----
RE2C_SRC := $(wildcard engine/*/*.re lang/*/*.re)
RE2C_OUT := $(patsubst %.re,$(GEN)/%.c,$(RE2C_SRC))

$(GEN)/%.c: %.re
	@mkdir -p $(@D)
	re2c -W -Werror --no-generation-date -i -o $@ $<

$(GEN)/lang/syntax/grammar.c $(GEN)/lang/syntax/grammar.h &: lang/syntax/grammar.y
	@mkdir -p $(GEN)/lang/syntax
	lemon -q -l -c -d$(GEN)/lang/syntax $<

# The standard library as a table in C.
LIBRARY_SRC := $(sort $(filter-out %_test.proviso,$(shell find stdlib -name '*.proviso')))

$(GEN)/stdlib/library.c: $(LIBRARY_SRC) stdlib/embed
	@mkdir -p $(@D)
	stdlib/embed stdlib $(LIBRARY_SRC) >$@

RE2C_ENGINE_OBJ := $(patsubst $(GEN)/%.c,$(B)/gen/%.o,$(filter $(GEN)/engine/%,$(RE2C_OUT)))
RE2C_LANG_OBJ   := $(patsubst $(GEN)/%.c,$(B)/gen/%.o,$(filter $(GEN)/lang/%,$(RE2C_OUT)))

$(B)/gen/%.o: $(GEN)/%.c | $(GEN)/lang/syntax/grammar.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/%.o: %.c | $(GEN)/lang/syntax/grammar.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# ---- libraries and programs ----
$(B)/libproviso.a: $(call obj,$(ENGINE_SRC)) $(RE2C_ENGINE_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libprovisolang.a: $(call obj,$(LANG_SRC)) $(RE2C_LANG_OBJ) $(B)/gen/stdlib/library.o
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/proviso: $(call obj,$(CLI_SRC)) $(B)/libprovisolang.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lyaml -lcrypto

DAEMON_MAIN := engine/daemon/main.c
$(B)/libprovisod.a: $(call obj,$(filter-out $(DAEMON_MAIN),$(DAEMON_SRC)))
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/provisod: $(call obj,$(DAEMON_MAIN)) $(B)/libprovisod.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lyaml -lcrypto -lpthread

# ---- what others link: only the names of the public headers are seen ----
# One relocatable object each, whose hidden names are local: they can't meet a user's.
VERSION := $(shell sed -n 's/^\#define PROVISO_VERSION "\(.*\)"/\1/p' engine/engine.h)
SO_VERSION := $(firstword $(subst ., ,$(VERSION)))
LIBRARIES := libproviso libproviso-client
LIBRARY_FILES := $(foreach name,$(LIBRARIES),$(B)/lib/$(name).a $(B)/lib/$(name).so.$(VERSION))
LIBS_libproviso := -lcrypto

.PHONY: libraries
libraries: $(LIBRARY_FILES)

$(B)/lib/libproviso.o: $(call obj,$(wildcard engine/*.c)) $(B)/libproviso.a
$(B)/lib/libproviso-client.o: $(call obj,engine/wire/client.c) $(B)/libproviso.a
$(LIBRARIES:%=$(B)/lib/%.o):
	@mkdir -p $(@D)
	$(LD) -r -o $@ $^
	objcopy --localize-hidden $@

$(B)/lib/%.a: $(B)/lib/%.o
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/lib/%.so.$(VERSION): $(B)/lib/%.o
	$(CC) $(filter-out -pie,$(LDFLAGS)) -shared -Wl,-z,defs -Wl,-soname,$*.so.$(SO_VERSION) -o $@ $^ $(LIBS_$*)

# ---- unit tests: one program a module, beside it ----
CASE_SRC := $(wildcard tests/*/*_cases.c)
UNIT_BIN := $(patsubst %.c,$(B)/%,$(UNIT_SRC) $(CASE_SRC))
$(B)/%_cases: $(B)/%_cases.o $(B)/libprovisolang.a $(B)/libprovisod.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lcheck_pic -lsubunit -lrt -lm -lpthread -lyaml -lcrypto

$(B)/%_test: $(B)/%_test.o $(B)/libprovisolang.a $(B)/libprovisod.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lcheck_pic -lsubunit -lrt -lm -lpthread -lyaml -lcrypto

$(patsubst %.c,$(B)/%,$(wildcard tests/log/*_cases.c)): $(patsubst %.c,$(B)/%.o,$(filter-out %_cases.c,$(wildcard tests/log/*.c)))

# Allocations that fail: our calls, not those of the libraries.
$(B)/tests/fault/%_cases: override LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=pages_take

# The daemon on a disk that fails when it is told to.
$(B)/tests/fault/provisod: $(call obj,$(DAEMON_MAIN) tests/fault/bad_disk.c) $(B)/libprovisod.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -Wl,--wrap=disk_open -o $@ $^ -lyaml -lcrypto -lpthread

.PHONY: unit unit-programs
unit-programs: $(UNIT_BIN)

unit: $(UNIT_BIN) $(B)/proviso
	@failed=0; for t in $(UNIT_BIN); do $$t || failed=1; done; exit $$failed

# ---- programs that the tests run: tests/FOLDER/NAME.c ----
$(B)/tests/%: $(B)/tests/%.o $(B)/libprovisolang.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lcheck_pic -lsubunit -lrt -lm -lpthread -lyaml -lcrypto

# ---- the oracle: tests/oracle is one program ----
$(B)/oracle: $(call obj,$(wildcard tests/oracle/*.c)) $(B)/libprovisolang.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lyaml -lcrypto -lm

# make soak SOAK_DECISIONS= SOAK_SEED=: as many as you have time for.
SOAK_DECISIONS ?= 100000000
SOAK_SEED ?= 1
SOAK_SECONDS ?= 3600
SOAK_WEEKS ?= 520
.PHONY: soak
soak: $(B)/oracle $(B)/proviso $(B)/provisod $(B)/tests/fault/provisod $(B)/tests/limits/weeks_cases libraries
	BUILD=$(B) tests/kill/run --kills 1000 --seed $(SOAK_SEED)
	BUILD=$(B) tests/kill/run --kills 1000 --seed $(SOAK_SEED) --power
	CK_TIMEOUT_MULTIPLIER=100 WEEKS=$(SOAK_WEEKS) $(B)/tests/limits/weeks_cases
	tests/sim/run $(SOAK_SECONDS) $(SOAK_SEED)
	$(B)/oracle laws $$(($(SOAK_DECISIONS) / 10)) $(SOAK_SEED)
	$(B)/oracle duel $(SOAK_DECISIONS) $(SOAK_SEED)

# ---- benchmarks: tests/bench/bench_NAME.c ----
BENCH_SRC := $(wildcard tests/bench/bench_*.c)
BENCH_BIN := $(patsubst %.c,$(B)/%,$(BENCH_SRC))
BENCH_OBJ := $(call obj,$(filter-out $(BENCH_SRC),$(wildcard tests/bench/*.c)))
$(BENCH_BIN): $(B)/%: $(B)/%.o $(BENCH_OBJ) $(B)/libproviso.a
	$(CC) $(LDFLAGS) -o $@ $^ -lpthread -lcrypto

.PHONY: bench bench-programs
bench-programs: $(BENCH_BIN)
bench: bench-programs $(B)/proviso $(B)/provisod $(B)/tests/protocol/make_bundle
	@CC="$(CC)" tests/bench/run $(BENCH_BIN)

.PHONY: traces
traces: $(B)/proviso $(B)/provisod
	@BUILD=$(B) tests/traces/run

# ---- fuzzers: tests/fuzz/fuzz_NAME.c, seeds in tests/fuzz/corpus/NAME ----
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_SECONDS ?= 3600
ifeq ($(KIND),fuzz)
override CFLAGS += -fsanitize=fuzzer-no-link
endif

.PHONY: fuzz-programs fuzz
fuzz-programs: $(patsubst tests/fuzz/%.c,$(B)/%,$(FUZZ_SRC))
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libprovisolang.a $(B)/libprovisod.a $(B)/libproviso.a
	$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ -lyaml -lcrypto -lm -lpthread

fuzz:
	$(MAKE) -s KIND=fuzz SAN=1 CC=clang-14 fuzz-programs
	tests/tools/fuzz $(FUZZ_SECONDS)

# ---- make install: PREFIX says where it will stand, DESTDIR where to put it now ----
INCLUDES := engine/engine.h engine/wire/client.h
DATA := install -D -m 644
into = $(DESTDIR)$(PREFIX)

.PHONY: install
install: all
	install -D -t $(into)/bin $(B)/proviso
	install -D -t $(into)/sbin $(B)/provisod
	$(DATA) -t $(into)/include/proviso $(INCLUDES)
	$(DATA) -t $(into)/lib $(LIBRARY_FILES)
	for name in $(LIBRARIES); do \
	  ln -sf $$name.so.$(VERSION) $(into)/lib/$$name.so.$(SO_VERSION) && \
	  ln -sf $$name.so.$(SO_VERSION) $(into)/lib/$$name.so || exit 1; \
	  install -d $(into)/lib/pkgconfig && \
	  sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' engine/$$name.pc.in \
	    >$(into)/lib/pkgconfig/$$name.pc || exit 1; \
	done
	$(B)/proviso --manual >$(B)/proviso.1
	for page in $(B)/proviso.1 $(wildcard docs/man/*.[1-8]); do \
	  $(DATA) -t $(into)/share/man/man$${page##*.} $$page || exit 1; \
	done

# ---- the tests of CONTRIBUTING.md: what must hold before a commit lands ----
.PHONY: test deps run clean help
test: deps
	@tests/tools/run_all

deps:
	@tests/tools/deps

run: deps
	@$(MAKE) -s all
	@tests/tools/run_example
	@tests/tools/run_memory

help:
	@sed -n 's/^#   //p' Makefile

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
