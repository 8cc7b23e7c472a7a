"""The proof that gaussian_process.c rests its bounds of probabilities on: a sum of
exponentials with the weights of scikit-learn's averaged logistic function is positive.
"""

import numpy as np
from sklearn.gaussian_process._gpc import COEFS, LAMBDAS

WEIGHTS, RATES = COEFS.ravel() * LAMBDAS.ravel() ** 3, LAMBDAS.ravel() ** 2
BEYOND = RATES - RATES.min()  # of the slowest term


def scaled(x):
    return np.exp(-np.multiply.outer(x, BEYOND)) @ WEIGHTS


def test_positive_between_the_steps():
    x, step = np.linspace(0, 161, 40251, retstep=True)
    slope = np.abs(WEIGHTS) @ BEYOND
    assert scaled(x).min() - slope * step / 2 > 0


def test_positive_beyond():
    negative = WEIGHTS < 0
    against = np.exp(-161 * BEYOND[negative]) @ WEIGHTS[negative]
    assert WEIGHTS[BEYOND == 0].sum() + against > 0
