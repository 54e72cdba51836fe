import { Link } from '@tanstack/react-router';
import type { BedId } from '@vigil/contracts';
import { screensOf } from '../../model/screens-of.js';
import { CommandButton, CommandNote } from '../../parts/command-button.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';

/** What can be done from here: about the most urgent alarm of this bed, and about the stay. */
export function BedActions({ bedId }: { bedId: BedId }) {
  const alarms = useSignal(useStation().alarms);
  const { user } = useIdentity();
  const top = alarms.find((alarm) => alarm.bedId === bedId);
  const mayMove = screensOf(user?.roles ?? []).has('stays');
  return (
    <nav className="bed-actions" aria-label={t('bed:actions')}>
      {top ? (
        <span className="bed-answer">
          <CommandButton command="accept" alarm={top} />
          <CommandButton command="acknowledge" alarm={top} brief />
          <CommandNote alarm={top} />
        </span>
      ) : null}
      <Link className="button" to="/b/$bedId/review" params={{ bedId }}>
        {t('bed:review')}
      </Link>
      <Link className="button" to="/b/$bedId/news2" params={{ bedId }}>
        {t('bed:observations')}
      </Link>
      {mayMove
        ? (['transfer', 'standby', 'discharge'] as const).map((action) => (
            <Link key={action} className="button" to="/b/$bedId/stay" params={{ bedId }} search={{ do: action }}>
              {t(action === 'transfer' ? 'bed:move' : `bed:${action}`)}
            </Link>
          ))
        : null}
      <button type="button" className="button" onClick={() => print()}>
        {t('bed:print')}
      </button>
    </nav>
  );
}
