"""What an experiment measures: metric documents read into typed values."""

from splitplot.experiments.metrics.model import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    FunnelMetric,
    Math,
    MeanMetric,
    Measure,
    Metric,
    Node,
    RatioMetric,
    RetentionMetric,
    StartHandling,
    StepOrder,
    TimeUnit,
    WarehouseNode,
)
from splitplot.experiments.metrics.parse import parse_metric

__all__ = [
    "ActionsNode",
    "EventsNode",
    "ExposureNode",
    "FunnelMetric",
    "Math",
    "MeanMetric",
    "Measure",
    "Metric",
    "Node",
    "RatioMetric",
    "RetentionMetric",
    "StartHandling",
    "StepOrder",
    "TimeUnit",
    "WarehouseNode",
    "parse_metric",
]
