import { Link } from "wouter";

import { useProject } from "../app/project";
import { useSession } from "../app/session";
import { Panel } from "../components/Page";
import { useOrganization } from "./organization";
import styles from "./Settings.module.css";

/** Which server this is, and where it can be asked. */
export function About() {
  const { version } = useSession();
  const project = useProject();
  const organization = useOrganization();
  const { origin } = window.location;
  return (
    <Panel title="About this installation">
      <dl className={styles.facts}>
        <dt>Version</dt>
        <dd>splitplot {version}</dd>
        <dt>Organization</dt>
        <dd>{organization.data?.name ?? "…"}</dd>
        <dt>Project</dt>
        <dd>
          {project.name}, number {project.id}
        </dd>
        <dt>Host for SDKs</dt>
        <dd>
          <code>{origin}</code>
        </dd>
        <dt>REST API</dt>
        <dd>
          <code>{`${origin}/api/projects/${project.id}/`}</code>
        </dd>
        <dt>API description</dt>
        <dd>
          <a href="/api/schema/">{`${origin}/api/schema/`}</a>
        </dd>
        <dt>Operation</dt>
        <dd>
          <a href="/_health">alive</a>, <a href="/_ready">ready</a>, <a href="/metrics">metrics</a>
        </dd>
        <dt>Components</dt>
        <dd>
          <Link href="/gallery">Gallery</Link>
        </dd>
      </dl>
    </Panel>
  );
}
