import { type InvalidateQueryFilters, QueryClient, type QueryKey, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Answer, Trouble } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';
import { onOutdated, outdated } from './asked.js';

export type Load<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly kept?: Kept<T> };

/** What was answered before it could not be asked for anew. */
export interface Kept<T> {
  readonly value: T;
  /** By the clock of the browser. */
  readonly atMs: number;
}

/** The newest answer there is, however old: for what somebody fills in, never for what somebody is watched by. */
export function lastOf<T>(load: Load<T>): T | null {
  if (load.kind === 'ready') return load.value;
  return load.kind === 'failed' && load.kept ? load.kept.value : null;
}

/** After these answers nothing that was shown before stands: it is not there any more, or not for whoever looks. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['unauthenticated', 'reauthentication-required', 'forbidden', 'not-found', 'invalid-request', 'record-tampered'],
]);

class Queries extends QueryClient {
  /** Also what the first picture has asked for. */
  override invalidateQueries(filters: InvalidateQueryFilters = {}): Promise<void> {
    if (filters.queryKey) outdated(filters.queryKey, hear);
    return super.invalidateQueries(filters);
  }
}

/**
 * REST only; what is live never comes from here. Nothing is kept once no screen shows it, nothing is tried again behind a
 * person's back, and nothing is asked for again just because a window comes to the front.
 */
export const queries = new Queries({
  defaultOptions: {
    queries: {
      gcTime: 0,
      retry: false,
      staleTime: 0,
      networkMode: 'always',
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/* What one person has asked for is not the next one's. */
function hear(key: QueryKey | null): void {
  if (key === null) queries.clear();
  else void QueryClient.prototype.invalidateQueries.call(queries, { queryKey: key });
}
onOutdated(hear);

class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
  constructor(readonly trouble: Trouble) {
    super(trouble.code);
  }
}

/**
 * Asks when `key` changes, whenever `again` is called, and every `everyMs` where that is said. The same key shows the same
 * answer everywhere: it names what is asked for, and `queries.invalidateQueries({ queryKey })` asks for it anew. What can't be
 * answered anew is kept beside the trouble (`Loaded` shows both), unless the server refuses it.
 *
 * @param key null: do not ask yet
 */
export function useLoad<T>(
  key: QueryKey | null,
  ask: () => Promise<Answer<T>>,
  { everyMs }: { readonly everyMs?: number } = {},
): { readonly load: Load<T>; readonly again: () => void } {
  const { checked } = useIdentity();
  const { status, data, dataUpdatedAt, error, refetch } = useQuery<{ readonly value: T }>(
    {
      queryKey: key ?? ['nothing'],
      enabled: key !== null,
      ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
      queryFn: async () => {
        const answer = await ask();
        checked(answer);
        if (!answer.ok) throw new NotAnswered(answer.trouble);
        // Wrapped, because an answer may be nothing and the library takes no undefined.
        return { value: answer.value };
      },
    },
    queries,
  );
  const again = useCallback(() => void refetch(), [refetch]);
  if (status === 'error') {
    if (!(error instanceof NotAnswered)) throw error;
    const { trouble } = error;
    const isKept = data !== undefined && !REFUSALS.has(trouble.code);
    return {
      load: { kind: 'failed', trouble, ...(isKept ? { kept: { value: data.value, atMs: dataUpdatedAt } } : {}) },
      again,
    };
  }
  return { load: status === 'success' ? { kind: 'ready', value: data.value } : { kind: 'loading' }, again };
}
