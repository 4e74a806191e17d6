"""All metrics of an experiment at once, on the wire."""

from splitplot.accounts.model import Project
from splitplot.experiments.deciding.decision import Line, TreatmentDecision
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.roles import Role
from splitplot.experiments.documents import finite, metric_document, reason_document
from splitplot.experiments.stats_config import Engine, Method
from splitplot.http.models import ExactBody, Instant
from splitplot.http.provenance import Wire, provenance
from splitplot.http.results.bodies import MetricAnswer, ReasonBody
from splitplot.http.wire import instant
from splitplot.services.answers import Answer
from splitplot.services.experiment_results.overview import ResultsOverview
from splitplot.services.results import MetricReport
from splitplot.stats import CheckKind, Correction


class MetricOutcomeBody(ExactBody):
    """One metric: its result, or why there is none.

    The margin is a guardrail's: the largest acceptable loss as a share of the baseline.
    """

    key: str
    name: str | None
    role: Role
    margin: float | None
    result: MetricAnswer | None
    reason: ReasonBody | None


class CheckBody(ExactBody):
    """One line of a decision. The p-value is one-sided, and there for metrics only."""

    kind: CheckKind
    name: str
    metric: str | None
    p_value: float | None
    alpha: float | None
    is_passed: bool
    message: str


class DecisionBody(ExactBody):
    """Whether to ship a treatment; `blocking` are the lines that stand in the way."""

    variant: str
    should_ship: bool
    checks: list[CheckBody]
    blocking: list[CheckBody]


class MetricsResultsBody(ExactBody):
    """Everything that the metrics of an experiment say."""

    experiment_id: int
    engine: Engine
    method: Method
    level: float
    correction: Correction | None
    success_share: float
    metrics: list[MetricOutcomeBody]
    decisions: list[DecisionBody]
    computed_at: Instant


def results_body(overview: ResultsOverview, *, project: Project) -> Wire:
    """A `MetricsResultsBody`."""
    config = overview.config
    return {
        "experiment_id": overview.experiment.id,
        "engine": config.engine,
        "method": config.method,
        "level": overview.level,
        "correction": config.correction,
        "success_share": config.success_share,
        "metrics": [
            _outcome(outcome, overview.answers.get(outcome.metric.key), project)
            for outcome in overview.outcomes
        ],
        "decisions": [_decision(decision) for decision in overview.decisions],
        "computed_at": instant(overview.computed_at),
    }


def _outcome(outcome: Outcome, answer: Answer[MetricReport] | None, project: Project) -> Wire:
    metric = outcome.metric
    return {
        "key": metric.key,
        "name": metric.name,
        "role": metric.role,
        "margin": metric.margin,
        "result": _result(outcome, answer, project),
        "reason": reason_document(outcome.reason),
    }


def _result(outcome: Outcome, answer: Answer[MetricReport] | None, project: Project) -> Wire | None:
    if outcome.result is None or answer is None:
        return None
    report = answer.value
    document = metric_document(
        outcome.metric.document,
        outcome.result,
        kind=report.kind,
        sql=report.sql,
        limitations=report.limitations,
    )
    return {
        **document,
        **provenance(
            key=answer.key,
            computed_at=answer.computed_at,
            valid_until=answer.valid_until,
            is_cached=answer.is_cached,
            project=project,
        ),
    }


def _decision(decision: TreatmentDecision) -> Wire:
    return {
        "variant": decision.variant,
        "should_ship": decision.should_ship,
        "checks": [_check(line) for line in decision.lines],
        "blocking": [_check(line) for line in decision.blocking],
    }


def _check(line: Line) -> Wire:
    check = line.check
    return {
        "kind": check.kind,
        "name": check.name,
        "metric": line.metric,
        "p_value": finite(check.p_value),
        "alpha": finite(check.alpha),
        "is_passed": check.is_passed,
        "message": line.message,
    }
