import { useCallback } from 'react';
import { staff } from '../live/office-api.js';
import { plainText } from '../words/plain-text.js';
import { useLoad } from './use-load.js';

/** Says a member of staff by name; by their id while the list is not there, or for somebody who has gone. */
export function useStaffName(): (staffId: string | null) => string {
  const { load } = useLoad(['staff', 'names'], staff);
  const items = load.kind === 'ready' ? load.value.items : null;
  return useCallback(
    (staffId) => {
      if (staffId === null) return '–';
      const found = items?.find((each) => each.staffId === staffId);
      return plainText(found?.name ?? staffId);
    },
    [items],
  );
}
