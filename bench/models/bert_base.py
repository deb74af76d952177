# SPDX-License-Identifier: Apache-2.0
"""BERT-base as a PyTorch module, with the names of Hugging Face's BertModel: Devlin et al. 2018."""

import torch
from torch import nn
from torch.nn import functional as F


class SelfAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x):
        def in_heads(part):
            return part(x).unflatten(2, (self.heads, -1)).transpose(1, 2)

        y = F.scaled_dot_product_attention(in_heads(self.query), in_heads(self.key), in_heads(self.value))
        return y.transpose(1, 2).flatten(2)


class Joined(nn.Module):
    """A dense layer, a shortcut and a layer norm behind both."""

    def __init__(self, inputs, width):
        super().__init__()
        self.dense, self.LayerNorm = (nn.Linear(inputs, width), nn.LayerNorm(width, eps=1e-12))

    def forward(self, x, shortcut):
        return self.LayerNorm(shortcut + self.dense(x))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(width, heads), "output": Joined(width, width)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(width, 4 * width)})
        self.output = Joined(4 * width, width)

    def forward(self, x):
        x = self.attention["output"](self.attention["self"](x), x)
        return self.output(F.gelu(self.intermediate["dense"](x)), x)


class BertBase(nn.Module):
    """Token numbers NxL -> hidden NxLx768 of every token, pooled Nx768 of the first. Segment 0
    throughout, no mask: all texts have the same length."""

    VOCABULARY, POSITIONS, SEGMENTS = 30522, 512, 2

    def __init__(self, width=768, heads=12, depth=12):
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(self.VOCABULARY, width),
                "position_embeddings": nn.Embedding(self.POSITIONS, width),
                "token_type_embeddings": nn.Embedding(self.SEGMENTS, width),
                "LayerNorm": nn.LayerNorm(width, eps=1e-12),
            }
        )
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(width, heads) for _ in range(depth))})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(width, width)})

    def forward(self, ids):
        tables = self.embeddings
        x = (
            tables["word_embeddings"](ids)
            + tables["position_embeddings"].weight[: ids.shape[1]]
            + tables["token_type_embeddings"].weight[:1]
        )
        x = tables["LayerNorm"](x)
        for layer in self.encoder["layer"]:
            x = layer(x)
        return x, torch.tanh(self.pooler["dense"](x[:, 0]))
