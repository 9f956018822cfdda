"""Personal fields, readable only while their person's keys exist.

Each person has 64 random bytes, kept wrapped by KMS in a table without recovery, backup or stream
(`ports.Vault`): 32 for AES-256-GCM, 32 for the pseudonym. Destroying them makes every field of
every entry unreadable at once and the pseudonym nobody's; no stored byte changes, so every hash,
proof and checkpoint still holds.

A sealed field is `nonce (12 bytes) || ciphertext || tag (16 bytes)`. Event, pseudonym and field
name are authenticated with it, so that it opens in its own place only. With random nonces one key
seals 2^32 fields (NIST SP 800-38D, section 8.3): 268 million entries of the most fields each.
"""

from __future__ import annotations

import base64
import hmac
import os
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autopilot.audit.canonical import quote
from autopilot.audit.entry import PERSONAL_FIELDS_MAX
from autopilot.audit.key_cache import KeyCache
from autopilot.errors import BadInput, Problem, Refused
from autopilot.persons import ErasureRegister, KeyWrapper, Vault, WrappedKeys
from autopilot.ports import Clock

KEY_BYTES: Final = 32  #: of each half: AES-256, and HMAC-SHA-256
NONCE_BYTES: Final = 12  #: the length for which GCM needs no hashing (NIST SP 800-38D, 8.2)
TAG_BYTES: Final = 16
#: What `entry.Ciphertext` holds in base64, without nonce and tag.
FIELD_BYTES_MAX: Final = 8192 // 4 * 3 - NONCE_BYTES - TAG_BYTES
PSEUDONYM_CHARACTERS: Final = 32
_SCHEME: Final = "vault/1/"


class Erased(Refused):
    """The keys that would open this were destroyed, or never were."""


class NotGenuine(Refused):
    """A sealed field was changed, or lies where it was not sealed for."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Members of an entry: the person's pseudonym, the key's name, and the encrypted fields."""

    subject: str
    personal_key: str
    personal: Mapping[str, str]


NOBODY: Final = Sealed("", "", {})


@dataclass(slots=True)
class SubjectKeys:
    """A person's keys in the clear. `wipe` overwrites them as far as Python allows.

    What cannot be promised: the AWS SDK parses them out of immutable bytes, and OpenSSL copies the
    data key for as long as it uses it. Those copies end with the garbage collector and the process.
    """

    key_id: str
    material: bytearray = field(repr=False)

    def pseudonym(self, reference: str) -> str:
        """The person's name in the trail; with these keys the last way to compute it is gone."""
        secret = self.material[KEY_BYTES:]
        try:
            digest = hmac.new(secret, reference.encode(), sha256).hexdigest()
        finally:
            secret[:] = bytes(len(secret))
        return digest[:PSEUDONYM_CHARACTERS]

    def cipher(self) -> AESGCM:
        """AES-256-GCM under the first half."""
        return AESGCM(memoryview(self.material)[:KEY_BYTES])

    def wipe(self) -> None:
        """Overwrite the keys with zeros."""
        self.material[:] = bytes(len(self.material))


@dataclass(frozen=True, slots=True)
class SubjectReader:
    """Opens the entries of one person."""

    key_id: str
    pseudonym: str  #: the person's name in the trail
    cipher: AESGCM = field(repr=False)

    def fields(self, *, event: str, key: str, sealed: Mapping[str, str]) -> dict[str, str]:
        """The fields of the entry `event`, sealed under `key`, in the clear.

        Raises `Erased` when the key is gone, `NotGenuine` when a field is not as it was sealed.
        """
        if key != f"{_SCHEME}{self.key_id}":
            message = f"{key} does not exist: it was erased, or is another person's"
            raise Erased(message)
        return {
            name: _opened(self.cipher, blob, field_context(event, self.pseudonym, name))
            for name, blob in sealed.items()
        }


class SubjectVault:
    """Seals and opens the personal fields of entries, with keys that live no longer than needed."""

    def __init__(
        self,
        *,
        vault: Vault,
        wrapper: KeyWrapper,
        register: ErasureRegister,
        clock: Clock,
        cache: KeyCache[SubjectKeys] | None = None,
    ) -> None:
        """Without a cache every use unwraps the keys anew and wipes them afterwards."""
        self._vault = vault
        self._wrapper = wrapper
        self._register = register
        self._clock = clock
        self._cache = cache

    def seal_fields(
        self, reference: str, event: str, fields: Mapping[str, str], *, happened_ms: int
    ) -> Sealed:
        """Encrypt the personal fields of the entry `event`; makes the person's keys at first use.

        An event from before the person's erasure that comes late is to be kept without the person:
        the answer is empty. One from afterwards gets new keys, and a pseudonym that nothing links
        to the old one. Raises `BadInput` for fields that no entry could hold.
        """
        _require_sealable(fields)
        found = self._found(reference) or self._made(reference, happened_ms)
        if found is None:
            return NOBODY
        with self._keys(reference, found) as keys:
            subject, cipher = keys.pseudonym(reference), keys.cipher()
            personal = {
                name: seal_field(cipher, nonce, text, field_context(event, subject, name))
                for (name, text), nonce in zip(fields.items(), nonces(len(fields)), strict=True)
            }
            return Sealed(subject, f"{_SCHEME}{keys.key_id}", personal)

    @contextmanager
    def opened(self, reference: str) -> Iterator[SubjectReader]:
        """What reads a person's entries, with keys that are unwrapped once and wiped at the exit.

        Raises `Erased` when there are none.
        """
        with self._existing(reference) as keys:
            yield SubjectReader(keys.key_id, keys.pseudonym(reference), keys.cipher())

    def open_fields(
        self, reference: str, *, event: str, key: str, sealed: Mapping[str, str]
    ) -> dict[str, str]:
        """The fields of the entry `event`, sealed under `key`, in the clear.

        Raises `Erased` when the key is gone, `NotGenuine` when a field is not as it was sealed.
        """
        with self.opened(reference) as reader:
            return reader.fields(event=event, key=key, sealed=sealed)

    @contextmanager
    def _existing(self, reference: str) -> Iterator[SubjectKeys]:
        wrapped = self._found(reference)
        if wrapped is None:
            message = "no keys of this person exist: they were erased, or nothing was ever sealed"
            raise Erased(message)
        with self._keys(reference, wrapped) as keys:
            yield keys

    @contextmanager
    def _keys(self, reference: str, found: WrappedKeys | SubjectKeys) -> Iterator[SubjectKeys]:
        """The keys in the clear, kept in the cache or wiped at the exit."""
        if isinstance(found, SubjectKeys):
            yield found
            return
        keys = SubjectKeys(found.key_id, self._wrapper.unwrap(found.wrapped, reference))
        if self._cache is not None:
            self._cache.keep(reference, keys)
            yield keys
            return
        try:
            yield keys
        finally:
            keys.wipe()

    def _found(self, reference: str) -> WrappedKeys | SubjectKeys | None:
        cached = self._cache.find(reference) if self._cache is not None else None
        return cached or self._vault.find(reference)

    def _made(self, reference: str, happened_ms: int) -> WrappedKeys | None:
        """Make keys; of two regions that do so at once, both get those that were kept first.

        None for an event from before an erasure. The register is asked here and not at each event:
        while there are keys nothing was erased.
        """
        if happened_ms <= self._register.erased_ms(reference):
            return None
        material, wrapped = self._wrapper.make(reference)
        material[:] = bytes(len(material))  # only what was kept counts, and that is read back
        made = WrappedKeys(os.urandom(16).hex(), wrapped, self._clock.now_ms())
        return self._vault.keep(reference, made)


def nonces(count: int) -> list[bytes]:
    """Random nonces, each for one field, drawn at once: asking the kernel costs as sealing does."""
    drawn = os.urandom(NONCE_BYTES * count)
    return [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]


def seal_field(cipher: AESGCM, nonce: bytes, text: str, context: bytes) -> str:
    """One personal field, encrypted for its place: base64, as an entry holds it.

    Never use a nonce twice: with two fields under one nonce and key both can be read and forged.
    """
    sealed = nonce + cipher.encrypt(nonce, text.encode(), context)
    return b2a_base64(sealed, newline=False).decode()


def field_context(event: str, subject: str, name: str) -> bytes:
    """What is authenticated with a field: where it belongs, in the form of RFC 8785."""
    return f'{{"event":{quote(event)},"field":{quote(name)},"subject":{quote(subject)}}}'.encode()


def _opened(cipher: AESGCM, blob: str, context: bytes) -> str:
    try:
        sealed = base64.b64decode(blob, validate=True)
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context).decode()
    except (InvalidTag, ValueError) as error:
        message = "a sealed field was changed, or lies where it was not sealed for"
        raise NotGenuine(message) from error


def _require_sealable(fields: Mapping[str, str]) -> None:
    problems = [
        Problem(f"personal.{name}", f"at most {FIELD_BYTES_MAX} bytes", "more")
        for name, text in fields.items()
        if len(text.encode()) > FIELD_BYTES_MAX
    ]
    if len(fields) > PERSONAL_FIELDS_MAX:
        expected = f"at most {PERSONAL_FIELDS_MAX} fields"
        problems.append(Problem("personal", expected, str(len(fields))))
    if problems:
        raise BadInput("personal fields", problems, "Leave out what the purpose does not need.")
