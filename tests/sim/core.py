# SPDX-License-Identifier: Apache-2.0
"""The decision core, by its embedding interface (engine/engine.h): one process, no sockets, no clock.

A Core is a memory, the sessions that use it, and the log of what it wanted kept. The log is all that a restart has.
"""
import ctypes
import os
import pathlib
import sys

import cbor2

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/protocol"))
from peer import FIELDS, encode  # noqa: E402

BUILD = ROOT / os.environ.get("BUILD", "build/release")
OPERATIONS = ("TASK_OPEN", "TASK_CLOSE", "OUTCOME", "APPROVE", "CONSENT", "REVOKE", "CHECK", "FACTS")
SECOND = 1_000_000_000
CAPACITY = 1 << 16
CLOCK_STEPPED = b"\x14"  # of engine/state/change.def
MEMORY = 8 << 20


class Trust(ctypes.Structure):
    _fields_ = [("keys", ctypes.c_void_p), ("key_count", ctypes.c_size_t), ("signatures", ctypes.c_size_t),
                ("allow_unsigned", ctypes.c_bool)]


class Call(ctypes.Structure):
    _fields_ = [("body", ctypes.c_char_p), ("body_len", ctypes.c_size_t),
                ("gateways", ctypes.POINTER(ctypes.c_uint32)), ("gateway_count", ctypes.c_size_t),
                ("now", ctypes.c_int64), ("tick", ctypes.c_int64), ("random", ctypes.c_uint8 * 16)]


class Verdict(ctypes.Structure):
    _fields_ = [("allow", ctypes.c_bool), ("code", ctypes.c_uint32)]


KEEP = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p,
                        ctypes.c_size_t)


def load_library():
    library = ctypes.CDLL(str(next((BUILD / "lib").glob("libproviso.so.*"))))
    pointer, size, out = ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)
    verdict = ctypes.POINTER(Verdict)
    rows = {
        "engine_load": (ctypes.c_int, ctypes.c_char_p, size, ctypes.POINTER(Trust), ctypes.POINTER(pointer),
                        ctypes.c_char_p, size),
        "engine_free": (None, pointer),
        "memory_new": (pointer, size, ctypes.c_char_p),
        "memory_free": (None, pointer),
        "memory_set_keep": (None, pointer, KEEP, pointer),
        "memory_apply": (ctypes.c_bool, pointer, ctypes.c_int64, ctypes.c_int64, ctypes.c_char_p, size),
        "session_new": (pointer, pointer, pointer),
        "session_free": (None, pointer),
        "session_decide": (ctypes.c_int, pointer, ctypes.POINTER(Call), pointer, size, out, verdict),
        "session_operate": (ctypes.c_int, pointer, ctypes.c_int, ctypes.POINTER(Call), pointer, size, out, verdict),
    }
    for name, (result, *arguments) in rows.items():
        function = getattr(library, "proviso_" + name)
        function.restype, function.argtypes = result, arguments
    return library


LIBRARY = load_library()


class Engine:
    """A bundle that was loaded."""

    def __init__(self, bundle):
        self.at = ctypes.c_void_p()
        why = ctypes.create_string_buffer(256)
        trust = Trust(allow_unsigned=True)
        if LIBRARY.proviso_engine_load(bundle, len(bundle), ctypes.byref(trust), ctypes.byref(self.at), why, 256):
            raise ValueError(why.value.decode())

    def free(self):
        LIBRARY.proviso_engine_free(self.at)


class Core:
    """What one process remembers, and the engines that may decide with it."""

    def __init__(self, engines, secret):
        self.engines = engines
        self.secret = secret
        self.log = []  # (wall, tick, changes)
        self.is_failing = False  # nothing can be kept
        self.wanted = False  # the last operation had something to keep
        self.out = ctypes.create_string_buffer(CAPACITY)
        self.keep = KEEP(self.see)
        self.start()

    def see(self, _, wall, tick, changes, size):
        if size == 0:
            return True
        self.wanted |= ctypes.string_at(changes, size) != CLOCK_STEPPED  # that alone denies nothing
        if self.is_failing:
            return False
        self.log.append((wall, tick, ctypes.string_at(changes, size)))
        return True

    def start(self):
        self.memory = LIBRARY.proviso_memory_new(MEMORY, self.secret)
        self.sessions = [LIBRARY.proviso_session_new(engine.at, self.memory) for engine in self.engines]
        assert all(self.sessions)
        LIBRARY.proviso_memory_set_keep(self.memory, self.keep, None)

    def stop(self):
        for session in self.sessions:
            LIBRARY.proviso_session_free(session)
        LIBRARY.proviso_memory_free(self.memory)

    def replay(self, log):
        """Applies a log to a fresh memory. False: it refuses it."""
        self.log = list(log)
        return all(LIBRARY.proviso_memory_apply(self.memory, wall, tick, changes, len(changes))
                   for wall, tick, changes in log)

    def ask(self, version, what, body, wall, tick, random=bytes(16)):
        """The answer of a DECIDE (what is "DECIDE") or of another operation."""
        call = Call(body=body, body_len=len(body), now=wall, tick=tick, random=(ctypes.c_uint8 * 16)(*random))
        size, verdict = ctypes.c_size_t(), Verdict()
        self.wanted = False
        rest = (ctypes.byref(call), self.out, CAPACITY, ctypes.byref(size), ctypes.byref(verdict))
        session = self.sessions[version]
        if what == "DECIDE":
            status = LIBRARY.proviso_session_decide(session, *rest)
        else:
            status = LIBRARY.proviso_session_operate(session, OPERATIONS.index(what), *rest)
        assert status == 0, f"status {status}"
        return ctypes.string_at(self.out, size.value)


def request_body(members):
    return encode({FIELDS.index(name): value for name, value in members.items() if value is not None})


def body_of(members):
    return encode({name: value for name, value in members.items() if value is not None})


def read(answer):
    return cbor2.loads(answer)
