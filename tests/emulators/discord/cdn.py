"""Uploaded files under addresses that are signed and expire."""

import hashlib
import time
from dataclasses import dataclass, field
from urllib.parse import quote

from aiohttp import web

from tests.emulators.discord.values import Json, StoredFile

SECRET = "emulated-cdn"


@dataclass
class Cdn:
    """Serves files; an address is good for ``lifetime`` seconds (Discord: about a day)."""

    origin: str = ""
    lifetime: float = 86_400.0
    files: dict[str, StoredFile] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def keep(self, file: StoredFile) -> StoredFile:
        self.files[file.id] = file
        return file

    def address(self, file: StoredFile) -> str:
        """A freshly signed address."""
        now = time.time()
        issued, expires = f"{int(now * 16):x}", f"{int(now + self.lifetime):x}"
        path = f"/attachments/{file.channel_id}/{file.id}/{quote(file.name)}"
        return f"{self.origin}{path}?ex={expires}&is={issued}&hm={self._sign(file.id, expires, issued)}"

    def payload(self, file: StoredFile) -> Json:
        """The attachment as Discord describes it in a message."""
        url = self.address(file)
        return {
            "id": file.id,
            "filename": file.name,
            "size": len(file.content),
            "url": url,
            "proxy_url": url,
            "content_type": file.mime,
            **({"description": file.alt} if file.alt else {}),
        }

    async def serve(self, request: web.Request) -> web.Response:
        """GET of an address: the bytes, or 404 when it is unknown, changed or expired."""
        file = self.files.get(request.match_info["file"])
        query = request.query
        self.fetched.append(request.path)
        if file is None or query.get("hm") != self._sign(file.id, query.get("ex", ""), query.get("is", "")):
            return web.Response(status=404, text="This content is no longer available.")
        if int(query["ex"], 16) < time.time():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.content, headers={"Content-Type": file.mime})

    @staticmethod
    def _sign(file_id: str, expires: str, issued: str) -> str:
        return hashlib.sha256(f"{SECRET}:{file_id}:{expires}:{issued}".encode()).hexdigest()
