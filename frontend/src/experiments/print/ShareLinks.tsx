import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { Banner } from "../../components/Badge";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CodeBlock";
import { NumberField } from "../../components/Fields";
import { date, NOTHING } from "../../components/format";
import { Panel } from "../../components/Page";
import { ErrorState } from "../../components/States";
import { Table, type Column } from "../../components/Table";
import { say } from "../../components/Toasts";
import styles from "./Print.module.css";

type ShareLink = Schemas["ShareLinkBody"];

const USUAL_DAYS = 30;

function useShareLinks(id: number) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const key = ["share links", path.project_id, id];
  const params = { path: { ...path, experiment_id: id } };
  const address = "/api/projects/{project_id}/experiments/{experiment_id}/share_links/" as const;
  const listed = useQuery({
    queryKey: key,
    queryFn: () => call(api.GET(address, { params })),
  });
  const onSettled = () => queries.invalidateQueries({ queryKey: key });
  const make = useMutation({
    mutationFn: (days: number) =>
      call(api.POST(address, { params, body: { expires_in_days: days } as never })),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (link: ShareLink) =>
      call(
        api.DELETE(
          "/api/projects/{project_id}/experiments/{experiment_id}/share_links/{link_id}/",
          { params: { path: { ...params.path, link_id: link.id } } },
        ) as never,
      ),
    onSuccess: () => say("The link leads nowhere any more."),
    onError: (error) => say(error.message),
    onSettled,
  });
  return { listed, make, remove };
}

export function ShareLinks({ id }: { id: number }) {
  const { listed, make, remove } = useShareLinks(id);
  const [days, setDays] = useState<number | null>(USUAL_DAYS);
  const columns: readonly Column<ShareLink>[] = [
    { id: "hint", title: "Link", cell: (link) => <code>{link.hint}</code>, isRowHeader: true },
    { id: "by", title: "Made by", cell: (link) => link.created_by?.first_name || NOTHING },
    {
      id: "until",
      title: "Works until",
      cell: (link) => (link.is_expired ? `expired ${date(link.expires_at)}` : date(link.expires_at)),
    },
    {
      id: "revoke",
      title: <span className="visually-hidden">Take back</span>,
      cell: (link) => (
        <Button
          isSmall
          look="danger"
          aria-label={`Take back ${link.hint}`}
          onPress={() => remove.mutate(link)}
        >
          Take back
        </Button>
      ),
    },
  ];
  return (
    <Panel title="Share with people without an account">
      <p className={styles.muted}>
        Whoever has the link sees this page, read-only: no settings, events, queries or names of people.
      </p>
      <div className={styles.form}>
        <NumberField
          label="Days that it works"
          value={days}
          onChange={setDays}
          min={1}
          max={365}
          error={make.error?.message}
        />
        <Button
          onPress={() => make.mutate(days ?? USUAL_DAYS)}
          isDisabled={days === null || make.isPending}
        >
          Make a link
        </Button>
      </div>
      {make.data && (
        <Banner tone="fine" title="The link is shown only now:">
          <span className={styles.address}>
            <code data-testid="share-link">{make.data.link}</code>
            <CopyButton text={make.data.link} what="link" />
          </span>
        </Banner>
      )}
      {listed.error ? (
        <ErrorState error={listed.error} onRetry={() => void listed.refetch()} />
      ) : (
        listed.data &&
        listed.data.results.length > 0 && (
          <Table
            caption="Links to this experiment"
            columns={columns}
            rows={listed.data.results}
            keyOf={(link) => link.id}
          />
        )
      )}
    </Panel>
  );
}
