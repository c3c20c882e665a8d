#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every example of README.md and docs/*.md does what its page says: policy text checks, builds and passes its own tests, or
fails with the ids that it names; `console` blocks are run, and say what is shown (`...` stands for any text). See page.py."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

import page
from page import BUILD, proviso, reported

DONE = "--- done ---"
SECONDS = 60  # for one command


class Shell:
    """One bash for all console blocks of a page, so that variables and daemons live on between them."""

    def __init__(self, folder):
        environment = dict(os.environ, PATH=f"{BUILD}:{os.environ['PATH']}", LC_ALL="C.UTF-8", TZ="UTC")
        self.bash = subprocess.Popen(["bash", "--norc"], cwd=folder, env=environment, text=True, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, command):
        self.bash.stdin.write("{ %s\n} </dev/null\nprintf '\\n%s\\n'\n" % (command, DONE))
        self.bash.stdin.flush()
        said = []
        patience = threading.Timer(SECONDS, self.kill)
        patience.start()
        for line in self.bash.stdout:
            if line.rstrip("\n") == DONE:
                break
            said.append(line)
        patience.cancel()
        return "".join(said).rstrip("\n")

    def kill(self):
        os.killpg(self.bash.pid, signal.SIGKILL)  # its own session: nothing else is in it

    def close(self):
        self.kill()
        self.bash.wait()
        self.bash.stdout.close()
        self.bash.stdin.close()


def fits(shown, said):
    """Whether what was said is what is shown, where `...` is any text."""
    pattern = ".*".join(re.escape(part) for part in shown.rstrip("\n").split("..."))
    return re.fullmatch(pattern, said, re.S) is not None


def commands(text):
    """(command, what is shown below it); a command goes on in lines that begin with `> `."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        first, *rest = part.split("\n")
        more = 0
        while more < len(rest) and rest[more].startswith("> "):
            more += 1
        yield "\n".join([first] + [line[2:] for line in rest[:more]]), "\n".join(rest[more:]).rstrip("\n")


def check_console(block, shell):
    for command, shown in commands(block.text):
        said = shell.run(command)
        if not fits(shown, said):
            yield f"`{command}` should say\n{shown}\nand says\n{said}"


def standing(block, worlds):
    """The policy that a block makes together with its world."""
    if re.search(r"^package ", block.text, re.M) or block.world is None:
        return block.text
    return worlds[block.world][0] + "\n" + block.text


def check_policy(block, folder, worlds):
    """Whether the policy says what the block's mark claims."""
    for name, text in (worlds[block.world][1] if block.world else {}).items():
        if not (folder / name).exists():
            (folder / name).write_text(text)
    path = folder / "block.proviso"
    path.write_text(standing(block, worlds))
    answer = proviso(folder, "check", path.name)
    wanted = sorted(block.value.split()) if block.key == "fails" else []
    if reported(answer) != wanted:
        yield f"should report {wanted or 'nothing'}, reports\n{answer.stdout}{answer.stderr}"
        return
    if wanted:
        return
    answer = proviso(folder, "build", "-o", "block.pvb", path.name)
    if reported(answer) or answer.returncode:
        yield f"built:\n{answer.stdout}{answer.stderr}"
    if re.search(r"^test ", block.text, re.M):
        answer = proviso(folder, "test", path.name)
        if answer.returncode != 0:
            yield f"tested:\n{answer.stdout}{answer.stderr}"


def check_block(block, folder, shell, worlds):
    if block.key == "text":
        return
    if block.key == "file":
        (folder / block.value).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.value).write_text(block.text)
    elif block.language == "proviso":
        yield from check_policy(block, folder, worlds)
    elif block.language == "console":
        yield from check_console(block, shell)


def check_page(path, text, worlds):
    bad = 0
    blocks = page.blocks_of(text)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shell = Shell(folder)
        for block in blocks:
            for problem in check_block(block, folder, shell, worlds):
                bad += 1
                print(f"{path.relative_to(page.ROOT)}:{block.line}: {problem}")
        shell.close()
    return bad


def main():
    worlds = page.worlds()
    wanted = sys.argv[1:]
    bad = 0
    for path, text in page.pages():
        if not wanted or path.name in wanted:
            bad += check_page(path, text, worlds)
    print(f"examples: {bad} bad" if bad else "examples: fine")
    return 1 if bad else 0


sys.exit(main())
