import { FeedMove, type TaskSaid } from '@vigil/contracts';

/** What of a task's detail says nothing of a person; null where no message could be read. Names of fields are no values. */
export function withoutPerson(detail: Readonly<Record<string, unknown>> | undefined): TaskSaid['said'] {
  const read = FeedMove.safeParse(detail?.['message']);
  if (!read.success) return null;
  const { source, kind, atMs, place, fromPlace, identifiers } = read.data;
  const differs = Array.isArray(detail?.['differs']) ? detail['differs'].filter((field) => typeof field === 'string') : [];
  const identifierSystems = [...new Set(identifiers.map(({ system }) => system))];
  return { source, kind, atMs, place, fromPlace, identifierSystems, differs };
}
