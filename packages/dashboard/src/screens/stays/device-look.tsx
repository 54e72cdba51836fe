import { useState } from 'react';
import type { Who } from '../../model/identity-check.js';
import { t } from '../../words/words.js';
import { DevicePanel } from './device-panel.js';
import { WhoBadge } from './identity-parts.js';

interface DeviceLookProps {
  readonly who: Who;
  readonly place: string;
  readonly deviceIds: readonly string[];
  readonly onMatch: () => void;
}

/** "Do these values belong to this patient?": asked once every device was looked at for ten seconds. */
export function DeviceLook({ who, place, deviceIds, onMatch }: DeviceLookProps) {
  const [looked, setLooked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isDone = deviceIds.every((deviceId) => looked.has(deviceId));
  const isSilent = deviceIds.some((deviceId) => looked.get(deviceId) === false);
  return (
    <>
      <p>
        <b>{t('stays:doTheyBelong')}</b>
      </p>
      <WhoBadge who={who} place={place} />
      {deviceIds.map((deviceId) => (
        <DevicePanel
          key={deviceId}
          deviceId={deviceId}
          onLooked={(sawValues) => setLooked((before) => new Map([...before, [deviceId, sawValues]]))}
        />
      ))}
      <p className="field-hint">{t('stays:comparePlease')}</p>
      <button type="button" className="button primary" aria-disabled={!isDone} onClick={() => (isDone ? onMatch() : undefined)}>
        {isDone && isSilent ? t('stays:serialMatches') : t('stays:theyMatch')}
      </button>
    </>
  );
}
