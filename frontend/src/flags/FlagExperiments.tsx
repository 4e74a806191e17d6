import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";
import { ButtonLink } from "../components/Button";
import { date } from "../components/format";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { StatusTag } from "../components/StatusTag";
import { Table } from "../components/Table";
import type { Flag } from "./model";

export function FlagExperiments({ flag }: { flag: Flag }) {
  const path = useProjectPath();
  const found = useQuery({
    queryKey: ["experiments of flag", path.project_id, flag.id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/", {
          params: { path, query: { feature_flag_id: String(flag.id) } },
        }),
      ),
  });
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton height={120} />;
  if (found.data.count === 0) {
    return (
      <EmptyState
        title="No experiment uses this flag"
        action={<ButtonLink href="/experiments/new">New experiment</ButtonLink>}
      >
        An experiment can be put on a flag that is there, if it has two variants or more and the
        first of them is <code>control</code>.
      </EmptyState>
    );
  }
  return (
    <Table
      caption="Experiments on this flag"
      rows={found.data.results}
      keyOf={(experiment) => experiment.id}
      columns={[
        {
          id: "name",
          title: "Name",
          isRowHeader: true,
          cell: (one) => <Link href={`/experiments/${one.id}`}>{one.name}</Link>,
        },
        { id: "status", title: "Status", cell: (one) => <StatusTag status={one.status} /> },
        { id: "from", title: "Started", cell: (one) => date(one.start_date) },
        { id: "to", title: "Ended", cell: (one) => date(one.end_date) },
      ]}
    />
  );
}
