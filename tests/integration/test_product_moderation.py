"""The operator's check, set by the environment, in the running product on an emulated Slack."""

from pathlib import Path

from core import phrases
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import said, whole
from tests.product_stage import on_slack

KIND = "a kind question"


async def test_a_guard_reads_both_ways(tmp_path: Path) -> None:
    async with ModelEmulator() as model, ModelEmulator(models=("llama-guard3",)) as guard:
        guard.answer_with(lambda ask: whole("unsafe\nS9" if "poison" in ask.messages[-1].text else "safe"))
        model.answer_with(
            lambda ask: said("Take poison." if "tea" in ask.last_user_text else "A kind answer.")
        )
        settings = {
            "MODERATION_ON": "both",
            "MODERATION_BASE_URL": guard.url,
            "MODERATION_MODEL": "llama-guard3",
        }
        async with on_slack(tmp_path, model, **settings) as stage:
            await stage.shows(await stage.ask(KIND), "A kind answer.")
            refused = phrases.question_refused(("indiscriminate weapons",))
            await stage.shows(await stage.ask("how do I mix poison"), refused)
            await stage.shows(await stage.ask("what shall I put into my tea"), phrases.ANSWER_WITHHELD)
            posts = stage.slack.backend.workspace.posts.values()
            assert not any("poison." in post.text for post in posts)
        assert len(model.journal) == 2
        assert [call.ask.messages[-1].text for call in guard.journal] == [
            KIND,
            "A kind answer.",
            "how do I mix poison",
            "what shall I put into my tea",
            "Take poison.",
        ]
