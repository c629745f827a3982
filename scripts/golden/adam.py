"""Prints five steps of Adam on b² + Σ(w − t)⁴/4 in f64, from the rule torch.optim.Adam documents.

usage: python3 scripts/golden/adam.py > fixtures/golden/adam.in
"""

import math

lr, beta1, beta2, eps = 0.1, 0.9, 0.999, 1e-8
target = [None, 0.5, 2.0]
x, m, v = [-2.0, 1.0, 1.0], [0.0] * 3, [0.0] * 3
rows = []
for t in range(1, 6):
    for i in range(3):
        g = 2 * x[i] if i == 0 else (x[i] - target[i]) ** 3
        m[i] = beta1 * m[i] + (1 - beta1) * g
        v[i] = beta2 * v[i] + (1 - beta2) * g * g
        m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
        x[i] -= lr * m_hat / (math.sqrt(v_hat) + eps)
    rows.append("    [" + ", ".join(repr(value) for value in x) + "],")
print("[\n" + "\n".join(rows) + "\n]")
