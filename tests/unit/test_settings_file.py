"""``tampu.toml``: what it may say, what goes before it, and one clear sentence for each mistake."""

import contextlib
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.settings import Settings, read_settings, secrets
from bots.settings_file import SECTIONS, SettingsFile, label_of
from bots.settings_values import Moderated
from core.conversation.following import FollowUp
from core.errors import StartupError
from tests.unit.settings_stage import JARGON, refused, write

ROOT = Path(__file__).parents[2]
OUTSIDE = frozenset({"tampu_config", "llama_models", "tampu_rules", "tampu_budgets"})

pytestmark = pytest.mark.usefixtures("folder")


def test_without_a_file_there_are_defaults() -> None:
    assert read_settings() == Settings()
    assert read_settings().model_server is None


def test_every_section_is_read() -> None:
    write(
        """
        [slack]
        bot_token = "xoxb-1234567"
        app_token = "xapp-1234567"
        [discord]
        token = "discord.token"
        [llama]
        base_url = "http://localhost:11434/v1"
        model = "llama3.1:8b"
        context = 16384
        temperature = 1
        first_deadline = 30
        [moderation]
        on = "both"
        fail_open = true
        [tampu]
        turns_per_hour = 7
        compaction = false
        """
    )
    settings = read_settings()
    assert (settings.llama_model, settings.llama_context) == ("llama3.1:8b", 16384)
    assert (settings.llama_temperature, settings.llama_first_deadline) == (1.0, 30.0)
    assert (settings.moderation_on, settings.moderation_fail_open) == (Moderated.BOTH, True)
    assert (settings.tampu_turns_per_hour, settings.tampu_compaction) == (7, False)
    assert secrets(settings) == ("xoxb-1234567", "xapp-1234567", "discord.token")
    assert "xoxb" not in repr(settings)


def test_notices_go_to_one_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[tampu]\nnotices = "slack:T024BE7LD:C024BE91L"\n')
    assert read_settings().tampu_notices == "slack:T024BE7LD:C024BE91L"
    assert refused('[tampu]\nnotices = "#ops"\n') == (
        "tampu.toml: [tampu] notices must be one channel of Slack or Discord by its ids, for example "
        "slack:T024BE7LD:C024BE91L or discord:81384788765712384:290926798626357999."
    )
    monkeypatch.setenv("TAMPU_NOTICES", "discord:290926798626357999")
    assert refused("").startswith("The setting TAMPU_NOTICES must be one channel of Slack or Discord")


def test_environment_before_dotenv_before_file_before_default(monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        """
        [llama]
        base_url = "http://file/v1"
        model = "file"
        profile = "file"
        [tampu]
        turns_per_hour = 1
        """
    )
    write("LLAMA_MODEL=dotenv\nLLAMA_PROFILE=dotenv\nTAMPU_WEB=off\n", ".env")
    monkeypatch.setenv("LLAMA_MODEL", "environment")
    monkeypatch.setenv("TAMPU_TURNS_PER_HOUR", "")
    settings = read_settings()
    assert (settings.llama_base_url, settings.llama_profile) == ("http://file/v1", "dotenv")
    assert (settings.llama_model, settings.tampu_web) == ("environment", "off")
    assert (settings.tampu_turns_per_hour, settings.tampu_tokens_per_day) == (1, 2_000_000)


def test_the_file_may_stand_elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    write('[tampu]\nweb = "off"\n', "other.toml")
    write('[tampu]\nweb = "127.0.0.1:1"\n')
    monkeypatch.setenv("TAMPU_CONFIG", str(folder / "other.toml"))
    assert read_settings().tampu_web == "off"
    monkeypatch.setenv("TAMPU_CONFIG", "not-there.toml")
    with pytest.raises(StartupError, match=r"not-there\.toml cannot be read \(No such file"):
        read_settings()


def test_dotenv_may_name_the_file() -> None:
    write('[tampu]\nweb = "off"\n', "other.toml")
    write("TAMPU_CONFIG=other.toml\n", ".env")
    assert read_settings().tampu_web == "off"


def test_an_editor_of_windows_puts_a_mark_in_front() -> None:
    Path("tampu.toml").write_bytes(b'\xef\xbb\xbf[tampu]\r\nweb = "off"\r\n')
    assert read_settings().tampu_web == "off"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[lama]\n", "there is no section [lama]; did you mean [llama]?"),
        ("[zzz]\n", "The sections are slack, discord, llama, moderation, tampu, models, rule and budget."),
        ('[llama]\nbase_ulr = "x"\n', "[llama] has no setting base_ulr; did you mean base_url?"),
        (
            '[llama]\nLLAMA_BASE_URL = "x"\n',
            "[llama] has no setting LLAMA_BASE_URL; write base_url under [llama].",
        ),
        ("[llama]\nturns_per_hour = 1\n", "[llama] has no setting turns_per_hour; it belongs under [tampu]."),
        ('[discord]\nToken = "x"\n', "[discord] has no setting Token; write token."),
        ('[discord]\nshard = "x"\n', "[discord] has no setting shard. It has token and api_url."),
        ('LLAMA_MODEL = "x"\n', "the setting LLAMA_MODEL stands in no section; write model under [llama]."),
        (
            "turns_per_hour = 5\n",
            "the setting turns_per_hour stands in no section; it belongs under [tampu].",
        ),
        ('base_url = "x"\n', "it belongs under [llama] or [moderation]."),
        ('[tampu]\nconfig = "x"\n', "[tampu] has no setting config"),
        ('[llama]\nmodels = "x"\n', "[llama] has no setting models; did you mean model?"),
        ('[[llama.fallback]]\nmodel = "a"\nkey = "x"\n', "[[llama.fallback]] number 1 has no setting key"),
        ('[models."a b"]\nwindw = 3\n', '[models."a b"] has no setting windw; did you mean window?'),
    ],
)
def test_what_it_does_not_know_is_said_with_a_hint(text: str, words: str) -> None:
    said = refused(text)
    assert said.startswith("tampu.toml: ")
    assert words in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[tampu]\nturns_per_hour = "120"\n', "[tampu] turns_per_hour must be a whole number without quotes"),
        ("[tampu]\nturns_per_hour = true\n", "not true or false"),
        ("[tampu]\nturns_per_hour = 1.5\n", "must be a whole number"),
        ("[tampu]\nturns_per_hour = -1\n", "[tampu] turns_per_hour must be 0 or more."),
        ("[tampu]\nweb = 8787\n", "[tampu] web must be a text in quotes, not a number."),
        ('[tampu]\nweb = "somewhere"\n', "[tampu] web must be host:port"),
        (
            '[tampu]\ncompaction = "on"\n',
            "[tampu] compaction must be true or false, without quotes, not a text.",
        ),
        ("[llama]\nmodel = 2026-01-01\n", "must be a text in quotes, not a date."),
        ("[llama]\nmodel = []\n", "must be a text in quotes, not a list."),
        ("[llama]\ntemperature = nan\n", "[llama] temperature must be"),
        ("[llama]\ntemperature = 3\n", "[llama] temperature must be 2 or less."),
        ("[llama]\nfirst_deadline = inf\n", "[llama] first_deadline must be a finite number."),
        ("[llama]\nidle_deadline = 0\n", "[llama] idle_deadline must be more than 0."),
        ('[llama]\nbase_url = "localhost:1"\n', "tampu.toml: [llama] base_url must begin with http:// or"),
        ('[llama]\nbase_url = "https://api.llama.com/v1"\n', "was retired on 2026-07-06"),
        (
            '[llama]\nfallback = "llama"\n',
            "must be tables of its own, each below [[llama.fallback]], not a text.",
        ),
        ("llama = 3\n", "[llama] must be a section"),
        ("models = 3\n", "[models] must be sections"),
        ("[models]\nwindow = 3\n", '[models] window must be a section: write [models."NAME"]'),
        ('[models."x"]\nwindow = "big"\n', '[models."x"] window must be a whole number'),
        ('[models."x"]\nwindow = 0\n', '[models."x"] window must be more than 0.'),
        ('[models."x"]\nprice_in = 1\n', '[models."x"] has one price: set price_in and price_out together.'),
        ('[moderation]\non = "always"\n', "[moderation] on must be 'off', 'input', 'output' or 'both'."),
        ('[tampu.follow_up]\ndefault = "shout"\n', "[tampu] follow_up must be steer, queue or interrupt"),
        ("[tampu.follow_up]\nC1 = 3\n", "[tampu.follow_up] C1 must be a channel and its way"),
        (
            '[llama]\nbase_url = "http://x/v1"\n[[llama.fallback]]\nprofile = "x"\n',
            "[[llama.fallback]] number 1 model is missing",
        ),
        (
            '[[llama.fallback]]\nmodel = "a"\nbase_url = "api.llama.com"\n',
            "[[llama.fallback]] number 1 base_url is Meta's Llama API",
        ),
        ('[slack]\nbot_token = "xoxb-1"\n', "SLACK_BOT_TOKEN is set but SLACK_APP_TOKEN is not"),
        ('[llama]\nvision_model = "x"\n', "LLAMA_VISION_MODEL is set but LLAMA_BASE_URL is not"),
        ('[[llama.fallback]]\nmodel = "x"\n', "LLAMA_FALLBACK is set but LLAMA_BASE_URL is not"),
        ('[moderation]\non = "input"\n', "MODERATION_ON is set but MODERATION_BASE_URL is not"),
    ],
)
def test_what_has_the_wrong_kind_or_value_is_said_in_one_sentence(text: str, words: str) -> None:
    assert words in refused(text)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[llama\n", "tampu.toml is not TOML at line 1, column 7:"),
        (b'[llama]\nmodel = "x\n', "at line 2, column 11:"),
        (b"[llama]\nmodel = llama\n", "at line 2, column 9:"),
        (b'[llama]\nmodel = "a"\nmodel = "b"\n', "at line 3"),
        (b'[llama]\nmodel = "', "at end of document:"),
        (b"\xff\xfe[\x00", "is not UTF-8 text"),
    ],
)
def test_what_is_no_toml_is_said_with_line_and_column(content: bytes, words: str) -> None:
    Path("tampu.toml").write_bytes(content)
    with pytest.raises(StartupError) as caught:
        read_settings()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_value_is_said_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    write("[tampu]\nturns_per_hour = -1\n")
    monkeypatch.setenv("TAMPU_TURNS_PER_HOUR", "-2")
    with pytest.raises(StartupError, match=r"^The setting TAMPU_TURNS_PER_HOUR must be 0 or more\.$"):
        read_settings()
    monkeypatch.setenv("TAMPU_TURNS_PER_HOUR", "5")
    assert read_settings().tampu_turns_per_hour == 5


@pytest.mark.parametrize(
    "text",
    [
        '[llama]\napi_key = "sk-very-secret"\n',
        '[discord]\ntoken = "sk-very-secret"\n',
        '[moderation]\napi_key = "sk-very-secret"\n',
        '[llama]\nbase_url = "http://x/v1"\n[[llama.fallback]]\nmodel = "m"\napi_key = "sk-very-secret"\n',
    ],
)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_secret_that_others_can_read_is_refused(text: str, mode: int) -> None:
    write(text, mode=mode)
    with pytest.raises(StartupError, match=r"run chmod 600 tampu\.toml") as caught:
        read_settings()
    assert "sk-very-secret" not in str(caught.value)
    for private in (0o600, 0o400):
        Path("tampu.toml").chmod(private)
        settings = read_settings()
        assert secrets(settings) == ("sk-very-secret",)
        assert "sk-very-secret" not in repr(settings) + str(settings)


def test_without_a_secret_anybody_may_read_it() -> None:
    write('[llama]\napi_key = ""\nmodel = "m"\n', mode=0o666)
    assert read_settings().llama_model == "m"


def test_a_wrong_secret_is_not_told() -> None:
    said = refused("[llama]\napi_key = 12345678901\n")
    assert "12345678901" not in said
    assert "[llama] api_key must be a text in quotes" in said


def test_follow_ups_by_channel_are_a_table() -> None:
    write('[tampu.follow_up]\nC024BE91L = "interrupt"\ndefault = "queue"\n1234567890 = "steer"\n')
    everywhere, channels = read_settings().follow_ups
    assert everywhere is FollowUp.QUEUE
    assert channels == {"C024BE91L": FollowUp.INTERRUPT, "1234567890": FollowUp.STEER}


def test_an_empty_table_of_follow_ups_changes_nothing() -> None:
    write("[tampu.follow_up]\n")
    assert read_settings().follow_ups == (FollowUp.STEER, {})


LITERALS = (
    '""',
    '"x"',
    '"\\u202e"',
    "true",
    "0",
    "-1",
    "99999999999999999999999999",
    "1.5",
    "nan",
    "-inf",
    "1979-05-27T07:32:00Z",
    "[]",
    "[{}]",
    "[{ model = 3 }]",
    "{}",
    '{ x = "y" }',
)


def complaint(text: str) -> str:
    """What is said of a file; nothing where it is taken."""
    write(text)
    try:
        read_settings()
    except StartupError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - OUTSIDE))
def test_any_value_for_any_setting_is_taken_or_refused_in_one_sentence(name: str) -> None:
    section, key = label_of((name,)).split()
    said = [complaint(f"{section}\n{key} = {literal}\n") for literal in LITERALS]
    assert len(list(filter(None, said))) >= 5
    for one in filter(None, said):
        assert one.startswith(("tampu.toml: ", "The settings: "))
        assert not JARGON.search(one)
        assert "\n" not in one


@pytest.mark.parametrize("key", ["window", "max_output", "vision", "tools", "price_in", "price_out", "note"])
def test_any_value_in_a_row_of_a_model_is_taken_or_refused_in_one_sentence(key: str) -> None:
    said = [complaint(f'[models."m"]\n{key} = {literal}\n') for literal in LITERALS]
    assert len(list(filter(None, said))) >= 5
    for one in filter(None, said):
        assert one.startswith('tampu.toml: [models."m"] ')
        assert not JARGON.search(one)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_any_bytes_are_settings_or_one_sentence(content: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        Path(file.name).write_bytes(content)
        with contextlib.suppress(StartupError):
            assert SettingsFile(Path(file.name), Settings.model_fields).read() == {}


def test_what_is_nested_without_end_is_refused() -> None:
    assert refused("[llama]\nfallback = " + "[" * 100_000).startswith("tampu.toml is n")


def uncommented(text: str) -> str:
    """Every setting of the example; prose and examples stand behind "# "."""
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def test_the_example_uncommented_is_the_defaults() -> None:
    text = uncommented((ROOT / "deploy/tampu.example.toml").read_text())
    write(text, mode=0o644)
    assert read_settings() == Settings()
    for name in Settings.model_fields:
        if name in OUTSIDE:
            continue
        _, key = label_of((name,)).split()
        section = text.split(f"[{name.partition('_')[0]}]\n")[1].split("\n[")[0]
        assert re.search(rf"^{key} = ", section, re.MULTILINE), name
    assert re.findall(r"^\[(\w+)\]$", text, re.MULTILINE) == [*SECTIONS, "models"]


def test_the_example_changes_nothing_as_it_is() -> None:
    write((ROOT / "deploy/tampu.example.toml").read_text())
    assert read_settings() == Settings()


def test_the_tables_that_the_example_shows_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-12345678")
    text = (ROOT / "deploy/tampu.example.toml").read_text()
    lines = re.findall(r"^# {3}(.*)$", text, re.MULTILINE)
    shown = "\n".join(re.sub(r" {3,}\(.*\)$", "", line) for line in lines)
    write(f'[llama]\nbase_url = "http://x/v1"\n{shown}\n')
    settings = read_settings()
    assert settings.llama_fallback[0].profile == "openrouter"
    assert (len(settings.tampu_rules), len(settings.tampu_budgets)) == (4, 4)
    assert settings.follow_ups == (FollowUp.STEER, {"C024BE91L": FollowUp.INTERRUPT})
    assert settings.llama_models["my-llama:70b"].price_out == 0.32
    assert "sk-or-12345678" in secrets(settings)


def test_the_page_of_settings_names_each(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/settings.md").read_text()
    for name in Settings.model_fields:
        assert f"| `{name.upper()}` |" in page
        if name not in OUTSIDE | {"llama_fallback"}:
            _, key = label_of((name,)).split()
            assert f"`{key}`" in page
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-or-12345678")
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    write('[llama]\nbase_url = "http://x/v1"\n' + "\n".join(blocks))
    assert read_settings().llama_models["my-llama:70b"].window == 32_768


def test_the_environment_example_holds_the_defaults() -> None:
    write((ROOT / "deploy/env.example").read_text(), ".env")
    assert read_settings() == Settings(_env_file=None)  # type: ignore[call-arg]
