import type { Page, PatientId, Task } from '@vigil/contracts';
import type { Change } from './change.js';
import type { Outcome } from './stay-limits.js';

/** Something that a person has to look at. */
export interface NewTask extends Pick<Task, 'taskId' | 'kind' | 'reason' | 'careUnitId' | 'bedId'> {
  /** Whose it is, so that an erasure reaches it; null where nobody can tell. */
  readonly patientId: PatientId | null;
  /** What a person needs to decide. Sealed; left out where there is no key. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * What waits for a person. @throws PlatformError 'not-found', 'revision-moved', 'conflict' (it is done already), 'store-unavailable'
 */
export abstract class Tasks {
  /** The same id again: nothing happens, also when it is done. */
  abstract open(task: NewTask, openedWallMs: number): Promise<void>;
  abstract find(taskId: string): Promise<Task | null>;
  /** What it says, and whose it is. Null where it can't be read now. */
  abstract detail(taskId: string): Promise<Pick<NewTask, 'detail' | 'patientId'> | null>;
  /** Oldest first. @param query `careUnitIds`: at these; `unplaced`: at none; neither: all */
  abstract list(query: {
    readonly state?: Task['state'] | undefined;
    readonly careUnitIds?: readonly string[] | undefined;
    readonly unplaced?: boolean | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<Page<Task>>;
  abstract resolve(
    target: { readonly taskId: string; readonly ifRev: number },
    resolution: NonNullable<Task['resolution']>,
    /** Why, in words; sealed. */
    note: string | null,
    change: Change,
  ): Promise<Outcome<Task>>;
}
