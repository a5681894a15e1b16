"""The local model's own process: ``python -m bots.local_model_server``, started by ``bots.local_model``.

It reads one line of JSON from its standard input (``model``, ``alias``, ``prefix``, ``port``) and
writes one to its standard output: ``{"port": 1234}`` once it serves, or ``{"error": "..."}``. It
lives until its input ends, which is when the process that started it does, however that ends.
"""

import ctypes
import json
import os
import signal
import sys

_CONTEXT_TOKENS = 4096
_SLOTS = 2
_MAX_THREADS = 4
# Kept prompts cost some 50 MB each; the library's own cap is 8 GB.
_PROMPT_CACHE_MIB = 128
_WARNINGS = 2
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve until standard input ends. The result is the exit code of a start that failed."""
    _end_with_parent()
    order = sys.stdin.buffer.readline()
    if not order:
        return 0
    # The library writes to descriptor 1 as it likes; the answer keeps that road for itself.
    answer = os.dup(1)
    os.dup2(2, 1)
    try:
        _server, port = _serve(json.loads(order))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is to hear of it
        _say(answer, {"error": f"{type(error).__name__}: {error}"})
        return 1
    _say(answer, {"port": port})
    sys.stdin.buffer.read()
    # An orderly end would first finish the answers that nobody waits for any more.
    os._exit(0)


def _end_with_parent() -> None:
    """Ask Linux for an end with the parent, for the time in which nobody reads the input yet."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _serve(order: dict[str, str | int]) -> tuple[object, int]:
    """Load the model and listen on 127.0.0.1. The server object is the server's life."""
    import xllamacpp  # noqa: PLC0415 - may be missing or not run here: that is an answer, too

    params = xllamacpp.CommonParams()
    params.model.path = order["model"]
    params.model_alias = {order["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = order["port"]
    params.api_prefix = order["prefix"]
    params.n_ctx = _CONTEXT_TOKENS
    params.n_parallel = _SLOTS
    params.cpuparams.n_threads = _threads()
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.verbosity = _WARNINGS
    params.use_jinja = True
    # Nothing but the API: these would show prompts, or let a web page ask.
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = ""
    server = xllamacpp.Server(params)
    return server, int(server.listening_address.rpartition(":")[2])


def _threads() -> int:
    """One processor fewer than there are, four at the most.

    The threads of a model wait for each other at every step: when one has to share its processor
    with Tampu or another program, all of them become ten times slower.
    """
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count()
    return max(1, min(_MAX_THREADS, (usable or 1) - 1))


def _say(answer: int, words: dict[str, str | int]) -> None:
    with os.fdopen(answer, "w", encoding="utf-8") as output:
        output.write(json.dumps(words) + "\n")


if __name__ == "__main__":
    sys.exit(main())
