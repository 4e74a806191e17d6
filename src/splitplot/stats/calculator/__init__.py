"""The engine as questions and answers: a JSON document in, a JSON document out.

Each question is a function from a document to a document; `answer` adds the id and turns
what cannot be answered into a coded reason, so that a batch never stops at a bad line.
"""

from splitplot.stats.calculator.compare import compare
from splitplot.stats.calculator.documents import Answer, Question, answer
from splitplot.stats.calculator.families import adjust
from splitplot.stats.calculator.plans import plan
from splitplot.stats.calculator.splits import check_split

__all__ = ["Answer", "Question", "adjust", "answer", "check_split", "compare", "plan"]
