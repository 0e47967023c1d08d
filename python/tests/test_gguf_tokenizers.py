"""Tokenizers of GGUF files that no fixture has: their tokens are those of transformers' tokenizer."""

import json

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers.models.gemma.tokenization_gemma import GemmaTokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX as QWEN2
from transformers.models.qwen3_5.tokenization_qwen3_5 import PRETOKENIZE_REGEX

gguf = pytest.importorskip("gguf")

TEXT = """\
The quick brown fox — it's 3.14159 o'clock, isn't it?  "don't",   WE'VE 1234567890.
中华人民共和国成立于1949年10月1日。「こんにちは」 안녕 ไทย हिन्दी café cafe\u0301 ½ 🙂 👩‍👩‍👧

def f(self, *args):\n    return {k: v for k in args if k != 'None'}  \t\n\n\n  <turn|>  x """


def write(path, name, pre, spec, special):
    vocab = spec["model"]["vocab"]
    tokens = sorted(vocab, key=vocab.get)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model(name)
    if pre:
        writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_scores([-1000.0] * len(tokens))
    kinds = {special[-1]: 4} | dict.fromkeys(special[:-1], 3)
    writer.add_token_types([kinds.get(token, 6 if token.startswith("<0x") else 1) for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in spec["model"]["merges"]])
    writer.add_bos_token_id(vocab[special[0]])
    writer.add_unk_token_id(vocab[special[1]])
    writer.add_add_bos_token(name == "gemma4")
    writer.add_add_space_prefix(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def trained(tokenizer, special, alphabet=()):
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=list(alphabet), special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([TEXT.split("中华")[0], TEXT.split("def")[1]] * 2, trainer)
    return json.loads(tokenizer.to_str())


def ids(layerwise, path):
    code, said = layerwise("tokens", path, TEXT, "--json")
    assert code == 0, said
    return [token["id"] for token in json.loads(said)["tokens"]]


def test_pieces_join_by_the_merges_that_the_file_lists(layerwise, tmp_path):
    special = ["<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "<turn|>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    spec = trained(tokenizer, special)
    write(tmp_path / "t.gguf", "gemma4", None, spec, ["<bos>", "<unk>", "<turn|>"])
    theirs = GemmaTokenizer(vocab=spec["model"]["vocab"], merges=[tuple(m) for m in spec["model"]["merges"]])
    theirs.add_tokens(["<turn|>"])
    due = theirs(TEXT, add_special_tokens=False)["input_ids"]
    # Some characters have no piece, and one token stands in the text.
    assert any(2 <= i < 258 for i in due) and 258 in due
    assert ids(layerwise, tmp_path / "t.gguf") == due


def test_words_of_qwen_3_5(layerwise, tmp_path):
    special = ["<bos>", "<unk>", "<turn|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    spec = trained(tokenizer, special, pre_tokenizers.ByteLevel.alphabet())
    write(tmp_path / "t.gguf", "gpt2", "qwen35", spec, special)
    assert ids(layerwise, tmp_path / "t.gguf") == tokenizer.encode(TEXT).ids


def test_words_of_laguna_end_with_their_line(layerwise, tmp_path):
    special = ["<bos>", "<unk>", "<turn|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[^\n]+|\n+"), behavior="isolated"),
        pre_tokenizers.Split(Regex(QWEN2), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    spec = trained(tokenizer, special, pre_tokenizers.ByteLevel.alphabet())
    write(tmp_path / "t.gguf", "gpt2", "laguna", spec, special)
    assert ids(layerwise, tmp_path / "t.gguf") == tokenizer.encode(TEXT).ids
