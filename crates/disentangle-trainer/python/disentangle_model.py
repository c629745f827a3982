"""The networks of `disentangle` as PyTorch modules, with the names and shapes of its safetensors files.

usage: python disentangle_model.py DIR    prints the parameters of an exported folder

DIR is what `disentangle export RUN --hf DIR` wrote: `config.json` and `model.safetensors`. Needs `torch`
and `safetensors`. Conditional models are refused: their codes depend on labels beside the image.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn


class Flatten(nn.Module):
    def forward(self, x):
        return x.flatten(1)


class Unflatten(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(-1, *self.shape)


class Broadcast(nn.Module):
    """Repeats latents at every pixel and adds the planes of x and y, from -1 to 1."""

    def __init__(self, height, width):
        super().__init__()
        y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
        self.register_buffer("coordinates", torch.stack([x, y])[None], persistent=False)

    def forward(self, z):
        height, width = self.coordinates.shape[2:]
        planes = z[:, :, None, None].expand(-1, -1, height, width)
        return torch.cat([planes, self.coordinates.expand(len(z), -1, -1, -1)], 1)


class Chain(nn.Module):
    """Layers one after the other. Only those with parameters have names, which are the file's."""

    def __init__(self, reached):
        super().__init__()
        self.order = []
        self.reached = reached

    def then(self, function):
        self.order.append(function)
        return self

    def named(self, name, layer, activation):
        self.add_module(name, layer)
        return self.then(layer) if activation is None else self.then(layer).then(activation)

    def conv(self, name, outputs, kernel, stride, padding, activation=torch.relu):
        layer = nn.Conv2d(self.reached, outputs, kernel, stride, padding)
        self.reached = outputs
        return self.named(name, layer, activation)

    def deconv(self, name, outputs, kernel, stride, padding, activation=torch.relu):
        layer = nn.ConvTranspose2d(self.reached, outputs, kernel, stride, padding)
        self.reached = outputs
        return self.named(name, layer, activation)

    def linear(self, name, outputs, activation=torch.relu):
        layer = nn.Linear(self.reached, outputs)
        self.reached = outputs
        return self.named(name, layer, activation)

    def flatten(self, elements):
        self.reached = elements
        return self.then(Flatten())

    def unflatten(self, channels, height, width):
        self.reached = channels
        return self.then(Unflatten(channels, height, width))

    def forward(self, x):
        for function in self.order:
            x = function(x)
        return x


def encoder(config, image, outputs):
    """Returns the network from images `[B, C, H, W]` in [0, 1] to `[B, outputs]`."""
    kind = config["kind"]
    channels, height, width = image
    chain = Chain(channels)
    if kind in WINDOWS:
        side = [height, width]
        for i, (maps, (kernel, stride, padding)) in enumerate(WINDOWS[kind]):
            chain.conv(f"conv{i + 1}", maps, kernel, stride, padding)
            side = [(s + 2 * padding - kernel) // stride + 1 for s in side]
        chain.flatten(chain.reached * side[0] * side[1])
    else:
        chain.flatten(channels * height * width)
    for i, hidden in enumerate(config.get("hidden", HIDDEN.get(kind, []))):
        chain.linear(f"fc{i + 1}", hidden)
    return chain.linear("head", outputs, None)


K4 = (4, 2, 1)
WINDOWS = {
    "padless_conv64": [(maps, (3, 2, 0)) for maps in (32, 32, 64, 128, 256)],
    "simple_conv64": [(maps, K4) for maps in (32, 32, 64, 128, 256, 256)],
    "burgess": [(32, K4)] * 4,
    "locatello": [(32, K4), (32, K4), (64, (2, 2, 0)), (64, (2, 2, 0))],
    "locatello_k4": [(32, K4), (32, K4), (64, K4), (64, K4)],
}
HIDDEN = {
    "shallow_linear": [400],
    "deep_linear": [1000, 400, 200, 100],
    "burgess": [256, 256],
    "locatello": [256],
    "locatello_k4": [256],
    "mlp": [1200, 1200],
}


def decoder(config, image, inputs):
    """Returns the network from latents `[B, D]` to logits `[B, C, H, W]`; pixels are their sigmoids."""
    kind = config["kind"]
    channels, height, width = image
    chain = Chain(inputs)
    if kind == "simple_conv64":
        chain.unflatten(inputs, 1, 1).conv("conv1", 256, 1, 2, 0).deconv("deconv1", 256, 4, 2, 1)
        for i, maps in enumerate((128, 128, 64, 64)):
            chain.deconv(f"deconv{i + 2}", maps, 4, 2, 0)
        return chain.deconv("deconv6", channels, 3, 1, 0, None)
    if kind == "spatial_broadcast":
        chain.then(Broadcast(height, width))
        chain.reached = inputs + 2
        chain.add_module("broadcast", chain.order[-1])
        for i in range(4):
            chain.conv(f"conv{i + 1}", 64, 3, 1, 1)
        return chain.conv("conv5", channels, 3, 1, 1, None)
    if kind in ("burgess", "locatello"):
        start = (32 if kind == "burgess" else 64, height // 16, width // 16)
        hidden = [256, 256] if kind == "burgess" else [256]
        for i, units in enumerate([*hidden, start[0] * start[1] * start[2]]):
            chain.linear(f"fc{i + 1}", units)
        chain.unflatten(*start)
        for i, maps in enumerate((32, 32, 32) if kind == "burgess" else (64, 32, 32)):
            chain.deconv(f"deconv{i + 1}", maps, *K4)
        return chain.deconv("deconv4", channels, *K4, None)
    hidden = {"shallow_linear": [400], "deep_linear": [100, 200, 400, 1000], "mlp": [1200] * 3}[kind]
    activation = torch.tanh if kind == "mlp" else torch.relu
    for i, units in enumerate(config.get("hidden", hidden)):
        chain.linear(f"fc{i + 1}", units, activation)
    return chain.linear("head", channels * height * width, None).unflatten(*image)


class Autoencoder(nn.Module):
    """Encoder and decoder of a model's configuration, for images of (channels, height, width)."""

    def __init__(self, model, image):
        super().__init__()
        if model.get("conditioning"):
            raise ValueError("conditional models are not supported: their codes depend on labels")
        self.latents = model["latents"]
        gaussian = model["bottleneck"]["kind"] == "gaussian"
        self.encoder = encoder(model["encoder"], image, self.latents * (2 if gaussian else 1))
        self.decoder = decoder(model["decoder"], image, self.latents)

    def encode(self, images):
        """Returns the codes `[B, D]` of images `[B, C, H, W]` in [0, 1]: the means of the posteriors."""
        return self.encoder(images)[:, : self.latents]

    def decode(self, latents):
        """Returns images `[B, C, H, W]` in [0, 1]."""
        return torch.sigmoid(self.decoder(latents))


def load(folder):
    """Returns the model of an exported folder, with its weights."""
    config = json.loads((Path(folder) / "config.json").read_text())
    image = config["image"]
    model = Autoencoder(config["model"], (image["channels"], image["height"], image["width"]))
    model.load_state_dict(load_file(Path(folder) / "model.safetensors"))
    return model.eval()


def save(model, path):
    """Writes weights that `train.init_from` takes."""
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, tensor in load(sys.argv[1]).state_dict().items():
        print(name, list(tensor.shape))
