"""matplotlib's SVG in fewer bytes: nothing is written twice, and no line in longhand.

A page of a few dozen figures has thousands of marks and tens of thousands of steps of curves,
which are most of its size.
"""

import re

from reports.figures.paths import Point, polyline, relative
from reports.pngs import repacked

_PICTURE = re.compile(
    r'<image xlink:href="(?P<data>[^"]*)" id="(?P<id>[^"]*)" '
    r'(?P<size>width="(?P<width>[^"]*)" height="(?P<height>[^"]*)") '
    r'transform="matrix\((?P<across>\S+) 0 0 (?P<down>\S+) (?P<x>\S+) (?P<y>\S+)\)"[^>]*?/>'
)
_MARKS = re.compile(
    r'(?P<open><g clip-path="[^"]*">)'
    r'(?P<marks>(?:\s*<use xlink:href="[^"]*" x="[^"]*" y="[^"]*" style="[^"]*"/>)+\s*)</g>'
)
_MARK = re.compile(r'(?P<look>xlink:href="[^"]*") x="([^"]*)" y="([^"]*)" (?P<style>style="[^"]*")')
_PATH = re.compile(r'(?<= d=")[^"]*(?=")')
_FEW = 4  # marks that take less room than the definition of a marker
_ID = re.compile(r' id="([^"]*)"')
_TAG = re.compile(r"<[^<>]*>")
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
_UNTURNED = re.compile(r' transform="rotate\(-?0 [^"]*\)"')


def terse(source: str) -> str:
    """SVG that shows the same.

    A picture that stands in several places, in one size, is written once; elsewhere it refers
    to the first one, from which it is shifted. Many marks of one look are the vertices of one
    path. Marks and paths are on hundredths of a point. Ids that nothing refers to, comments,
    and indentation go.

    Examples
    --------
    >>> mark = '<use xlink:href="#m" x="1.23456" y="{}" style="fill: red"/>'
    >>> print(terse(f'<g clip-path="url(#p)">{"".join(map(mark.format, (2, 3, 4, 4)))}</g>'))
    <g clip-path="url(#p)"><marker id="marks-0" overflow="visible" \
markerUnits="userSpaceOnUse"><use xlink:href="#m" style="fill: red"/></marker>\
<path d="M1.23 2v1 1 0" style="fill: none; marker: url(#marks-0)"/></g>
    >>> terse('<path d="M 10.123456 0.001 L 20 0 L 20 3.5 "/>')
    '<path d="M10.12 0h9.88v3.5"/>'
    """
    source = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
    source = re.sub(r">\s*\n\s*<", "><", source)
    return _bare(_together(_once(source)))


def _once(source: str) -> str:
    seen: dict[tuple[str, int, int], tuple[str, float, float]] = {}

    def written(match: re.Match[str]) -> str:
        x, y, across, down = (float(match[key]) for key in ("x", "y", "across", "down"))
        size = across * float(match["width"]), down * float(match["height"])
        key = match["id"], round(10 * size[0]), round(10 * size[1])
        if key not in seen:
            number = f"picture-{len(seen)}"
            seen[key] = (number, x, y)
            start = f'<image xlink:href="{repacked(match["data"])}" id="{number}" {match["size"]}'
            return f'{start} transform="matrix({across:g} 0 0 {down:g} {x:g} {y:g})"/>'
        number, x0, y0 = seen[key]
        return f'<use xlink:href="#{number}" transform="translate({x - x0:.4g} {y - y0:.4g})"/>'

    return _PICTURE.sub(written, source)


def _together(source: str) -> str:
    found = 0

    def written(match: re.Match[str]) -> str:
        nonlocal found
        marks = list(_MARK.finditer(match["marks"]))
        if len(marks) < _FEW or len({(mark["look"], mark["style"]) for mark in marks}) > 1:
            return match[0]
        name, first = f"marks-{found}", marks[0]
        found += 1
        places: list[Point] = [(float(mark[2]), float(mark[3])) for mark in marks]
        return (
            f'{match["open"]}<marker id="{name}" overflow="visible" markerUnits="userSpaceOnUse">'
            f"<use {first['look']} {first['style']}/></marker>"
            f'<path d="{polyline(places)}" style="fill: none; marker: url(#{name})"/></g>'
        )

    return _MARKS.sub(written, source)


def _bare(source: str) -> str:
    """Tags with paths in shorthand, without what says nothing; what is between them stays."""
    wanted = set(_REFERENCE.findall(source))
    kept, groups = [], []
    last = 0
    for match in _TAG.finditer(source):
        tag = _ID.sub(lambda given: given[0] if given[1] in wanted else "", match[0])
        tag = _PATH.sub(lambda path: relative(path[0]), _UNTURNED.sub("", tag))
        if tag.startswith("<g") and tag[2] in " >":
            groups.append(tag != "<g>")
        silent = tag == "<g>" or (tag == "</g>" and not groups.pop())
        kept += [source[last : match.start()], "" if silent else tag]
        last = match.end()
    return "".join([*kept, source[last:]])
