import type { LogKey } from '@vigil/contracts';
import { type PartitionState, readEngineState, readKeyState } from '@vigil/domain';

/** The state of a partition as plain JSON: keys in the order in which the engine met them. */
export interface StateJson {
  readonly engine: unknown;
  readonly keys: readonly (readonly [string, unknown])[];
}

/** A copy, so that the state may go on. */
export function stateToJson({ engine, keys }: PartitionState, only: (key: string) => boolean = () => true): StateJson {
  const kept = [...keys].filter(([key]) => only(key));
  return structuredClone({ engine, keys: kept });
}

/**
 * A copy, because `step` uses its state up; one that an older version wrote is brought up to this one.
 * @throws PlatformError('state-too-new') for one that a newer version wrote
 */
export function stateFromJson({ engine, keys }: StateJson): PartitionState {
  return {
    engine: readEngineState(JSON.stringify(engine)),
    keys: new Map(keys.map(([key, state]) => [key as LogKey, readKeyState(JSON.stringify(state))])),
  };
}
