/** What a metric measures, in a sentence. */
import { number } from "../components/format";
import type { Math, MetricDocument, MetricNode, MetricType, TimeUnit } from "./document";

export const TYPE_NAMES: Record<MetricType, string> = {
  mean: "Mean",
  funnel: "Funnel",
  ratio: "Ratio",
  retention: "Retention",
};

/** Says the type without a word where there is no room for one. */
export const TYPE_SYMBOLS: Record<MetricType, string> = {
  mean: "x̄",
  funnel: "▽",
  ratio: "÷",
  retention: "↻",
};

const VALUES: Record<Exclude<Math, "total">, (node: MetricNode) => string> = {
  sum: (node) => `sum of ${node.math_property || "…"}`,
  avg: (node) => `average ${node.math_property || "…"}`,
  min: (node) => `smallest ${node.math_property || "…"}`,
  max: (node) => `largest ${node.math_property || "…"}`,
  unique_session: () => "number of sessions",
  dau: () => "number of persons",
  unique_group: (node) => `number of groups of type ${node.math_group_type_index ?? "…"}`,
  hogql: (node) => node.math_hogql || "…",
};

/** The name that people gave it, or a sentence. */
export function nameOfMetric(metric: MetricDocument): string {
  return metric.name || describeMetric(metric);
}

export function describeMetric(metric: MetricDocument): string {
  return [sentence(metric), windowOf(metric), cappingOf(metric)].filter(Boolean).join(", ");
}

function sentence(metric: MetricDocument): string {
  switch (metric.metric_type) {
    case "mean":
      if (metric.threshold != null) {
        return `Share of units whose ${valueOf(metric.source)} is at least ${number(metric.threshold)}`;
      }
      return `${upper(valueOf(metric.source))} per unit`;
    case "funnel":
      return `Share of units with ${stepsOf(metric)}`;
    case "ratio":
      return `${upper(valueOf(metric.numerator))} divided by ${valueOf(metric.denominator)}`;
    case "retention":
      return `Share of units with ${eventOf(metric.completion_event)} ${returnOf(metric)}`;
    default:
      return "A metric of an older kind";
  }
}

/** An event's name in quotes, so that it is told apart from the sentence around it. */
export function eventOf(node: MetricNode | undefined): string {
  if (!node) return "…";
  const filters = (node.properties ?? []).length;
  const suffix = filters ? ` (${filters} ${filters === 1 ? "filter" : "filters"})` : "";
  return plainEvent(node) + suffix;
}

function plainEvent(node: MetricNode): string {
  switch (node.kind) {
    case "ExperimentExposureNode":
      return "the exposure";
    case "ActionsNode":
      return node.name ? `action “${node.name}”` : `action ${node.id ?? "…"}`;
    case "ExperimentDataWarehouseNode":
      return `rows of ${node.table_name || "…"}`;
    default:
      return node.event === null ? "any event" : `“${node.event || "…"}”`;
  }
}

function valueOf(node: MetricNode | undefined): string {
  const math = node?.math ?? "total";
  if (!node || math === "total") {
    return node?.kind === "ExperimentDataWarehouseNode" && node.math_property
      ? `sum of ${node.math_property} over ${eventOf(node)}`
      : `number of ${eventOf(node)}`;
  }
  return `${VALUES[math](node)} over ${eventOf(node)}`;
}

function stepsOf(metric: MetricDocument): string {
  const steps = (metric.series ?? []).map(eventOf);
  return steps.join(metric.funnel_order_type === "unordered" ? " and " : ", then ");
}

function returnOf(metric: MetricDocument): string {
  const { retention_window_start: first, retention_window_end: last } = metric;
  const unit = metric.retention_window_unit ?? "day";
  const when = first === last ? `on ${unit} ${first ?? "…"}` : `from ${unit} ${first ?? "…"} to ${last ?? "…"}`;
  const start = metric.start_event;
  return `${when} after ${start?.kind === "ExperimentExposureNode" ? "" : "their "}${eventOf(start)}`;
}

function windowOf(metric: MetricDocument): string {
  if (!metric.conversion_window || !metric.conversion_window_unit) return "";
  return `within ${span(metric.conversion_window, metric.conversion_window_unit)} of exposure`;
}

function cappingOf(metric: MetricDocument): string {
  const isCapped = [metric, metric.numerator_outlier_handling, metric.denominator_outlier_handling].some(
    (one) => one?.lower_bound_percentile != null || one?.upper_bound_percentile != null,
  );
  return isCapped ? "outliers capped" : "";
}

export function span(count: number, unit: TimeUnit): string {
  return `${number(count)} ${unit}${count === 1 ? "" : "s"}`;
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
