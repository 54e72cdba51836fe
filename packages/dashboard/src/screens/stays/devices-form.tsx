import type { DeviceAssignment } from '@vigil/contracts';
import { useState } from 'react';
import { correctAssignment, devicesOf, endAssignment } from '../../live/stays-api.js';
import { mayCorrectStays } from '../../model/screens-of.js';
import { useStationIfAny } from '../../parts/hooks.js';
import { Loaded, whenText } from '../../parts/parts.js';
import { useLoad } from '../../parts/use-load.js';
import { useSeen } from '../../parts/use-seen.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { DeviceLook } from './device-look.js';
import { type PlannedDevice, putToBed } from './device-plan.js';
import { PickDevices } from './pick-devices.js';
import type { ShownStay } from './shown-stay.js';
import { type Done, useDone } from './undo-bar.js';
import { useCommand } from './use-command.js';
import { WriteForm } from './write-form.js';

/** What watches the patient: put a device here after a look at what it says, or take one away. */
export function DevicesForm({ shown }: { shown: ShownStay }) {
  const { bed } = shown;
  const station = useStationIfAny();
  const [nowMs] = useState(() => station?.now()?.eventMs ?? null);
  const atMs = nowMs ?? Math.max(bed.encounter?.sinceMs ?? 0, ...bed.readings.map((each) => each.atMs));
  const { load, again } = useLoad(['stays', 'devices', bed.bedId, bed.deviceIds.join()], () =>
    devicesOf(bed.bedId, Math.max(atMs, station?.now()?.eventMs ?? 0)),
  );
  return (
    <>
      <h3>{t('stays:devicesHere')}</h3>
      <Loaded load={load} again={again} what={t('stays:theDevices')}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="state-note trouble">{t('stays:noDevice')}</p>
          ) : (
            <ul className="rows">
              {items.map((each) => (
                <Standing key={each.assignmentId} shown={shown} assignment={each} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <h3>{t('stays:anotherDevice')}</h3>
      <AddDevice key={bed.deviceIds.join()} shown={shown} />
    </>
  );
}

function Standing({ shown, assignment }: { shown: ShownStay; assignment: DeviceAssignment }) {
  const [isAsking, setAsking] = useState(false);
  const { deviceId, fromMs } = assignment;
  return (
    <li>
      <span>
        <b>{deviceId}</b> {t('stays:hereSince', { when: whenText(fromMs) })}
      </span>
      {isAsking ? (
        <TakeAwayForm shown={shown} assignment={assignment} />
      ) : (
        <button type="button" className="button small" onClick={() => setAsking(true)}>
          {t('stays:takeAway', { device: deviceId })}
        </button>
      )}
    </li>
  );
}

function TakeAwayForm({ shown: { bed, who }, assignment }: { shown: ShownStay; assignment: DeviceAssignment }) {
  const command = useCommand();
  const done = useDone();
  const { assignmentId, deviceId } = assignment;
  const { rev } = useSeen(assignment, command.moved);
  const send = (): void => {
    void command
      .send((by) => endAssignment(assignmentId, by), rev)
      .then((after) => (after ? done({ text: t('stays:takenAway', { device: deviceId }), undo: null }) : undefined));
  };
  return (
    <WriteForm {...{ who, command }} place={bed.label} verb={t('stays:takeAway', { device: deviceId })} danger onSend={send}>
      <p>{t('stays:takeAwayWhat')}</p>
    </WriteForm>
  );
}

function AddDevice({ shown: { bed, who } }: { shown: ShownStay }) {
  const { user } = useIdentity();
  const [planned, setPlanned] = useState<readonly PlannedDevice[]>([]);
  const [isChecked, setChecked] = useState(false);
  const command = useCommand();
  const done = useDone();
  const [one] = planned;
  if (!one) {
    return <PickDevices bed={bed} planned={[]} onChange={setPlanned} forWhom={who.name} isMore />;
  }
  if (!isChecked) {
    return (
      <>
        <DeviceLook who={who} place={bed.label} deviceIds={[one.deviceId]} onMatch={() => setChecked(true)} />
        <button type="button" className="button" onClick={() => setPlanned([])}>
          {t('stays:notThisDevice', { device: one.deviceId })}
        </button>
      </>
    );
  }
  const send = (): void => {
    void command
      .send((by) => putToBed(one, bed.bedId, by))
      .then((after) => (after ? done(associated(after, mayCorrectStays(user?.roles ?? []))) : undefined));
  };
  return (
    <WriteForm {...{ who, command }} place={bed.label} verb={t('stays:putHere', { device: one.deviceId })} onSend={send}>
      <p>{t('stays:watchedBy', { devices: one.deviceId })}</p>
    </WriteForm>
  );
}

/** Whoever may correct takes it back as if it had never been; others take the device away from now on, and it says so. */
function associated(
  after: { readonly assignmentId: string; readonly rev: number; readonly deviceId: string },
  mayVoid: boolean,
): Done {
  const { assignmentId, rev, deviceId } = after;
  const voided = { voided: true, reason: 'wrong-device', note: t('stays:undoNote') } as const;
  return {
    text: t('stays:associated', { device: deviceId }),
    undo: {
      what: mayVoid ? t('stays:undoDeviceVoid') : t('stays:undoDeviceEnd'),
      act: async ({ send }) =>
        (await send<unknown>(
          (by) => (mayVoid ? correctAssignment(assignmentId, voided, by) : endAssignment(assignmentId, by)),
          rev,
        )) !== null,
    },
  };
}
