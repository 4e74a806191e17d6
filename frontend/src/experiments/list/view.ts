/** What of the list is shown, as its address says it; and views that were kept under a name. */
import { useSearchParams } from "wouter";

import type { Experiment } from "../page/experiment";

type Status = Experiment["status"];
export type ColumnId =
  | "status"
  | "owner"
  | "primary"
  | "guardrails"
  | "health"
  | "progress"
  | "started"
  | "updated";
export type Order = "name" | "status" | "start_date" | "updated_at" | "created_at" | "duration";

export interface View {
  search: string;
  status: Status | "all";
  owner: string;
  type: "all" | "product" | "web";
  isArchived: boolean;
  order: Order;
  isDescending: boolean;
  /** From 1. */
  page: number;
  columns: readonly ColumnId[];
}

export const PAGE_SIZE = 50;
export const COLUMNS: readonly { id: ColumnId; title: string; order?: Order }[] = [
  { id: "status", title: "Status", order: "status" },
  { id: "owner", title: "Owner" },
  { id: "primary", title: "Primary metric" },
  { id: "guardrails", title: "Guardrails" },
  { id: "health", title: "Health" },
  { id: "progress", title: "Progress", order: "duration" },
  { id: "started", title: "Started", order: "start_date" },
  { id: "updated", title: "Updated", order: "updated_at" },
];
const ORDERS: readonly Order[] = [
  "name",
  "status",
  "start_date",
  "updated_at",
  "created_at",
  "duration",
];
const USUAL: View = {
  search: "",
  status: "all",
  owner: "",
  type: "all",
  isArchived: false,
  order: "created_at",
  isDescending: true,
  page: 1,
  // When it was changed last can be had by choice: with it the table is wider than most windows.
  columns: COLUMNS.map((column) => column.id).filter((id) => id !== "updated"),
};

/** Only what differs from the usual view stands in the address. */
export function addressOf(view: View): URLSearchParams {
  const order = `${view.isDescending ? "-" : ""}${view.order}`;
  const said: Record<string, string> = {
    search: view.search,
    status: view.status === USUAL.status ? "" : view.status,
    owner: view.owner,
    type: view.type === USUAL.type ? "" : view.type,
    archived: view.isArchived ? "true" : "",
    order: order === "-created_at" ? "" : order,
    page: view.page > 1 ? String(view.page) : "",
    columns: isSame(view.columns, USUAL.columns) ? "" : view.columns.join(",") || "none",
  };
  return new URLSearchParams(Object.entries(said).filter(([, value]) => value !== ""));
}

const isSame = (one: readonly string[], other: readonly string[]) =>
  one.join() === other.join();

export function viewOf(params: URLSearchParams): View {
  const said = (name: string) => params.get(name) ?? "";
  const order = said("order");
  const field = ORDERS.find((one) => one === order.replace(/^-/, ""));
  const columns = said("columns").split(",");
  return {
    search: said("search"),
    status: (said("status") || USUAL.status) as View["status"],
    owner: said("owner"),
    type: (["product", "web"] as const).find((one) => one === said("type")) ?? USUAL.type,
    isArchived: said("archived") === "true",
    order: field ?? USUAL.order,
    isDescending: field ? order.startsWith("-") : USUAL.isDescending,
    page: Math.max(1, Math.floor(Number(said("page"))) || 1),
    columns: params.has("columns")
      ? COLUMNS.map((column) => column.id).filter((id) => columns.includes(id))
      : USUAL.columns,
  };
}

/** The view of the address, and how to change it. Whatever narrows it begins at the first page. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [params, setParams] = useSearchParams();
  const view = viewOf(params);
  const change = (next: Partial<View>) => {
    const hasTurned = "page" in next;
    setParams(addressOf({ ...view, page: 1, ...next }), { replace: !hasTurned });
  };
  return [view, change];
}

export const isNarrowed = (view: View) =>
  view.search !== "" ||
  view.status !== "all" ||
  view.owner !== "" ||
  view.type !== "all" ||
  view.isArchived;

export interface SavedView {
  name: string;
  /** A query string. */
  address: string;
}

const keptAs = (project: string) => `splitplot.views.${project}`;

export function savedViews(project: string): SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keptAs(project)) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isSaved) : [];
  } catch {
    return [];
  }
}

export function keepViews(project: string, views: readonly SavedView[]) {
  localStorage.setItem(keptAs(project), JSON.stringify(views));
}

const isSaved = (value: unknown): value is SavedView =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as SavedView).name === "string" &&
  typeof (value as SavedView).address === "string";
