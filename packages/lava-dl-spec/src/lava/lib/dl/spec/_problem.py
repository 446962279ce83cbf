"""What is wrong with a network: problems, and the one exception that carries them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from lava.lib.dl.spec._clauses import CLAUSE_OF
from lava.lib.dl.spec.text import printable

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One defect of a file or of a record.

    Attributes:
        code: Stable name of the kind of defect, such as ``"value-range"``.
        clause: Clause of ``spec/net-1.0.md`` that is broken, such as ``"2.5"``.
        severity: ``"error"`` (not a legal file, or can't run as asked) or
            ``"warning"`` (legal, but not what a careful writer would write).
        path: HDF5 path of the object, such as ``"/layer/3/weight"``.
        message: A sentence that says what was found and how to mend it. What it and
            the path repeat from a file is escaped where it can't be printed.
    """

    code: str
    clause: str
    severity: str
    path: str
    message: str

    def __post_init__(self) -> None:
        for name in ("path", "message"):
            object.__setattr__(self, name, printable(getattr(self, name)))

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.message} [{self.code}, clause {self.clause}]"

    def under(self, prefix: str) -> Problem:
        """The same problem, its path seen from ``prefix``."""
        path = f"{prefix}/{self.path}" if self.path else prefix
        return replace(self, path=path)

    def to_dict(self) -> dict[str, str]:
        """The problem as plain values, ready for JSON."""
        return asdict(self)


def problem(code: str, path: str, message: str, severity: str = ERROR) -> Problem:
    """A problem whose clause is looked up from its code."""
    return Problem(code, CLAUSE_OF[code], severity, path, message)


class FormatError(ValueError):
    """A file or a record breaks the format.

    Attributes:
        problems: Every defect found, errors first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: p.severity))
        more = len(self.problems) - 1
        text = str(self.problems[0]) if self.problems else "not a legal network"
        super().__init__(text + (f" (and {more} more problems)" if more > 0 else ""))
