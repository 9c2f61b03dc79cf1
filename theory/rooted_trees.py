r"""Rooted trees, which order conditions are indexed by.

A tree is the sorted tuple of its subtrees; () is the single node. Up to order 6 there are 1, 1, 2, 4, 9, 20.

Source: E. Hairer, S. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, II.2.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement
from math import factorial, prod
from typing import Any

Tree = tuple[Any, ...]


@cache
def rooted_trees(order: int) -> tuple[Tree, ...]:
    """All rooted trees with `order` nodes: 1, 1, 2, 4, 9, 20 of them for order 1 … 6."""
    return tuple(sorted(_forests(order - 1, order - 1)))


@cache
def _forests(nodes: int, largest: int) -> tuple[Tree, ...]:
    """All multisets of trees with `nodes` nodes together, at most `largest` each, as sorted tuples."""
    if nodes == 0:
        return ((),)
    found: list[Tree] = []
    for size in range(1, min(largest, nodes) + 1):  # of the largest tree, `count` of which occur
        for count in range(1, nodes // size + 1):
            for chosen in combinations_with_replacement(rooted_trees(size), count):
                found += [tuple(sorted(chosen + rest)) for rest in _forests(nodes - size * count, size - 1)]
    return tuple(found)


def tree_order(tree: Tree) -> int:
    """|τ|, the number of nodes."""
    return 1 + sum(map(tree_order, tree))


def density(tree: Tree) -> int:
    """γ(τ) = |τ| Π γ(subtree)."""
    return tree_order(tree) * prod(map(density, tree))


def symmetry(tree: Tree) -> int:
    """σ(τ) = Π m! σ(subtree)^m over the different subtrees, m their multiplicity."""
    return prod(factorial(tree.count(t)) * symmetry(t) ** tree.count(t) for t in set(tree))
