"""The packets of miIO: a header of 32 bytes, and JSON under a key made of the token.

All numbers are big-endian::

    0   2  magic 21 31
    2   2  length of the whole packet
    4   4  0, or FF in a greeting
    8   4  ID of the device
    12  4  the device's clock, in seconds since it started
    16 16  checksum: MD5 of bytes 0 to 15, the token and the encrypted data

The data is encrypted with AES-128 in CBC mode and PKCS #7 padding. The key is the MD5
of the token, the initialization vector the MD5 of the key and the token.
"""

import hashlib
import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

TOKEN_BYTES: Final = 16
_MAGIC: Final = 0x2131
_HEADER: Final = struct.Struct(">HHIII16s")
_UNSIGNED: Final = struct.Struct(">HHIII")
_LARGEST: Final = 4096
_BLOCK_BITS: Final = 128
_BLOCK_BYTES: Final = 16
_NOTHING: Final = b"\xff" * 16

GREETING: Final = struct.pack(">HH", _MAGIC, _HEADER.size) + b"\xff" * 28
"""What a client sends to learn a device's ID and clock."""


def _digest(*parts: bytes) -> bytes:
    """Return the MD5 that the protocol prescribes."""
    return hashlib.md5(b"".join(parts), usedforsecurity=False).digest()


def _cipher(token: bytes) -> Cipher[CBC]:
    key = _digest(token)
    return Cipher(AES(key), CBC(_digest(key, token)))


def greeting_answer(device_id: int, stamp: int) -> bytes:
    """Return a device's answer to a greeting; it does not tell the token."""
    return _HEADER.pack(_MAGIC, _HEADER.size, 0, device_id, stamp, _NOTHING)


def seal(data: bytes, token: bytes, device_id: int, stamp: int) -> bytes:
    """Return a packet with encrypted data."""
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = _cipher(token).encryptor()
    padded = padder.update(data) + padder.finalize()
    body = encryptor.update(padded) + encryptor.finalize()
    start = _UNSIGNED.pack(_MAGIC, _HEADER.size + len(body), 0, device_id, stamp)
    return start + _digest(start, token, body) + body


def unseal(packet: bytes, token: bytes) -> bytes | None:
    """Return the data of a packet; None if it is damaged or of another token."""
    if not _HEADER.size < len(packet) <= _LARGEST:
        return None
    magic, length, _, _, _, checksum = _HEADER.unpack_from(packet)
    body = packet[_HEADER.size :]
    if (
        magic != _MAGIC
        or length != len(packet)
        or len(body) % _BLOCK_BYTES
        or checksum != _digest(packet[: _UNSIGNED.size], token, body)
    ):
        return None
    decryptor = _cipher(token).decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = unpadder.update(decryptor.update(body) + decryptor.finalize())
        return padded + unpadder.finalize()
    except ValueError:
        return None
