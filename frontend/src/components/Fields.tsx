/** Labelled fields. Each says its label, help and error to everybody, screen readers included. */
import type { ReactNode } from "react";
import {
  Button as AriaButton,
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField as AriaNumberField,
  Popover,
  Radio,
  RadioGroup,
  Select as AriaSelect,
  SelectValue,
  Switch as AriaSwitch,
  Text,
  TextArea,
  TextField as AriaTextField,
  type Key,
} from "react-aria-components";

import styles from "./Fields.module.css";

interface Common {
  label: string;
  /** Below the field, always visible. */
  help?: ReactNode;
  /** What the server or the form has against the value. */
  error?: string | null | undefined;
  isDisabled?: boolean;
  isRequired?: boolean;
  /** For fields in a table, whose column says the label. */
  isLabelHidden?: boolean;
}

function Around({ label, help, isLabelHidden, children }: Common & { children: ReactNode }) {
  return (
    <>
      <Label className={isLabelHidden ? "visually-hidden" : styles.label}>{label}</Label>
      {children}
      {help && (
        <Text slot="description" className={styles.help}>
          {help}
        </Text>
      )}
    </>
  );
}

interface TextProps extends Common {
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "email" | "password" | "search" | "url";
  placeholder?: string;
  autoComplete?: string;
  autoFocus?: boolean;
  isMultiline?: boolean;
  rows?: number;
  name?: string;
}

export function TextField(props: TextProps) {
  const { label, help, error, isLabelHidden, isMultiline, rows, placeholder, ...rest } = props;
  return (
    <AriaTextField {...rest} isInvalid={!!error} className={styles.field ?? ""}>
      <Around label={label} help={help} isLabelHidden={isLabelHidden}>
        {isMultiline ? (
          <TextArea className={styles.input} rows={rows ?? 3} placeholder={placeholder} />
        ) : (
          <Input className={styles.input} placeholder={placeholder} />
        )}
      </Around>
      <FieldError className={styles.error ?? ""}>{error}</FieldError>
    </AriaTextField>
  );
}

interface NumberProps extends Common {
  value: number | null;
  /** `null` when the field was emptied. */
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  step?: number;
  format?: Intl.NumberFormatOptions;
}

export function NumberField(props: NumberProps) {
  const { label, help, error, isLabelHidden, value, onChange, min, max, step, format, ...rest } =
    props;
  return (
    <AriaNumberField
      {...rest}
      value={value ?? Number.NaN}
      onChange={(next) => onChange(Number.isNaN(next) ? null : next)}
      minValue={min}
      maxValue={max}
      step={step}
      formatOptions={format}
      isInvalid={!!error}
      className={styles.field ?? ""}
    >
      <Around label={label} help={help} isLabelHidden={isLabelHidden}>
        <Input className={styles.input} />
      </Around>
      <FieldError className={styles.error ?? ""}>{error}</FieldError>
    </AriaNumberField>
  );
}

export interface Option<K extends string = string> {
  id: K;
  label: string;
  help?: string;
}

interface SelectProps<K extends string> extends Common {
  value: K | null;
  onChange: (value: K) => void;
  options: readonly Option<K>[];
  placeholder?: string;
}

export function Select<K extends string>(props: SelectProps<K>) {
  const { label, help, error, isLabelHidden, value, onChange, options, placeholder, ...rest } =
    props;
  return (
    <AriaSelect
      {...rest}
      value={value}
      onChange={(key: Key | null) => key !== null && onChange(key as K)}
      placeholder={placeholder ?? "Choose…"}
      isInvalid={!!error}
      className={styles.field ?? ""}
    >
      <Around label={label} help={help} isLabelHidden={isLabelHidden}>
        <AriaButton className={styles.select ?? ""}>
          <SelectValue className={styles.chosen ?? ""} />
          <span aria-hidden="true">▾</span>
        </AriaButton>
      </Around>
      <FieldError className={styles.error ?? ""}>{error}</FieldError>
      <Popover className={styles.popover ?? ""}>
        <ListBox className={styles.list ?? ""} items={options}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.label} className={styles.option ?? ""}>
              <Text slot="label">{option.label}</Text>
              {option.help && (
                <Text slot="description" className={styles.help}>
                  {option.help}
                </Text>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface ToggleProps {
  children: ReactNode;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  isDisabled?: boolean;
}

export function Checkbox({ children, ...props }: ToggleProps) {
  return (
    <AriaCheckbox {...props} className={styles.toggle ?? ""}>
      <span className={styles.box} aria-hidden="true" />
      <span>{children}</span>
    </AriaCheckbox>
  );
}

export function Switch({ children, ...props }: ToggleProps) {
  return (
    <AriaSwitch {...props} className={styles.toggle ?? ""}>
      <span className={styles.track} aria-hidden="true" />
      <span>{children}</span>
    </AriaSwitch>
  );
}

interface ChoiceProps<K extends string> extends Common {
  value: K;
  onChange: (value: K) => void;
  options: readonly Option<K>[];
  isHorizontal?: boolean;
}

/** One of a few, all of them visible. */
export function Choice<K extends string>(props: ChoiceProps<K>) {
  const { label, help, error, isLabelHidden, value, onChange, options, isHorizontal, ...rest } =
    props;
  return (
    <RadioGroup
      {...rest}
      value={value}
      onChange={(next) => onChange(next as K)}
      orientation={isHorizontal ? "horizontal" : "vertical"}
      isInvalid={!!error}
      className={styles.field ?? ""}
    >
      <Around label={label} help={help} isLabelHidden={isLabelHidden}>
        <div className={isHorizontal ? styles.across : styles.down}>
          {options.map((option) => (
            <Radio key={option.id} value={option.id} className={styles.toggle ?? ""}>
              <span className={styles.dot} aria-hidden="true" />
              <span>
                {option.label}
                {option.help && <span className={styles.help}>{option.help}</span>}
              </span>
            </Radio>
          ))}
        </div>
      </Around>
      <FieldError className={styles.error ?? ""}>{error}</FieldError>
    </RadioGroup>
  );
}
