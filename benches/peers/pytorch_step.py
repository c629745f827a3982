"""Times training steps and encoding of the same models in PyTorch, in one process.

`python benches/peers/pytorch_step.py MODEL BATCH SECONDS LAYOUT THREADS [--device cuda] [--compile]`: MODEL is `paper`,
`burgess` or `locatello`, LAYOUT `nchw` or `channels_last`; `--compile` times what `torch.compile` makes of the forward
pass, loss and their gradients. A step on a GPU ends when the GPU has done its work. Prints one line of JSON, as `cargo run --example step` of disentangle-trainer does:
milliseconds of the fastest step (forward, backward, Adam) and encoding under `no_grad`, wall and processor time;
the peak of resident memory in MiB; the GFLOP/s of a large matrix product. Needs torch.
"""

import argparse
import json
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F


def paper():
    """PadlessEncoder64 and SimpleConv64, RGB, D = 20."""
    layers, before = [], 3
    for after in (32, 32, 64, 128, 256):
        layers += [nn.Conv2d(before, after, 3, 2), nn.ReLU()]
        before = after
    encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 40))
    layers = [nn.Unflatten(1, (20, 1, 1)), nn.Conv2d(20, 256, 1, 2), nn.ReLU()]
    before = 256
    for after, padding in ((256, 1), (128, 0), (128, 0), (64, 0), (64, 0)):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, padding), nn.ReLU()]
        before = after
    return encoder, nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 3)), 3


def burgess():
    """Burgess et al. 2018, gray, D = 10."""
    layers, before = [], 1
    for _ in range(4):
        layers += [nn.Conv2d(before, 32, 4, 2, 1), nn.ReLU()]
        before = 32
    layers += [nn.Flatten(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()]
    encoder = nn.Sequential(*layers, nn.Linear(256, 20))
    layers = [nn.Linear(10, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU()]
    layers += [nn.Unflatten(1, (32, 4, 4))]
    for _ in range(3):
        layers += [nn.ConvTranspose2d(32, 32, 4, 2, 1), nn.ReLU()]
    return encoder, nn.Sequential(*layers, nn.ConvTranspose2d(32, 1, 4, 2, 1)), 1


def locatello():
    """Locatello et al. 2019, gray, D = 10."""
    layers, before = [], 1
    for after, kernel, padding in ((32, 4, 1), (32, 4, 1), (64, 2, 0), (64, 2, 0)):
        layers += [nn.Conv2d(before, after, kernel, 2, padding), nn.ReLU()]
        before = after
    encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 20))
    layers = [nn.Linear(10, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU(), nn.Unflatten(1, (64, 4, 4))]
    for before, after in ((64, 64), (64, 32), (32, 32)):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.ReLU()]
    return encoder, nn.Sequential(*layers, nn.ConvTranspose2d(32, 1, 4, 2, 1)), 1


MODELS = {"paper": paper, "burgess": burgess, "locatello": locatello}


def fastest(seconds, work):
    """The fastest wall and processor time of repeated calls, after three that warm up, in milliseconds."""
    for _ in range(3):
        work()
    start, times = time.perf_counter(), []
    while len(times) < 5 or time.perf_counter() - start < seconds:
        begin, cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - begin, time.process_time() - cpu))
    return [1e3 * min(column) for column in zip(*times)]


def arguments():
    """The command line's."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("batch", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("layout", choices=["nchw", "channels_last"])
    parser.add_argument("threads", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def finish(device):
    """Waits until the device has done its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main():
    """Reads the arguments, measures, prints."""
    args = arguments()
    device = torch.device(args.device)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    encoder, decoder, channels = MODELS[args.model]()
    encoder, decoder = encoder.to(device), decoder.to(device)
    images = (torch.randn(args.batch, channels, 64, 64) > 0.5).float().to(device)
    if args.layout == "channels_last":
        encoder = encoder.to(memory_format=torch.channels_last)
        decoder = decoder.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-4)

    def loss():
        mu, log_var = encoder(images).chunk(2, dim=1)
        logits = decoder(mu + torch.randn_like(mu) * (log_var / 2).exp())
        nll = F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)
        kl = (mu.square() + log_var.exp() - log_var - 1).sum() / (2 * len(images))
        return nll + 4 * kl

    if args.compile:
        loss, encoder = torch.compile(loss), torch.compile(encoder)

    def step():
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
        finish(device)

    def encode():
        with torch.no_grad():
            encoder(images)
        finish(device)

    step_wall, step_cpu = fastest(args.seconds, step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    encode_wall, encode_cpu = fastest(args.seconds / 4, encode)
    result = {"step": step_wall, "step_cpu": step_cpu, "encode": encode_wall, "encode_cpu": encode_cpu}
    left, right = torch.randn(2, 2048, 2048, device=device)

    def multiply():
        torch.mm(left, right)
        finish(device)

    product, _ = fastest(0, multiply)
    result |= {"peak_mb": peak, "gflops": 2 * 2048**3 / product / 1e6}
    print(json.dumps({key: round(value, 2) for key, value in result.items()}))


if __name__ == "__main__":
    main()
