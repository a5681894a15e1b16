"""A body of chat completions in the shape of the Responses API, as far as its tokens go."""

from collections.abc import Iterator

from core.llama.shapes import Object, as_list, as_object


def as_responses(body: Object) -> Object:
    """The same conversation and tools for ``/responses/input_tokens``; what samples the answer is left out.

    Source: OpenAI's reference of the API, responses/input_tokens; llama.cpp's server reads the same.
    """
    items = [item for message in as_list(body.get("messages")) for item in _items(as_object(message))]
    shaped: dict[str, object] = {"model": body.get("model"), "input": items}
    if tools := [_tool(as_object(tool)) for tool in as_list(body.get("tools"))]:
        shaped["tools"] = tools
    return shaped


def _items(message: Object) -> Iterator[Object]:
    if message.get("role") == "tool":
        yield {
            "type": "function_call_output",
            "call_id": message.get("tool_call_id"),
            "output": message.get("content"),
        }
        return
    if message.get("content"):
        yield {"type": "message", "role": message.get("role"), "content": message.get("content")}
    for call in map(as_object, as_list(message.get("tool_calls"))):
        function = as_object(call.get("function"))
        yield {
            "type": "function_call",
            "call_id": call.get("id"),
            "name": function.get("name"),
            "arguments": function.get("arguments"),
        }


def _tool(tool: Object) -> Object:
    return {"type": "function", **as_object(tool.get("function"))}
