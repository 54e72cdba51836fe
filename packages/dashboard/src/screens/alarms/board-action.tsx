import { Link } from '@tanstack/react-router';
import type { AudioPause, LimitsOffRow, StandbyView } from '@vigil/contracts';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { endStandby } from '../../live/alarm-api.js';
import { audioPauses } from '../../live/pause-api.js';
import { type Answer, troubleOf } from '../../live/problem.js';
import type { Station } from '../../live/station.js';
import { offText } from '../../model/board.js';
import { useStation } from '../../parts/hooks.js';
import { queries } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';
import { t } from '../../words/words.js';
import { AlarmDialog } from './alarm-dialog.js';
import { PatientCheck } from './patient-check.js';
import { ShelfList } from './shelf-list.js';
import { useSend } from './use-act.js';
import { usePerson } from './use-person.js';

const seeAgain = (): void => void queries.invalidateQueries({ queryKey: ['limits-off'] });

/** What can be taken back from here; what is of the bedside is ended there. */
export function BoardAction({ row }: { row: LimitsOffRow }) {
  const { user } = useIdentity();
  if (row.kind === 'paused') return t('alarm:atBedside');
  if (row.kind === 'own-limits' && row.bedId !== null) {
    return (
      <Link className="no-print" to="/b/$bedId" params={{ bedId: row.bedId }}>
        {t('alarm:toLimits')}
      </Link>
    );
  }
  if (!user) return null;
  if (row.kind === 'audio-paused') return <EndAudioPause row={row} />;
  if (row.encounterId === null) return null;
  if (row.kind === 'shelved') return <ShelvesOfStay row={row} encounterId={row.encounterId} />;
  return row.kind === 'standby' ? <EndStandby row={row} encounterId={row.encounterId} /> : null;
}

type OfStay = { readonly row: LimitsOffRow; readonly encounterId: NonNullable<LimitsOffRow['encounterId']> };

function ShelvesOfStay({ row, encounterId }: OfStay) {
  const station = useStation();
  const person = usePerson(row, row.careUnitId !== station.careUnitId);
  return (
    <Dialog.Root modal={false} onOpenChange={seeAgain}>
      <Dialog.Trigger className="button small no-print">
        {row.isWaiting ? t('alarm:agree') : t('alarm:takeBack')}
        <span className="visually-hidden">: {`${row.bedLabel ?? ''} ${offText(row)}`}</span>
      </Dialog.Trigger>
      <AlarmDialog title={t('alarm:takeBackTitle')} about={offText(row)}>
        <ShelfList encounterId={encounterId} person={person} />
        <Dialog.Close className="button">{t('common:close')}</Dialog.Close>
      </AlarmDialog>
    </Dialog.Root>
  );
}

function EndStandby({ row, encounterId }: OfStay) {
  const station = useStation();
  const person = usePerson(row, row.careUnitId !== station.careUnitId);
  const [open, setOpen] = useState(false);
  const [compared, setCompared] = useState(false);
  const { busy, note, act } = useSend<StandbyView>(rowOf(row));
  const end = async (): Promise<void> => {
    if (busy || !compared || person === null || person.isAway) return;
    if (await act(() => endStandby(encounterId))) setOpen(false);
    seeAgain();
  };
  if (person === null) return null;
  return (
    <Dialog.Root modal={false} open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="button small no-print">
        {t('alarm:endStandby')}
        <span className="visually-hidden">: {plainText(row.bedLabel ?? '')}</span>
      </Dialog.Trigger>
      <AlarmDialog title={t('alarm:standbyTitle')} about={row.bedLabel ?? ''}>
        <PatientCheck person={person} compared={compared} onCompared={setCompared} />
        <p className="form-error" role="alert">
          {note}
        </p>
        <div className="form-buttons">
          <button type="button" className="button primary" aria-disabled={busy || !compared} onClick={() => void end()}>
            {busy ? t('alarms:sending') : t('alarm:endStandby')}
          </button>
          <Dialog.Close className="button">{t('alarm:cancel')}</Dialog.Close>
        </div>
      </AlarmDialog>
    </Dialog.Root>
  );
}

const rowOf = ({ kind, bedId, sinceMs }: LimitsOffRow): string => `${kind} ${bedId} ${sinceMs}`;

/** Makes the screens sound again: nobody has to be asked for that. */
function EndAudioPause({ row }: { row: LimitsOffRow }) {
  const { sound } = useStation();
  const { busy, note, act } = useSend<AudioPause>(rowOf(row));
  const end = async (): Promise<void> => {
    if (busy) return;
    await act(() => endPause(sound, row));
    seeAgain();
  };
  return (
    <>
      <button type="button" className="button small no-print" aria-disabled={busy} onClick={() => void end()}>
        {busy ? t('alarms:sending') : t('alarm:endPause')}
      </button>
      <span className="command-note" role="status" data-kind={note === '' ? 'idle' : 'notSent'}>
        {note}
      </span>
    </>
  );
}

/** By the sound of this screen, which then is not still any more. */
async function endPause(sound: Station['sound'], { careUnitId, stationId }: LimitsOffRow): Promise<Answer<AudioPause>> {
  const pauses = await audioPauses(careUnitId);
  if (!pauses.ok) return pauses;
  const pause = pauses.value.items.find((each) => each.stationId === stationId);
  return pause ? sound.endPause(pause) : { ok: false, trouble: troubleOf('not-found') };
}
