import type { ReactNode } from "react";

import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Form, useSending } from "../components/Form";

interface Props {
  title: string;
  /** What will be different. */
  children: ReactNode;
  /** The button's words. */
  verb: string;
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something is gone. */
export function Confirm({ title, children, verb, act, onClose }: Props) {
  const { isSending, refusals, send } = useSending(async () => {
    await act();
    onClose();
  }, []);
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <Button look="danger" onPress={send} isPending={isSending}>
          {verb}
        </Button>
      }
    >
      <Form onSend={send} refusals={refusals}>
        <p>{children}</p>
      </Form>
    </Dialog>
  );
}
