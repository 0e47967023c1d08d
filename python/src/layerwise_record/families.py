"""The modules of each family: data, read from transformers 5.23.

Paths are relative to the root (the model without its head) or to a block. If a model lacks a path, its hook
points are not in the plan. A norm that only some configurations have therefore needs no entry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Family:
    """One family's map."""

    # In the root.
    root: tuple[str, ...] = ("model",)
    embed: str = "embed_tokens"
    embed_norm: str | None = None
    pos_embed: str | None = None
    blocks: str = "layers"
    ln_final: str = "norm"

    # In a block.
    ln1: str | None = "input_layernorm"
    attn: str = "self_attn"
    q: str | None = "self_attn.q_proj"
    k: str | None = "self_attn.k_proj"
    v: str | None = "self_attn.v_proj"
    #: One projection for queries, keys and values, and their order in its output: `concat` (all queries, all
    #: keys, all values) or `by_head` (each head's query, key and value side by side).
    qkv: str | None = None
    qkv_layout: str = "concat"
    q_norm: str | None = "self_attn.q_norm"
    k_norm: str | None = "self_attn.k_norm"
    #: Whether the norms of queries and keys take [head, token, d_head] instead of [token, head, d_head].
    heads_first: bool = False
    out: str = "self_attn.o_proj"
    #: The module whose output attention adds to the stream, or gives to its norm; `attn` by default.
    attn_out: str | None = None
    ln1_post: str | None = None
    ln2: str | None = "post_attention_layernorm"
    mlp: str | None = "mlp"
    pre: str | None = "mlp.gate_proj"
    pre_linear: str | None = "mlp.up_proj"
    #: One projection for both halves, the activated half first.
    gate_up: str | None = None
    down: str | None = "mlp.down_proj"
    #: The module whose output the MLP adds to the stream, or gives to its norm; `mlp` by default.
    mlp_out: str | None = None
    ln2_post: str | None = None
    #: The module that chooses a block's experts; its output is (logits, shares, indices).
    router: str | None = None

    rotary: bool = True
    #: `yes`, `no`, or the config's field that says whether attention and MLP read the same input.
    parallel: str = "no"
    #: The way in which attention is watched: through transformers' attention interface, or by its softmax if
    #: the family has its own code.
    watch: str = "interface"
    #: Config fields and the values that the map needs.
    needs: dict = field(default_factory=dict)
    #: Config fields that multiply the embedding and the outputs of a block's halves outside of any module,
    #: and that divide the logits.
    embed_scale: str | None = None
    residual_scale: str | None = None
    logit_divisor: str | None = None


LLAMA = Family()
_SANDWICH = replace(
    LLAMA,
    ln1_post="post_attention_layernorm",
    ln2="pre_feedforward_layernorm",
    ln2_post="post_feedforward_layernorm",
)
_POST_NORM = replace(
    LLAMA,
    ln1=None,
    ln1_post="post_attention_layernorm",
    ln2=None,
    ln2_post="post_feedforward_layernorm",
)
_MIXTURE = replace(LLAMA, router="mlp.gate")
_GPT2 = Family(
    root=("transformer",),
    embed="wte",
    pos_embed="wpe",
    blocks="h",
    ln_final="ln_f",
    ln1="ln_1",
    attn="attn",
    q=None,
    k=None,
    v=None,
    qkv="attn.c_attn",
    q_norm=None,
    k_norm=None,
    out="attn.c_proj",
    ln2="ln_2",
    pre="mlp.c_fc",
    pre_linear=None,
    down="mlp.c_proj",
    rotary=False,
)
_PLAIN_MLP = dict(pre="mlp.fc1", pre_linear=None, down="mlp.fc2")
_QK_LAYERNORM = dict(
    q_norm="self_attn.q_layernorm", k_norm="self_attn.k_layernorm", heads_first=True
)

#: The families by `model_type`.
FAMILIES: dict[str, Family] = {
    "bloom": replace(
        _GPT2,
        embed="word_embeddings",
        embed_norm="word_embeddings_layernorm",
        pos_embed=None,
        ln1="input_layernorm",
        attn="self_attention",
        qkv="self_attention.query_key_value",
        qkv_layout="by_head",
        out="self_attention.dense",
        # The outer modules add the stream themselves.
        attn_out="self_attention.dense",
        ln2="post_attention_layernorm",
        pre="mlp.dense_h_to_4h",
        down="mlp.dense_4h_to_h",
        mlp_out="mlp.dense_4h_to_h",
        watch="softmax",
        needs={"apply_residual_connection_post_layernorm": False},
    ),
    "gemma": LLAMA,
    "gemma2": _SANDWICH,
    "gemma3": replace(_SANDWICH, heads_first=True, root=("model.language_model", "model")),
    "gemma3_text": replace(_SANDWICH, heads_first=True, root=("model.language_model", "model")),
    "gpt2": replace(_GPT2, needs={"reorder_and_upcast_attn": False}),
    "gpt_neo": replace(
        _GPT2,
        attn="attn.attention",
        q="attn.attention.q_proj",
        k="attn.attention.k_proj",
        v="attn.attention.v_proj",
        qkv=None,
        out="attn.attention.out_proj",
        attn_out="attn",
        watch="softmax",
    ),
    "gpt_neox": replace(
        _GPT2,
        root=("gpt_neox",),
        embed="embed_in",
        pos_embed=None,
        blocks="layers",
        ln_final="final_layer_norm",
        ln1="input_layernorm",
        attn="attention",
        qkv="attention.query_key_value",
        qkv_layout="by_head",
        out="attention.dense",
        attn_out="post_attention_dropout",
        ln2="post_attention_layernorm",
        pre="mlp.dense_h_to_4h",
        down="mlp.dense_4h_to_h",
        mlp_out="post_mlp_dropout",
        rotary=True,
        parallel="use_parallel_residual",
    ),
    "gpt_oss": replace(_MIXTURE, router="mlp.router"),
    "gptj": replace(
        _GPT2,
        pos_embed=None,
        q="attn.q_proj",
        k="attn.k_proj",
        v="attn.v_proj",
        qkv=None,
        out="attn.out_proj",
        ln2=None,
        pre="mlp.fc_in",
        down="mlp.fc_out",
        rotary=True,
        parallel="yes",
        watch="softmax",
    ),
    "granite": replace(
        LLAMA,
        embed_scale="embedding_multiplier",
        residual_scale="residual_multiplier",
        logit_divisor="logits_scaling",
    ),
    "llama": LLAMA,
    "mistral": LLAMA,
    "mixtral": _MIXTURE,
    "olmo2": _POST_NORM,
    "olmo3": _POST_NORM,
    "opt": replace(
        LLAMA,
        root=("model.decoder",),
        pos_embed="embed_positions",
        ln_final="final_layer_norm",
        ln1="self_attn_layer_norm",
        out="self_attn.out_proj",
        ln2="final_layer_norm",
        mlp=None,
        pre="fc1",
        pre_linear=None,
        down="fc2",
        mlp_out="fc2",
        rotary=False,
        needs={"do_layer_norm_before": True, "_remove_final_layer_norm": False},
    ),
    "phi": replace(
        LLAMA,
        ln_final="final_layernorm",
        out="self_attn.dense",
        ln2=None,
        parallel="yes",
        **_PLAIN_MLP,
        **_QK_LAYERNORM,
    ),
    "phi3": replace(
        LLAMA,
        q=None,
        k=None,
        v=None,
        qkv="self_attn.qkv_proj",
        attn_out="resid_attn_dropout",
        mlp_out="resid_mlp_dropout",
        pre=None,
        pre_linear=None,
        gate_up="mlp.gate_up_proj",
    ),
    "qwen2": LLAMA,
    "qwen3": LLAMA,
    "qwen3_moe": _MIXTURE,
    "smollm3": LLAMA,
    "stablelm": replace(LLAMA, parallel="use_parallel_residual", mlp_out="dropout", **_QK_LAYERNORM),
    "starcoder2": replace(LLAMA, pre="mlp.c_fc", pre_linear=None, down="mlp.c_proj"),
}
