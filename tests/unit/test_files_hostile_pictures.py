"""Pictures that lie, break off, hide something or never end."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from PIL import Image as Pillow

from core.errors import FileError
from core.files import images
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.picture import Picture
from tests.pictures import (
    TURNED_HEIC,
    behind_the_header,
    chunk,
    cornered,
    decoded,
    encoded,
    gradient,
    noise,
    png_of_zeros,
    tiff_of_pages,
)

WRITTEN = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "ICO"]
TOO_MANY = "more pixels than my limit of 25 million"
images.warm_up()


def prepared(content: bytes, limits: FileLimits = DEFAULT_LIMITS) -> Picture:
    return images.read(content, "it", limits)


def outcome(content: bytes) -> str:
    """What became of it: ``"a picture"`` that can be seen, or the refusal."""
    try:
        picture = prepared(content)
    except FileError as error:
        return error.told
    assert decoded(picture.content).size == (picture.width, picture.height)
    return "a picture"


def claims(content: bytes, width: int, height: int) -> bytes:
    """The AVIF or HEIC with all of its pictures said to be of that size (ISO/IEC 23008-12, "ispe")."""
    size = struct.pack(">II", width, height)
    return re.sub(rb"(ispe....)........", lambda found: found[1] + size, content, flags=re.DOTALL)


def tiff_claiming(width: int, height: int) -> bytes:
    page = bytearray(tiff_of_pages(1))
    for tag, value in ((256, width), (257, height)):
        at = page.index(struct.pack("<HHI", tag, 4, 1)) + 8
        page[at : at + 4] = struct.pack("<I", value)
    return bytes(page)


def gif_claiming(width: int, height: int) -> bytes:
    content = encoded(Pillow.new("P", (8, 8)), "GIF")
    return content[:6] + struct.pack("<HH", width, height) + content[10:]


def webp_claiming(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = encoded(Pillow.new("RGB", (8, 8)), "WEBP", lossless=True)[12:]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bmp_claiming(width: int, height: int) -> bytes:
    head = b"BM" + bytes(12) + struct.pack("<IiiHH", 40, width, height, 1, 24)
    return head + bytes(24)


def jpeg_claiming(width: int, height: int) -> bytes:
    content = encoded(gradient(16, 16), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def png_claiming(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">II", width, height) + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(999))) + chunk(b"IEND", b"")


def icon_holding(png: bytes) -> bytes:
    """An icon that says it is small and holds any PNG."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(png), 22) + png


@pytest.mark.parametrize(
    "claiming", [jpeg_claiming, png_claiming, gif_claiming, webp_claiming, bmp_claiming, tiff_claiming]
)
@pytest.mark.parametrize(("width", "height"), [(16_000, 16_000), (16_383, 2_000), (60_000, 60_000)])
def test_a_header_that_claims_too_much_is_refused(
    claiming: Callable[[int, int], bytes], width: int, height: int
) -> None:
    if claiming is webp_claiming and width > 16_383:
        width, height = 16_383, 16_383  # the most that the format knows
    told = outcome(claiming(width, height))
    assert TOO_MANY in told or "damaged" in told
    assert TOO_MANY in told or claiming is webp_claiming


@pytest.mark.parametrize("side", [6_000, 60_000])
def test_avif_and_heic_that_claim_too_much(side: int) -> None:
    for content in (encoded(cornered(), "AVIF"), TURNED_HEIC):
        assert b"ispe" in content
        told = outcome(claims(content, side, side))
        assert told != "a picture"
        assert told.startswith("it")


def test_an_icon_that_holds_a_bomb() -> None:
    assert TOO_MANY in outcome(icon_holding(png_of_zeros(6000, 6000)))
    assert TOO_MANY in outcome(icon_holding(png_claiming(60_000, 60_000)))


@pytest.mark.parametrize("encoding", WRITTEN)
def test_truncated_anywhere_it_is_a_picture_or_called_incomplete(encoding: str) -> None:
    content = encoded(gradient(64, 48), encoding)
    told = {outcome(content[:end]) for end in range(0, len(content), 10)}
    assert told <= {
        "a picture",
        "it is damaged or incomplete: I can't open it.",
        "it: I can't open this kind of picture ().",
        "it: I can't open this kind of picture (MP4).",
        f"it has {TOO_MANY}; please send a smaller version.",
    }
    assert "it is damaged or incomplete: I can't open it." in told


@pytest.mark.parametrize("encoding", WRITTEN)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_a_large_part_missing_is_never_a_picture(encoding: str, share: float) -> None:
    content = encoded(noise(200), encoding)
    with pytest.raises(FileError, match="damaged or incomplete"):
        prepared(content[: max(int(len(content) * share), 16)])


@pytest.mark.skipif(find_spec("pi_heif") is None, reason="HEIC's library is not installed")
def test_a_truncated_heic() -> None:
    for end in range(24, len(TURNED_HEIC), 10):
        assert outcome(TURNED_HEIC[:end]) in {"a picture", "it is damaged or incomplete: I can't open it."}


@pytest.mark.parametrize("encoding", WRITTEN)
def test_corrupt_files_never_raise_anything_else(encoding: str) -> None:
    content = encoded(gradient(120, 90), encoding)
    told = []
    for seed in range(60):
        broken = bytearray(content)
        for step in range(8):
            broken[(seed * 7919 + step * 104_729) % len(broken)] ^= 1 + (seed * 31 + step) % 255
        told.append(outcome(bytes(broken)).partition(" ")[0])
    assert set(told) <= {"a", "it", "it:"}


@pytest.mark.parametrize("encoding", ["GIF", "JPEG", "PNG"])
@pytest.mark.parametrize("hidden", [b"PK\x03\x04canary", b"<script>canary</script>", b"%PDF-1.7 canary"])
def test_what_hides_behind_a_picture_is_left_behind(encoding: str, hidden: bytes) -> None:
    assert b"canary" not in prepared(encoded(noise(32), encoding) + hidden).content


def test_a_gif_that_is_a_script_too() -> None:
    gif = bytearray(encoded(noise(32), "GIF"))
    gif[6:8] = b"/*"  # the width: 10,799
    assert outcome(bytes(gif) + b"*/=1;alert('canary')") in {"a picture", f"it has {TOO_MANY}."}


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_bomb_in_a_pngs_words(kind: bytes) -> None:
    packed = zlib.compress(bytes(100_000_000), 9)
    intro = b"it\x00\x01\x00\x00\x00" if kind == b"iTXt" else b"it\x00\x00"
    bomb = behind_the_header(encoded(cornered(), "PNG"), chunk(kind, intro + packed))
    assert outcome(bomb) in {"a picture", "it is damaged or incomplete: I can't open it."}


def test_a_thousand_small_words_in_a_png() -> None:
    packed = zlib.compress(bytes(900_000), 9)
    words = chunk(b"zTXt", b"it\x00\x00" + packed) * 1000
    assert outcome(behind_the_header(encoded(cornered(), "PNG"), words)) != "a picture"


@pytest.mark.parametrize("pages", [1, 2, 500])
def test_a_tiff_whose_last_page_is_its_first(pages: int) -> None:
    assert outcome(tiff_of_pages(pages, endless=True)) == "a picture"


def test_a_tiff_of_a_hundred_thousand_pages() -> None:
    picture = prepared(tiff_of_pages(100_000))
    assert picture.notes == ("it holds more than 1,000 pictures: only the first is here.",)


def test_a_tiff_directory_of_nonsense() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 12, 0xFFFFFFF0, 8) for tag in range(200, 900))
    assert "damaged" in outcome(b"II*\x00" + struct.pack("<IH", 8, 700) + entries + bytes(4))


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    content = encoded(gradient(400, 400), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(FileError, match="damaged"):
        prepared(content[:-2] + last * 5000 + b"\xff\xd9")


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b"8BPS\x00\x01" + bytes(40), "PSD"),
        (b"\xff\x0a" + bytes(40), "JPEG XL"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40), "JPEG 2000"),
    ],
)
def test_kinds_that_nobody_opens_are_named(content: bytes, label: str) -> None:
    assert outcome(content) == f"it: I can't open this kind of picture ({label})."


def test_only_the_decoder_of_the_recognised_format_is_asked() -> None:
    """A BMP's header before a TIFF's pages does not make anything else of it."""
    target = io.BytesIO(bmp_claiming(10, 10) + tiff_of_pages(1))
    assert outcome(target.getvalue()) == "it is damaged or incomplete: I can't open it."
