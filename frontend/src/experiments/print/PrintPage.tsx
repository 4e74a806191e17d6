/** An experiment as it goes on paper, and links for people without an account. */
import { useEffect } from "react";
import { useParams } from "wouter";

import { Button, ButtonLink } from "../../components/Button";
import { Banner } from "../../components/Badge";
import { ErrorState, PageSkeleton, Skeleton } from "../../components/States";
import { Report } from "../../shared/Report";
import { isReadOnly, useExperiment, variantsOf } from "../page/experiment";
import { useResults } from "../results/results";
import styles from "./Print.module.css";
import { ShareLinks } from "./ShareLinks";

export default function PrintPage() {
  const id = Number(useParams<{ id: string }>().id);
  const found = useExperiment(id);
  const results = useResults(id, null, Boolean(found.data?.start_date));
  const name = found.data?.name;
  useEffect(() => {
    document.title = `${name ?? "Experiment"} · print · splitplot`;
  }, [name]);
  if (found.error) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <PageSkeleton />;
  const experiment = found.data;
  const variants = variantsOf(experiment).map(({ key, share }) => ({
    key,
    rollout_percentage: share,
  }));
  return (
    <>
      <div className={styles.controls}>
        <ButtonLink href={`/experiments/${id}`}>Back</ButtonLink>
        <Button look="primary" onPress={() => window.print()}>
          Print
        </Button>
      </div>
      {results.error && (
        <Banner tone="caution" title="Results could not be computed.">
          {results.error.message}
        </Banner>
      )}
      <Report reported={{ ...experiment, variants, results: results.data ?? null }} />
      {experiment.start_date && results.isPending && <Skeleton height={240} />}
      {!isReadOnly(experiment) && (
        <div className={styles.links}>
          <ShareLinks id={id} />
        </div>
      )}
    </>
  );
}
