# SPDX-License-Identifier: Apache-2.0
# Claims about lamina-export --unpack; mirrors lamina_weights/groups.py. Files are packed here, bit by bit.
import numpy as np
import pytest
from lamina_weights import files
from lamina_weights.format import tensor

SHUFFLED = (0, 2, 4, 6, 1, 3, 5, 7)


def packed(numbers, bits):
    """[rows, count] -> words: number k of a row at bits k * bits and on."""
    rows = []
    for row in numbers:
        stream = sum(int(n) << (bits * k) for k, n in enumerate(row))
        count = len(row) * bits // 32
        rows.append([(stream >> (32 * w)) & 0xFFFFFFFF for w in range(count)])
    return np.array(rows, "<u4").view("<i4")


def layer(bits, inputs=64, outputs=32, group=32, seed=3, sort=False):
    """Numbers [outputs, inputs], zero points and scales [groups, outputs], and the group of each input."""
    random = np.random.default_rng(seed)
    of_input = np.arange(inputs) // group
    if sort:
        random.shuffle(of_input)
    groups = inputs // group
    return (
        random.integers(0, 1 << bits, (outputs, inputs)),
        random.integers(0, 1 << bits, (groups, outputs)),
        random.uniform(0.01, 0.1, (groups, outputs)).astype("<f2"),
        of_input,
    )


def gptq(bits, q, z, s, of_input, less=1):
    return {
        "fc.qweight": tensor("i32", packed(q, bits).T),
        "fc.qzeros": tensor("i32", packed((z - less) % (1 << bits), bits)),
        "fc.scales": tensor("f16", s),
        "fc.g_idx": tensor("i32", of_input),
        "fc.bias": tensor("f16", np.ones(len(q))),
    }


def awq(q, z, s):
    def shuffled(numbers):
        return numbers.reshape(len(numbers), -1, 8)[:, :, list(SHUFFLED)].reshape(len(numbers), -1)

    return {
        "fc.qweight": tensor("i32", packed(shuffled(q.T), 4)),
        "fc.qzeros": tensor("i32", packed(shuffled(z), 4)),
        "fc.scales": tensor("f16", s),
    }


def expected(q, z, s, of_input):
    return (q - z.T[:, of_input]).astype("<f4") * s.T.astype("<f4")[:, of_input]


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("sort", [False, True])
def test_gptq_gives_the_floats_in_any_order_of_inputs(bits, sort, save, lamina, tmp_path):
    parts = layer(bits, sort=sort)
    for less, options in ((1, ["--unpack"]), (0, ["--unpack", "gptq_v2"])):
        path = save("packed.safetensors", gptq(bits, *parts, less=less))
        out = tmp_path / "floats.safetensors"
        code, _, err = lamina("lamina-export", path, out, *options)
        found, _ = files.read(str(out))
        assert code == 0, err
        assert set(found) == {"fc.weight", "fc.bias"}
        assert found["fc.weight"].type == "f32"
        np.testing.assert_array_equal(found["fc.weight"].values(), expected(*parts))


def test_awq_gives_the_floats(save, lamina, tmp_path):
    q, z, s, of_input = layer(4)
    path = save("packed.safetensors", awq(q, z, s))
    out = tmp_path / "floats.safetensors"
    assert lamina("lamina-export", path, out, "--unpack")[0] == 0
    np.testing.assert_array_equal(files.read(str(out))[0]["fc.weight"].values(), expected(q, z, s, of_input))


def test_what_does_not_fit_is_one_sentence(save, refused, tmp_path):
    q, z, s, of_input = layer(4)
    sound = gptq(4, q, z, s, of_input)
    out = tmp_path / "floats.safetensors"

    def sentence(**changes):
        tensors = {**sound, **{f"fc.{name}": t for name, t in changes.items()}}
        tensors = {name: t for name, t in tensors.items() if t is not None}
        return refused("lamina-export", save("packed.safetensors", tensors), out, "--unpack")

    assert "'fc.qzeros' is missing beside 'fc.qweight'" in sentence(qzeros=None)
    assert "'fc.scales' is 32, a matrix is expected" in sentence(scales=tensor("f16", np.ones(32)))
    assert "'fc.qweight' is of type f32, i32" in sentence(qweight=tensor("f32", np.ones((8, 32))))
    assert "'fc.qzeros' is 2x5, which is not 2 groups of 32 outputs" in sentence(
        qzeros=tensor("i32", np.ones((2, 5)))
    )
    assert "'fc.qweight' is 8x31, neither" in sentence(qweight=tensor("i32", np.ones((8, 31))))
    assert "'fc.g_idx' is not a group below 2 for each of 64" in sentence(g_idx=tensor("i32", np.full(64, 2)))
    assert "'fc.scales' has 3 groups for 64 inputs" in sentence(
        g_idx=None, scales=tensor("f16", np.ones((3, 32))), qzeros=tensor("i32", np.ones((3, 4)))
    )
    assert "no tensor ends in '.qweight'" in sentence(qweight=None)
