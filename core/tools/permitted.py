"""A toolbox as somebody may use it."""

from dataclasses import dataclass

from core.policy import Decision
from core.policy_phrases import tool_denied
from core.ports import Toolbox
from core.rules import ALL
from core.transcript import ToolCall, ToolResult, ToolSpec


@dataclass(frozen=True, slots=True)
class PermittedTools:
    """Implements ``core.ports.Toolbox``: the model is told of the allowed tools, and no other runs."""

    toolbox: Toolbox
    decision: Decision

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""
        return tuple(spec for spec in self.toolbox.specs if self.decision.allows_tool(spec.name))

    def denied_by(self, name: str) -> str | None:
        """Name the rule that keeps a tool from who asks; ``None`` for one that is allowed or not there."""
        if self.decision.allows_tool(name) or all(spec.name != name for spec in self.toolbox.specs):
            return None
        denied = self.decision.no_tools
        return denied.rule if {name, ALL} & set(denied.value) else self.decision.tools.rule

    async def run(self, call: ToolCall) -> ToolResult:
        """Run one call; a call of a tool that is not allowed is a failure that the model reads."""
        if not self.decision.allows_tool(call.name):
            return ToolResult(call.id, call.name, tool_denied(call.name), failed=True)
        return await self.toolbox.run(call)
