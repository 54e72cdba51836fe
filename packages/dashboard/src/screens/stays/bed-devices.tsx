import type { BedView } from '@vigil/contracts';
import { useEffect, useRef } from 'react';
import { t } from '../../words/words.js';
import type { PlannedDevice } from './device-plan.js';
import { PickDevices } from './pick-devices.js';

interface BedDevicesProps {
  readonly bed: BedView;
  /** Null: nobody has chosen yet. */
  readonly planned: readonly PlannedDevice[] | null;
  readonly forWhom: string;
  readonly onChange: (planned: readonly PlannedDevice[]) => void;
  readonly onNext: () => void;
}

/** Begins with what stands at the bed: it would watch whoever comes, chosen or not. */
export function BedDevices({ bed, planned, forWhom, onChange, onNext }: BedDevicesProps) {
  const begun = useRef(planned !== null);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    onChange(bed.deviceIds.map((deviceId) => ({ deviceId, stays: true, takeAway: null, check: null })));
  }, [bed, onChange]);
  return (
    <>
      <PickDevices bed={bed} planned={planned ?? []} onChange={onChange} forWhom={forWhom} />
      <button type="button" className="button primary" onClick={onNext}>
        {planned && planned.length > 0 ? t('stays:next') : t('stays:nextWithoutDevice')}
      </button>
    </>
  );
}
