"""Prints 14 steps of PyTorch's learning-rate schedulers.

usage: python3 scripts/golden/learning_rates.py > fixtures/golden/learning_rates.json   (PyTorch 2.15)
"""

import json

import torch
from torch.optim import lr_scheduler as s

cases = {
    "step": (0.1, lambda o: s.StepLR(o, step_size=3, gamma=0.5)),
    "step_every_1": (0.1, lambda o: s.ExponentialLR(o, gamma=0.9)),
    "multi_step": (0.1, lambda o: s.MultiStepLR(o, milestones=[2, 5, 6], gamma=0.5)),
    "cyclic_triangular": (
        0.01,
        lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=3, step_size_down=5, cycle_momentum=False),
    ),
    "cyclic_triangular2": (
        0.01,
        lambda o: s.CyclicLR(
            o, 0.01, 0.1, step_size_up=3, step_size_down=5, mode="triangular2", cycle_momentum=False
        ),
    ),
    "one_cycle": (0.1, lambda o: s.OneCycleLR(o, 0.1, total_steps=14, cycle_momentum=False)),
    "cosine": (0.1, lambda o: s.CosineAnnealingLR(o, T_max=20, eta_min=0.01)),
}
rates = {}
for name, (lr, make) in cases.items():
    parameter = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=lr)
    scheduler = make(optimizer)
    rates[name] = []
    for step in range(14):
        rates[name].append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < 13:
            scheduler.step()
print(json.dumps(rates, indent=1))
