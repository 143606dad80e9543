"""How every number of a report is printed; nothing else formats one.

Rates are printed in per cent and their differences in percentage points. The number of decimals
follows the interval (see `decimals_for`). A minus sign is ``−``, what is not
defined is ``–``.
"""

import math
import re
from collections.abc import Iterable

MISSING = "–"
NBSP = "\N{NO-BREAK SPACE}"


def defined(*values: float) -> bool:
    """Whether every value is a finite number."""
    return all(value is not None and math.isfinite(value) for value in values)


def number(value: float, decimals: int) -> str:
    """A number with a true minus sign, thousands set apart, ∞ as itself and NaN as a dash.

    >>> number(-3.14159, 2), number(-0.001, 1), number(float("nan"), 1), number(12345.0, 0)
    ('−3.14', '0.0', '–', '12,345')
    """
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _minus(f"{value:,.{decimals}f}")


def signed(value: float, decimals: int) -> str:
    """A difference, which always shows its sign; a rounded zero has none.

    >>> signed(1.44, 1), signed(-1.44, 1), signed(-0.04, 1)
    ('+1.4', '−1.4', '0.0')
    """
    text = number(value, decimals)
    positive = defined(value) and value > 0 and text != number(0.0, decimals)
    return f"+{text}" if positive else text


def _minus(text: str) -> str:
    negative = text.startswith("-") and re.search(r"[1-9]", text)
    return f"−{text[1:]}" if negative else text.lstrip("-")


def span(low: float, high: float, decimals: int, *, sign: bool = False) -> str:
    """An interval, or a dash where it is not defined.

    >>> span(0.61, 2.3, 1), span(-2.3, 0.4, 1, sign=True), span(float("nan"), 1.0, 1)
    ('0.6 to 2.3', '−2.3 to +0.4', '–')
    """
    if not defined(low, high):
        return MISSING
    text = signed if sign else number
    return f"{text(low, decimals)} to {text(high, decimals)}"


def decimals_for(half_widths: Iterable[float], *, least: int = 1, most: int = 3) -> int:
    """Decimals that the median half-width of some intervals allows.

    One for a half-width of 0.5 and more, two from 0.05 on, and so on. One column has one number
    of decimals, so that its values can be compared by eye.

    >>> decimals_for([0.85]), decimals_for([0.25]), decimals_for([12.0]), decimals_for([])
    (1, 2, 1, 1)
    """
    widths = sorted(width for width in half_widths if defined(width) and width > 0)
    if not widths:
        return least
    digits = 1 - math.floor(math.log10(2 * widths[len(widths) // 2]))
    return min(max(digits, least), most)


def p_value(value: float) -> str:
    r"""A probability in the usual style, without the zero before the point.

    >>> [p_value(p).replace("\xa0", " ") for p in (0.0004, 0.0021, 0.034, 0.34, 0.999)]
    ['p < .001', 'p = .002', 'p = .034', 'p = .34', 'p > .99']
    """
    if not defined(value):
        text = f"p {MISSING}"
    elif value < 0.001:
        text = "p < .001"
    elif value > 0.99:
        text = "p > .99"
    else:
        text = f"p = {value:.{3 if value < 0.1 else 2}f}".replace("0.", ".")
    return text.replace(" ", NBSP)


def percent(fraction: float, decimals: int | None = None) -> str:
    r"""A fraction as a percentage; as many decimals as it needs unless told.

    >>> percent(0.95).replace("\xa0", " "), percent(0.0314, 1).replace("\xa0", " ")
    ('95 %', '3.1 %')
    """
    if not defined(fraction):
        return MISSING
    text = number(100 * fraction, decimals) if decimals is not None else f"{100 * fraction:.6g}"
    return f"{text}{NBSP}%"


def count(value: float) -> str:
    """A whole number, thousands set apart.

    >>> count(12345), count(float("nan"))
    ('12,345', '–')
    """
    return f"{int(value):,}" if defined(value) else MISSING


def plural(value: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "face"), plural(3000, "face"), plural(2, "failure to acquire", "failures")
    ('1 face', '3,000 faces', '2 failures')
    """
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def listing(names: Iterable[str]) -> str:
    """Names as a sentence lists them.

    >>> listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    items = list(names)
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def slug(kind: str, *names: str) -> str:
    """A file name made of a kind and names: letters, digits and ``_.-``, never a path.

    >>> slug("roc", "LFW view 1", "../dlib")
    'roc_LFW-view-1--dlib'
    """
    clean = [re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-") or "unnamed" for name in names]
    return f"{kind}_{'--'.join(clean)}"


def short(name: str, most: int = 18) -> str:
    """A name that leaves room for the drawing beside it.

    >>> short("yunet"), short("a-landmark-model-with-a-name", 12)
    ('yunet', 'a-landmark-…')
    """
    return name if len(name) <= most else f"{name[: most - 1]}…"
