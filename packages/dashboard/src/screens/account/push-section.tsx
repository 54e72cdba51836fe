import { useEffect, useState } from 'react';
import type { Answer, Trouble } from '../../live/problem.js';
import { pushHere, pushSubscription, subscribePush, testPush, unsubscribePush } from '../../live/push-api.js';
import { Section, TroubleNote } from '../../parts/parts.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

/** Pages on this device by web push: turn it on, try it, turn it off; where it does not work, what to do. */
export function PushSection() {
  const here = pushHere();
  return (
    <Section title={t('account:push')}>
      {here === 'works' || here === 'denied' ? <OnThisDevice isDenied={here === 'denied'} /> : <NotHere why={here} />}
    </Section>
  );
}

function NotHere({ why }: { why: 'needs-home-screen' | 'insecure' | 'none' }) {
  if (why === 'insecure') return <p>{t('account:pushInsecure')}</p>;
  if (why === 'none') return <p>{t('account:pushHomeScreen')}</p>;
  return (
    <>
      <p>{t('account:pushIos1')}</p>
      <ol className="policy-steps">
        <li>{t('account:pushIos2')}</li>
        <li>{t('account:pushIos3')}</li>
      </ol>
    </>
  );
}

function OnThisDevice({ isDenied }: { isDenied: boolean }) {
  const { checked } = useIdentity();
  const [subscription, setSubscription] = useState<PushSubscription | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);
  const look = (): void => void pushSubscription().then(setSubscription, () => setSubscription(null));
  useEffect(look, []);
  const act = (work: () => Promise<Answer<unknown>>, done: string): void => {
    if (busy) return;
    setBusy(true);
    void work().then((answer) => {
      setBusy(false);
      setTrouble(checked(answer).ok ? null : answer.ok ? null : answer.trouble);
      setSaid(answer.ok ? done : '');
      look();
    });
  };
  if (isDenied && subscription === null) {
    return <p className="state-note trouble">{t('account:pushDenied')}</p>;
  }
  const button = (word: string, work: () => Promise<Answer<unknown>>, done: string) => (
    <button type="button" className="button" aria-disabled={busy} onClick={() => act(work, done)}>
      {word}
    </button>
  );
  return (
    <>
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      <p>
        {subscription ? t('account:pushOnText') : t('account:pushOffText')} {t('account:pushWhat')}
      </p>
      {subscription || Notification.permission === 'granted' ? null : <p className="field-hint">{t('account:pushAsk')}</p>}
      <div className="form-buttons">
        {subscription ? (
          <>
            {button(t('account:pushTest'), () => testPush(subscription), t('account:sent'))}
            {button(t('account:pushOff'), () => unsubscribePush(subscription), t('account:pushOffText'))}
          </>
        ) : (
          button(t('account:pushOn'), subscribePush, t('account:pushOnText'))
        )}
      </div>
      {busy ? <p role="status">{t('account:sending')}</p> : said ? <p role="status">{said}</p> : null}
    </>
  );
}
