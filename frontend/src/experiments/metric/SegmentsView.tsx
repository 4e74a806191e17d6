/** A metric by the values of a property that each unit had when it was exposed. */
import { useState } from "react";
import { useSearchParams } from "wouter";

import { Button } from "../../components/Button";
import { ComboField } from "../../components/ComboField";
import { EmptyState } from "../../components/States";
import { useProperties } from "../../events/definitions";
import type { Experiment, Variant } from "../page/experiment";
import type { Outcome } from "../results/results";
import { Segments } from "../results/Segments";
import styles from "./Metric.module.css";

interface Props {
  experiment: Experiment;
  outcome: Outcome;
  variants: readonly Variant[];
}

export function SegmentsView({ experiment, outcome, variants }: Props) {
  const [search, setSearch] = useSearchParams();
  const property = search.get("breakdown") ?? "";
  const [typed, setTyped] = useState(property);
  const properties = useProperties({ event: "$feature_flag_called" });
  const show = (next: string) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (next) after.set("breakdown", next);
        else after.delete("breakdown");
        return after;
      },
      { replace: true },
    );
  const type = (next: string) => {
    setTyped(next);
    // A name that is known needs no further word; of another one only the whole is asked.
    if (properties.some((one) => one.name === next)) show(next);
  };
  return (
    <>
      <form
        className={styles.picker}
        onSubmit={(event) => {
          event.preventDefault();
          show(typed);
        }}
      >
        <ComboField
          label="Property of the exposure"
          value={typed}
          onChange={type}
          placeholder="For example $browser"
          suggestions={properties.map(({ name }) => ({ id: name }))}
        />
        <Button type="submit" isDisabled={typed === property}>
          Show segments
        </Button>
      </form>
      {property ? (
        <Segments
          key={property}
          experiment={experiment}
          outcome={outcome}
          property={property}
          variants={variants}
        />
      ) : (
        <EmptyState title="Choose a property">
          Results are shown for each value of the property by itself: for each browser, country or
          plan. What counts is the value that a unit had when it was first exposed.
        </EmptyState>
      )}
    </>
  );
}
