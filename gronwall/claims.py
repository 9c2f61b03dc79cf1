"""What a claim is, and the five decorators that make one.

A claim is a plain function and what is said about it. The function measures; the keywords of the
decorator state; ``witness``, ``mutant`` and ``printed`` hang more functions on it. Nothing here
runs anything: measuring is :mod:`gronwall.measuring.measure`, judging is :mod:`gronwall.judging.judge`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gronwall.canonical import readable
from gronwall.efforts import EFFORTS, Effort, Pick
from gronwall.problems import MalformedClaim, WrongUsage

KINDS = ("bound", "rate", "identity", "comparison", "reproduction")

INJECTED = {
    "bound": ("instance", "case", "rng", "shared_rng", "effort", "log"),
    "rate": ("n", "paths", "replicate", "case", "rng", "shared_rng", "effort", "log"),
    "identity": ("instance", "case", "rng", "shared_rng", "effort", "log"),
    "comparison": ("replicate", "case", "rng", "shared_rng", "effort", "log"),
    "reproduction": ("replicate", "case", "rng", "shared_rng", "effort", "log"),
}
"""The names the functions of a claim may ask for, in any order.

``replicate`` counts the seeds from 0, for claims that train all of their seeds at once; whatever is drawn
comes from ``rng`` or ``shared_rng``.
"""


@dataclass
class Variant:
    """A mutant or a printed form: another function, other keywords, or both."""

    name: str
    fn: Callable[..., Any] | None
    overrides: dict[str, Any]
    recalled: bool = False


EXAMPLES = Pick({"quick": 500, "full": 2000})
"""Instances drawn of a domain, unless a claim that is dear says otherwise."""

COMMON = ("source", "ref", "effort", "cases", "timeout", "memory")
"""The keywords that claims of every kind have."""

KEYWORDS: dict[str, dict[str, Any]] = {
    "bound": {"over": None, "sharp": None, "climb": None, "examples": EXAMPLES},
    "rate": {
        "order": None,
        "at": None,
        "seeds": 1,
        "within": 0.1,
        "scale": 1.0,
        "at_least": False,
        "direction": None,
        "q": None,
        "dtype": None,
        "norm": None,
        "paths": None,
        "remainder": None,
    },
    "identity": {"over": None, "tol": None, "why": None, "ops": 64, "examples": EXAMPLES},
    "comparison": {"seeds": Pick({"quick": 8, "full": 20}), "factor": 1.0, "equivalent_within": None},
    "reproduction": {"seeds": 8, "published": None, "within": 0.1},
}
"""The further keywords of each kind with their defaults; ``None`` means not stated."""

REQUIRED = {"rate": ("order", "at"), "reproduction": ("published",), "bound": (), "identity": (), "comparison": ()}


@dataclass(eq=False)
class Claim:
    """One statement: how it is measured, what it says, and its wrong versions.

    Calling a claim calls its function, so that a claim can be used in other code and in tests.
    """

    kind: str
    fn: Callable[..., Any]
    keywords: dict[str, Any]
    source: str | None
    ref: str | None
    least_effort: Effort
    cases: dict[str, Any] | None
    path: Path
    line: int
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    """The claim's own ``timeout`` and ``memory``, where it states them, by effort."""
    malformed: str | None = None
    """Why the claim cannot be measured as it is written."""
    witnesses: list[Callable[..., Any]] = field(default_factory=list)
    mutants: list[Variant] = field(default_factory=list)
    printed_forms: list[Variant] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.fn.__name__

    @property
    def statement(self) -> str:
        """The first line of the docstring, or the name in words where there is none."""
        text = inspect.getdoc(self.fn) or ""
        return readable(text).strip().split("\n")[0].strip() or self.name.replace("_", " ")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def witness(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Declare an instance on which the bound is nearly attained: ``fn()`` returns it."""
        with self._spoilt():
            if self.kind != "bound":
                raise MalformedClaim(f"{self.name} is a {self.kind}: only a bound has a witness")
            _check_parameters(fn, self)
            self.witnesses.append(fn)
        return fn

    def mutant(self, name: str, **overrides: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a wrong version of the statement, which the same check must refute.

        Either decorate a function that measures or predicts something else, or override keywords
        (``claim.mutant("order one", order=1)``), or both.
        """
        return self._variant(self.mutants, name, overrides, recalled=False)

    def printed(
        self, name: str, *, recalled: bool = False, **overrides: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the statement as a paper prints it, where that differs from what is true.

        It must be refuted; the record then holds an erratum. ``recalled=True`` marks a form that
        was not read verbatim: it is refuted the same way and is no erratum.
        """
        return self._variant(self.printed_forms, name, overrides, recalled)

    def _variant(
        self, forms: list[Variant], name: str, overrides: dict[str, Any], recalled: bool
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        form = Variant(name, None, overrides, recalled)
        with self._spoilt():
            if not isinstance(name, str) or not name:
                raise MalformedClaim(f'{self.name}: a mutant needs a name, as in @{self.name}.mutant("drops the 1/2")')
            if any(other.name == name for other in forms):
                raise MalformedClaim(f"{self.name}: two forms are called {name!r}")
            _check_keywords(self.kind, overrides, f"{self.name}, {name!r}", KEYWORDS[self.kind])
            forms.append(form)

        def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
            with self._spoilt():
                _check_parameters(fn, self, overrides)
                form.fn = fn
            return fn

        return decorate

    @contextmanager
    def _spoilt(self) -> Iterator[None]:
        """What is malformed within spoils this claim, and neither its file nor the claims beside it."""
        try:
            yield
        except (MalformedClaim, WrongUsage) as mistake:
            self.malformed = self.malformed or str(mistake)

    def stated(self, keyword: str, effort: Effort, case: Any, variant: Variant | None = None) -> Any:
        """The value of a keyword at this effort, for this case, in this variant."""
        overrides = variant.overrides if variant else {}
        value = overrides.get(keyword, self.keywords[keyword])
        if isinstance(value, Pick):
            value = value.at(effort)
        if callable(value) and self.cases is not None and keyword in BY_CASE:
            value = value(case)
        return value


BY_CASE = ("order", "at", "within", "scale", "published", "factor", "sharp", "tol", "ops", "over", "seeds", "at_least")
"""Keywords that may be a function of the case: ``order=lambda case: case.order``."""

_REGISTRY: dict[Path, list[Claim]] = {}


def claims_defined_in(path: Path) -> list[Claim]:
    """The claims whose functions were written in this file, in the order of definition."""
    return list(_REGISTRY.get(path, ()))


def forget_claims_of(path: Path) -> None:
    """Forget what a file defined, before it is imported anew."""
    _REGISTRY.pop(path, None)


def _check_keywords(kind: str, given: Mapping[str, Any], where: str, known: Collection[str]) -> None:
    """Raise :class:`MalformedClaim` for a keyword that is not known here, or whose form is wrong."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise MalformedClaim(
            f"{where}: a {kind} has no keyword {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
        )
    for key, value in given.items():
        if isinstance(value, Pick):
            with _said(f"{where}, {key}="):
                value.checked()
    _check_parts(kind, given, where)


@contextmanager
def _said(where: str) -> Iterator[None]:
    """Let what is malformed within say where it is."""
    try:
        yield
    except (MalformedClaim, WrongUsage) as mistake:
        raise MalformedClaim(f"{where}: {mistake}") from None


def part_names(over: Any) -> tuple[str, ...]:
    """The names that ``over=dict(L=…, N=…)`` gives the parts of an instance; none where it is no dict."""
    if isinstance(over, Pick):
        return tuple(dict.fromkeys(name for value in over.values.values() for name in part_names(value)))
    return tuple(over) if isinstance(over, Mapping) else ()


def _check_parts(kind: str, given: Mapping[str, Any], where: str) -> None:
    for name in part_names(given.get("over")):
        if not isinstance(name, str):
            raise MalformedClaim(f"{where}: over= names a part {name!r}, expected a word, as in over=dict(L=…, N=…)")
        if name in INJECTED[kind]:
            raise MalformedClaim(
                f"{where}: over= calls a part {name!r}, which the functions of a {kind} receive already "
                f"({', '.join(INJECTED[kind])}); call it something else"
            )


def _check_parameters(fn: Callable[..., Any], claim: Claim, overrides: Mapping[str, Any] | None = None) -> None:
    overs = [claim.keywords.get("over"), (overrides or {}).get("over")]
    names = (*INJECTED[claim.kind], *(name for over in overs for name in part_names(over)))
    by_case = claim.cases is not None and any(callable(over) for over in overs)  # what it names is known later
    for parameter in inspect.signature(fn).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name not in names and parameter.default is parameter.empty and not by_case:
            raise MalformedClaim(
                f"{claim.name}: nothing is called {parameter.name!r}; the functions of a {claim.kind} receive "
                f"what they name, out of {', '.join(names)}"
            )
        if parameter.name == "case" and claim.cases is None and parameter.default is parameter.empty:
            raise MalformedClaim(f"{claim.name} asks for a case and declares no cases=")


def _make(kind: str, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
    if len(args) == 1 and callable(args[0]) and not given:  # @identity without parentheses
        return _decorator(kind, (), {})(args[0])
    return _decorator(kind, args, given)


def _decorator(kind: str, args: tuple[Any, ...], given: dict[str, Any]) -> Callable[[Callable[..., Any]], Claim]:
    common = {key: given.pop(key, None) for key in COMMON}

    def decorate(fn: Callable[..., Any]) -> Claim:
        inner = inspect.unwrap(fn)
        if not inspect.isfunction(inner):
            raise MalformedClaim(f"@{kind} goes on a function, not on {fn!r}")
        claim = Claim(
            kind=kind,
            fn=fn,
            keywords=KEYWORDS[kind] | {key: value for key, value in given.items() if key in KEYWORDS[kind]},
            source=None if common["source"] is None else readable(str(common["source"])),
            ref=None if common["ref"] is None else readable(str(common["ref"])),
            least_effort=Effort("quick"),
            cases=None,
            path=Path(inner.__code__.co_filename).resolve(),
            line=inner.__code__.co_firstlineno,
        )
        with claim._spoilt():
            claim.cases = _cases(common["cases"], claim.name)
            claim.limits = {key: _limit(key, common[key], claim.name) for key in LIMITS if common[key] is not None}
            with _said(f"{claim.name}, effort="):
                claim.least_effort = _least_effort(common["effort"])
            if args:
                raise MalformedClaim(f"{claim.name}: @{kind} takes keywords only, got {args[0]!r}")
            _check_keywords(kind, given, claim.name, (*KEYWORDS[kind], *COMMON))
            missing = [key for key in REQUIRED[kind] if given.get(key) is None]
            if missing:
                raise MalformedClaim(f"{claim.name}: a {kind} states {' and '.join(key + '=' for key in missing)}")
            _check_parameters(fn, claim)
        _REGISTRY.setdefault(claim.path, []).append(claim)
        return claim

    return decorate


def _least_effort(value: Any) -> Effort:
    return Effort(value.at(Effort("quick")) if isinstance(value, Pick) else value or "quick")


def _cases(given: Any, name: str) -> dict[str, Any] | None:
    """The cases by name. Raises :class:`MalformedClaim` where there is none, or two have one name."""
    if given is None:
        return None
    try:
        pairs = list(given.items()) if isinstance(given, Mapping) else [(case, case) for case in given]
    except TypeError:
        raise MalformedClaim(f"{name}: cases={given!r}, expected a list, or a dict of named cases") from None
    named = {readable(str(key)): value for key, value in pairs}
    if not named:
        raise MalformedClaim(f"{name}: cases= names no case, so that nothing would be checked")
    if len(named) != len(pairs):
        raise MalformedClaim(f"{name}: two cases have one name")
    return named


LIMITS = {"timeout": "seconds", "memory": "MiB"}
"""The keywords that limit a claim, before those of the run, and their units."""


def _limit(key: str, value: Any, name: str) -> dict[str, float]:
    """What a claim limits itself to, by effort. Raises :class:`MalformedClaim`."""
    with _said(f"{name}, {key}="):
        found = {word: value.at(Effort(word)) if isinstance(value, Pick) else value for word in EFFORTS}
    for limit in found.values():
        if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 < limit < float("inf"):
            raise MalformedClaim(f"{name}: {key}={limit!r}, expected a positive number of {LIMITS[key]}")
    return found


def bound(*args: Any, **keywords: Any) -> Any:
    """State measured <= predicted on every instance of a domain.

    The function returns ``(measured, predicted)``: numbers, an array against one number or against
    an array of the same shape (elementwise), exact rationals or balls.

    Keywords: ``over`` (a Hypothesis strategy of instances; ``dict(L=…, N=…)`` names their parts, which the
    function then receives by name, or all of them as the dict ``instance``), ``sharp`` (the ratio measured/predicted
    that the witness or the search must reach), ``examples`` (instances that Hypothesis draws; default 500 at quick;
    the climb from the best of them adds at most a quarter), ``climb`` (a further ascent of measured/predicted
    from the best draws: the name of a method of ``scipy.optimize.minimize``, or a function of an instance and of
    the ratio that yields instances), and those of every kind: ``source``, ``ref``, ``effort`` (the least at which
    it can be judged), ``cases``, and ``timeout`` (seconds) and ``memory`` (MiB), which a claim that knows its needs
    states before those of the run.
    """
    return _make("bound", args, keywords)


def rate(*args: Any, **keywords: Any) -> Any:
    """State error ~ C n**(-order). The function returns the error at ``n``: a number, or with ``norm`` a vector.

    Keywords: ``order``, ``at`` (the values of n), ``seeds`` (replicates), ``within`` (half-width of the
    equivalence region), ``scale`` (size of the quantity whose error it is), ``at_least`` (steeper is fine).
    ``direction`` says which end is fine: "n" (large n, error ~ C n**(-order)), "h" or "tol" (small n, error ~ C
    n**order; ``q`` the order of the method that keeps the tolerance); unsaid, the end where the errors are smaller.
    ``norm`` (2, inf or a function) makes a vector of errors one number, beside which up to three directions of the
    vector are kept with their signs: they tell a change of sign from an order. ``dtype`` names an arithmetic coarser
    than that of the error; ``remainder="powers"`` says that the error is a series in integer powers of n. With
    ``paths=P`` the function receives ``paths`` and returns P errors, on the same paths at every n (``shared_rng``):
    the error is their root mean square, its uncertainty a jackknife's over paths.
    """
    return _make("rate", args, keywords)


def identity(*args: Any, **keywords: Any) -> Any:
    """State that two routes give the same quantity. The function returns ``(left, right)``.

    SymPy expressions and exact numbers are compared exactly, balls by overlap, floats to ``ops`` times
    eps normwise, or to ``tol`` (then ``why`` says where the tolerance comes from). ``over`` is optional,
    and as for a bound.
    """
    return _make("identity", args, keywords)


def comparison(*args: Any, **keywords: Any) -> Any:
    """State ours * factor <= theirs, in paired runs over ``seeds``. The function returns ``(ours, theirs)``.

    ``equivalent_within=0.1`` states instead that the two are within 10 % of each other.
    """
    return _make("comparison", args, keywords)


def reproduction(*args: Any, **keywords: Any) -> Any:
    """Rerun what a paper reports. The function returns the value; ``published`` is the paper's figure.

    The finding is ``reproduced`` when the 99 % interval of the median over ``seeds`` lies within
    ``within`` (relative, default 0.1) of the published figure, ``not reproduced`` when it lies outside,
    ``undecided`` otherwise. A finding never changes the exit status.
    """
    return _make("reproduction", args, keywords)
