"""Who is who where a list of pairs says only which of them show one person."""

from collections.abc import Iterable


class Linked:
    """Images that pairs have joined, directly or through others, as one person's.

    Parameters
    ----------
    count : int
        Number of images.
    pairs : iterable of (int, int)
        Images of one person.

    Examples
    --------
    >>> people = Linked(5, [(0, 1), (1, 3)])
    >>> [people.first_of(i) for i in range(5)], people.joined(0, 3), people.joined(0, 2)
    ([0, 0, 2, 0, 4], True, False)
    """

    def __init__(self, count: int, pairs: Iterable[tuple[int, int]]) -> None:
        self._parent = list(range(count))
        for one, other in pairs:
            low, high = sorted((self.first_of(one), self.first_of(other)))
            self._parent[high] = low

    def first_of(self, image: int) -> int:
        """The lowest image that is joined to this one; itself, if none is lower."""
        while self._parent[image] != image:
            self._parent[image] = self._parent[self._parent[image]]
            image = self._parent[image]
        return image

    def joined(self, one: int, other: int) -> bool:
        """Whether two images are of one person, as far as the pairs say."""
        return self.first_of(one) == self.first_of(other)
