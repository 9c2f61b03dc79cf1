"""Rooted trees: how many there are, and their density and symmetry."""

import math
from fractions import Fraction as F

from gronwall.theory.rooted_trees import density, rooted_trees, symmetry, tree_order


def test_there_are_1_1_2_4_9_20_48_rooted_trees():
    assert [len(set(rooted_trees(n))) for n in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]
    assert all(tree_order(tree) == n for n in range(1, 8) for tree in rooted_trees(n))


def test_the_monotone_labellings_of_all_trees_of_order_n_number_n_minus_1_factorial():
    # α(τ) = |τ|!/(σ(τ) γ(τ)) counts them: node k of an increasing tree has k − 1 possible parents.
    for n in range(1, 8):
        trees = rooted_trees(n)
        alpha = [F(math.factorial(n), symmetry(tree) * density(tree)) for tree in trees]
        assert all(a.denominator == 1 for a in alpha)
        assert sum(alpha) == math.factorial(n - 1)


def test_the_tall_tree_has_density_n_factorial_and_the_bush_has_symmetry():
    tall, bush = (), ((), (), (), ())
    for n in range(2, 6):
        tall = (tall,)
        assert density(tall) == math.factorial(n)
        assert symmetry(tall) == 1
    assert (density(bush), symmetry(bush)) == (5, 24)
