import type { BedView } from '@vigil/contracts';
import { useCallback, useMemo } from 'react';
import { myBeds } from '../../live/stays-api.js';
import type { Who } from '../../model/identity-check.js';
import { lastOf, type Load, useLoad } from '../../parts/use-load.js';
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
  const inOrder = (items: readonly BedView[]): readonly BedView[] =>
    [...items].sort((a, b) => byNumber.compare(a.label, b.label));
  if (load.kind === 'ready') return { kind: 'ready', value: inOrder(load.value.items) };
  if (load.kind === 'loading' || !load.kept) return load as Load<never>;
  return { ...load, kept: { ...load.kept, value: inOrder(load.kept.value.items) } };
}

/** The label of a bed of mine; the id of another one. */
export function useBedName(): (bedId: string) => string {
  const { load } = useBeds();
  return useCallback((bedId) => lastOf(load)?.find((bed) => bed.bedId === bedId)?.label ?? bedId, [load]);
}

/** Who lies in a bed, as its tile says; null where nobody does. */
export function whoIn({ encounter }: Pick<BedView, 'encounter'>): Who | null {
  return encounter ? { name: plainText(encounter.displayName), birthDate: encounter.birthDate, mrn: null } : null;
}
