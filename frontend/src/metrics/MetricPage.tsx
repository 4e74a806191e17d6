import { useState } from "react";
import { useLocation, useParams } from "wouter";

import { NotFound } from "../app/NotFound";
import { ActivityLog } from "../components/ActivityLog";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Menu } from "../components/Menu";
import { Page, Panel } from "../components/Page";
import { ErrorState, PageSkeleton } from "../components/States";
import { say } from "../components/Toasts";
import { describeMetric } from "./describe";
import { newMetric, problemsOf, type MetricDocument } from "./document";
import { MetricForm } from "./MetricForm";
import { MetricPreview } from "./MetricPreview";
import styles from "./Metrics.module.css";
import { SaveInUse } from "./SaveInUse";
import { UsedBy } from "./UsedBy";
import {
  documentOf,
  useSharedMetric,
  useUsers,
  useWriteMetric,
  type MetricFields,
  type SharedMetric,
} from "./useMetrics";

const LIST = "/experiments/shared-metrics";
const TRAIL = [{ label: "Shared metrics", href: LIST }];

export default function MetricPage() {
  const { id } = useParams<{ id: string }>();
  if (id === "new") return <Editor key="new" metric={null} />;
  if (!/^\d+$/.test(id)) return <NotFound />;
  return <Known key={id} id={Number(id)} />;
}

function Known({ id }: { id: number }) {
  const found = useSharedMetric(id);
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageSkeleton />;
  return <Editor metric={found.data} />;
}

const fieldsOf = (metric: SharedMetric | null): MetricFields => ({
  name: metric?.name ?? "",
  description: metric?.description ?? "",
  tags: metric?.tags ?? [],
  query: metric ? documentOf(metric) : newMetric(),
});

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function Editor({ metric }: { metric: SharedMetric | null }) {
  const [seen, setSeen] = useState(() => fieldsOf(metric));
  const [fields, setFields] = useState(seen);
  const [tags, setTags] = useState(() => seen.tags.join(", "));
  const [isChecked, setIsChecked] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const [, go] = useLocation();
  const write = useWriteMetric();
  const users = useUsers(metric?.id ?? null);
  const used = users.data?.results ?? [];
  const set = (changes: Partial<MetricFields>) => setFields((before) => ({ ...before, ...changes }));
  const problems = isChecked ? problemsOf(fields.query) : {};

  const save = async () => {
    if (metric === null) {
      const made = await write.create(fields);
      say(`Metric “${made.name}” was made.`);
      go(`${LIST}/${made.id}`);
    } else {
      const saved = await write.change(metric.id, fields);
      setSeen(fieldsOf(saved));
      setFields(fieldsOf(saved));
      say("The metric was saved.");
    }
    setIsAsking(false);
  };
  const { send, isSending, refusals } = useSending(save, ["name", "description", "tags"]);
  const onSend = () => {
    setIsChecked(true);
    if (Object.keys(problemsOf(fields.query)).length > 0) return;
    if (used.length > 0 && !isSame(seen.query, fields.query)) setIsAsking(true);
    else void send();
  };
  return (
    <Page
      title={metric?.name ?? "New metric"}
      trail={TRAIL}
      summary={metric ? describeMetric(documentOf(metric)) : undefined}
      actions={metric && <Actions metric={metric} used={used.length} />}
    >
      <div className={styles.columns}>
        <div>
          <Form onSend={onSend} refusals={refusals}>
            <TextField
              label="Name"
              value={fields.name}
              onChange={(name) => set({ name })}
              error={refusals.of("name")}
              isRequired
            />
            <TextField
              label="Description"
              value={fields.description}
              onChange={(description) => set({ description })}
              error={refusals.of("description")}
            />
            <TextField
              label="Tags"
              help="With commas between them."
              value={tags}
              onChange={(text) => {
                setTags(text);
                set({ tags: text.split(",").map((tag) => tag.trim()).filter(Boolean) });
              }}
              error={refusals.of("tags")}
            />
            <MetricForm
              value={fields.query}
              onChange={(query: MetricDocument) => set({ query })}
              errors={problems}
            />
            <div className={styles.buttons}>
              <Button
                type="submit"
                look="primary"
                isDisabled={isSending || (metric !== null && isSame(seen, fields))}
              >
                {metric ? "Save" : "Create the metric"}
              </Button>
              {metric && !isSame(seen, fields) && (
                <Button
                  onPress={() => {
                    setFields(seen);
                    setTags(seen.tags.join(", "));
                  }}
                >
                  Discard
                </Button>
              )}
            </div>
          </Form>
        </div>
        <div className={styles.beside}>
          <MetricPreview metric={fields.query} />
        </div>
      </div>
      {metric && (
        <div className={styles.below}>
          <Panel title="Used by">
            <UsedBy users={users} />
          </Panel>
          <Panel title="History">
            <ActivityLog scope="Experiment" itemId={metric.id} detailType="shared_metric" linesOf={lines} />
          </Panel>
          <SaveInUse
            isOpen={isAsking}
            onClose={() => setIsAsking(false)}
            before={seen.query}
            fields={fields}
            used={used}
            isSending={isSending}
            refusal={isAsking ? (refusals.other ?? refusals.of("name")) : null}
            onSave={() => void send()}
          />
        </div>
      )}
    </Page>
  );
}

function lines(field: string, value: unknown): string[] | null {
  if (field !== "query" || value === null || typeof value !== "object") return null;
  return [describeMetric(value as MetricDocument)];
}

function Actions({ metric, used }: { metric: SharedMetric; used: number }) {
  const [isAsking, setIsAsking] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const write = useWriteMetric();
  const [, go] = useLocation();
  const remove = async () => {
    try {
      await write.remove(metric.id);
      say(`Metric “${metric.name}” was deleted.`);
      go(LIST);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : "That did not work.");
    }
  };
  return (
    <>
      <Menu
        label="More about this metric"
        actions={[{ id: "delete", label: "Delete…", onAction: () => setIsAsking(true) }]}
      />
      <Dialog
        title={`Delete “${metric.name}”?`}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <Button look="danger" onPress={() => void remove()}>
            {used ? `Delete it from ${used} ${used === 1 ? "experiment" : "experiments"}` : "Delete"}
          </Button>
        }
      >
        {used ? (
          <p>
            {used === 1 ? "One experiment has" : `${used} experiments have`} this metric. They lose it
            and their result for it. This cannot be undone.
          </p>
        ) : (
          <p>No experiment has this metric. This cannot be undone.</p>
        )}
        {refusal && <p role="alert">{refusal}</p>}
      </Dialog>
    </>
  );
}
