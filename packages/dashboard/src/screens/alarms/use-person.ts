import type { AlarmView } from '@vigil/contracts';
import { bed } from '../../live/care-api.js';
import { useSignal, useStation } from '../../parts/hooks.js';
import { useLoad } from '../../parts/use-load.js';

export interface Person {
  readonly displayName: string;
  readonly birthDate: string;
  /** Name or birth date can't be read: nothing may be written about this person here. */
  readonly isAway: boolean;
}

/** Whom the alarm is about, while that stay is in the bed; null else, and where nobody may say. */
export function usePerson(alarm: Pick<AlarmView, 'bedId' | 'encounterId'>, isOther: boolean): Person | null {
  const unit = useSignal(useStation().unit);
  const { bedId, encounterId } = alarm;
  const asks = isOther && bedId !== null && encounterId !== null;
  const { load } = useLoad(asks ? ['beds', bedId] : null, () => bed(bedId ?? ''));
  const there =
    bedId === null ? null : (unit?.beds.get(bedId)?.encounter ?? (load.kind === 'ready' ? load.value.encounter : null));
  if (!there || there.encounterId !== encounterId) return null;
  const { displayName, birthDate, nameMissing } = there;
  return { displayName, birthDate, isAway: nameMissing !== undefined || !displayName || !birthDate };
}
