import type { BedId, BedView } from '@vigil/contracts';
import { useEffect, useState } from 'react';
import { bed } from '../live/care-api.js';
import { useRightsTo } from '../shell/grants.js';
import { lastOf, type Load, useLoad } from './use-load.js';

/** A bed as the person at the screen may see it, asked for anew when their rights to it or to whoever lies there change. */
export function useBed(
  bedId: BedId,
  screen: string,
): { readonly load: Load<BedView>; readonly again: () => void; readonly rights: string } {
  const [patientId, setPatientId] = useState<string | null>(null);
  const rights = useRightsTo({ bedId, patientId });
  const { load, again } = useLoad(['beds', bedId, screen, rights], () => bed(bedId));
  const here = lastOf(load)?.encounter?.patientId ?? null;
  useEffect(() => {
    if (here !== null) setPatientId(here);
  }, [here]);
  return { load, again, rights };
}
