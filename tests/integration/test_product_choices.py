"""Another model is chosen in one conversation, and answers there and nowhere else."""

from pathlib import Path

from tests.emulators.model import ModelEmulator
from tests.product_stage import on_slack


async def test_a_further_model_of_the_server_answers_where_it_was_chosen(tmp_path: Path) -> None:
    async with ModelEmulator(("first", "second")) as model:
        settings = {"LLAMA_MODEL": "first", "LLAMA_CHOICES": "second"}
        async with on_slack(tmp_path, model, **settings) as stage:
            begun = await stage.ask("hello")
            await stage.shows(begun, "You said: hello")
            await stage.ask("/settings model second", thread=begun)
            await stage.slack.wait_for(lambda: len(stage.answers(begun)) == 2, 20)
            assert "model is now `second`" in stage.answers(begun)[1].text
            await stage.ask("and now?", thread=begun)
            await stage.slack.wait_for(lambda: len(stage.answers(begun)) == 3, 20)
            await stage.shows(await stage.ask("elsewhere"), "You said: elsewhere")
        assert [call.ask.model for call in model.journal] == ["first", "second", "first"]
