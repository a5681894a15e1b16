"""How many tokens a picture takes of the window, by the tiles that a model cuts it into."""

import re
from collections.abc import Callable
from typing import Final

PictureRule = Callable[[int, int], int]

# Llama 4 has tiles of 336 pixels, at most 16, of patches of 14 pixels, four of which make a token: 144 a
# tile (llama-models, llama4/preprocess.py and llama4/chat_format.py).
_SIDE: Final = 336
_MOST_TILES: Final = 16
_TILE_TOKENS: Final = 144

# Llama 3.2 Vision has tiles of 560 pixels, at most 4. Its text has one token for a picture; hosts bill each
# tile with its patches of 14 pixels and one more, 40 * 40 + 1 (Mllama's configuration).
_MLLAMA_SIDE: Final = 560
_MLLAMA_MOST_TILES: Final = 4
_MLLAMA_TILE_TOKENS: Final = 1_601
_MLLAMA_OWN_TOKENS: Final = 8

# LLaVA 1.6 takes up to 2,880; Llama 4 up to 2,467; Qwen 2.5 VL 2,304 for 1,344 pixels square; Gemma 3, 258.
UNKNOWN_PICTURE: Final = 2_900


def picture_tokens(width: int, height: int) -> int:
    """Count the tokens of a picture of so many pixels as Llama 4 does: 147 to 2,467.

    A picture of more than one tile has a thumbnail behind its tiles, and a separator behind each tile. A
    size that is not positive counts as the largest.
    """
    tiles = _tiles(width, height, _SIDE, _MOST_TILES)
    around = 3  # the start, the mark before the thumbnail, the end
    if tiles == 1:
        return _TILE_TOKENS + around
    return (_TILE_TOKENS + 1) * tiles + _TILE_TOKENS + around


def mllama_tokens(width: int, height: int) -> int:
    """Count the tokens of a picture as hosts of Llama 3.2 Vision do: 1,601 to 6,404."""
    return _MLLAMA_TILE_TOKENS * _tiles(width, height, _MLLAMA_SIDE, _MLLAMA_MOST_TILES)


def picture_rule(model: str, *, hosted: bool) -> PictureRule:
    """Find how a model counts pictures, by its name; ``hosted`` where tokens are paid for.

    On a server of one's own, Llama 3.2 Vision keeps pictures outside of its window.
    """
    name = model.lower().replace("_", "-")
    if re.search(r"llama-?4", name):
        return picture_tokens
    if re.search(r"llama-?v?3[.p-]?2.*vision", name):
        return mllama_tokens if hosted else _constant(_MLLAMA_OWN_TOKENS)
    return _constant(UNKNOWN_PICTURE)


def _constant(tokens: int) -> PictureRule:
    return lambda _width, _height: tokens


def _tiles(width: int, height: int, side: int, most: int) -> int:
    """Count the tiles of the grid that fits a picture best.

    That is the grid that enlarges it least; where every grid shrinks it, the one that shrinks it least;
    among equals the smallest. A grid's scale is that of the side that limits it.
    """
    if width <= 0 or height <= 0:
        return most
    grids = [
        (min(side * across / width, side * down / height), across * down)
        for across in range(1, most + 1)
        for down in range(1, most // across + 1)
    ]
    enlarging = [grid for grid in grids if grid[0] >= 1]
    if enlarging:
        return min(enlarging)[1]
    return min(grids, key=lambda grid: (-grid[0], grid[1]))[1]
