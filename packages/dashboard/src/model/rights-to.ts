import type { BreakGlassGrant } from '@vigil/contracts';

type OfGrant = Pick<BreakGlassGrant, 'grantId' | 'bedId' | 'patientId'>;

/** Names the emergency accesses to a bed or to a patient wherever the bed was, for keys of what is asked for under them. */
export const rightsTo = (
  open: readonly OfGrant[],
  { bedId, patientId }: { readonly bedId: string; readonly patientId: string | null },
): string =>
  open
    .filter((grant) => grant.bedId === bedId || grant.patientId === patientId)
    .map(({ grantId }) => grantId)
    .toSorted()
    .join();
