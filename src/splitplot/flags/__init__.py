"""What a flag serves to a unit: a library of its own.

Compile a project's flags once with `compile_flags`, then ask `evaluate` for every unit.
"""

from splitplot.flags.evaluate import Evaluations, FlagSet, Selection, compile_flags, evaluate
from splitplot.flags.explain import Explanation
from splitplot.flags.model import Evaluation, EvaluationContext, Flag, FlagId, Reason, Stored
from splitplot.flags.scope import Runtime, Scope

__all__ = [
    "Evaluation",
    "EvaluationContext",
    "Evaluations",
    "Explanation",
    "Flag",
    "FlagId",
    "FlagSet",
    "Reason",
    "Runtime",
    "Scope",
    "Selection",
    "Stored",
    "compile_flags",
    "evaluate",
]
