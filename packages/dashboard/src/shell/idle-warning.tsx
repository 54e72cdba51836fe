import { durationText } from '../model/format.js';
import { useIdentity } from './identity.js';

/** The last minute before the person is signed out for idleness. What is announced does not change by the second. */
export function IdleWarning() {
  const { idleLeftS, stay, place } = useIdentity();
  if (idleLeftS === null) return null;
  return (
    <section className="banner idle" aria-label="Idle">
      <span role="alert">
        <b>Nobody has used this screen for a while.</b> You are signed out in a minute
        {place ? '; the beds and alarms stay.' : '.'}
      </span>
      <span className="idle-left" aria-hidden="true">
        {durationText(idleLeftS * 1_000)}
      </span>
      <button type="button" className="button primary" onClick={stay}>
        Stay signed in
      </button>
    </section>
  );
}
