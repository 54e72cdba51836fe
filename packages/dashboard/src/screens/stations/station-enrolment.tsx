import type { Station } from '@vigil/contracts';
import { enrolStation } from '../../live/identity-api.js';
import { troubleText } from '../../live/problem.js';
import { CodeForm } from '../../parts/code-form.js';
import { useSubmit } from '../../parts/form.js';
import { useUntouched } from '../../parts/use-untouched.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';

/** A wall screen that started with this address must not stay without its picture. */
const BACK_AFTER_MS = 20_000;
/** Whoever types a code may have to fetch it from another screen. */
const BACK_AFTER_TOUCH_MS = 120_000;

/** Where a one-time code makes this screen a station of its care unit. Needs nobody to be signed in. */
export function StationEnrolment(props: {
  readonly place: Station | null;
  readonly onEnrolled: () => void;
  /** Back to the picture of the station that this screen is already. */
  readonly onBack: () => void;
}) {
  const { place, onEnrolled, onBack } = props;
  const submit = useSubmit();
  useUntouched(place !== null && !submit.busy, { firstMs: BACK_AFTER_MS, laterMs: BACK_AFTER_TOUCH_MS }, onBack);
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
            <bdi>{t('stations:already', { label: plainText(place.label) })}</bdi> {t('stations:goesBack')}
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
