"""The same on measured chains, where the package MDAnalysisTests is installed; elsewhere there are no such claims."""

from __future__ import annotations

from gronwall import comparison
from systems.data.proteins import available
from systems.evoformer.folded.measured import MEASURED
from systems.evoformer.folded.results import SCORES, SEEDS

SOURCE, REF = "sanford2025", "Abstract: quality"


def score(effort, kind, name, replicate):
    """A score of fragments of ten test chains, of one member."""
    return float(MEASURED(effort, kind=kind, world="measured")["scores"][replicate, SCORES.index(name)])


if available():

    @comparison(source=SOURCE, ref=REF, seeds=SEEDS.count, factor=10 / 9, effort="full")
    def measured_chains_are_completed_better_than_by_shortest_ways(replicate, effort):
        r"""On fragments of chains it was not trained on the continuous block errs a tenth less than shortest ways."""
        return score(effort, "continuous", "MAE", replicate), score(effort, "shortest ways", "MAE", replicate)

    @measured_chains_are_completed_better_than_by_shortest_ways.mutant("so does the mean of all chains")
    def _(replicate, effort):
        return score(effort, "mean of all", "MAE", replicate), score(effort, "shortest ways", "MAE", replicate)
