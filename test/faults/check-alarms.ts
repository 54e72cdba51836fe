import { DatabaseSync } from 'node:sqlite';
import type { AlarmTransition } from '@vigil/contracts';
import { alarmLine } from '../../src/replay/replay.js';

export interface AlarmFigures {
  /** Transitions that a replay of the whole log derives. */
  readonly derived: number;
  /** Derived by the replay and not stored. */
  readonly missing: number;
  /** Stored, and no replay derives it. */
  readonly extra: number;
  /** Stored with other bytes than the replay's. */
  readonly different: number;
}

const nameOf = ({ alarmId, rev }: AlarmTransition): string => `${alarmId}/${rev}`;

/** The alarm log that the platform has stored, by (alarmId, rev), in canonical bytes. */
export function storedTransitions(databaseFile: string): ReadonlyMap<string, string> {
  const db = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    const rows = db.prepare('SELECT content_json FROM alarm_transition').all() as { content_json: string }[];
    return new Map(
      rows.map(({ content_json }) => {
        const transition = JSON.parse(content_json) as AlarmTransition;
        return [nameOf(transition), alarmLine(transition)];
      }),
    );
  } finally {
    db.close();
  }
}

/** `replayed` is what `vigil replay` printed. */
export function compareAlarms(stored: ReadonlyMap<string, string>, replayed: string): AlarmFigures {
  const lines = replayed.split('\n').filter((line) => line !== '');
  const derived = new Map(lines.map((line) => [nameOf(JSON.parse(line) as AlarmTransition), line]));
  const names = [...derived.keys()];
  return {
    derived: lines.length,
    missing: names.filter((name) => !stored.has(name)).length,
    extra: [...stored.keys()].filter((name) => !derived.has(name)).length + lines.length - derived.size,
    different: names.filter((name) => stored.has(name) && stored.get(name) !== derived.get(name)).length,
  };
}
