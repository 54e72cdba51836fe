import type { Station } from '@vigil/contracts';
import { enrolStation } from '../../live/identity-api.js';
import { troubleText } from '../../live/problem.js';
import { CodeForm } from '../../parts/code-form.js';
import { useSubmit } from '../../parts/form.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** Where a one-time code makes this screen a station of its care unit. Needs nobody to be signed in. */
export function StationEnrolment({ place, onEnrolled }: { place: Station | null; onEnrolled: () => void }) {
  const submit = useSubmit();
  const send = async (code: string): Promise<string> => {
    const answer = await enrolStation(code);
    if (answer.ok) onEnrolled();
    return answer.ok ? '' : troubleText(answer.trouble);
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
        <CodeForm
          kind="capitals"
          label={t('stations:code')}
          hint={t('stations:codeHint')}
          leastLength={8}
          tooShort={t('stations:wholeCode')}
          submit={submit}
          send={send}
          button={t('stations:makeIt')}
          busyButton={t('stations:asking')}
        />
        <p className="sign-in-station">
          <a href="/">{t('stations:back')}</a>
        </p>
      </div>
    </main>
  );
}
