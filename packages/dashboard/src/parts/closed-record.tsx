import type { BedId } from '@vigil/contracts';
import { BreakGlass } from '../shell/break-glass.js';
import type { Load } from './use-load.js';

/** Stands where the record at a bed would that is not yours: which one it is, and how to open it when it cannot wait. */
export function ClosedRecord(props: {
  readonly title: string;
  readonly bedId: BedId;
  readonly what: string;
  readonly onOpened: () => void;
}) {
  const { title, bedId, what, onOpened } = props;
  return (
    <div className="office">
      <h1>{title}</h1>
      <BreakGlass whom={{ bedId }} what={what} onOpened={onOpened} />
    </div>
  );
}

/** What one may not see does not exist, in the server's words; where the bed itself is known, some of it may be forbidden. */
export const isClosed = (load: Load<unknown>): boolean =>
  load.kind === 'failed' && ['not-found', 'forbidden'].includes(load.trouble.code);
