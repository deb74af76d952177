# SPDX-License-Identifier: Apache-2.0
"""Networks of transformers, for torch_networks.py."""

import torch
from torch_network import Network


def transformer(name, **options):
    """A model of transformers with attention written out, from a config: name("Bert", dims -> changes)."""

    def make(dims):
        import transformers

        config = getattr(transformers, f"{name[0]}Config")
        changes = {key: value(dims) if callable(value) else value for key, value in options.items()}
        made = config(**changes)
        made._attn_implementation = "eager"
        return getattr(transformers, name[1], None)(made) if hasattr(transformers, name[1]) else name[2](made)

    return make


def tokens(vocabulary):
    return lambda dims: {"tokens": torch.randint(0, vocabulary, dims, dtype=torch.int32)}


def bert_inputs(dims):
    batch, length = dims
    ends = torch.tensor([length, *(length - 3 - i for i in range(1, batch))])
    return {
        **tokens(30522)(dims),
        "types": torch.randint(0, 2, dims, dtype=torch.int32),
        "mask": (torch.arange(length)[None] < ends[:, None]).float(),
    }


def run_bert(net, tokens, types, mask):
    found = net(input_ids=tokens, token_type_ids=types, attention_mask=mask)
    return [found.last_hidden_state, found.pooler_output]


def whisper_encoder(config):
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    return WhisperEncoder(config)


def llama_inputs(dims):
    """Angles as transformers computes them, in float32."""
    turns = torch.arange(dims[1]).float()[:, None] * 10000.0 ** -(torch.arange(0, 32, 2).float() / 32)[None]
    return {**tokens(32000)(dims), "cos": turns.cos(), "sin": turns.sin()}


LANGUAGE_NETWORKS = {
    "llama_block": Network(
        transformer(
            ("Llama", "LlamaForCausalLM"),
            hidden_size=256,
            intermediate_size=688,
            num_hidden_layers=2,
            num_attention_heads=8,
            num_key_value_heads=2,
        ),
        inputs=llama_inputs,
        sizes=((2, 13), (3, 24)),
        run=lambda net, tokens, cos, sin: [net(input_ids=tokens, use_cache=False).logits],
    ),
    "bert_base": Network(
        transformer(("Bert", "BertModel")),
        inputs=bert_inputs,
        sizes=((2, 24), (3, 17)),
        outputs=("states", "pooled"),
        run=run_bert,
    ),
    "gpt2": Network(
        transformer(("GPT2", "GPT2LMHeadModel")),
        inputs=tokens(50257),
        sizes=((2, 9), (3, 14)),
        run=lambda net, tokens: [net(input_ids=tokens, use_cache=False).logits],
        ignore=("lm_head",),
    ),
    "whisper_tiny_encoder": Network(
        transformer(
            ("Whisper", "", whisper_encoder),
            d_model=384,
            encoder_layers=4,
            encoder_attention_heads=6,
            encoder_ffn_dim=1536,
            max_source_positions=lambda dims: dims[2] // 2,
        ),
        inputs=lambda dims: {"mels": torch.randn(dims)},
        sizes=((2, 80, 64), (3, 80, 90)),
        outputs=("states",),
        run=lambda net, mels: [net(mels).last_hidden_state],
        per_size=True,
    ),
}
