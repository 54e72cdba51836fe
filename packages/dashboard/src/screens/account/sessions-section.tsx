import { useState } from 'react';
import { endOtherSessions, endSession, ownSessions } from '../../live/identity-api.js';
import type { Answer, Trouble } from '../../live/problem.js';
import { useIdentity } from '../../shell/identity.js';
import { momentText } from '../../model/time-words.js';
import { Loaded, Section, TroubleNote } from '../../parts/parts.js';
import { t } from '../../words/words.js';
import { useLoad } from '../../parts/use-load.js';

export function SessionsSection() {
  const { checked } = useIdentity();
  const { load, again } = useLoad(['sessions'], ownSessions);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const after = (answer: Answer<void>): void => {
    setTrouble(checked(answer).ok ? null : answer.ok ? null : answer.trouble);
    again();
  };
  return (
    <Section title={t('account:sessions')}>
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      <Loaded load={load} again={again} what={t('account:whatSessions')}>
        {({ items }) => (
          <>
            <ul className="rows">
              {items.map((session) => (
                <li key={session.sessionRef}>
                  <span>
                    <b>{session.current ? t('account:thisOne') : t('account:from', { ip: session.ip })}</b>
                    <br />
                    {t('account:sessionLine', {
                      ...{ started: momentText(session.startedMs), used: momentText(session.lastUsedMs) },
                      methods: session.methods.join(t('account:and')),
                    })}
                  </span>
                  {session.current ? null : (
                    <button type="button" className="button" onClick={() => void endSession(session.sessionRef).then(after)}>
                      {t('account:end')}
                      <span className="visually-hidden">{t('account:endOf', { ip: session.ip })}</span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 1 ? (
              <button type="button" className="button" onClick={() => void endOtherSessions().then(after)}>
                {t('account:endOthers')}
              </button>
            ) : null}
          </>
        )}
      </Loaded>
    </Section>
  );
}
