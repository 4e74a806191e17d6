"""All metrics of an experiment at once, on the wire."""

from splitplot.accounts.model import Project
from splitplot.experiments.deciding.decision import Line, TreatmentDecision
from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.progress import Progress, smallest_effect
from splitplot.experiments.deciding.readings import Reading, Word, readings
from splitplot.experiments.deciding.roles import Role
from splitplot.experiments.documents import (
    effect_document,
    finite,
    metric_document,
    reason_document,
)
from splitplot.experiments.judgement import Goal
from splitplot.experiments.stats_config import Engine, Method
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.provenance import Wire, provenance
from splitplot.http.results.bodies import EffectBody, MetricAnswer, ReasonBody
from splitplot.http.wire import instant
from splitplot.services.answers import Answer
from splitplot.services.experiment_results.overview import ResultsOverview
from splitplot.services.results import MetricReport
from splitplot.stats import CheckKind, Correction


class ReadingBody(ExactBody):
    """What a screen may say of a treatment: a verdict, and the intervals it was read off.

    The verdict is read off `relative`, or off `absolute` where there is no relative form.
    Wings are what another method claims; they decide nothing. The limit is a guardrail's:
    the change, on the scale of the verdict, that must not be passed.
    """

    variant: str
    verdict: Word
    relative: EffectBody | None
    absolute: EffectBody | None
    relative_wings: EffectBody | None
    absolute_wings: EffectBody | None
    limit: float | None
    reason: ReasonBody | None


class ProgressBody(ExactBody):
    """Units there are, and units there should be. The share is one of the planned units.

    The days left are until these have come at the pace so far.
    """

    units: int
    planned_units: int | None
    share: float | None
    days: float
    days_left: int | None


class MetricOutcomeBody(ExactBody):
    """One metric: its result, or why there is none.

    The margin is a guardrail's: the largest acceptable loss as a share of the baseline.
    Readings are one for each treatment of the result.
    """

    key: str
    name: str | None
    role: Role
    margin: float | None
    goal: Goal | None
    metric: Document
    readings: list[ReadingBody]
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
    """Everything that the metrics of an experiment say.

    A doubt is a check of the data that failed: with one, every verdict is withheld.
    """

    experiment_id: int
    engine: Engine
    method: Method
    level: float
    correction: Correction | None
    success_share: float
    metrics: list[MetricOutcomeBody]
    decisions: list[DecisionBody]
    doubt: ReasonBody | None
    progress: ProgressBody | None
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
        "metrics": [_outcome(outcome, overview, project) for outcome in overview.outcomes],
        "decisions": [_decision(decision) for decision in overview.decisions],
        "doubt": reason_document(overview.doubt),
        "progress": _progress(overview.progress),
        "computed_at": instant(overview.computed_at),
    }


def _outcome(outcome: Outcome, overview: ResultsOverview, project: Project) -> Wire:
    metric = outcome.metric
    found = readings(
        outcome,
        config=overview.config,
        smallest_effect=smallest_effect(overview.experiment),
        doubt=overview.doubt,
    )
    return {
        "key": metric.key,
        "name": metric.name,
        "role": metric.role,
        "margin": metric.margin,
        "goal": None if outcome.result is None else outcome.result.goal,
        "metric": metric.document,
        "readings": [_reading(one) for one in found],
        "result": _result(outcome, overview.answers.get(metric.key), project),
        "reason": reason_document(outcome.reason),
    }


def _reading(reading: Reading) -> Wire:
    return {
        "variant": reading.variant,
        "verdict": reading.verdict,
        "relative": effect_document(reading.relative),
        "absolute": effect_document(reading.absolute),
        "relative_wings": effect_document(reading.relative_wings),
        "absolute_wings": effect_document(reading.absolute_wings),
        "limit": finite(reading.limit),
        "reason": reason_document(reading.reason),
    }


def _progress(progress: Progress | None) -> Wire | None:
    if progress is None:
        return None
    return {
        "units": progress.units,
        "planned_units": progress.planned_units,
        "share": progress.share,
        "days": progress.days,
        "days_left": progress.days_left,
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
        is_precomputed=report.is_precomputed,
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
