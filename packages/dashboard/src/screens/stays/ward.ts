import type { BedView } from '@vigil/contracts';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { myBeds } from '../../live/stays-api.js';
import type { Who } from '../../model/identity-check.js';
import { type Load, useLoad } from '../../parts/use-load.js';
import { screensOf } from '../../model/screens-of.js';
import { useIdentity } from '../../shell/identity.js';
import { plainText } from '../../words/plain-text.js';

/** Beds of my care units, by their labels. One answer for everything on the screen. */
export function useBeds(): { readonly load: Load<readonly BedView[]>; readonly again: () => void } {
  const { user } = useIdentity();
  const isClinical = screensOf(user?.roles ?? []).has('stays');
  const { load, again } = useLoad(isClinical ? ['stays', 'beds'] : null, myBeds);
  return { load: useMemo(() => sorted(load), [load]), again };
}

const byNumber = new Intl.Collator('en', { numeric: true });

function sorted(load: Load<{ readonly items: readonly BedView[] }>): Load<readonly BedView[]> {
  if (load.kind !== 'ready') return load;
  return { kind: 'ready', value: [...load.value.items].sort((a, b) => byNumber.compare(a.label, b.label)) };
}

/** The label of a bed of mine; the id of another one. */
export function useBedName(): (bedId: string) => string {
  const { load } = useBeds();
  return useCallback(
    (bedId) => (load.kind === 'ready' ? (load.value.find((bed) => bed.bedId === bedId)?.label ?? bedId) : bedId),
    [load],
  );
}

/** Who lies in a bed, as its tile says; null where nobody does. */
export function whoIn({ encounter }: Pick<BedView, 'encounter'>): Who | null {
  return encounter ? { name: plainText(encounter.displayName), birthDate: encounter.birthDate, mrn: null } : null;
}

/**
 * What was shown, while it can't be asked for anew for want of an answer: a form that somebody fills in must not vanish for that. What
 * the server refuses is told; and what is sent it checks itself.
 */
export function useKept<T>(load: Load<T>): Load<T> {
  const [kept, setKept] = useState<Load<T> | null>(null);
  useEffect(() => {
    if (load.kind === 'ready') setKept(load);
  }, [load]);
  const isAway = load.kind === 'failed' && (load.trouble.code === 'offline' || load.trouble.code === 'store-unavailable');
  return isAway && kept ? kept : load;
}
