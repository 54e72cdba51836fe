import { useEffect, useState } from 'react';
import type { Answer, Trouble } from '../../live/problem.js';
import { pushSubscription, pushWorks, subscribePush, testPush, unsubscribePush } from '../../live/push-api.js';
import { useIdentity } from '../../shell/identity.js';
import { Section, TroubleNote } from '../../parts/parts.js';

/** Pages on this device by web push: turn it on, try it, turn it off. */
export function PushSection() {
  const { checked } = useIdentity();
  const [subscription, setSubscription] = useState<PushSubscription | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [said, setSaid] = useState('');
  const look = (): void => void pushSubscription().then(setSubscription, () => setSubscription(null));
  useEffect(look, []);
  const after =
    (done: string) =>
    (answer: Answer<unknown>): void => {
      setTrouble(checked(answer).ok ? null : answer.ok ? null : answer.trouble);
      setSaid(answer.ok ? done : '');
      look();
    };
  if (!pushWorks()) {
    return (
      <Section title="Pages on this device">
        <p>This browser shows none here. On a phone, add Vigil to the home screen and open it from there.</p>
      </Section>
    );
  }
  return (
    <Section title="Pages on this device">
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      <p>
        {subscription ? 'On.' : 'Off.'} A notification says where and how urgent, never who. The silent switch of a phone mutes it
        all the same: keep another way.
      </p>
      <div className="form-buttons">
        {subscription ? (
          <>
            <button type="button" className="button" onClick={() => void testPush(subscription).then(after('Sent.'))}>
              Send a test
            </button>
            <button type="button" className="button" onClick={() => void unsubscribePush(subscription).then(after('Off.'))}>
              Turn off
            </button>
          </>
        ) : (
          <button type="button" className="button" onClick={() => void subscribePush().then(after('On.'))}>
            Show my pages here
          </button>
        )}
      </div>
      {said ? <p role="status">{said}</p> : null}
    </Section>
  );
}
