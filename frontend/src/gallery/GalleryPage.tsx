import { Page } from "../components/Page";
import { Charts } from "./Charts";
import { Controls } from "./Controls";
import { Fields } from "./Fields";
import { States } from "./States";

/** Every component in its states, for looking at and for tests. */
export default function GalleryPage() {
  return (
    <Page
      title="Gallery"
      summary="Every component in its states. Try them in each theme and density, and by keyboard."
    >
      <Controls />
      <Fields />
      <Charts />
      <States />
    </Page>
  );
}
