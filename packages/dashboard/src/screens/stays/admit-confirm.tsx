import { Link } from '@tanstack/react-router';
import type { BedView } from '@vigil/contracts';
import { type FormEvent, useState } from 'react';
import { admit, discharge } from '../../live/stays-api.js';
import { t } from '../../words/words.js';
import { type PlannedDevice, putToBed } from './device-plan.js';
import { identifies, IdentityField, WhoBadge } from './identity-parts.js';
import type { Person } from './pick-patient.js';
import { DoneBar, type Undo } from './undo-bar.js';
import { type Commanding, useCommand } from './use-command.js';

interface AdmitConfirmProps {
  readonly person: Person;
  readonly bed: BedView;
  readonly planned: readonly PlannedDevice[];
  /** While it is on its way, what was chosen stays as it is. */
  readonly onSending: (isSending: boolean) => void;
  readonly onAgain: () => void;
}

interface Done {
  readonly encounterId: string;
  /** Devices that are still to be put there: each is a command of its own. */
  readonly left: readonly PlannedDevice[];
}

/** The only step that writes: the stay first, then each device. What was not done is said, with the way to do it. */
export function AdmitConfirm({ person, bed, planned, onSending, onAgain }: AdmitConfirmProps) {
  const [typed, setTyped] = useState('');
  const [done, setDone] = useState<Done | null>(null);
  const command = useCommand();
  const devices = async (encounterId: string, all: readonly PlannedDevice[]): Promise<void> => {
    let left = all;
    for (const each of all) {
      if ((await command.send((by) => putToBed(each, bed.bedId, by))) === null) break;
      left = left.filter((other) => other !== each);
    }
    setDone({ encounterId, left });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (done || command.busy) return;
    if (!identifies(typed, person.who)) return command.say(t('stays:identifyFirst'));
    onSending(true);
    void command
      .send((by) => admit({ patientId: person.patientId, bedId: bed.bedId }, by))
      .then((stay) =>
        stay
          ? devices(
              stay.encounterId,
              planned.filter((each) => !each.stays),
            )
          : onSending(false),
      );
  };
  if (done)
    return <Admitted {...{ person, bed, done, command, onAgain }} onRest={() => void devices(done.encounterId, done.left)} />;
  return (
    <form onSubmit={submit} className="form" noValidate>
      <WhoBadge who={person.who} place={bed.label} showMrn={false} />
      <p>
        {planned.length > 0
          ? t('stays:watchedBy', { devices: planned.map(({ deviceId }) => deviceId).join(', ') })
          : t('stays:notWatched')}
      </p>
      <IdentityField who={person.who} value={typed} onChange={setTyped} />
      <button type="submit" className="button primary" aria-disabled={command.busy || !identifies(typed, person.who)}>
        {command.busy ? t('stays:sending') : t('stays:admit')}
      </button>
      <p className="form-error" role="alert">
        {command.error}
      </p>
    </form>
  );
}

function Admitted(
  props: Omit<AdmitConfirmProps, 'planned' | 'onSending'> & { done: Done; command: Commanding; onRest: () => void },
) {
  const { person, bed, done, command, onRest, onAgain } = props;
  const undo: Undo = {
    what: t('stays:undoAdmit'),
    act: async ({ send }) => (await send((by) => discharge(done.encounterId, { devices: 'keep' }, by))) !== null,
  };
  return (
    <>
      <WhoBadge who={person.who} place={bed.label} />
      <DoneBar done={t('stays:admitted', { bed: bed.label })} undo={undo} />
      {done.left.length > 0 ? (
        <div className="state-note trouble" role="alert">
          <p>{t('stays:devicesLeft', { devices: done.left.map(({ deviceId }) => deviceId).join(', ') })}</p>
          <p>{command.error}</p>
          <button type="button" className="button" aria-disabled={command.busy} onClick={onRest}>
            {command.busy ? t('stays:sending') : t('common:tryAgain')}
          </button>
        </div>
      ) : null}
      <div className="form-buttons">
        <Link to="/" className="button">
          {t('stays:toBeds')}
        </Link>
        <Link to="/b/$bedId/stay" params={{ bedId: bed.bedId }} className="button">
          {t('stays:toStay')}
        </Link>
        <button type="button" className="button" onClick={onAgain}>
          {t('stays:admitAnother')}
        </button>
      </div>
    </>
  );
}
