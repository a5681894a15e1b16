"""What the planned models cost: the table's prices, and the operator's before them."""

from bots.model_plan import ModelPlan, PlannedModel
from core.llama.detect import by_address
from core.llama.profiles import named
from core.rates import Rate, dearest


class PlannedRates:
    """Implements ``core.conversation.metering.Tariff`` for the models of the settings."""

    def __init__(self, plan: ModelPlan) -> None:
        self._plan = plan

    def expected(self, model: str) -> Rate:
        """The most that a call costs for which this model is asked, whoever answers it in the end.

        One that people chose answers alone; for the main model a fallback or the one that sees may.
        """
        chosen = [one for one in self._plan.choices if one.endpoint.model == model]
        plan = self._plan
        together = [one for one in (plan.main, plan.vision, *plan.fallbacks) if one is not None]
        if chosen and model not in {one.endpoint.model for one in together}:
            together = chosen
        return dearest(self._rate(one, model) for one in together)

    def actual(self, model: str) -> Rate:
        """What this model costs; of several servers that have it, the dearest."""
        found = [one for one in self._plan.models if one.endpoint.model == model]
        if not found and self._plan.main is not None:
            # The only one that the main server offers.
            found = [self._plan.main]
        return dearest(self._rate(one, model) for one in found)

    def unpriced(self) -> tuple[str, ...]:
        """The models that are paid for, and of which nobody knows the price."""
        found = (one for one in self._plan.models if one.endpoint.model and one.endpoint.api_key)
        return tuple(
            dict.fromkeys(
                name for one in found if (name := one.endpoint.model) and self._rate(one, name).sent is None
            )
        )

    def _rate(self, planned: PlannedModel, model: str) -> Rate:
        endpoint = planned.endpoint
        entry = self._plan.catalog.entry(endpoint.model or model, endpoint.base_url)
        profile = named(planned.profile) if planned.profile else by_address(endpoint.base_url)
        thinking = max(entry.facts.thinking, profile.thinking if profile is not None else 0)
        return Rate.of(entry.price, hosted=bool(endpoint.api_key), thinking=thinking)
