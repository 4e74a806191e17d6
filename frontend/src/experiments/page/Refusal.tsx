/** Why a change was not made. */
import type { ApiError } from "../../api/client";
import { Banner } from "../../components/Badge";
import { Button, ButtonLink } from "../../components/Button";
import { isWaiting } from "./experiment";

interface Props {
  error: ApiError;
  onClose: () => void;
}

export function Refusal({ error, onClose }: Props) {
  const close = (
    <Button isSmall look="quiet" onPress={onClose} aria-label="Close this message">
      ✕
    </Button>
  );
  if (isWaiting(error)) {
    return (
      <Banner
        tone="caution"
        title="Nothing was changed: this needs somebody else’s approval."
        action={
          <>
            <ButtonLink href="/approvals" isSmall>
              Open approvals
            </ButtonLink>
            {close}
          </>
        }
      >
        {error.message}
      </Banner>
    );
  }
  return (
    <Banner tone="danger" title="This was not done." action={close}>
      {error.message}
    </Banner>
  );
}
