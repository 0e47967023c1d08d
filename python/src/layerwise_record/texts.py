"""The texts of tokens. Bytes that are part of a character are written like `⟨E58D⟩`."""
import re
from collections.abc import Iterable


#: The number of tokens of each row of recorded logits whose texts a trace holds: enough for a tall screen.
TOP = 64


def likely(logits) -> set[int]:
    """The tokens that a screen shows for logits `[token, vocab]`."""
    return set(logits.topk(min(TOP, logits.shape[-1])).indices.flatten().tolist())


def texts(tokenizer, passes: list[dict], more: Iterable[int] = ()) -> dict[str, str]:
    """The text of each token in the passes and in `more`, as it decodes alone."""
    if tokenizer is None:
        return {}
    ids = {i for p in passes for i in p["tokens"]}
    ids |= set(more)
    ids |= {top[0] for p in passes for lens in p["lens"].values() for top in lens["top"]}
    return {str(i): text(tokenizer, i) for i in sorted(ids)}


def text(tokenizer, token: int) -> str:
    decoded = tokenizer.decode([token], clean_up_tokenization_spaces=False)
    if "\ufffd" not in decoded:
        return decoded
    content = in_bytes(tokenizer.convert_ids_to_tokens(token))
    return decoded if content is None else readable(content)


def in_bytes(piece: str) -> bytes | None:
    """The bytes that a piece adds to a text, in a vocabulary that is written byte by byte."""
    if byte := re.fullmatch(r"<0x([0-9A-F]{2})>", piece):
        return bytes.fromhex(byte[1])
    if all(character in BYTES for character in piece):
        return bytes(BYTES[character] for character in piece)
    return None


def byte_level() -> dict[str, int]:
    """The byte of each character in GPT-2's alphabet: printable Latin-1 stands for itself, and the other bytes
    are numbered from U+0100."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = (b for b in range(256) if b not in plain)
    return {chr(b): b for b in plain} | {chr(0x100 + i): b for i, b in enumerate(others)}


BYTES = byte_level()


def readable(content: bytes) -> str:
    """Bytes as text; bytes that are not a whole character are written in hexadecimal."""
    shown = content.decode(errors="surrogateescape")
    surrogates = re.compile("[\udc80-\udcff]+")
    return surrogates.sub(lambda run: f"⟨{''.join(f'{ord(c) - 0xDC00:02X}' for c in run[0])}⟩", shown)
