"""Pictures as cameras, screens and hostile people make them."""

import asyncio
import hashlib
import io
import os
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from core.errors import FileError
from core.files.images import Picture, prepare_picture
from core.files.limits import DEFAULT_LIMITS, FileLimits


def encoded(picture: Pillow.Image, encoding: str, **options: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, encoding, **options)
    return target.getvalue()


def gradient(width: int, height: int) -> Pillow.Image:
    across = Pillow.linear_gradient("L").resize((width, height))
    return Pillow.merge(
        "RGB", (across, across.rotate(180), across.transpose(Pillow.Transpose.FLIP_TOP_BOTTOM))
    )


def noise(side: int) -> Pillow.Image:
    return Pillow.frombytes("RGB", (side, side), os.urandom(3 * side * side))


async def prepared(content: bytes, label: str, limits: FileLimits = DEFAULT_LIMITS) -> Picture:
    return await prepare_picture(content, label, "it", limits)


def decoded(picture: Picture) -> Pillow.Image:
    with Pillow.open(io.BytesIO(picture.content)) as opened:
        opened.load()
        assert opened.get_format_mimetype() == picture.mime
        assert opened.size == (picture.width, picture.height)
        return opened.convert("RGB")


def near(pixel: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(have - want) <= 24 for have, want in zip(pixel, wanted, strict=True))


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
async def test_each_format_is_redrawn_small(encoding: str) -> None:
    picture = await prepared(encoded(gradient(3000, 1500), encoding), encoding)
    assert (picture.width, picture.height) == (1344, 672)
    assert picture.mime in {"image/jpeg", "image/png"}
    assert len(picture.content) <= DEFAULT_LIMITS.max_image_bytes
    assert picture.sha256 == hashlib.sha256(picture.content).hexdigest()
    decoded(picture)


async def test_a_small_picture_keeps_its_size() -> None:
    picture = await prepared(encoded(gradient(320, 200), "PNG"), "PNG")
    assert (picture.width, picture.height) == (320, 200)


async def test_a_drawing_stays_a_png_and_a_photo_becomes_a_jpeg() -> None:
    drawing = Pillow.new("RGB", (800, 600), "white")
    drawing.paste((200, 0, 0), (100, 100, 400, 300))
    assert (await prepared(encoded(drawing, "PNG"), "PNG")).mime == "image/png"
    assert (await prepared(encoded(noise(300), "PNG"), "PNG")).mime == "image/jpeg"


async def test_noise_stays_under_the_cap() -> None:
    limits = FileLimits(max_image_bytes=900_000)
    picture = await prepared(encoded(noise(1400), "PNG", compress_level=0), "PNG", limits)
    assert len(picture.content) <= limits.max_image_bytes


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_orientation_is_applied(orientation: int) -> None:
    stored = Pillow.new("RGB", (80, 40), "white")
    stored.paste((255, 0, 0), (0, 0, 16, 16))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    picture = await prepared(encoded(stored, "JPEG", exif=exif, quality=95), "JPEG")
    upright = decoded(picture)
    turned = orientation >= 5
    assert upright.size == ((40, 80) if turned else (80, 40))
    right, bottom = upright.width - 5, upright.height - 5
    corners = {(5, 5): (1, 5), (right, 5): (2, 6), (right, bottom): (3, 7), (5, bottom): (4, 8)}
    red = [meant for spot, meant in corners.items() if near(upright.getpixel(spot), (255, 0, 0))]
    assert len(red) == 1
    assert orientation in red[0]


async def test_no_metadata_survives() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "canary-description"
    content = encoded(noise(64), "JPEG", exif=exif, comment=b"canary-comment", icc_profile=b"canary-profile")
    assert b"canary" in content
    assert b"canary" not in (await prepared(content, "JPEG")).content
    text = PngInfo()
    text.add_text("Comment", "canary-text")
    drawn = encoded(Pillow.new("RGB", (64, 64)), "PNG", pnginfo=text, icc_profile=b"canary-profile")
    assert b"canary" not in (await prepared(drawn, "PNG")).content


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
async def test_broken_exif_is_no_reason_to_refuse() -> None:
    content = encoded(gradient(64, 64), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff\xff\xff")
    assert (await prepared(content, "JPEG")).width == 64


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
async def test_transparency_becomes_white(mode: str) -> None:
    clear = Pillow.new("RGBA", (64, 64), (0, 0, 0, 0))
    content = encoded(
        clear if mode == "RGBA" else clear.convert(mode),
        "PNG",
        **({"transparency": 0} if mode == "P" else {}),
    )
    assert near(decoded(await prepared(content, "PNG")).getpixel((10, 10)), (255, 255, 255))


async def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    ramp = Pillow.new("I;16", (256, 8))
    for column in range(256):
        ramp.paste(column * 257, (column, 0, column + 1, 8))
    shown = decoded(await prepared(encoded(ramp, "PNG"), "PNG"))
    assert near(shown.getpixel((0, 4)), (0, 0, 0))
    assert near(shown.getpixel((128, 4)), (128, 128, 128))
    assert near(shown.getpixel((255, 4)), (255, 255, 255))


async def test_cmyk_jpeg() -> None:
    red = Pillow.new("CMYK", (64, 64), (0, 255, 255, 0))
    assert near(decoded(await prepared(encoded(red, "JPEG"), "JPEG")).getpixel((9, 9)), (255, 0, 0))


@pytest.mark.parametrize(("encoding", "option"), [("GIF", {"loop": 0}), ("WEBP", {"lossless": True})])
async def test_only_the_first_of_a_thousand_frames(encoding: str, option: dict[str, Any]) -> None:
    frames = [Pillow.new("RGB", (16, 16), (255, number % 256, number // 256)) for number in range(1000)]
    frames[0] = Pillow.new("RGB", (16, 16), (0, 200, 0))
    content = encoded(frames[0], encoding, save_all=True, append_images=frames[1:], **option)
    assert near(decoded(await prepared(content, encoding)).getpixel((8, 8)), (0, 200, 0))


@pytest.mark.parametrize(
    ("size", "small"), [((1, 1), (1, 1)), ((1, 20_000), (1, 1344)), ((20_000, 3), (1344, 1))]
)
async def test_odd_shapes(size: tuple[int, int], small: tuple[int, int]) -> None:
    picture = await prepared(encoded(Pillow.new("RGB", size), "PNG"), "PNG")
    assert (picture.width, picture.height) == small


async def test_too_many_pixels_are_refused_by_the_header() -> None:
    claimed = b"BM" + bytes(12) + (40).to_bytes(4, "little") + (30_000).to_bytes(4, "little") * 2
    content = claimed + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    with pytest.raises(FileError, match="more pixels than my limit of 25 million"):
        await prepared(content, "BMP")


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
async def test_truncated_files_are_called_incomplete(encoding: str, share: float) -> None:
    content = encoded(noise(200), encoding)
    with pytest.raises(FileError, match="damaged or incomplete"):
        await prepared(content[: int(len(content) * share)], encoding)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
async def test_corrupt_files_never_raise_anything_else(encoding: str) -> None:
    content = encoded(gradient(120, 90), encoding)
    outcomes = []
    for seed in range(40):
        broken = bytearray(content)
        for step in range(8):
            broken[(seed * 7919 + step * 104_729) % len(broken)] ^= 1 + (seed * 31 + step) % 255
        try:
            outcomes.append((await prepared(bytes(broken), encoding)).mime.partition("/")[0])
        except FileError as error:
            outcomes.append(error.told.partition(" ")[0])
    assert set(outcomes) <= {"image", "it"}


async def test_what_hides_behind_a_picture_is_left_behind() -> None:
    polyglot = encoded(noise(32), "GIF") + b"PK\x03\x04<script>canary</script>"
    assert b"canary" not in (await prepared(polyglot, "GIF")).content


async def test_a_jpeg_of_endless_scans_is_refused() -> None:
    content = encoded(gradient(400, 400), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(FileError, match="damaged"):
        await prepared(content[:-2] + last * 5000 + b"\xff\xd9", "JPEG")


async def test_the_loop_goes_on_while_a_picture_is_decoded() -> None:
    content = encoded(gradient(4900, 5000), "PNG", compress_level=1)
    ticks = 0
    async with asyncio.TaskGroup() as group:
        task = group.create_task(prepared(content, "PNG"))
        while not task.done():
            await asyncio.sleep(0.005)
            ticks += 1
    assert task.result().width == 1317
    assert ticks >= 10
