import { TextField } from './form.js';

const NEW = { type: 'password', autoComplete: 'new-password', maxLength: 256 } as const;

/** The new password, twice, because nobody sees what they type. */
export function NewPasswordFields(props: {
  readonly label: string;
  readonly labelAgain: string;
  readonly hint?: string;
  readonly autoFocus?: boolean;
}) {
  const { label, labelAgain, hint, autoFocus = false } = props;
  return (
    <>
      <TextField label={label} name="new" autoFocus={autoFocus} {...NEW} {...(hint ? { hint } : {})} />
      <TextField label={labelAgain} name="again" {...NEW} />
    </>
  );
}
