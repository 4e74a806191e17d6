/** The metrics of an experiment: to add, change, order and take away. */
import { useState } from "react";
import { Link } from "wouter";

import { Badge } from "../../../components/Badge";
import { Button } from "../../../components/Button";
import { percent } from "../../../components/format";
import { Menu, type MenuAction } from "../../../components/Menu";
import { say } from "../../../components/Toasts";
import { describeMetric, nameOfMetric } from "../../../metrics/describe";
import { isReadOnly, usePatch, type Experiment, type Patch } from "../experiment";
import { Refusal } from "../Refusal";
import { MetricDialog } from "./MetricDialog";
import { changedLists, LISTS, listedMetrics, type Listed, type ListName } from "./lists";
import styles from "./Setup.module.css";
import { SharedDialog } from "./SharedDialog";

const TITLES: Record<ListName, string> = { metrics: "Primary", metrics_secondary: "Secondary" };

type Open = { kind: "shared"; list: ListName } | { kind: "own"; list: ListName; at: number | null };

export function Metrics({ experiment }: { experiment: Experiment }) {
  const [open, setOpen] = useState<Open | null>(null);
  const patch = usePatch(experiment);
  const before: Patch = {
    metrics: experiment.metrics,
    metrics_secondary: experiment.metrics_secondary,
    saved_metrics_ids: experiment.saved_metrics_ids,
    primary_metrics_ordered_uuids: experiment.primary_metrics_ordered_uuids,
    secondary_metrics_ordered_uuids: experiment.secondary_metrics_ordered_uuids,
  };
  const save = (change: Patch, said: string) =>
    patch.mutate(change, {
      onSuccess: () => say(said, { label: "Undo", onAction: () => patch.mutate(before) }),
    });
  return (
    <>
      {patch.error && !open && <Refusal error={patch.error} onClose={patch.reset} />}
      {LISTS.map((list) => (
        <section key={list}>
          <h3>{TITLES[list]}</h3>
          <MetricList
            experiment={experiment}
            list={list}
            onEdit={(at) => setOpen({ kind: "own", list, at })}
            onSave={save}
          />
          {!isReadOnly(experiment) && (
            <div className={styles.actions}>
              <Button isSmall onPress={() => setOpen({ kind: "own", list, at: null })}>
                Add a metric
              </Button>
              <Button isSmall onPress={() => setOpen({ kind: "shared", list })}>
                Attach a shared metric
              </Button>
            </div>
          )}
        </section>
      ))}
      {open?.kind === "own" && (
        <MetricDialog
          key={`${open.list}/${open.at}`}
          experiment={experiment}
          list={open.list}
          at={open.at}
          onClose={() => setOpen(null)}
        />
      )}
      {open?.kind === "shared" && (
        <SharedDialog experiment={experiment} list={open.list} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

interface ListProps {
  experiment: Experiment;
  list: ListName;
  onEdit: (at: number) => void;
  onSave: (change: Patch, said: string) => void;
}

function MetricList({ experiment, list, onEdit, onSave }: ListProps) {
  const metrics = listedMetrics(experiment, list);
  if (metrics.length === 0) return <p className={styles.sentence}>None yet.</p>;
  return (
    <ol className={styles.list}>
      {metrics.map((metric, place) => (
        <li key={metric.uuid || place} className={styles.metric}>
          <div className={styles.about}>
            <MetricName metric={metric} />
            <p className={styles.sentence}>{describeMetric(metric.document)}</p>
          </div>
          {!isReadOnly(experiment) && (
            <Menu
              label={`Change ${nameOfMetric(metric.document)}`}
              actions={actionsOf(metric, { experiment, list, metrics, place, onEdit, onSave })}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

function MetricName({ metric }: { metric: Listed }) {
  const { document, link } = metric;
  const name = link?.name ?? nameOfMetric(document);
  const margin = link?.metadata["guardrail_margin"] ?? document.guardrail_margin;
  return (
    <p>
      {link ? <Link href={`/experiments/shared-metrics/${link.saved_metric}`}>{name}</Link> : name}{" "}
      {link && <Badge>shared</Badge>}{" "}
      {typeof margin === "number" && <Badge>guardrail, margin {percent(margin)}</Badge>}
    </p>
  );
}

interface Around extends ListProps {
  metrics: readonly Listed[];
  place: number;
}

function actionsOf(metric: Listed, around: Around): MenuAction[] {
  const { experiment, list, metrics, place, onEdit, onSave } = around;
  const moved = (to: number) => {
    const uuids = metrics.map((one) => one.uuid);
    uuids.splice(to, 0, ...uuids.splice(place, 1));
    const field = list === "metrics" ? "primary_metrics_ordered_uuids" : "secondary_metrics_ordered_uuids";
    onSave({ [field]: uuids }, "Moved.");
  };
  const { ownAt } = metric;
  return [
    ...(ownAt === null ? [] : [{ id: "edit", label: "Edit…", onAction: () => onEdit(ownAt) }]),
    { id: "up", label: "Move up", onAction: () => moved(place - 1), isDisabled: place === 0 },
    {
      id: "down",
      label: "Move down",
      onAction: () => moved(place + 1),
      isDisabled: place === metrics.length - 1,
    },
    {
      id: "other",
      label: list === "metrics" ? "Make it secondary" : "Make it primary",
      onAction: () => onSave(changedLists(experiment, list, metric, "other"), "Moved to the other list."),
    },
    {
      id: "remove",
      label: "Remove",
      onAction: () => onSave(changedLists(experiment, list, metric, "remove"), "Removed."),
    },
  ];
}

