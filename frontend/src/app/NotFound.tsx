import { Link } from "wouter";

import { Page } from "../components/Page";
import { EmptyState } from "../components/States";

export function NotFound() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no such page" action={<Link href="/">Go home</Link>}>
        The address may be misspelt, or what was here has been deleted.
      </EmptyState>
    </Page>
  );
}
