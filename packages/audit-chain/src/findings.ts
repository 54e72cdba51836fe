/** What a verification may find. The names are part of the report and of the runbook. */
export type FindingKind =
  /** The content or the chain value of an entry is not what it was. */
  | 'edited'
  /** Entries that were there are gone, or an older part was taken away without a record of its disposal. */
  | 'deleted'
  | 'inserted'
  /** Every entry is there, but not in its place. */
  | 'reordered'
  /** The end of the log is gone: somebody outside has seen more of it. */
  | 'truncated'
  /** Links hold, yet the log is not the one that was signed: it was changed and its chain computed anew. */
  | 'rebuilt'
  /** The columns that searches use do not say what the entry says. */
  | 'index'
  /** A stored checkpoint is damaged, is not signed by a known key, or is gone although an anchor has it. */
  | 'checkpoint'
  /** The record of pruned entries is not signed, or is not the one that its signature speaks of. */
  | 'base'
  /** What the writer goes on from is not the end of the log. */
  | 'state'
  /** The database no longer refuses changes: a guard of the tables is gone. */
  | 'guard';

/** One thing that is wrong, with the entries it concerns: [from, to], both inclusive; 0 where no entry is meant. */
export interface Finding {
  readonly kind: FindingKind;
  readonly from: number;
  readonly to: number;
  /** Ids, numbers and names of columns; never what an entry says. */
  readonly detail: string;
}

const MEANING: Readonly<Record<FindingKind, string>> = {
  edited: 'was changed after it was written',
  deleted: 'is missing',
  inserted: 'was not written by Vigil at this place',
  reordered: 'is not in its place',
  truncated: 'is missing at the end of the log',
  rebuilt: 'is not what Vigil signed: the log was changed and its chain computed anew',
  index: 'says something else than the columns that searches use',
  checkpoint: 'has a stored checkpoint that is not what Vigil signed',
  base: 'belongs to a pruned part whose record is not what Vigil signed',
  state: 'is not where the writer of the log stands',
  guard: 'lost a guard of the database',
};

const RESTORE = 'Keep the database file as evidence, tell the security officer, and compare with the latest backup.';

const ADVICE: Readonly<Record<FindingKind, string>> = {
  edited: RESTORE,
  deleted: RESTORE,
  inserted: RESTORE,
  reordered: RESTORE,
  truncated: `${RESTORE} A database restored from an older backup looks the same: then write down when and why.`,
  rebuilt: `${RESTORE} Whoever did this could write to the database and knew the format.`,
  index: 'Do not trust searches of the log until the columns are rebuilt from the entries. Keep the file as evidence.',
  checkpoint: RESTORE,
  base: RESTORE,
  state: 'Stop Vigil, keep the database file as evidence, and look for what else writes to it.',
  guard: 'Find out who changed the schema, and start Vigil, which puts the guard back.',
};

/** One line that an officer understands, and one that says what to do. */
export function describeFinding({ kind, from, to, detail }: Finding): { readonly what: string; readonly advice: string } {
  const which = from === 0 ? 'the log' : from === to ? `entry ${from}` : `entry ${from} to ${to}`;
  const one = from === to || from === 0 ? '' : 'one or more of ';
  return {
    what: `${kind.toUpperCase()}: ${one}${which} ${MEANING[kind]}${detail === '' ? '' : ` (${detail})`}`,
    advice: ADVICE[kind],
  };
}
