/** The two lists of metrics: an experiment's own and those it shares, in the order of display. */
import type { MetricDocument } from "../../../metrics/document";
import type { Experiment, Patch } from "../experiment";

export const LISTS = ["metrics", "metrics_secondary"] as const;
export type ListName = (typeof LISTS)[number];

type Link = Experiment["saved_metrics"][number];

export interface Listed {
  uuid: string;
  document: MetricDocument;
  /** Place among the experiment's own metrics of the list; null for a shared one. */
  ownAt: number | null;
  link: Link | null;
}

const asMetric = (document: unknown) => document as MetricDocument;
const uuidOf = (document: { uuid?: unknown }) => (typeof document.uuid === "string" ? document.uuid : "");
const isListed = (link: Link, list: ListName) =>
  (link.metadata["type"] === "primary") === (list === "metrics");

export function listedMetrics(experiment: Experiment, list: ListName): Listed[] {
  const own = experiment[list].map((document, at) => ({
    uuid: uuidOf(document),
    document: asMetric(document),
    ownAt: at,
    link: null,
  }));
  const shared = experiment.saved_metrics
    .filter((link) => isListed(link, list))
    .map((link) => ({ uuid: uuidOf(link.query), document: asMetric(link.query), ownAt: null, link }));
  const order =
    (list === "metrics"
      ? experiment.primary_metrics_ordered_uuids
      : experiment.secondary_metrics_ordered_uuids) ?? [];
  const place = ({ uuid }: Listed) => (order.includes(uuid) ? order.indexOf(uuid) : order.length);
  return [...own, ...shared].sort((one, other) => place(one) - place(other));
}

/** What to write so that a metric leaves its list, for nowhere or for the other one. */
export function changedLists(
  experiment: Experiment,
  list: ListName,
  metric: Listed,
  to: "other" | "remove",
): Patch {
  const { ownAt, link } = metric;
  const other: ListName = list === "metrics" ? "metrics_secondary" : "metrics";
  if (link) {
    const type = other === "metrics" ? "primary" : "secondary";
    const links = experiment.saved_metrics
      .filter((one) => to === "other" || one.id !== link.id)
      .map((one) => ({
        id: one.saved_metric,
        metadata: one.id === link.id ? { ...one.metadata, type } : one.metadata,
      }));
    return { saved_metrics_ids: links };
  }
  const kept = experiment[list].filter((_, at) => at !== ownAt);
  return to === "remove"
    ? { [list]: kept }
    : { [list]: kept, [other]: [...experiment[other], metric.document] };
}
