"""Tells what a tar on stdin holds, one JSON object a line: the reader that is not Fairlead's.

usage: read-tar.py tar < LAYER
       read-tar.py image < DOCKER-ARCHIVE

Names, targets and attributes are bytes; here each byte is the character of that number. Of an image, the members are
those of its only layer; the last line has what the layer's bytes hash to and what its configuration says.
"""

import hashlib
import json
import sys
import tarfile

KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.AREGTYPE: "file",
    tarfile.LNKTYPE: "link",
    tarfile.SYMTYPE: "symlink",
    tarfile.CHRTYPE: "character-device",
    tarfile.BLKTYPE: "block-device",
    tarfile.DIRTYPE: "directory",
    tarfile.FIFOTYPE: "fifo",
}
XATTR = "SCHILY.xattr."
# tarfile moves what is left of its buffer at every header: a larger one would cost more than it spares.
CHUNK = 1 << 16


class Hashing:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file):
        self.file = file
        self.hash = hashlib.sha256()

    def read(self, size=-1):
        data = self.file.read(size)
        self.hash.update(data)
        return data

    def finish(self):
        while self.read(CHUNK):
            pass
        return "sha256:" + self.hash.hexdigest()


def latin1(text):
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def content(archive, member):
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        return None
    hashed = hashlib.sha256()
    file = archive.extractfile(member)
    while data := file.read(CHUNK):
        hashed.update(data)
    return hashed.hexdigest()


def describe(archive, member):
    xattrs = {k[len(XATTR) :]: v for k, v in member.pax_headers.items() if k.startswith(XATTR)}
    return {
        "name": latin1(member.name),
        "kind": KINDS.get(member.type, "other"),
        "mode": member.mode,
        "uid": member.uid,
        "gid": member.gid,
        "mtime": int(member.mtime),
        "size": member.size,
        "target": latin1(member.linkname),
        "device": [member.devmajor, member.devminor] if member.isdev() and not member.isfifo() else None,
        "xattrs": {latin1(name): latin1(value) for name, value in sorted(xattrs.items())},
        "sha256": content(archive, member),
    }


def say(value):
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")


def opened(file):
    return tarfile.open(fileobj=file, mode="r|", bufsize=CHUNK, encoding="utf-8", errors="surrogateescape")


def list_members(file):
    archive = opened(file)
    while (member := archive.next()) is not None:
        say(describe(archive, member))
        archive.members = []


def list_image(file):
    """The layer comes first, because only its end tells its digest; what follows is small."""
    archive = opened(file)
    layer = Hashing(archive.extractfile(archive.next()))
    list_members(layer)
    files = {}
    while (member := archive.next()) is not None:
        files[member.name] = archive.extractfile(member).read()
    [image] = json.loads(files["manifest.json"])
    config = json.loads(files[image["Config"]])
    say({"diffId": layer.finish(), "names": image["RepoTags"], "config": config})


{"tar": list_members, "image": list_image}[sys.argv[1]](sys.stdin.buffer)
