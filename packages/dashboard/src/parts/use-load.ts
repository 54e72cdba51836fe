import { type InvalidateQueryFilters, QueryClient, type QueryKey, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Answer, Trouble } from '../live/problem.js';
import { useIdentity } from '../shell/identity.js';
import { onOutdated, outdated } from './asked.js';

export type Load<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

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
 * answer everywhere: it names what is asked for, and `queries.invalidateQueries({ queryKey })` asks for it anew.
 *
 * @param key null: do not ask yet
 */
export function useLoad<T>(
  key: QueryKey | null,
  ask: () => Promise<Answer<T>>,
  { everyMs }: { readonly everyMs?: number } = {},
): { readonly load: Load<T>; readonly again: () => void } {
  const { checked } = useIdentity();
  const { status, data, error, refetch } = useQuery<{ readonly value: T }>(
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
    if (error instanceof NotAnswered) return { load: { kind: 'failed', trouble: error.trouble }, again };
    throw error;
  }
  return { load: status === 'success' ? { kind: 'ready', value: data.value } : { kind: 'loading' }, again };
}
