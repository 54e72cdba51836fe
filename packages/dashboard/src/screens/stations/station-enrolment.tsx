import type { Station } from '@vigil/contracts';
import { enrolStation } from '../../live/identity-api.js';
import { troubleText } from '../../live/problem.js';
import { Form, TextField, useSubmit } from '../../parts/form.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Where a one-time code makes this screen a station of its care unit. Needs nobody to be signed in. */
export function StationEnrolment({ place, onEnrolled }: { place: Station | null; onEnrolled: () => void }) {
  const { busy, error, run } = useSubmit();
  const submit = (form: FormData): void => {
    const code = String(form.get('code') ?? '').trim();
    void run(async () => {
      if (code.length < 8) return t('stations:wholeCode');
      const answer = await enrolStation(code);
      if (answer.ok) onEnrolled();
      return answer.ok ? '' : troubleText(answer.trouble);
    });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <h1>
          <img src="/icon.svg" alt="" width="40" height="40" /> {t('stations:makeStation')}
        </h1>
        <p className="sign-in-lead">{t('stations:what')}</p>
        {place ? (
          <p className="sign-in-notice">
            <bdi>{t('stations:already', { label: plainText(place.label) })}</bdi>
          </p>
        ) : null}
        <Form error={error} onSubmit={submit}>
          <TextField
            label={t('stations:code')}
            name="code"
            hint={t('stations:codeHint')}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            autoFocus
            maxLength={40}
          />
          <button type="submit" className="button primary" aria-disabled={busy}>
            {busy ? t('stations:asking') : t('stations:makeIt')}
          </button>
        </Form>
        <p className="sign-in-station">
          <a href="/">{t('stations:back')}</a>
        </p>
      </div>
    </main>
  );
}
