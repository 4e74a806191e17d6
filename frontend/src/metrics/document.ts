/** A metric as the API keeps it. What this form does not know of it is kept as it is. */
import { isComplete, type Filter } from "../filters/words";

export type PropertyFilter = Filter;

export type MetricType = "mean" | "funnel" | "ratio" | "retention";
export type Goal = "increase" | "decrease";
export type TimeUnit = "second" | "minute" | "hour" | "day" | "week" | "month";
export type Math =
  | "total"
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "unique_session"
  | "dau"
  | "unique_group"
  | "hogql";
export type NodeKind =
  | "EventsNode"
  | "ActionsNode"
  | "ExperimentDataWarehouseNode"
  | "ExperimentExposureNode";

/** The events that a source or a step stands for. */
export interface MetricNode {
  kind: NodeKind;
  /** `null` is every event. */
  event?: string | null;
  /** Of the action. */
  id?: number | null;
  name?: string | null;
  table_name?: string;
  timestamp_field?: string;
  events_join_key?: string;
  data_warehouse_join_key?: string;
  math?: Math | null;
  math_property?: string | null;
  math_hogql?: string | null;
  math_group_type_index?: number | null;
  properties?: Filter[];
  [member: string]: unknown;
}

/** Shares of 1, as all bounds here. */
export interface Outliers {
  lower_bound_percentile?: number | null;
  upper_bound_percentile?: number | null;
  ignore_zeros?: boolean | null;
}

export interface MetricDocument extends Outliers {
  kind: "ExperimentMetric";
  metric_type: MetricType;
  uuid?: string;
  name?: string | null;
  goal?: Goal | null;
  conversion_window?: number | null;
  conversion_window_unit?: TimeUnit | null;
  guardrail_margin?: number | null;
  source?: MetricNode;
  threshold?: number | null;
  series?: MetricNode[];
  funnel_order_type?: "ordered" | "unordered" | "strict" | null;
  numerator?: MetricNode;
  denominator?: MetricNode;
  numerator_outlier_handling?: Outliers | null;
  denominator_outlier_handling?: Outliers | null;
  start_event?: MetricNode;
  completion_event?: MetricNode;
  retention_window_start?: number | null;
  retention_window_end?: number | null;
  retention_window_unit?: TimeUnit | null;
  start_handling?: "first_seen" | "last_seen" | null;
  count_all_exposed?: boolean | null;
  [member: string]: unknown;
}

export const newNode = (): MetricNode => ({ kind: "EventsNode", event: "" });

export function newMetric(type: MetricType = "mean"): MetricDocument {
  return { kind: "ExperimentMetric", metric_type: type, goal: "increase", ...partsOf(type) };
}

const KEPT = [
  "uuid",
  "name",
  "goal",
  "conversion_window",
  "conversion_window_unit",
  "guardrail_margin",
] as const;

/** The metric as one of another type, with the events that it has so far. */
export function withType(metric: MetricDocument, type: MetricType): MetricDocument {
  if (metric.metric_type === type) return metric;
  const kept = Object.fromEntries(
    KEPT.filter((member) => metric[member] !== undefined).map((member) => [member, metric[member]]),
  );
  return { ...newMetric(type), ...kept, ...partsOf(type, nodesOf(metric)) };
}

function partsOf(type: MetricType, nodes: readonly MetricNode[] = []): Partial<MetricDocument> {
  const first = nodes[0] ?? newNode();
  const last = nodes.length > 1 ? (nodes.at(-1) ?? newNode()) : newNode();
  switch (type) {
    case "mean":
      return { source: first };
    case "funnel":
      return { series: nodes.length ? nodes.map(withoutMath) : [first], funnel_order_type: "ordered" };
    case "ratio":
      return { numerator: first, denominator: last };
    case "retention":
      return {
        start_event: withoutMath(first),
        completion_event: withoutMath(last),
        retention_window_start: 1,
        retention_window_end: 7,
        retention_window_unit: "day",
        start_handling: "first_seen",
      };
  }
}

/** Steps and returns happen or do not: nothing is added up in them. */
function withoutMath({ math, math_property, math_hogql, ...node }: MetricNode): MetricNode {
  return node;
}

/** In the order in which the form shows them. */
export function nodesOf(metric: MetricDocument): MetricNode[] {
  const nodes = [
    metric.source,
    ...(metric.series ?? []),
    metric.numerator,
    metric.denominator,
    metric.start_event,
    metric.completion_event,
  ];
  return nodes.filter((node) => node !== undefined && node.kind !== "ExperimentExposureNode") as MetricNode[];
}

export const NEEDS_PROPERTY: readonly string[] = ["sum", "avg", "min", "max"];

/** What is still missing, by the place in the document: `source.event`, `series.1.event`, … */
export function problemsOf(metric: MetricDocument): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [place, node] of Object.entries(placesOf(metric))) {
    if (!node) continue;
    if (node.kind === "EventsNode" && node.event === "") problems[`${place}.event`] = "Choose an event.";
    if (node.kind === "ActionsNode" && !node.id) problems[`${place}.event`] = "Choose an action.";
    if (node.kind === "ExperimentDataWarehouseNode" && !isJoined(node)) {
      problems[`${place}.event`] = "Choose a table and its columns.";
    }
    if (node.properties?.some((filter) => !isComplete(filter))) {
      problems[`${place}.properties`] = "A filter is not complete.";
    }
    if (NEEDS_PROPERTY.includes(node.math ?? "") && !node.math_property) {
      problems[`${place}.math_property`] = "Choose a property.";
    }
    if (node.math === "hogql" && !node.math_hogql) problems[`${place}.math_hogql`] = "Write an expression.";
  }
  return problems;
}

function isJoined(node: MetricNode): boolean {
  const { table_name, timestamp_field, data_warehouse_join_key, events_join_key } = node;
  return !!(table_name && timestamp_field && data_warehouse_join_key && events_join_key);
}

function placesOf(metric: MetricDocument): Record<string, MetricNode | undefined> {
  const { source, numerator, denominator, start_event, completion_event } = metric;
  const steps = Object.fromEntries((metric.series ?? []).map((node, at) => [`series.${at}`, node]));
  return { source, ...steps, numerator, denominator, start_event, completion_event };
}
