r"""Text with LaTeX between dollars, as HTML with MathML and as Typst markup.

``The error is $\mathcal{O}(1/N)$`` reads in three places: in the terminal as it stands, in the report
as MathML, in the paper as Typst. A formula that does not convert is shown as its source, never a crash; and
since a stranger wrote it, nothing in it may become markup: text is escaped, MathML keeps only known elements and
attributes, Typst gets what pandoc writes from a syntax tree in which text is text.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from gronwall.canonical import digest, dumps
from gronwall.problems import WrongUsage

MATHML = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = set(re.findall(r"\w+", """
    math mrow mi mo mn ms mtext mspace mfrac msqrt mroot mstyle msub msup msubsup munder mover munderover
    mtable mtr mtd mpadded mphantom mmultiscripts mprescripts none
"""))  # fmt: skip
ATTRIBUTES = set(re.findall(r"\w+", """
    accent accentunder columnalign columnspacing displaystyle fence form height depth linethickness lspace rspace
    mathvariant maxsize minsize movablelimits rowspacing scriptlevel separator stretchy symmetric voffset width
"""))  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A stretch of text, or a formula without its dollars."""

    text: str
    math: bool = False


def split(text: str) -> list[Part]:
    r"""Take text apart at its dollars. ``\$`` is a dollar, ``$$`` counts as one, and one left over is a dollar too."""
    pieces = re.split(r"(?<!\\)\${1,2}", text)
    if len(pieces) % 2 == 0:
        pieces[-2:] = ["$".join(pieces[-2:])]
    parts = [Part(piece.strip() if i % 2 else piece.replace(r"\$", "$"), bool(i % 2)) for i, piece in enumerate(pieces)]
    return [part for part in parts if part.text]


# --------------------------------------------------------------------------- HTML


def to_html(text: str) -> str:
    """Text with formulas as HTML: MathML where the LaTeX converts, its source where not, the rest escaped."""
    made: list[str] = []
    for part in split(text):
        piece = _formula(part.text) if part.math else _prose(part.text)
        stop = re.match(r"[.,;:)!?]+", part.text) if made and made[-1].endswith("</math>") and not part.math else None
        if stop:  # a line never starts with the full stop after a formula
            made[-1] = f'<span class="nowrap">{made[-1]}{stop.group()}</span>'
            piece = _prose(part.text[stop.end() :])
        made.append(piece)
    return "".join(made)


def _prose(text: str) -> str:
    """Text without formulas, escaped; what stands between backticks is code."""
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(text))


def _formula(latex: str) -> str:
    return to_mathml(latex) or f'<code class="latex">{html.escape("$" + latex + "$")}</code>'


@lru_cache(maxsize=4096)
def to_mathml(latex: str) -> str | None:
    """One formula as a ``math`` element, or None where it does not convert."""
    from latex2mathml.converter import convert

    if not _is_balanced(latex):
        return None
    braced = re.sub(r"\\(mathbb|mathcal|mathbf|mathrm|mathsf|mathfrak)\s+([A-Za-z0-9])", r"\\\1{\2}", latex)
    try:
        root = ElementTree.fromstring(convert(braced))
    except Exception:  # its errors share no base, and a formula that does not convert is shown as its source
        return None
    if any((element.text or "").startswith("\\") for element in root.iter()):
        return None  # an unknown macro came through as its name
    if any(element.tag.removeprefix(f"{{{MATHML}}}") not in ELEMENTS for element in root.iter()):
        return None
    return _written(root, latex)


def _is_balanced(latex: str) -> bool:
    r"""Do the braces pair up? (``\{`` and ``\}`` are signs, not braces.)"""
    depth = 0
    for sign in re.findall(r"\\.|[{}]", latex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def _written(root: ElementTree.Element, latex: str) -> str:
    """The tree as text: no namespace, only known attributes, the LaTeX as a label for those who cannot see it."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{MATHML}}}")
        for name in [name for name in element.attrib if name not in ATTRIBUTES]:
            del element.attrib[name]
    root.set("alttext", latex)
    return ElementTree.tostring(root, encoding="unicode")


# --------------------------------------------------------------------------- Typst

FALLBACK_ESCAPES = re.compile(r"([\\#*_`$<>@\[\]~=/\-+'\"])")


def to_typst(text: str) -> str:
    """Text with formulas as Typst markup on one line. For many texts use :func:`all_to_typst`, which is one call."""
    return all_to_typst([text])[0]


def all_to_typst(texts: Iterable[str]) -> list[str]:
    """Typst markup of every text, in their order, by a single run of pandoc.

    What Typst itself then refuses is shown as its source. Raises :class:`WrongUsage` without pandoc.
    """
    wanted = list(texts)
    markup = _compiling(dict(zip(dict.fromkeys(wanted), _by_pandoc(list(dict.fromkeys(wanted))), strict=True)))
    return [markup[text] for text in wanted]


def _by_pandoc(texts: Sequence[str]) -> list[str]:
    """Typst markup from a syntax tree with one paragraph a text, so that nothing in a text is read as markup.

    Between two stands a comment that no text can hold: a digest of them all.
    """
    if not texts:
        return []
    try:
        import pypandoc
    except ImportError:
        raise WrongUsage("the paper needs the extra `suite` (pip install 'gronwall[suite]'): no pypandoc") from None
    blocks, between = [], f"// {digest(dumps(list(texts)))}"
    for text in texts:
        blocks += [{"t": "Para", "c": _inlines(text)}, {"t": "RawBlock", "c": ["typst", between]}]
    tree = json.dumps({"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": blocks})
    written = str(pypandoc.convert_text(tree, "typst", format="json", extra_args=["--wrap=none", "--quiet"]))
    return [" ".join(piece.split()) for piece in written.split(between)[: len(texts)]]


def _inlines(text: str) -> list[dict[str, object]]:
    """A text as pandoc's inlines. A zero-width space keeps an empty text, or one like ``1. x``, a paragraph."""
    inlines: list[dict[str, object]] = []
    for part in split(text):
        if part.math:
            inlines.append({"t": "Math", "c": [{"t": "InlineMath"}, _paired_norms(part.text)]})
            continue
        for piece in re.split(r"(`[^`\n]+`|\s+)", part.text):
            if len(piece) > 2 and piece[0] == piece[-1] == "`":
                inlines.append({"t": "Code", "c": [["", [], []], piece[1:-1]]})
            elif piece:
                inlines.append({"t": "Space"} if piece.isspace() else {"t": "Str", "c": piece})
    return inlines or [{"t": "Str", "c": "\u200b"}]


def _paired_norms(latex: str) -> str:
    r"""``\|x\|`` as ``\lVert x\rVert``: pandoc reads a bare ``\|`` as a relation, with space on both sides."""
    pieces = re.split(r"\\\|", latex)
    if len(pieces) % 2 == 0 or any(re.search(r"\\(left|right|[bB]igg?[lrm]?)\s*$", piece) for piece in pieces[:-1]):
        return latex
    return pieces[0] + "".join((r"\lVert " if i % 2 else r"\rVert ") + piece for i, piece in enumerate(pieces[1:], 1))


def _compiling(markup: dict[str, str]) -> dict[str, str]:
    """The same markup, with what Typst does not compile replaced by its escaped source."""
    if _compiles("\n\n".join(markup.values())):
        return markup
    return {text: made if _compiles(made) else escape_typst(text) for text, made in markup.items()}


def _compiles(markup: str) -> bool:
    import typst

    try:
        typst.compile(markup.encode(), format="pdf")
    except typst.TypstError:
        return False
    return True


def escape_typst(text: str) -> str:
    """Text as Typst markup that shows just this text."""
    return FALLBACK_ESCAPES.sub(r"\\\1", " ".join(text.split()))
