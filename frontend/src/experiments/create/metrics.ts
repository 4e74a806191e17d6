/** The metrics of a draft as one list with roles, whichever of the API's lists each stands in. */
import type { Schemas } from "../../api/client";
import type { MetricDocument } from "../../metrics/document";
import type { Experiment, Patch } from "./draft";

export type Role = "primary" | "secondary" | "guardrail";
export const DEFAULT_MARGIN = 0.02;

export interface Chosen {
  key: string;
  role: Role;
  /** Of a guardrail: the largest loss that is acceptable, as a share of 1. */
  margin: number | null;
  document: MetricDocument;
  /** Of a shared metric. */
  shared: { id: number; name: string } | null;
}

type Link = Schemas["MetricLinkChoice"];

const marginOf = (document: { [member: string]: unknown }) => {
  const margin = document["guardrail_margin"];
  return typeof margin === "number" && margin > 0 ? margin : null;
};

export function chosenMetrics(experiment: Experiment): Chosen[] {
  const own = (list: readonly unknown[], role: Role) =>
    list.map((one, at) => {
      const document = one as MetricDocument;
      const margin = marginOf(document);
      return {
        key: document.uuid ?? `${role} ${at}`,
        role: margin === null ? role : ("guardrail" as const),
        margin,
        document,
        shared: null,
      };
    });
  // One that was chosen just now is there once the draft is saved: its document comes with it.
  const links = experiment.saved_metrics.flatMap((link) => {
    const choice = experiment.saved_metrics_ids.find((one) => one.id === link.saved_metric);
    return choice ? [{ ...link, metadata: choice.metadata }] : [];
  });
  const shared = links.map((link) => {
    const { metadata } = link;
    const document = link.query as unknown as MetricDocument;
    const margin = marginOf(metadata) ?? marginOf(document);
    const listed = metadata["type"] === "primary" ? ("primary" as const) : ("secondary" as const);
    return {
      key: `shared ${link.saved_metric}`,
      role: margin === null ? listed : ("guardrail" as const),
      margin,
      document,
      shared: { id: link.saved_metric, name: link.name },
    };
  });
  return [
    ...own(experiment.metrics, "primary"),
    ...own(experiment.metrics_secondary, "secondary"),
    ...shared,
  ];
}

/** Known from the start, so that a form stays the same one while it is saved for the first time. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What has to be stored so that the draft has these metrics. */
export function patchOf(chosen: readonly Chosen[]): Patch {
  const own = chosen.filter((one) => one.shared === null);
  const document = ({ document, role, margin }: Chosen) => ({
    ...document,
    guardrail_margin: role === "guardrail" ? (margin ?? DEFAULT_MARGIN) : null,
  });
  return {
    metrics: own.filter((one) => one.role === "primary").map(document),
    metrics_secondary: own.filter((one) => one.role !== "primary").map(document),
    saved_metrics_ids: chosen.flatMap(({ shared, role, margin }): Link[] =>
      shared
        ? [
            {
              id: shared.id,
              metadata: {
                type: role === "primary" ? "primary" : "secondary",
                ...(role === "guardrail" && { guardrail_margin: margin ?? DEFAULT_MARGIN }),
              },
            },
          ]
        : [],
    ),
  };
}
