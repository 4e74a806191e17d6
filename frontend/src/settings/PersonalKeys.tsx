import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { Button } from "../components/Button";
import { date, since } from "../components/format";
import { Panel } from "../components/Page";
import { EmptyState, ErrorState, Skeleton } from "../components/States";
import { Table } from "../components/Table";
import { Confirm } from "./Confirm";
import { NewKeyDialog } from "./NewKeyDialog";
import { shownScopes } from "./scopes";
import styles from "./Settings.module.css";

type Key = Schemas["PersonalApiKeyBody"];

export const KEYS_KEY = ["personal keys"];

/** The reader's own keys, for scripts that act as them. */
export function PersonalKeys() {
  const keys = useQuery({
    queryKey: KEYS_KEY,
    queryFn: () => call(api.GET("/api/personal_api_keys/")),
  });
  const [isMaking, setIsMaking] = useState(false);
  const [deleted, setDeleted] = useState<Key | null>(null);
  if (keys.error) return <ErrorState error={keys.error} onRetry={keys.refetch} />;
  if (!keys.data) return <Skeleton height={200} />;
  const make = (
    <Button look="primary" isSmall onPress={() => setIsMaking(true)}>
      New key…
    </Button>
  );
  return (
    <>
      <Panel title="Your API keys" aside={keys.data.length > 0 && make}>
        {keys.data.length === 0 ? (
          <EmptyState title="You have no keys" action={make}>
            A key lets a script act as you, as far as you allow it.
          </EmptyState>
        ) : (
          <Table
            caption="Your API keys"
            keyOf={(key) => key.id}
            rows={keys.data}
            columns={[
              {
                id: "label",
                title: "Label",
                isRowHeader: true,
                cell: (key) => (
                  <>
                    {key.label}
                    <div className={styles.muted}>
                      <code>{key.mask_value}</code>
                    </div>
                  </>
                ),
              },
              { id: "scopes", title: "Allows", cell: (key) => shownScopes(key.scopes) },
              { id: "made", title: "Made", cell: (key) => date(key.created_at) },
              {
                id: "used",
                title: "Last used",
                cell: (key) => (key.last_used_at ? since(key.last_used_at) : "never"),
              },
              {
                id: "delete",
                title: <span className="visually-hidden">Actions</span>,
                isNumber: true,
                cell: (key) => (
                  <Button
                    isSmall
                    look="quiet"
                    onPress={() => setDeleted(key)}
                    aria-label={`Delete ${key.label}`}
                  >
                    Delete…
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Panel>
      {isMaking && <NewKeyDialog onClose={() => setIsMaking(false)} />}
      {deleted && <Deleting apiKey={deleted} onClose={() => setDeleted(null)} />}
    </>
  );
}

function Deleting({ apiKey, onClose }: { apiKey: Key; onClose: () => void }) {
  const queries = useQueryClient();
  const remove = async () => {
    await call(
      api.DELETE("/api/personal_api_keys/{key_id}/", { params: { path: { key_id: apiKey.id } } }),
    );
    await queries.invalidateQueries({ queryKey: KEYS_KEY });
  };
  return (
    <Confirm title={`Delete ${apiKey.label}?`} verb="Delete" act={remove} onClose={onClose}>
      Scripts that use it are refused from then on.
    </Confirm>
  );
}
