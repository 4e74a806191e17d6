import { Page } from "../components/Page";

export default function FlagsPage() {
  return <Page title="Flags">{null}</Page>;
}
