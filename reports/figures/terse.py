"""matplotlib's SVG in fewer bytes: a picture is written once, and so is the style of marks."""

import re

_PICTURE = re.compile(
    r'<image xlink:href="(?P<data>[^"]*)" id="(?P<id>[^"]*)" (?P<size>[^>]*?) '
    r'transform="matrix\((?P<scale>\S+ 0 0 \S+) (?P<x>\S+) (?P<y>\S+)\)"[^>]*?/>'
)
_MARKS = re.compile(
    r'(?P<open><g clip-path="[^"]*")>'
    r'(?P<marks>(?:\s*<use xlink:href="[^"]*" x="[^"]*" y="[^"]*" style="[^"]*"/>)+\s*)</g>'
)
_STYLE = re.compile(r' style="([^"]*)"')


def terse(source: str) -> str:
    """SVG that shows the same.

    A picture that stands in several places, in one size, is written once; elsewhere it refers
    to the first one, from which it is shifted. Marks of one style leave it to their group, and
    stand on hundredths of a point.

    Examples
    --------
    >>> mark = '<use xlink:href="#m" x="1.23456" y="2" style="fill: red"/>'
    >>> terse(f'<g clip-path="url(#p)">{mark}</g>')
    '<g clip-path="url(#p)" style="fill: red"><use xlink:href="#m" x="1.23" y="2"/></g>'
    """
    return _MARKS.sub(_together, _once(source))


def _once(source: str) -> str:
    seen: dict[str, tuple[str, float, float]] = {}

    def written(match: re.Match[str]) -> str:
        x, y = float(match["x"]), float(match["y"])
        key = f"{match['id']} {match['scale']}"  # matplotlib makes the id of what is shown
        if key not in seen:
            number = f"picture-{len(seen)}"
            seen[key] = (number, x, y)
            start = f'<image xlink:href="{match["data"]}" id="{number}" {match["size"]}'
            return f'{start} transform="matrix({match["scale"]} {x:g} {y:g})"/>'
        number, x0, y0 = seen[key]
        return f'<use xlink:href="#{number}" transform="translate({x - x0:.4g} {y - y0:.4g})"/>'

    return _PICTURE.sub(written, source)


def _together(match: re.Match[str]) -> str:
    marks, styles = match["marks"], set(_STYLE.findall(match["marks"]))
    if len(styles) > 1:
        return match[0]
    marks = re.sub(r' ([xy])="([^"]*)"', _rounded, _STYLE.sub("", marks))
    return f'{match["open"]} style="{styles.pop()}">{marks}</g>'


def _rounded(match: re.Match[str]) -> str:
    return f' {match[1]}="{round(float(match[2]), 2):g}"'
