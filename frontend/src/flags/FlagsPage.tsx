import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useLocation, useSearchParams } from "wouter";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { Badge } from "../components/Badge";
import { Button, ButtonLink } from "../components/Button";
import { Select, TextField } from "../components/Fields";
import { count, since } from "../components/format";
import { Page } from "../components/Page";
import { useShortcut } from "../components/shortcuts";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table, type Column } from "../components/Table";
import { shareInWords } from "./describe";
import styles from "./Flags.module.css";
import { filtersOf, kindOf, type Flag } from "./model";

const PAGE_SIZE = 50;

const STATES = [
  { id: "", label: "In any state" },
  { id: "true", label: "On" },
  { id: "false", label: "Off" },
  { id: "STALE", label: "Stale" },
];
const KINDS = [
  { id: "", label: "Of any kind" },
  { id: "boolean", label: "Boolean" },
  { id: "multivariant", label: "Multivariate" },
  { id: "experiment", label: "Experiment" },
  { id: "remote_config", label: "Remote configuration" },
];

export default function FlagsPage() {
  const [view, setView] = useSearchParams();
  const [, go] = useLocation();
  useShortcut("n", "New flag", () => go("/feature_flags/new"));
  const found = useFlags(view);
  const set = (name: string, value: string) =>
    setView(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        if (name !== "offset") next.delete("offset");
        return next;
      },
      { replace: true },
    );
  return (
    <Page
      title="Flags"
      summary={found.data ? `${count(found.data.count)} ${found.data.count === 1 ? "flag" : "flags"}` : " "}
      actions={
        <ButtonLink href="/feature_flags/new" look="primary">
          New flag
        </ButtonLink>
      }
    >
      <search className={styles.filters}>
        <TextField
          label="Search by key or description"
          isLabelHidden
          type="search"
          placeholder="Search by key or description"
          value={view.get("search") ?? ""}
          onChange={(search) => set("search", search)}
        />
        <Select
          label="State"
          isLabelHidden
          value={view.get("active") ?? ""}
          onChange={(active) => set("active", active)}
          options={STATES}
        />
        <Select
          label="Kind"
          isLabelHidden
          value={view.get("type") ?? ""}
          onChange={(type) => set("type", type)}
          options={KINDS}
        />
      </search>
      {found.error ? (
        <ErrorState
          error={found.error}
          onRetry={() => void found.refetch()}
          reassurance="Flags are served as before; only this list could not be read."
        />
      ) : !found.data ? (
        <Skeleton height={320} />
      ) : found.data.count === 0 ? (
        <Nothing isNarrowed={view.size > 0} onClear={() => setView({})} />
      ) : (
        <>
          <Table caption="Feature flags" columns={COLUMNS} rows={found.data.results} keyOf={(flag) => flag.id} />
          <Paging
            offset={Number(view.get("offset") ?? 0)}
            total={found.data.count}
            onGo={(offset) => set("offset", offset ? String(offset) : "")}
          />
        </>
      )}
    </Page>
  );
}

function useFlags(view: URLSearchParams) {
  const path = useProjectPath();
  const query = Object.fromEntries(
    ["search", "active", "type", "offset"].flatMap((name) => {
      const value = view.get(name);
      return value ? [[name, value]] : [];
    }),
  );
  return useQuery({
    queryKey: ["flags", path.project_id, query],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/feature_flags/", {
          params: { path, query: { ...query, limit: String(PAGE_SIZE) } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

const COLUMNS: readonly Column<Flag>[] = [
  {
    id: "key",
    title: "Key",
    isRowHeader: true,
    cell: (flag) => (
      <>
        <Link href={`/feature_flags/${flag.id}`}>
          <code>{flag.key}</code>
        </Link>
        {flag.name && <p className={styles.note}>{flag.name}</p>}
      </>
    ),
  },
  { id: "state", title: "State", cell: (flag) => <StateBadge flag={flag} /> },
  { id: "kind", title: "Kind", cell: (flag) => kindOf(flag) },
  { id: "share", title: "Share on", cell: (flag) => shareInWords(filtersOf(flag)) },
  { id: "updated", title: "Changed", cell: (flag) => since(flag.updated_at) },
];

export function StateBadge({ flag }: { flag: Flag }) {
  if (flag.deleted) return <Badge symbol="✕">Deleted</Badge>;
  if (!flag.active) return <Badge symbol="○">Off</Badge>;
  return (
    <>
      <Badge tone="fine" symbol="●">
        On
      </Badge>{" "}
      {flag.status === "STALE" && (
        <Badge tone="caution" symbol="◷">
          Stale
        </Badge>
      )}
    </>
  );
}

function Nothing({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }) {
  if (isNarrowed) {
    return (
      <EmptyState title="No flag matches" action={<Button onPress={onClear}>Show all flags</Button>}>
        No flag fits the search and the filters.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No flags yet"
      action={
        <ButtonLink href="/feature_flags/new" look="primary">
          New flag
        </ButtonLink>
      }
    >
      A flag turns a part of your product on for some people, without a new release. Each experiment
      makes one by itself.
    </EmptyState>
  );
}

function Paging(props: { offset: number; total: number; onGo: (offset: number) => void }) {
  const { offset, total, onGo } = props;
  if (total <= PAGE_SIZE) return null;
  return (
    <nav aria-label="Pages" className={styles.paging}>
      <Button isSmall isDisabled={offset === 0} onPress={() => onGo(Math.max(0, offset - PAGE_SIZE))}>
        ← Before
      </Button>
      <span>
        {count(offset + 1)} to {count(Math.min(offset + PAGE_SIZE, total))} of {count(total)}
      </span>
      <Button isSmall isDisabled={offset + PAGE_SIZE >= total} onPress={() => onGo(offset + PAGE_SIZE)}>
        Next →
      </Button>
    </nav>
  );
}
