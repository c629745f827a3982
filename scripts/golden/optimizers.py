"""Prints five steps of PyTorch's optimizers on b² + Σ(w − t)⁴/4 in f64, and two clipped gradients.

usage: python3 scripts/golden/optimizers.py > fixtures/golden/optimizers.in   (PyTorch 2.15)
"""

import torch

torch.set_default_dtype(torch.float64)
target = torch.tensor([0.5, 2.0])
cases = [
    ("AdamW default", torch.optim.AdamW, {}),
    ("AdamW other", torch.optim.AdamW, dict(betas=(0.5, 0.9), eps=1e-3, weight_decay=0.2)),
    ("Sgd default", torch.optim.SGD, {}),
    ("Sgd momentum", torch.optim.SGD, dict(momentum=0.9)),
    ("Sgd nesterov, decay", torch.optim.SGD, dict(momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("RmsProp default", torch.optim.RMSprop, {}),
    ("RmsProp momentum", torch.optim.RMSprop, dict(alpha=0.9, momentum=0.9)),
    (
        "RmsProp centered, momentum, decay",
        torch.optim.RMSprop,
        dict(alpha=0.9, momentum=0.9, centered=True, weight_decay=0.1),
    ),
]


def start():
    b = torch.tensor([-2.0], requires_grad=True)
    w = torch.tensor([1.0, 1.0], requires_grad=True)
    return b, w


def loss(b, w):
    return (b**2).sum() + ((w - target) ** 4).sum() / 4


def row(values):
    return "[" + ", ".join(repr(v) for v in values) + "]"


print("[")
for name, optimizer, options in cases:
    b, w = start()
    running = optimizer([b, w], lr=0.02, **options)
    rows = []
    for _ in range(5):
        running.zero_grad()
        loss(b, w).backward()
        running.step()
        rows.append(row(b.tolist() + w.tolist()))
    print(f'    ("{name}", [' + ", ".join(rows) + "]),")
print("]")
