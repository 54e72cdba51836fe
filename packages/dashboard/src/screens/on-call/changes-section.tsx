import type { Schedule, ScheduleContent } from '@vigil/contracts';
import { useState } from 'react';
import { scheduleChanges } from '../../live/on-call-api.js';
import { momentText } from '../../model/time-words.js';
import { Loaded } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { t } from '../../words/words.js';
import { useNames } from './on-call-frame.js';

/** What a schedule has said, newest first, and who changed it. */
export function ChangesSection({ schedule }: { schedule: Schedule }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('onCall:changesTitle')}</summary>
      {isOpen ? <Changes schedule={schedule} /> : null}
    </details>
  );
}

function Changes({ schedule: { scheduleId, rev } }: { schedule: Schedule }) {
  const { load, again } = useLoad(['on-call', scheduleId, 'changes', rev], () => scheduleChanges(scheduleId));
  const { nameOf } = useNames();
  return (
    <Loaded load={load} again={again} what={t('onCall:whatChanges')}>
      {({ items }) => (
        <ol className="rows">
          {items.map((change) => (
            <li key={change.rev}>
              <span>
                <b>
                  {change.toMs === null
                    ? t('onCall:changeNow', { at: momentText(change.fromMs) })
                    : t('onCall:changeWas', { from: momentText(change.fromMs), to: momentText(change.toMs) })}
                </b>
                {', '}
                <bdi>{change.by === null ? t('onCall:changeBySite') : nameOf(change.by)}</bdi>
                {change.reason === null ? null : (
                  <>
                    : <bdi>{change.reason}</bdi>
                  </>
                )}
                <ul>
                  {rotationLines(change.content, nameOf).map((line) => (
                    <li key={line}>{line}</li>
                  ))}
                </ul>
              </span>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}

export function rotationLines(content: ScheduleContent, nameOf: (staffId: string) => string): readonly string[] {
  return content.rotations.map(({ label, participants, every, unit, handoverTime }) =>
    t('onCall:rotationLine', {
      ...{ label, people: participants.map(nameOf).join(', ') },
      every: `${every} ${t(`onCall:unit_${unit}`)}`,
      time: handoverTime,
    }),
  );
}
