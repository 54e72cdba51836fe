import { useState } from 'react';
import { endOtherSessions, endSession, ownSessions } from '../../live/identity-api.js';
import type { Answer, Trouble } from '../../live/problem.js';
import { useIdentity } from '../../shell/identity.js';
import { Loaded, Section, TroubleNote, whenText } from '../../parts/parts.js';
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
    <Section title="Where you are signed in">
      {trouble ? <TroubleNote trouble={trouble} /> : null}
      <Loaded load={load} again={again} what="your sessions">
        {({ items }) => (
          <>
            <ul className="rows">
              {items.map((session) => (
                <li key={session.sessionRef}>
                  <span>
                    <b>{session.current ? 'This one' : `From ${session.ip}`}</b>
                    <br />
                    since {whenText(session.startedMs)}, last used {whenText(session.lastUsedMs)}, by{' '}
                    {session.methods.join(' and ')}
                  </span>
                  {session.current ? null : (
                    <button type="button" className="button" onClick={() => void endSession(session.sessionRef).then(after)}>
                      End<span className="visually-hidden"> the session from {session.ip}</span>
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {items.length > 1 ? (
              <button type="button" className="button" onClick={() => void endOtherSessions().then(after)}>
                End all but this one
              </button>
            ) : null}
          </>
        )}
      </Loaded>
    </Section>
  );
}
