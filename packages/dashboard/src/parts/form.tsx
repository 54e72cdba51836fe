import { type FormEvent, type InputHTMLAttributes, type ReactNode, useId, useRef, useState } from 'react';

/** A form whose error is announced, and that takes no second press while the first is on its way. */
export function Form({ error, onSubmit, children }: { error: string; onSubmit: (form: FormData) => void; children: ReactNode }) {
  return (
    <form
      className="form"
      noValidate
      onSubmit={(event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
      <p className="form-error" role="alert">
        {error}
      </p>
    </form>
  );
}

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly name: string;
  readonly hint?: string;
}

export function TextField({ label, hint, ...input }: TextFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} {...input} {...(hint ? { 'aria-describedby': `${id}-hint` } : {})} />
      {hint ? (
        <span className="field-hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
    </div>
  );
}

export function SelectField(props: {
  readonly label: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly defaultValue?: string;
}) {
  const id = useId();
  const { label, name, options, defaultValue } = props;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} name={name} defaultValue={defaultValue}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** `run` does one thing at a time and keeps the error that it answers; an empty one means that it went well. */
export function useSubmit(): {
  readonly busy: boolean;
  readonly error: string;
  readonly run: (act: () => Promise<string>) => Promise<boolean>;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const running = useRef(false);
  const run = async (act: () => Promise<string>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError('');
    const said = await act().finally(() => {
      running.current = false;
      setBusy(false);
    });
    setError(said);
    return said === '';
  };
  return { busy, error, run };
}
