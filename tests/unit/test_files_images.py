"""Pictures as cameras and screens make them, and as the model gets them."""

import hashlib
from importlib.util import find_spec
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageCms

from core.files import images
from core.files.limits import DEFAULT_LIMITS, FileLimits
from core.files.picture import Picture
from tests.pictures import (
    RED,
    TURNED_HEIC,
    cornered,
    decoded,
    encoded,
    gif_of_frames,
    gradient,
    near,
    noise,
    tiff_of_pages,
)

WRITTEN = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"]
images.warm_up()
needs_heif = pytest.mark.skipif(find_spec("pi_heif") is None, reason="HEIC's library is not installed")


def prepared(content: bytes, limits: FileLimits = DEFAULT_LIMITS) -> Picture:
    picture = images.read(content, "it", limits)
    assert len(picture.content) <= limits.max_image_bytes
    return picture


def shown(picture: Picture) -> Pillow.Image:
    seen = decoded(picture.content, picture.mime)
    assert seen.size == (picture.width, picture.height)
    return seen


def drawn(content: bytes) -> Pillow.Image:
    return shown(prepared(content))


@pytest.mark.parametrize("encoding", WRITTEN)
def test_each_format_is_redrawn_small(encoding: str) -> None:
    picture = prepared(encoded(gradient(3000, 1500), encoding))
    assert (picture.width, picture.height) == (1344, 672)
    assert picture.mime in {"image/jpeg", "image/png"}
    assert picture.sha256 == hashlib.sha256(picture.content).hexdigest()
    assert picture.notes == ()
    assert near(shown(picture).getpixel((672, 336)), gradient(3000, 1500).getpixel((1500, 750)))  # type: ignore[arg-type] # RGB


def test_a_small_picture_keeps_its_size() -> None:
    assert drawn(encoded(gradient(320, 200), "PNG")).size == (320, 200)


def test_a_drawing_stays_a_png_and_a_photo_becomes_a_jpeg() -> None:
    drawing = Pillow.new("RGB", (800, 600), "white")
    drawing.paste((200, 0, 0), (100, 100, 400, 300))
    assert prepared(encoded(drawing, "PNG")).mime == "image/png"
    assert prepared(encoded(noise(300), "PNG")).mime == "image/jpeg"


@pytest.mark.parametrize("most", [900_000, 90_000, 5_000])
def test_noise_stays_under_the_cap(most: int) -> None:
    limits = FileLimits(max_image_bytes=most)
    picture = prepared(encoded(noise(1400), "PNG", compress_level=0), limits)
    assert shown(picture).width > 40


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(encoding: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    upright = drawn(encoded(cornered(), encoding, exif=exif, quality=95))
    turned = orientation >= 5
    assert upright.size == ((40, 80) if turned else (80, 40))
    right, bottom = upright.width - 5, upright.height - 5
    corners = {(5, 5): (1, 5), (right, 5): (2, 6), (right, bottom): (3, 7), (5, bottom): (4, 8)}
    red = [meant for spot, meant in corners.items() if near(upright.getpixel(spot), RED, 40)]
    assert len(red) == 1
    assert orientation in red[0]


@needs_heif
def test_a_phones_heic_is_turned_by_its_container_and_not_again() -> None:
    upright = drawn(TURNED_HEIC)
    assert upright.size == (40, 80)
    assert near(upright.getpixel((35, 5)), RED, 40)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_place_and_camera_are_gone(encoding: str) -> None:
    exif = Pillow.Exif()
    exif[0x0110] = "canary-camera"
    exif[0x010E] = "canary-description"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0), 29: "canary-gps"})
    more = {"comment": b"canary-comment"} if encoding == "JPEG" else {}
    content = encoded(noise(64), encoding, exif=exif, **more)
    assert b"canary-camera" in content
    assert b"canary-gps" in content or encoding == "TIFF"  # Pillow writes no place into a TIFF
    left = prepared(content).content
    assert b"canary" not in left
    assert b"Exif" not in left
    assert b"eXIf" not in left


@needs_heif
def test_place_and_camera_are_gone_from_heic() -> None:
    assert b"canary" in TURNED_HEIC
    left = prepared(TURNED_HEIC).content
    assert b"canary" not in left
    assert b"Exif" not in left


def test_broken_exif_is_no_reason_to_refuse() -> None:
    content = encoded(gradient(64, 64), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff\xff\xff")
    assert drawn(content).width == 64


def swapped_colours() -> bytes:
    """The profile of a screen whose red is green: sRGB with the two columns exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        name = bytes(profile[entry : entry + 4])
        if name in {b"rXYZ", b"gXYZ"}:
            profile[entry : entry + 4] = b"gXYZ" if name == b"rXYZ" else b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_a_colour_profile_is_applied_and_left_behind(encoding: str) -> None:
    content = encoded(Pillow.new("RGB", (64, 64), RED), encoding, icc_profile=swapped_colours())
    picture = prepared(content)
    assert near(shown(picture).getpixel((9, 9)), (0, 255, 0), 40)
    assert b"ICC" not in picture.content


@pytest.mark.parametrize("profile", [b"no profile", swapped_colours()[:200], swapped_colours()[:-40]])
def test_a_broken_profile_is_as_good_as_none(profile: bytes) -> None:
    content = encoded(Pillow.new("RGB", (64, 64), (10, 20, 200)), "PNG", icc_profile=profile)
    assert drawn(content).size == (64, 64)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_becomes_white(mode: str) -> None:
    clear = Pillow.new("RGBA", (64, 64), (0, 0, 0, 0))
    options: dict[str, Any] = {"transparency": 0} if mode == "P" else {}
    content = encoded(clear if mode == "RGBA" else clear.convert(mode), "PNG", **options)
    assert near(drawn(content).getpixel((10, 10)), (255, 255, 255))


def test_white_writing_without_a_ground_can_be_seen() -> None:
    logo = Pillow.new("RGBA", (64, 64), (255, 255, 255, 0))
    logo.paste((255, 255, 255, 255), (16, 16, 48, 48))
    seen = drawn(encoded(logo, "PNG"))
    assert near(seen.getpixel((32, 32)), (255, 255, 255))
    assert not near(seen.getpixel((4, 4)), (255, 255, 255), 100)


@pytest.mark.parametrize(
    ("mode", "colour", "encoding", "wanted"),
    [
        ("1", 1, "PNG", (255, 255, 255)),
        ("L", 90, "TIFF", (90, 90, 90)),
        ("P", 0, "GIF", (0, 0, 0)),
        ("CMYK", (0, 255, 255, 0), "JPEG", RED),
        ("CMYK", (0, 255, 255, 0), "TIFF", RED),
        ("YCbCr", (76, 85, 255), "TIFF", RED),
        ("LAB", (136, 208, 195), "TIFF", RED),
        ("RGBA", (0, 0, 255, 255), "WEBP", (0, 0, 255)),
        ("I;16", 128 * 257, "TIFF", (128, 128, 128)),
        ("I;16B", 128 * 257, "TIFF", (128, 128, 128)),
    ],
)
def test_every_mode(mode: str, colour: Any, encoding: str, wanted: tuple[int, int, int]) -> None:
    content = encoded(Pillow.new(mode, (64, 64), colour), encoding)
    assert near(drawn(content).getpixel((9, 9)), wanted)


@pytest.mark.parametrize("encoding", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(encoding: str) -> None:
    ramp = Pillow.new("I;16", (256, 8))
    for column in range(256):
        ramp.paste(column * 257, (column, 0, column + 1, 8))
    seen = drawn(encoded(ramp, encoding))
    for column in (0, 128, 255):
        assert near(seen.getpixel((column, 4)), (column, column, column))


def test_fractions_are_stretched_between_black_and_white() -> None:
    ramp = Pillow.linear_gradient("L").convert("F").point(lambda level: level * 0.001 + 3)
    seen = drawn(encoded(ramp, "TIFF"))
    assert near(seen.getpixel((9, 0)), (0, 0, 0))
    assert near(seen.getpixel((9, 255)), (255, 255, 255))


@pytest.mark.parametrize(
    ("encoding", "option"), [("GIF", {"loop": 0}), ("WEBP", {"lossless": True}), ("PNG", {}), ("AVIF", {})]
)
def test_of_a_film_the_first_frame_and_a_word(encoding: str, option: dict[str, Any]) -> None:
    frames = [Pillow.new("RGB", (16, 16), (255, number, 0)) for number in range(40)]
    frames[0] = Pillow.new("RGB", (16, 16), (0, 200, 0))
    picture = prepared(encoded(frames[0], encoding, save_all=True, append_images=frames[1:], **option))
    assert near(shown(picture).getpixel((8, 8)), (0, 200, 0))
    assert picture.notes == ("it moves: only the first of its 40 frames is here.",)


def test_of_a_hundred_thousand_frames_the_first() -> None:
    assert prepared(gif_of_frames(100_000)).notes == (
        "it moves: only the first of its 100,000 frames is here.",
    )


def test_of_several_pages_the_first_and_a_word() -> None:
    pages = [cornered(), gradient(64, 64), gradient(32, 32)]
    picture = prepared(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (picture.width, picture.height) == (80, 40)
    assert picture.notes == ("it holds 3 pictures: only the first is here.",)
    assert prepared(tiff_of_pages(5000)).notes == (
        "it holds more than 1,000 pictures: only the first is here.",
    )


def test_the_largest_of_an_icons_pictures() -> None:
    content = encoded(cornered(64, 64), "ICO", sizes=[(16, 16), (32, 32), (64, 64)])
    assert drawn(content).size == (64, 64)


@pytest.mark.parametrize(
    ("size", "small"),
    [((1, 1), (1, 1)), ((1, 20_000), (1, 1344)), ((20_000, 3), (1344, 1)), ((1, 30_000), (1, 1344))],
)
def test_odd_shapes(size: tuple[int, int], small: tuple[int, int]) -> None:
    picture = prepared(encoded(Pillow.new("RGB", size), "PNG"))
    assert (picture.width, picture.height) == small
