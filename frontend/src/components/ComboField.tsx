/** A text field that offers what is known; other text may be typed as well. */
import type { ReactNode } from "react";
import {
  Button as AriaButton,
  ComboBox,
  FieldError,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from "react-aria-components";

import styles from "./ComboField.module.css";
import fields from "./Fields.module.css";

export interface Suggestion {
  /** What is put into the field. */
  id: string;
  /** Beside it in the list. */
  remark?: string | undefined;
}

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly Suggestion[];
  help?: ReactNode;
  error?: string | null | undefined;
  placeholder?: string;
  isRequired?: boolean;
  isDisabled?: boolean;
  isLabelHidden?: boolean;
}

export function ComboField(props: Props) {
  const { label, value, onChange, suggestions, help, error, placeholder, isLabelHidden, ...rest } =
    props;
  return (
    <ComboBox
      {...rest}
      inputValue={value}
      onInputChange={onChange}
      defaultItems={suggestions}
      allowsCustomValue
      menuTrigger="focus"
      isInvalid={!!error}
      className={fields.field ?? ""}
    >
      <Label className={isLabelHidden ? "visually-hidden" : fields.label}>{label}</Label>
      <Group className={styles.group ?? ""}>
        <Input className={`${fields.input} ${styles.input}`} placeholder={placeholder} />
        <AriaButton className={styles.button ?? ""}>
          <span aria-hidden="true">▾</span>
        </AriaButton>
      </Group>
      {help && (
        <Text slot="description" className={fields.help}>
          {help}
        </Text>
      )}
      <FieldError className={fields.error ?? ""}>{error}</FieldError>
      <Popover className={fields.popover ?? ""}>
        <ListBox<Suggestion> className={fields.list ?? ""}>
          {(suggestion) => (
            <ListBoxItem
              id={suggestion.id}
              textValue={suggestion.id}
              className={fields.option ?? ""}
            >
              <Text slot="label">{suggestion.id}</Text>
              {suggestion.remark && (
                <Text slot="description" className={fields.help}>
                  {suggestion.remark}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
