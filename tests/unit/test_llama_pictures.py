import base64
import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageDraw

from core.llama.pictures import _Converted, data_url, shown, taken
from core.llama.profile import GIF, JPEG, PNG, WEBP
from core.llama.profiles import LLAMA_CPP, OLLAMA, OPENAI
from core.transcript import Image, ImagePart, Message, ModelRequest, Part, Role, TextPart

BASIC = frozenset({PNG, JPEG})


def drawn(
    format_name: str,
    mode: str = "RGB",
    colour: int | tuple[int, ...] = (200, 30, 30),
    frames: Sequence[Pillow.Image] = (),
) -> Image:
    written = io.BytesIO()
    picture = Pillow.new(mode, (40, 20), colour)
    if frames:
        picture.save(written, format_name, save_all=True, append_images=frames)
    else:
        picture.save(written, format_name, **({"lossless": True} if format_name == "WEBP" else {}))
    return Image(f"image/{format_name.lower()}", written.getvalue())


def opened(image: Image) -> Pillow.Image:
    picture = Pillow.open(io.BytesIO(image.content))
    picture.load()
    assert image.mime == f"image/{(picture.format or '').lower()}"
    return picture


def pixel(picture: Pillow.Image) -> tuple[int, ...]:
    colour = picture.getpixel((20, 10))
    assert isinstance(colour, tuple)
    return colour


def part_of(image: Image, name: str = "a.png") -> ImagePart:
    return ImagePart(hashlib.sha256(image.content).hexdigest(), image.mime, 40, 20, name)


def asking(*messages: Sequence[Part], images: Sequence[Image]) -> ModelRequest:
    stored = tuple({part_of(image).sha256: image for image in images}.items())
    return ModelRequest(tuple(Message(Role.USER, tuple(parts)) for parts in messages), images=stored)


@pytest.mark.parametrize("mime", [PNG, JPEG])
def test_what_a_server_takes_goes_as_it_is(mime: str) -> None:
    image = Image(mime, b"any bytes")
    assert taken(image, BASIC) is image


@pytest.mark.parametrize("mime", ["image/jpg", "IMAGE/JPEG", " image/jpeg "])
def test_other_ways_to_write_a_media_type(mime: str) -> None:
    assert taken(Image(mime, b"bytes"), BASIC) == Image(JPEG, b"bytes")


@pytest.mark.parametrize("format_name", ["WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_other_formats_become_jpeg(format_name: str) -> None:
    made = taken(drawn(format_name), BASIC)
    assert made is not None
    picture = opened(made)
    assert (made.mime, picture.mode, picture.size) == (JPEG, "RGB", (40, 20))
    red, green, blue = pixel(picture)
    assert red > 150
    assert max(green, blue) < 80


def test_what_shows_through_becomes_png_and_stays_so() -> None:
    made = taken(drawn("WEBP", "RGBA", (200, 30, 30, 128)), BASIC)
    assert made is not None
    assert made.mime == PNG
    assert pixel(opened(made)) == (200, 30, 30, 128)


def test_a_layer_that_hides_nothing_is_no_reason_for_png() -> None:
    made = taken(drawn("WEBP", "RGBA", (200, 30, 30, 255)), BASIC)
    assert made is not None
    assert made.mime == JPEG


def test_the_first_frame_of_several() -> None:
    others = [Pillow.new("RGB", (40, 20), "blue"), Pillow.new("RGB", (40, 20), "green")]
    for format_name in ("GIF", "WEBP"):
        made = taken(drawn(format_name, frames=others), BASIC)
        assert made is not None
        red, _, blue = pixel(opened(made))
        assert red > blue


def test_it_is_turned_upright_and_nothing_but_pixels_is_kept() -> None:
    picture = Pillow.new("RGB", (40, 20), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 9, 19), fill="black")
    exif = Pillow.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    written = io.BytesIO()
    picture.save(written, "WEBP", exif=exif, lossless=True)
    made = taken(Image(WEBP, written.getvalue()), BASIC)
    assert made is not None
    turned = opened(made)
    assert turned.size == (20, 40)
    assert not turned.getexif()
    assert b"at home" not in made.content


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", drawn("WEBP").content[:30], drawn("BMP").content[:60], b"GIF89a" + b"\xff" * 40],
)
def test_a_damaged_picture_is_left_out(content: bytes) -> None:
    image = Image(WEBP, content)
    assert taken(image, BASIC) is None
    request = asking((TextPart("look"), part_of(image)), images=[image])
    assert shown(request, OPENAI) == {}


SAMPLES = [drawn(name).content for name in ("WEBP", "GIF", "BMP", "TIFF", "AVIF", "PNG", "JPEG")]


@settings(max_examples=100)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8),
    st.integers(0),
)
def test_no_damage_is_worse_than_a_picture_less(
    sample: bytes, changes: list[tuple[int, int]], end: int
) -> None:
    damaged = bytearray(sample)
    for position, value in changes:
        damaged[position % len(damaged)] = value
    del damaged[max(end, 20) :]
    made = taken(Image("image/x-unknown", bytes(damaged)), BASIC)
    assert made is None or opened(made).size > (0, 0)


def test_a_picture_of_absurd_size_is_not_decoded() -> None:
    header = b"BM" + (54).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
    header += (40).to_bytes(4, "little") + (60_000).to_bytes(4, "little") * 2
    header += (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24)
    assert taken(Image("image/bmp", header), BASIC) is None


def test_it_is_converted_once() -> None:
    image = drawn("WEBP", colour=(1, 2, 3))
    assert taken(image, BASIC) is taken(Image(WEBP, bytes(bytearray(image.content))), BASIC)


def test_many_threads_at_once_get_the_same_picture() -> None:
    images = [drawn("WEBP", colour=(30 * shade, 0, 0)) for shade in range(8)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: taken(images[number % 8], BASIC), range(64)))
    assert all(one == made[number % 8] for number, one in enumerate(made))
    assert len({one.content for one in made if one}) == 8


def test_the_memory_of_converted_pictures_is_bounded() -> None:
    kept = _Converted(max_bytes=4000)
    for number in range(100):
        kept.put(bytes([number]), Image(JPEG, bytes(1000)))
        kept.put(b"damaged" + bytes([number]), None)
    known = [number for number in range(100) if kept.get(bytes([number]))[0]]
    assert known == [98, 99]
    kept.put(b"large", Image(JPEG, bytes(5000)))
    assert kept.get(b"large") == (False, None)


def test_one_that_is_used_stays_longest() -> None:
    kept = _Converted(max_bytes=3000)
    kept.put(b"a", Image(JPEG, bytes(1000)))
    kept.put(b"b", Image(JPEG, bytes(1000)))
    assert kept.get(b"a")[0]
    kept.put(b"c", Image(JPEG, bytes(1000)))
    assert [kept.get(key)[0] for key in (b"a", b"b", b"c")] == [True, False, True]


def test_the_newest_pictures_are_kept() -> None:
    images = [Image(PNG, bytes([number]) * 30) for number in range(6)]
    parts = [part_of(image) for image in images]
    request = asking(parts[:3], (TextPart("and"), *parts[3:]), images=images)
    assert shown(request, replace(OPENAI, most_images=2)) == {(1, 2): images[4], (1, 3): images[5]}
    assert len(shown(request, OPENAI)) == 6
    assert shown(request, replace(OPENAI, most_images=0)) == {}


def test_the_same_picture_twice_counts_twice() -> None:
    image = Image(PNG, b"x")
    request = asking([part_of(image)] * 3, images=[image])
    assert list(shown(request, replace(OPENAI, most_images=2))) == [(0, 2), (0, 1)]


def test_the_oldest_go_when_the_request_would_be_too_large() -> None:
    images = [Image(PNG, bytes([number]) * 3000) for number in range(5)]
    request = asking(*([part_of(image)] for image in images), images=images)
    found = shown(request, replace(OPENAI, image_bytes=12_001))
    assert sorted(found) == [(2, 0), (3, 0), (4, 0)]
    assert sum(len(base64.b64encode(image.content)) for image in found.values()) == 12_000


def test_a_small_old_picture_does_not_take_the_place_of_a_large_newer_one() -> None:
    small, large, new = (Image(PNG, bytes([size % 256]) * size) for size in (3, 5900, 300))
    request = asking(*([part_of(image)] for image in (small, large, new)), images=[small, large, new])
    assert list(shown(request, replace(OPENAI, image_bytes=8000))) == [(2, 0)]


def test_one_that_never_fits_takes_no_other_with_it() -> None:
    images = [Image(PNG, bytes([size % 256]) * size) for size in (300, 9000, 301)]
    request = asking(*([part_of(image)] for image in images), images=images)
    assert sorted(shown(request, replace(OPENAI, image_bytes=8000))) == [(0, 0), (2, 0)]


def test_only_peoples_pictures_with_bytes() -> None:
    image, gone = Image(PNG, b"here"), Image(PNG, b"gone")
    request = replace(
        asking([part_of(gone), part_of(image)], images=[image]),
        messages=(
            Message(Role.USER, (part_of(gone), part_of(image))),
            Message(Role.ASSISTANT, (part_of(image),)),
        ),
    )
    assert shown(request, OPENAI) == {(0, 1): image}


def test_each_server_gets_what_it_reads() -> None:
    webp, gif = drawn("WEBP"), drawn("GIF")
    request = asking([part_of(webp), part_of(gif)], images=[webp, gif])
    assert [image.mime for _, image in sorted(shown(request, OLLAMA).items())] == [WEBP, JPEG]
    assert [image.mime for _, image in sorted(shown(request, LLAMA_CPP).items())] == [JPEG, GIF]


def test_a_picture_as_an_address() -> None:
    assert data_url(Image(PNG, b"\x00\xff")) == "data:image/png;base64,AP8="
