"""Pictures as the models count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.tiles import UNKNOWN_PICTURE, mllama_tokens, picture_rule, picture_tokens

SIDES = st.integers(1, 20_000)


@pytest.mark.parametrize(
    ("width", "height", "tokens"),
    [
        (1, 1, 147),
        (336, 336, 147),
        (337, 336, 437),
        (337, 337, 727),
        (672, 672, 727),
        (640, 480, 727),
        (800, 600, 1_017),
        (1024, 768, 1_887),
        (1024, 1024, 2_467),
        (1280, 720, 1_887),
        (4032, 3024, 1_887),
        (1920, 1080, 2_322),
        (3840, 2160, 2_322),
        (500, 3000, 2_467),
    ],
)
def test_llama_4_cuts_a_picture_into_the_tiles_of_its_grid(width: int, height: int, tokens: int) -> None:
    assert picture_tokens(width, height) == tokens


@given(SIDES, SIDES)
def test_a_picture_stays_within_the_least_and_the_most(width: int, height: int) -> None:
    assert 147 <= picture_tokens(width, height) <= 2_467
    assert picture_tokens(width, height) == picture_tokens(height, width)


@given(SIDES, SIDES, st.integers(2, 9))
def test_a_picture_too_large_for_every_grid_counts_by_its_shape_alone(
    width: int, height: int, times: int
) -> None:
    large = (width * 20 * 336, height * 20 * 336)
    assert picture_tokens(*large) == picture_tokens(large[0] * times, large[1] * times)


@pytest.mark.parametrize("size", [(0, 100), (100, 0), (-3, 5), (0, 0)])
def test_a_size_that_nobody_knows_counts_as_the_largest(size: tuple[int, int]) -> None:
    assert picture_tokens(*size) == 2_467
    assert mllama_tokens(*size) == 6_404


@pytest.mark.parametrize(
    ("width", "height", "tiles"),
    [(560, 560, 1), (561, 560, 2), (1120, 560, 2), (1120, 1120, 4), (4000, 3000, 4), (3000, 500, 4)],
)
def test_llama_3_2_vision_has_larger_tiles_and_no_thumbnail(width: int, height: int, tiles: int) -> None:
    assert mllama_tokens(width, height) == tiles * 1_601


@pytest.mark.parametrize(
    ("model", "hosted", "tokens"),
    [
        ("meta-llama/llama-4-scout", True, 727),
        ("Llama-4-Maverick-17B-128E-Instruct-FP8", True, 727),
        ("llama4:scout", False, 727),
        ("meta-llama/Llama-3.2-11B-Vision-Instruct", True, 3_202),
        ("llama3.2-vision:11b", False, 8),
        ("gemma3:27b", False, UNKNOWN_PICTURE),
        ("", True, UNKNOWN_PICTURE),
    ],
)
def test_the_rule_goes_by_the_models_name(model: str, hosted: bool, tokens: int) -> None:
    assert picture_rule(model, hosted=hosted)(640, 480) == tokens
