import { useState } from "react";
import { useParams } from "wouter";

import { NotFound } from "../app/NotFound";
import { ActivityLog } from "../components/ActivityLog";
import { Banner } from "../components/Badge";
import { Button } from "../components/Button";
import { CopyButton } from "../components/CodeBlock";
import { Dialog } from "../components/Dialog";
import { Switch } from "../components/Fields";
import { Menu } from "../components/Menu";
import { Page } from "../components/Page";
import { ErrorState, PageSkeleton } from "../components/States";
import { TabLinks } from "../components/TabLinks";
import { say } from "../components/Toasts";
import { filtersInWords } from "./describe";
import { Editor } from "./Editor";
import { FlagExperiments } from "./FlagExperiments";
import styles from "./Flags.module.css";
import { StateBadge } from "./FlagsPage";
import { kindOf, type Flag, type FlagFilters } from "./model";
import { NewFlag } from "./NewFlag";
import { Playground } from "./Playground";
import { useChangeFlag, useFlag, useSwitchFlag } from "./useFlag";

const TABS = [
  ["rules", "Rules"],
  ["variants", "Variants"],
  ["playground", "Playground"],
  ["experiments", "Experiments"],
  ["activity", "Activity"],
] as const;

export default function FlagPage() {
  const { id, tab } = useParams<{ id: string; tab?: string }>();
  if (id === "new") return <NewFlag />;
  if (!/^\d+$/.test(id)) return <NotFound />;
  return <KnownFlag key={id} id={Number(id)} tab={tab ?? "rules"} />;
}

function KnownFlag({ id, tab }: { id: number; tab: string }) {
  const found = useFlag(id);
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageSkeleton />;
  if (!TABS.some(([known]) => known === tab)) return <NotFound />;
  const flag = found.data;
  return (
    <Page
      title={flag.key}
      trail={[{ label: "Flags", href: "/feature_flags" }]}
      summary={<Summary flag={flag} />}
      actions={<Actions flag={flag} />}
    >
      {flag.deleted && (
        <Banner tone="caution" title="This flag is deleted.">
          Nobody gets it. It can be restored by the menu.
        </Banner>
      )}
      <TabLinks
        label="Parts of the flag"
        here={tab}
        tabs={TABS.map(([one, label]) => ({
          id: one,
          label,
          href: `/feature_flags/${id}${one === "rules" ? "" : `/${one}`}`,
          count: one === "experiments" ? flag.experiment_set.length : undefined,
        }))}
      />
      {/* Stays while other tabs are shown, so that going to the playground loses no edit. */}
      <Editor flag={flag} part={tab} onReload={async () => (await found.refetch()).data} />
      {tab === "playground" && <Playground flag={flag} />}
      {tab === "experiments" && <FlagExperiments flag={flag} />}
      {tab === "activity" && <ActivityLog scope="FeatureFlag" itemId={id} linesOf={loggedLines} />}
    </Page>
  );
}

function Summary({ flag }: { flag: Flag }) {
  const turn = useSwitchFlag();
  return (
    <div className={styles.head}>
      <StateBadge flag={flag} />
      <span>{kindOf(flag)} flag</span>
      <CopyButton text={flag.key} what="key" />
      {!flag.deleted && (
        <Switch
          isSelected={flag.active}
          isDisabled={!flag.can_edit}
          onChange={(active) => void turn(flag, active)}
        >
          {flag.active ? "On" : "Off"}
        </Switch>
      )}
      {flag.name && <span>{flag.name}</span>}
    </div>
  );
}

function Actions({ flag }: { flag: Flag }) {
  const change = useChangeFlag();
  const [isAsking, setIsAsking] = useState(false);
  if (!flag.can_edit) return null;
  const put = async (deleted: boolean) => {
    setIsAsking(false);
    try {
      const changed = await change(flag, { deleted });
      const undo = { label: "Undo", onAction: () => void change(changed, { deleted: !deleted }) };
      say(deleted ? `Flag ${flag.key} was deleted.` : `Flag ${flag.key} is back.`, undo);
    } catch (error) {
      say(error instanceof Error ? error.message : "That did not work.");
    }
  };
  return (
    <>
      <Menu
        label="More about this flag"
        actions={[
          flag.deleted
            ? { id: "restore", label: "Restore", onAction: () => void put(false) }
            : { id: "delete", label: "Delete…", onAction: () => setIsAsking(true) },
        ]}
      />
      <Dialog
        title={`Delete ${flag.key}?`}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        actions={
          <Button look="danger" onPress={() => void put(true)}>
            Delete the flag
          </Button>
        }
      >
        <p>
          From now on the code gets no answer for it, as for a flag that never was. It can be
          restored later.
        </p>
      </Dialog>
    </>
  );
}

function loggedLines(field: string, value: unknown): string[] | null {
  if (field !== "filters" || value === null || typeof value !== "object") return null;
  return filtersInWords(value as FlagFilters);
}
