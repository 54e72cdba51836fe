import type { BedView, DeviceCheck } from '@vigil/contracts';
import { type FormEvent, useState } from 'react';
import { deviceCheck, tray } from '../../live/stays-api.js';
import { troubleText } from '../../live/problem.js';
import { scannedDevice } from '../../model/identity-check.js';
import { useSubmit } from '../../parts/form.js';
import { useLoad } from '../../parts/use-load.js';
import { useIdentity } from '../../shell/identity.js';
import { t } from '../../words/words.js';
import { type PlannedDevice, standsElsewhere } from './device-plan.js';
import { TakeAwayForm } from './take-away.js';

interface PickDevicesProps {
  readonly bed: BedView;
  readonly planned: readonly PlannedDevice[];
  readonly onChange: (planned: readonly PlannedDevice[]) => void;
  /** Who is to be watched, for the words of a collision. */
  readonly forWhom: string;
  /** Beside those that are there. */
  readonly isMore?: boolean;
}

/** Devices of the bed and those to be added: scanned, typed, or chosen from what sends and is nobody's. */
export function PickDevices({ bed, planned, onChange, forWhom, isMore = false }: PickDevicesProps) {
  const [collision, setCollision] = useState<DeviceCheck | null>(null);
  const { checked } = useIdentity();
  const { busy, error, run } = useSubmit();
  const add = (deviceId: string): void => {
    void run(async () => {
      setCollision(null);
      if (planned.some((each) => each.deviceId === deviceId)) return t('stays:deviceChosen', { device: deviceId });
      const answer = checked(await deviceCheck(deviceId));
      if (!answer.ok) {
        return answer.trouble.code === 'not-found' ? t('stays:deviceUnknown', { device: deviceId }) : troubleText(answer.trouble);
      }
      const check = answer.value;
      if (check.record.state !== 'in-use') return t('stays:deviceLocked', { device: deviceId });
      if (standsElsewhere(check, bed.bedId)) setCollision(check);
      else onChange([...planned, { deviceId, stays: check.bed !== null, takeAway: null, check }]);
      return '';
    });
  };
  return (
    <>
      <ul className="planned">
        {planned.map((each) => (
          <li key={each.deviceId}>
            <b>{each.deviceId}</b> {each.stays ? t('stays:isHere') : each.takeAway ? t('stays:isTaken') : t('stays:isAdded')}
            {each.stays ? null : (
              <button
                type="button"
                className="button small"
                onClick={() => onChange(planned.filter(({ deviceId }) => deviceId !== each.deviceId))}
              >
                {t('stays:notThisDevice', { device: each.deviceId })}
              </button>
            )}
          </li>
        ))}
      </ul>
      {planned.length === 0 && !isMore ? <p className="state-note trouble">{t('stays:noDevice')}</p> : null}
      <Scan busy={busy} onScan={add} />
      <p className="form-error" role="alert">
        {error}
      </p>
      {collision ? (
        <TakeAwayForm
          check={collision}
          bedLabel={bed.label}
          forWhom={forWhom}
          onCancel={() => setCollision(null)}
          onTake={(takeAway) => {
            onChange([...planned, { deviceId: collision.deviceId, stays: false, takeAway, check: collision }]);
            setCollision(null);
          }}
        />
      ) : null}
      <FreeDevices planned={planned} onAdd={add} />
    </>
  );
}

/** A keyboard wedge types the barcode and Enter. Its Enter adds the device, and nothing else. */
function Scan({ busy, onScan }: { busy: boolean; onScan: (deviceId: string) => void }) {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const deviceId = scannedDevice(typed);
    setWrong(deviceId === null ? t('stays:noDeviceCode') : '');
    if (deviceId === null) return;
    setTyped('');
    onScan(deviceId);
  };
  return (
    <form className="fields scan" onSubmit={submit} noValidate>
      <div className="field">
        <label htmlFor="scan-device">{t('stays:scanDevice')}</label>
        <input
          id="scan-device"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={80}
        />
      </div>
      <button type="submit" className="button" aria-disabled={busy}>
        {busy ? t('stays:finding') : t('stays:addDevice')}
      </button>
      <p className="form-error" role="alert">
        {wrong}
      </p>
    </form>
  );
}

/** What sends and stands at no bed. */
function FreeDevices({ planned, onAdd }: { planned: readonly PlannedDevice[]; onAdd: (deviceId: string) => void }) {
  const { load } = useLoad(['stays', 'tray'], () => tray());
  const chosen = new Set(planned.map(({ deviceId }) => deviceId));
  const free = load.kind === 'ready' ? load.value.items.filter((each) => each.bedId === null && !chosen.has(each.deviceId)) : [];
  if (free.length === 0) return null;
  return (
    <>
      <p>{t('stays:freeDevices')}</p>
      <ul className="choices">
        {free.map(({ deviceId, model }) => (
          <li key={deviceId}>
            <button type="button" className="button" onClick={() => onAdd(deviceId)}>
              {deviceId} <bdi>{model ?? ''}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
