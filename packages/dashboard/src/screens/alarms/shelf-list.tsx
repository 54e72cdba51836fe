import type { EncounterId, Shelf } from '@vigil/contracts';
import { useState } from 'react';
import { agreeToShelf, endShelf, shelvesOf } from '../../live/alarm-api.js';
import { conditionName } from '../../model/condition-words.js';
import { clockText } from '../../model/format.js';
import { Loaded } from '../../parts/parts.js';
import { queries, useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { PatientCheck } from './patient-check.js';
import { useSend } from './use-act.js';
import type { Person } from './use-person.js';

const AGAIN_MS = 5_000;

/** What is silent at a stay, and what waits for a second person. */
export function ShelfList({ encounterId, person }: { encounterId: EncounterId; person: Person | null }) {
  const { load, again } = useLoad(['shelves', encounterId], () => shelvesOf(encounterId), { everyMs: AGAIN_MS });
  const [compared, setCompared] = useState(false);
  return (
    <Loaded load={load} again={again} what={t('alarm:loadingAlarm')}>
      {({ items }) => {
        const open = items.filter(({ state }) => state === 'waiting' || state === 'holds');
        if (open.length === 0) return <p className="soft">{t('alarm:noShelves')}</p>;
        return (
          <>
            {person === null ? null : <PatientCheck person={person} compared={compared} onCompared={setCompared} />}
            <ul className="shelf-list">
              {open.map((shelf) => (
                <OneShelf key={shelf.shelfId} shelf={shelf} mayAct={person !== null && !person.isAway && compared} />
              ))}
            </ul>
          </>
        );
      }}
    </Loaded>
  );
}

function OneShelf({ shelf, mayAct }: { shelf: Shelf; mayAct: boolean }) {
  const { user } = useIdentity();
  const { busy, note, act } = useSend<Shelf>(`${shelf.shelfId} ${shelf.rev}`);
  const send = async (what: typeof endShelf): Promise<void> => {
    if (busy || !mayAct) return;
    await act(() => what(shelf));
    void queries.invalidateQueries({ queryKey: ['shelves', shelf.encounterId] });
    void queries.invalidateQueries({ queryKey: ['limits-off'] });
  };
  const isWaiting = shelf.state === 'waiting';
  const isMine = user?.staffId === shelf.by;
  const words = {
    what: conditionName(shelf.conditionCode),
    reason: t(`alarm:shelf.${shelf.reason}`),
  };
  return (
    <li data-state={shelf.state}>
      <p>
        {isWaiting
          ? t('alarm:shelfWaits', { ...words, end: clockText(shelf.toMs) })
          : t('alarm:shelfHolds', { ...words, time: clockText(shelf.toMs) })}
      </p>
      {shelf.note === null ? null : (
        <p className="soft">
          <bdi>{plainText(shelf.note)}</bdi>
        </p>
      )}
      {isWaiting && isMine ? <p className="field-hint">{t('alarms:secondPerson')}</p> : null}
      <div className="form-buttons no-print">
        {isWaiting && !isMine ? (
          <button type="button" className="button" aria-disabled={busy || !mayAct} onClick={() => void send(agreeToShelf)}>
            {t('alarm:agree')}
          </button>
        ) : null}
        <button type="button" className="button" aria-disabled={busy || !mayAct} onClick={() => void send(endShelf)}>
          {busy ? t('alarms:sending') : isWaiting && !isMine ? t('alarm:refuse') : t('alarm:takeBack')}
        </button>
        <span className="command-note" role="status" data-kind={note === '' ? 'idle' : 'notSent'}>
          {note}
        </span>
      </div>
    </li>
  );
}
