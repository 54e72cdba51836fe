import type { Station } from '@vigil/contracts';
import { enrolStation } from '../../live/identity-api.js';
import { troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';

/** Where a one-time code makes this screen a station of its care unit. Needs nobody to be signed in. */
export function StationEnrolment({ place, onEnrolled }: { place: Station | null; onEnrolled: () => void }) {
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const code = String(form.get('code') ?? '').trim();
    void run(async () => {
      if (code.length < 8) return 'Enter the whole code.';
      const answer = await enrolStation(code);
      if (answer.ok) onEnrolled();
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> Make this screen a station
        </h1>
        <p className="sign-in-lead">
          A station shows the beds and alarms of one care unit day and night, with nobody signed in. Only do this with a shared
          screen that stays in the care unit.
        </p>
        {place ? (
          <p className="sign-in-notice">
            This screen is the station <b>{place.label}</b> already. A new code makes it another one.
          </p>
        ) : null}
        <Form error={error} onSubmit={submit}>
          <TextField
            label="Code of the station"
            name="code"
            hint="A charge nurse or an administrator makes it under Stations. It works once, for 15 minutes."
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            autoFocus
            maxLength={40}
          />
          <button type="submit" className="button primary" aria-disabled={busy}>
            {busy ? 'Asking…' : 'Make it a station'}
          </button>
        </Form>
        <p className="sign-in-station">
          <a href="/">Back</a>
        </p>
      </div>
    </main>
  );
}
