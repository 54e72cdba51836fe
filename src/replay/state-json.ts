import type { LogKey } from '@vigil/contracts';
import type { KeyState, PartitionState } from '@vigil/domain';

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

/** A copy, because `step` uses its state up. */
export function stateFromJson(json: StateJson): PartitionState {
  const { engine, keys } = structuredClone(json);
  return {
    engine: engine as PartitionState['engine'],
    keys: new Map(keys.map(([key, state]) => [key as LogKey, state as KeyState])),
  };
}
