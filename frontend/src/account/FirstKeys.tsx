import type { Schemas } from "../api/client";
import { Button } from "../components/Button";
import { EntranceCard } from "./EntranceCard";
import styles from "./Entrance.module.css";
import { SecretValue } from "../components/SecretValue";

/** The keys of a new installation. The two secret ones are shown this once. */
export function FirstKeys({
  made,
  onDone,
}: {
  made: Schemas["InstallationBody"];
  onDone: () => void;
}) {
  return (
    <EntranceCard
      title="Your keys"
      lead="The two secret keys are shown this once. Copy them to a safe place; new ones can be made later."
      isWide
    >
      <div className={styles.keys}>
        <SecretValue
          label="Project token"
          value={made.project_token}
          help="For SDKs. It may be seen by anybody, and stands in Settings too."
        />
        <SecretValue
          label="Personal API key"
          value={made.personal_api_key}
          help="For scripts that act as you. Secret."
        />
        <SecretValue
          label="Project secret key"
          value={made.project_secret_key}
          help="For servers that evaluate flags by themselves. Secret."
        />
      </div>
      <Button look="primary" onPress={onDone}>
        I have kept them, go on
      </Button>
    </EntranceCard>
  );
}
