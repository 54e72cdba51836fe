import type { ContactList, ContactView } from '@vigil/contracts';
import { useState } from 'react';
import { ownWays, removeWay } from '../../live/contacts-api.js';
import type { Trouble } from '../../live/problem.js';
import { onCallTroubleText } from '../../model/on-call-trouble.js';
import { wayWord } from '../../model/escalation-events.js';
import { momentText } from '../../model/time-words.js';
import { ConfirmButton } from '../../parts/confirm-button.js';
import { Loaded, Section } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { AddWay } from './add-way.js';
import { ConfirmWay } from './confirm-way.js';
import { OrderOfWays } from './order-of-ways.js';
import { wayName, WAYS_KEY, waysChanged } from './ways.js';

/** How oneself is reached: each way with what is known of it, and what to do about it. */
export function WaysSection() {
  const { load, again } = useLoad(WAYS_KEY, ownWays);
  return (
    <Section title={t('onCall:waysTitle')}>
      <Loaded load={load} again={again} what={t('onCall:whatWays')}>
        {(list) => (
          <>
            <Reach list={list} />
            <ul className="rows">
              {list.items.map((way) => (
                <Way key={way.contactId} way={way} />
              ))}
            </ul>
            <AddWay />
            {list.items.length > 1 ? <OrderOfWays key={list.items.map(({ contactId }) => contactId).join()} list={list} /> : null}
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** In words, with what to do; as the server counts it: a way that is not confirmed, gone or not at this site is none. */
function Reach({ list: { items } }: { list: ContactList }) {
  if (items.some(({ state }) => state === 'works')) return <p role="status">{t('onCall:waysOk')}</p>;
  const isDoubtful = items.some(({ state }) => state === 'untested' || state === 'failing');
  return (
    <p className="state-note trouble" role="status">
      {isDoubtful ? t('onCall:waysNoneWorks') : <b>{t('onCall:waysNone')}</b>}
    </p>
  );
}

function Way({ way }: { way: ContactView }) {
  const { checked } = useIdentity();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const remove = (): void =>
    void removeWay(way).then(async (answer) => {
      setTrouble(checked(answer).ok ? null : answer.ok ? null : answer.trouble);
      await waysChanged();
    });
  return (
    <li className="own-way" data-state={way.state}>
      <span>
        <b>
          <bdi>{wayName(way)}</bdi>
        </b>
        <br />
        {wayWord(way.channel)} <bdi>{way.address}</bdi> – <b>{t(`onCall:wayState_${way.state}`)}</b>
        <br />
        <span className="field-hint">
          {[
            ...(way.fromSite ? [t('onCall:bySite')] : []),
            ...(way.confirmedAtMs === null ? [] : [t('onCall:confirmedAt', { at: momentText(way.confirmedAtMs) })]),
            way.lastTriedAtMs === null ? t('onCall:neverSeen') : t('onCall:triedAt', { at: momentText(way.lastTriedAtMs) }),
          ].join(', ')}
        </span>
        {trouble ? (
          <span className="form-error" role="alert">
            {onCallTroubleText(trouble)}
          </span>
        ) : null}
        <ConfirmWay way={way} />
      </span>
      {way.fromSite ? null : (
        <span role="group" aria-label={wayName(way)}>
          <ConfirmButton name={t('onCall:removeWay')} question={t('onCall:removeWayQuestion')} onConfirm={remove} />
        </span>
      )}
    </li>
  );
}
