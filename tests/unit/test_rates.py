"""What the models of the settings cost: each by itself, and the dearest of those that may answer."""

from decimal import Decimal

import pytest

from bots.model_plan import plan_of
from bots.rates import PlannedRates
from core.rates import Rate
from core.transcript import Usage
from tests.unit.settings_stage import settings_of

OWN = "http://localhost:11434/v1"
META = "https://api.meta.ai/v1"
PRICES = """
[models."small"]
price_in = 0.05
price_out = 0.08
[models."large"]
price_in = 0.10
price_out = 0.32
[models."eyes"]
price_in = 0.30
price_out = 0.10
"""

pytestmark = pytest.mark.usefixtures("folder")


def rates(text: str) -> PlannedRates:
    return PlannedRates(plan_of(settings_of(text)))


def paid(sent: str, answered: str) -> Rate:
    return Rate(hosted=True, sent=Decimal(sent), answered=Decimal(answered))


def test_the_small_local_model_costs_nothing() -> None:
    assert rates("").expected("smol").cost(Usage(1000, 1000)) == 0
    assert rates("").actual("smol").cost(Usage(1000, 1000)) == 0
    assert rates("").unpriced() == ()


def test_a_server_of_ones_own_costs_nothing_whatever_the_table_says() -> None:
    own = rates(f'[llama]\nbase_url = "{OWN}"\nmodel = "small"\n{PRICES}')
    assert own.actual("small").cost(Usage(1_000_000, 0)) == 0
    assert own.expected("small").hosted is False


def test_whoever_may_answer_is_reckoned_with_and_who_answered_is_paid() -> None:
    several = rates(
        f"""
        [llama]
        base_url = "{OWN}"
        model = "mine"
        vision_model = "eyes"
        choices = "small"
        [[llama.fallback]]
        model = "eyes"
        base_url = "https://example.com/v1"
        api_key = "sk-12345678"
        [[llama.fallback]]
        model = "large"
        base_url = "https://example.com/v1"
        api_key = "sk-12345678"
        {PRICES}
        """
    )
    # The dearest of each: what is sent to the one, what is answered by the other.
    for model in ("mine", "eyes", "large", "whatever"):
        assert several.expected(model) == paid("0.3", "0.32")
    assert several.expected("small").cost(Usage(1, 1)) == 0
    assert several.actual("mine").cost(Usage(10, 10)) == 0
    assert several.actual("large") == paid("0.1", "0.32")


def test_the_only_model_of_a_server_is_found_by_its_name() -> None:
    only = rates(f'[llama]\nbase_url = "https://example.com/v1"\napi_key = "sk-12345678"\n{PRICES}')
    assert only.actual("large") == only.expected("large") == paid("0.1", "0.32")
    assert only.actual("zzz") == Rate(hosted=True)


def test_one_name_on_two_servers_costs_what_the_dearer_takes() -> None:
    both = rates(
        f"""
        [llama]
        base_url = "{OWN}"
        model = "large"
        [[llama.fallback]]
        model = "large"
        base_url = "https://example.com/v1"
        api_key = "sk-12345678"
        {PRICES}
        """
    )
    assert both.actual("large") == paid("0.1", "0.32")


def test_what_a_host_is_known_to_take_is_its_price() -> None:
    listed = rates(
        '[llama]\nbase_url = "https://openrouter.ai/api/v1"\napi_key = "sk-12345678"\n'
        'model = "meta-llama/llama-3.3-70b-instruct"\n'
    )
    rate = listed.actual("meta-llama/llama-3.3-70b-instruct")
    assert rate.sent is not None
    assert rate.sent > 0
    assert listed.unpriced() == ()


def test_what_a_model_may_think_is_set_aside() -> None:
    meta = rates(f'[llama]\nbase_url = "{META}"\napi_key = "sk-12345678"\nmodel = "muse-spark-1.1"\n')
    assert meta.expected("muse-spark-1.1").thinking >= 16_384


def test_models_without_a_price_are_named() -> None:
    odd = rates(
        '[llama]\nbase_url = "https://example.com/v1"\napi_key = "sk-12345678"\nmodel = "odd"\n'
        f'choices = "odder, small"\n{PRICES}'
    )
    assert odd.unpriced() == ("odd", "odder")
