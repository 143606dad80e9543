"""What a study can see: the smallest difference it tells from 0, and how many subjects it takes.

A difference is told from 0 when its interval leaves 0 out. With the standard error ε of the
difference, clustered by subject, and S subjects that happens with the chance

    Φ(|δ| / ε − t) + Φ(−|δ| / ε − t),

δ the true difference and t the quantile of Student's distribution with S − 1 degrees of freedom at
the interval's confidence. Genuine trials belong to a subject and impostor trials to two, so that ε²
falls as 1 / S: what is seen with n subjects drawn from the same population and tried in the same
way follows from the ε of S. All of it is before any adjustment for several comparisons.
"""

from dataclasses import dataclass, replace
from math import ceil, isfinite, sqrt

from scipy.special import ndtr, ndtri, stdtrit

from align_eval.errors import ConfigError

POWER = 0.8
"""The chance with which a difference that is called detectable is seen."""


@dataclass(frozen=True)
class Resolution:
    """What some subjects tell about a difference.

    Parameters
    ----------
    error : float
        Standard error of the estimated difference, above 0; in the units of the difference.
    n_subjects : int
        Of how many independent subjects (or folds), at least 2.
    confidence : float
        Of the interval that is to leave 0 out, between 0 and 1.

    Raises
    ------
    ConfigError
        No such error, subjects or confidence.

    Examples
    --------
    >>> study = Resolution(error=0.006, n_subjects=50)
    >>> round(study.detectable, 4), round(study.power(0.0171), 2)
    (0.0171, 0.8)
    >>> round(study.with_subjects(200).detectable, 4), study.subjects_for(0.01)
    (0.0084, 143)
    """

    error: float
    n_subjects: int
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not (isfinite(self.error) and self.error > 0):
            raise ConfigError(f"a resolution wants a standard error above 0, got {self.error}")
        if self.n_subjects < 2:
            raise ConfigError(f"a resolution wants at least 2 subjects, got {self.n_subjects}")
        if not 0 < self.confidence < 1:
            raise ConfigError(f"a confidence lies between 0 and 1, got {self.confidence}")

    @property
    def detectable(self) -> float:
        """The smallest true difference, of either sign, that is seen with a chance of `POWER`."""
        return self.detectable_with(POWER)

    def detectable_with(self, power: float) -> float:
        """The smallest true difference, of either sign, that is seen with some chance.

        Parameters
        ----------
        power : float
            At least 0.5, where the chance of an interval on the wrong side of 0 is nothing
            (below 5e-5 at a confidence of 95 %) and left out.

        Raises
        ------
        ConfigError
            A power outside [0.5, 1).
        """
        if not 0.5 <= power < 1:
            raise ConfigError(f"a power lies in [0.5, 1), got {power}")
        return (self._critical + float(ndtri(power))) * self.error

    def power(self, difference: float) -> float:
        """The chance that the interval leaves 0 out, for a true difference."""
        distance = abs(difference) / self.error
        return float(ndtr(distance - self._critical) + ndtr(-distance - self._critical))

    def with_subjects(self, n_subjects: int) -> "Resolution":
        """That of another number of subjects, of the same population and tried in the same way."""
        if n_subjects < 2:
            raise ConfigError(f"a resolution wants at least 2 subjects, got {n_subjects}")
        scale = sqrt(self.n_subjects / n_subjects)
        return replace(self, error=self.error * scale, n_subjects=n_subjects)

    def subjects_for(self, difference: float, power: float = POWER) -> int:
        """How few subjects see a true difference with some chance.

        Raises
        ------
        ConfigError
            A difference of 0, which no number of subjects tells from 0, or a power as above.
        """
        if not (isfinite(difference) and difference != 0):
            raise ConfigError(
                f"subjects are counted for a difference other than 0, got {difference}"
            )
        size = abs(difference)
        least, most = 2, max(ceil(self.n_subjects * (self.detectable / size) ** 2), 2)
        while self.with_subjects(most).detectable_with(power) > size:
            least, most = most, 2 * most
        while least < most:
            middle = (least + most) // 2
            seen = self.with_subjects(middle).detectable_with(power) <= size
            least, most = (least, middle) if seen else (middle + 1, most)
        return most

    @property
    def _critical(self) -> float:
        return -float(stdtrit(self.n_subjects - 1, (1 - self.confidence) / 2))
